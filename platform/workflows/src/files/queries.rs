use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::files;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{ExecutionId, FileId, LeadId};

/// A row of `files` without its content.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files, check_for_backend(diesel::pg::Pg))]
pub(super) struct FileRow {
    pub(super) id: FileId,
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) size: i64,
    pub(super) sha256: Vec<u8>,
    pub(super) execution_id: Option<ExecutionId>,
    pub(super) step_id: Option<String>,
    pub(super) lead_id: Option<LeadId>,
    pub(super) created_at: DateTime<Utc>,
}

/// A file to keep.
#[derive(Insertable)]
#[diesel(table_name = files)]
pub(super) struct NewFile<'a> {
    pub(super) id: FileId,
    pub(super) name: &'a str,
    pub(super) content_type: &'a str,
    pub(super) size: i64,
    pub(super) sha256: &'a [u8],
    pub(super) content: &'a [u8],
    pub(super) execution_id: ExecutionId,
    pub(super) step_id: &'a str,
    pub(super) lead_id: Option<LeadId>,
    pub(super) created_at: DateTime<Utc>,
}

pub(super) async fn insert(tx: &mut TenantTx, file: &NewFile<'_>) -> QueryResult<usize> {
    diesel::insert_into(files::table)
        .values(file)
        .execute(tx.conn())
        .await
}

/// Newest first.
pub(super) async fn list(
    tx: &mut TenantTx,
    execution: Option<ExecutionId>,
    after: Option<(DateTime<Utc>, FileId)>,
    limit: i64,
) -> QueryResult<Vec<FileRow>> {
    let mut query = files::table
        .select(FileRow::as_select())
        .order((files::created_at.desc(), files::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(execution) = execution {
        query = query.filter(files::execution_id.eq(execution));
    }
    if let Some((at, id)) = after {
        let earlier = files::created_at.lt(at);
        let same = files::created_at.eq(at).and(files::id.lt(id));
        query = query.filter(earlier.or(same));
    }
    query.load(tx.conn()).await
}

pub(super) async fn find(tx: &mut TenantTx, id: FileId) -> QueryResult<Option<FileRow>> {
    files::table
        .find(id)
        .select(FileRow::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// Name, type and bytes.
pub(super) async fn content(
    tx: &mut TenantTx,
    id: FileId,
) -> QueryResult<Option<(String, String, Vec<u8>)>> {
    files::table
        .find(id)
        .select((files::name, files::content_type, files::content))
        .first(tx.conn())
        .await
        .optional()
}
