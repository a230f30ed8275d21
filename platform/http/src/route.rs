//! Which route takes a request. Whatever is decided by path is decided by this, never by how the path
//! was written: the router decodes it first.

use actix_web::HttpRequest;

/// The pattern of the route as in the OpenAPI document, `/api/v1/workflows/{id}`; `None` where no route
/// has the path.
pub fn pattern(request: &HttpRequest) -> Option<String> {
    request.resource_map().match_pattern(path(request))
}

/// The path as the router sees it: decoded, but for `%2F`, `%25` and `%2B`.
pub fn path(request: &HttpRequest) -> &str {
    request.match_info().as_str()
}
