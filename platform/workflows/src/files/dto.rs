use super::queries::FileRow;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use platform_kernel::id::{ExecutionId, FileId, LeadId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which files to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilesQuery {
    /// Only those that this run kept.
    pub execution_id: Option<ExecutionId>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// A file that a workflow kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileView {
    pub id: FileId,
    pub name: String,
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Of the content, in hexadecimal digits.
    pub sha256: String,
    pub execution_id: Option<ExecutionId>,
    pub step_id: Option<String>,
    pub lead_id: Option<LeadId>,
    pub created_at: DateTime<Utc>,
}

impl From<FileRow> for FileView {
    fn from(row: FileRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            content_type: row.content_type,
            size: row.size,
            sha256: HEXLOWER.encode(&row.sha256),
            execution_id: row.execution_id,
            step_id: row.step_id,
            lead_id: row.lead_id,
            created_at: row.created_at,
        }
    }
}
