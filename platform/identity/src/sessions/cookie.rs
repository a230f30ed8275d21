use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use chrono::{DateTime, Utc};
use platform_kernel::{Result, clock};

/// `__Host-` makes browsers insist on Secure, on Path=/ and on no Domain: no other host of ours,
/// and no plain-http page, can plant one.
const NAME: &str = "__Host-auterity_refresh";

pub(super) fn make(token: &str, expires_at: DateTime<Utc>) -> Cookie<'static> {
    let seconds = (expires_at - clock::now()).num_seconds().max(0);
    build(token.to_owned(), Duration::seconds(seconds))
}

/// Makes the browser forget its cookie.
pub(super) fn removal() -> Cookie<'static> {
    build(String::new(), Duration::ZERO)
}

fn build(value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(max_age)
        .finish()
}

/// The refresh token of the request's cookie; a cookie without the CSRF header is refused.
pub(super) fn read(request: &HttpRequest) -> Result<Option<String>> {
    let Some(cookie) = request.cookie(NAME).filter(|c| !c.value().is_empty()) else {
        return Ok(None);
    };
    platform_http::require_csrf(request)?;
    Ok(Some(cookie.value().to_owned()))
}
