use super::dto::{FileView, FilesQuery};
use super::queries;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Charset, ContentDisposition, DispositionParam,
    DispositionType, ExtendedValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, get, web};
use platform_http::{ApiResult, Authorized, Problem, Query};
use platform_kernel::ErrorCode;
use platform_kernel::id::FileId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::FilesRead;

/// Files that workflows kept, newest first.
#[utoipa::path(
    tag = "files", operation_id = "list_files", params(FilesQuery),
    responses(
        (status = 200, description = "A page of files", body = Page<FileView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/files")]
pub async fn list_files(
    auth: Authorized<FilesRead>,
    query: Query<FilesQuery>,
) -> ApiResult<web::Json<Page<FileView>>> {
    let query = query.into_inner();
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let mut tx = auth.tx().await?;
    let rows = queries::list(&mut tx, query.execution_id, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(web::Json(page.map(FileView::from)))
}

/// What is known of one file.
#[utoipa::path(
    tag = "files", operation_id = "get_file", params(("id" = FileId, Path)),
    responses(
        (status = 200, description = "The file", body = FileView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/files/{id}")]
pub async fn get_file(
    auth: Authorized<FilesRead>,
    id: web::Path<FileId>,
) -> ApiResult<web::Json<FileView>> {
    let mut tx = auth.tx().await?;
    let file = queries::find(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(web::Json(file.into()))
}

/// A file's content, to be saved: no browser shows it, whatever it says it is.
#[utoipa::path(
    tag = "files", operation_id = "get_file_content", params(("id" = FileId, Path)),
    responses(
        (status = 200, description = "The content", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/files/{id}/content")]
pub async fn get_file_content(
    auth: Authorized<FilesRead>,
    id: web::Path<FileId>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    let found = queries::content(&mut tx, *id).await?;
    let (name, content_type, bytes) = found.ok_or(ErrorCode::NotFound)?;
    tx.commit().await?;
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(attachment(&name))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(bytes))
}

/// The name in ASCII for old programs, and in full (RFC 6266 §4.3).
fn attachment(name: &str) -> ContentDisposition {
    let plain = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '_'
        }
    };
    let ascii: String = name
        .chars()
        .map(plain)
        .filter(|c| !"\"\\".contains(*c))
        .collect();
    let full = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(ascii),
            DispositionParam::FilenameExt(full),
        ],
    }
}
