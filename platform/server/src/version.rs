//! What this build is, on the internal port and as a metric.

use actix_web::{HttpResponse, get, web};
use platform_db::migrations::{CONTROL, TENANT, latest};
use serde::Serialize;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Set while a release is built. Read from the repository instead, it would have every commit
/// build this crate again.
const REVISION: Option<&str> = option_env!("BUILD_REVISION");

#[derive(Debug, Serialize)]
struct VersionView {
    version: &'static str,
    /// The commit; `unknown` in a build that was not told.
    revision: &'static str,
    schema: SchemaVersions,
}

/// The schemas that this build migrates to.
#[derive(Debug, Serialize)]
struct SchemaVersions {
    control: i32,
    tenant: i32,
}

fn view() -> VersionView {
    VersionView {
        version: VERSION,
        revision: REVISION
            .filter(|text| !text.is_empty())
            .unwrap_or("unknown"),
        schema: SchemaVersions {
            control: latest(CONTROL),
            tenant: latest(TENANT),
        },
    }
}

/// Adds `GET /version`.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(get_version);
}

#[get("/version")]
async fn get_version() -> HttpResponse {
    HttpResponse::Ok().json(view())
}

pub(crate) fn describe_metrics() {
    metrics::describe_gauge!(
        "auterity_build_info",
        "Always 1; the labels say which build this is, schema as control/tenant"
    );
}

pub(crate) fn publish() {
    let view = view();
    let schema = format!("{}/{}", view.schema.control, view.schema.tenant);
    metrics::gauge!(
        "auterity_build_info",
        "version" => view.version, "revision" => view.revision, "schema" => schema
    )
    .set(1.0);
}
