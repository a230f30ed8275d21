//! The OpenAPI document's frame, and the pages that problem types link to.

mod responses;

pub use responses::describe_responses;

use crate::problem::{ApiResult, FieldProblem, Problem};
use actix_web::http::header::{ACCEPT, ContentType};
use actix_web::{HttpRequest, HttpResponse, get, web};
use platform_kernel::ErrorCode;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};

/// The document without its operations; `utoipa_actix_web` adds those of the slices to it.
pub fn base_document(version: &str) -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of a sign-in, valid for 30 minutes."))
        .build();
    let components = ComponentsBuilder::new()
        .schema_from::<Problem>()
        .schema_from::<FieldProblem>()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build();
    let info = InfoBuilder::new()
        .title("Auterity")
        .version(version)
        .description(Some(
            "Workflow automation for automotive dealerships. Every failure is an \
             `application/problem+json` document (RFC 9457) whose `type` links to its explanation.",
        ))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build()
}

/// Which methods each documented path has; in the app as `web::Data<Operations>` it gives 405
/// answers their `Allow`.
#[derive(Clone, Debug, Default)]
pub struct Operations(BTreeMap<String, Vec<&'static str>>);

impl Operations {
    pub fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths
                .map(|(path, item)| {
                    let methods = [
                        ("DELETE", item.delete.is_some()),
                        ("GET", item.get.is_some()),
                        ("PATCH", item.patch.is_some()),
                        ("POST", item.post.is_some()),
                        ("PUT", item.put.is_some()),
                    ];
                    let present = methods.into_iter().filter(|(_, present)| *present);
                    (path.clone(), present.map(|(method, _)| method).collect())
                })
                .collect(),
        )
    }

    /// The methods of a path pattern; `None` when it is not documented.
    pub fn methods(&self, pattern: &str) -> Option<&[&'static str]> {
        self.0.get(pattern).map(Vec::as_slice)
    }
}

/// Adds the pages of the problem types. They are for people and not part of the document.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(list_problems).service(get_problem);
}

#[get("/problems")]
async fn list_problems(request: HttpRequest) -> HttpResponse {
    page(&request, ErrorCode::ALL)
}

#[get("/problems/{code}")]
async fn get_problem(request: HttpRequest, code: web::Path<String>) -> ApiResult<HttpResponse> {
    let code = code.into_inner();
    let found = ErrorCode::ALL.iter().find(|c| c.as_str() == code);
    let found = found.ok_or(ErrorCode::NotFound)?;
    Ok(page(&request, std::slice::from_ref(found)))
}

/// JSON for those who ask for it, else a page.
fn page(request: &HttpRequest, codes: &[ErrorCode]) -> HttpResponse {
    let accept = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("json")) {
        let items: Vec<_> = codes
            .iter()
            .map(|c| json!({"code": c.as_str(), "status": c.status(), "title": c.title(), "description": c.doc()}))
            .collect();
        return HttpResponse::Ok().json(json!({ "items": items, "next_cursor": null }));
    }
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(html(codes))
}

fn html(codes: &[ErrorCode]) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Problems</title><h1>Problems</h1><dl>",
    );
    for code in codes {
        let (word, status, title) = (code.as_str(), code.status(), code.title());
        let doc = escape(code.doc());
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<dt id=\"{word}\"><strong>{title}</strong> <code>{word}</code> {status}</dt><dd>{doc}</dd>"
        );
    }
    page.push_str("</dl></html>");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
