//! Published versions: made once, never changed.

mod model;
mod publish;
pub mod queries;
pub mod routes;

pub use model::Version;
pub use publish::{Published, publish};

use chrono::{DateTime, Utc};
use platform_engine::definition::Definition;
use platform_kernel::id::{UserId, VersionId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A published version.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    pub id: VersionId,
    pub version: i32,
    pub published_at: DateTime<Utc>,
    /// Name of the person who published it.
    pub published_by: Option<String>,
    pub published_by_id: Option<UserId>,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
}

impl VersionView {
    fn with_definition(row: Version) -> Self {
        let definition = row.definition.clone();
        Self {
            definition: Some(definition),
            ..Self::listed(row)
        }
    }

    fn listed(row: Version) -> Self {
        Self {
            id: row.id,
            version: row.version,
            published_at: row.published_at,
            published_by: row.published_by_name,
            published_by_id: row.published_by,
            definition: None,
        }
    }
}
