//! How faulty paths and queries are told; both go into the app as `app_data`.

use crate::problem::ApiError;
use actix_web::web::{PathConfig, QueryConfig};
use platform_kernel::ErrorCode;

/// A path parameter that is no id names nothing: 404.
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_cause, _| ApiError::from(ErrorCode::NotFound).into())
}

/// A query string that cannot be read: 400 with the parser's reason.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|cause, _| {
        ApiError::from(ErrorCode::BadRequest.detail(format!("query: {cause}"))).into()
    })
}
