//! How faulty paths are told; goes into the app as `app_data`.

use crate::problem::ApiError;
use actix_web::web::PathConfig;
use platform_kernel::ErrorCode;

/// A path parameter that is no id names nothing: 404.
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_cause, _| ApiError::from(ErrorCode::NotFound).into())
}
