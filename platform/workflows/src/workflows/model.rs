use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{Insertable, Queryable, QueryableByName, Selectable};
use platform_db::schema::tenant::workflows;
use platform_kernel::id::{UserId, WorkflowId};
use serde_json::Value;

platform_kernel::words! {
    /// Where a workflow stands in its life.
    pub enum WorkflowStatus {
        /// Never published.
        Draft = "draft",
        /// A version is published and its triggers listen.
        Active = "active",
        /// Put away: nothing starts it.
        Archived = "archived",
    }
}

/// A workflow with its draft.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflows)]
pub struct Workflow {
    pub id: WorkflowId,
    pub name: String,
    pub description: String,
    pub status: WorkflowStatus,
    pub draft: Value,
    pub draft_revision: i64,
    pub draft_sha256: Vec<u8>,
    pub published_version: Option<i32>,
    pub parameters: Option<Value>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = workflows)]
pub struct NewWorkflow<'a> {
    pub id: WorkflowId,
    pub name: &'a str,
    pub description: &'a str,
    pub draft: &'a Value,
    pub draft_sha256: Vec<u8>,
    pub template_id: Option<&'a str>,
    pub template_version: Option<i32>,
    pub template_base: Option<&'a Value>,
    pub parameters: Option<&'a Value>,
    pub created_by: Option<UserId>,
}

/// A workflow as lists show it, with what it did lately.
#[derive(Clone, Debug, QueryableByName)]
pub struct WorkflowOverview {
    #[diesel(sql_type = SqlUuid)]
    pub id: WorkflowId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = Text)]
    pub status: WorkflowStatus,
    #[diesel(sql_type = Nullable<Integer>)]
    pub published_version: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub template_id: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub template_version: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub parameters: Option<Value>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
    #[diesel(sql_type = Array<Text>)]
    pub trigger_types: Vec<String>,
    #[diesel(sql_type = Bool)]
    pub has_unpublished_changes: bool,
    #[diesel(sql_type = BigInt)]
    pub executions_24h: i64,
    #[diesel(sql_type = BigInt)]
    pub failures_24h: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_execution_at: Option<DateTime<Utc>>,
}
