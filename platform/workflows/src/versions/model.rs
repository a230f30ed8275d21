use chrono::{DateTime, Utc};
use diesel::{Insertable, Queryable, Selectable};
use platform_db::schema::tenant::workflow_versions;
use platform_kernel::id::{UserId, VersionId, WorkflowId};
use serde_json::Value;

/// A published version; its row is never changed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflow_versions)]
pub struct Version {
    pub id: VersionId,
    pub version: i32,
    pub definition: Value,
    pub parameters: Option<Value>,
    pub sha256: Vec<u8>,
    pub published_by: Option<UserId>,
    pub published_by_name: Option<String>,
    pub published_at: DateTime<Utc>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = workflow_versions)]
pub struct NewVersion<'a> {
    pub id: VersionId,
    pub workflow_id: WorkflowId,
    pub version: i32,
    pub definition: &'a Value,
    pub parameters: Option<&'a Value>,
    pub sha256: &'a [u8],
    pub published_by: Option<UserId>,
    pub published_by_name: Option<&'a str>,
    pub published_at: DateTime<Utc>,
}
