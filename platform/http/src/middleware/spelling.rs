//! Refuses paths that are spelled otherwise than they need to be, so that a path has one spelling for
//! routes, limits, logs and proxies alike.

use crate::problem::ApiError;
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use platform_kernel::ErrorCode;

/// `.wrap(from_fn(middleware::spelling))`, outside everything that decides by path.
pub async fn spelling(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match fault(request.uri().path()) {
        None => Ok(next.call(request).await?.map_into_boxed_body()),
        Some(fault) => {
            let error = ErrorCode::BadRequest.detail(format!("path: {fault}"));
            Ok(request.error_response(ApiError::from(error)))
        }
    }
}

/// What is wrong with a path as it was sent: escapes of unreserved characters and dot segments (RFC 3986
/// §6.2.2), and escapes of what no path of ours holds and other programs read as separators.
fn fault(path: &str) -> Option<&'static str> {
    let segments = path.split('/');
    if segments
        .clone()
        .any(|segment| segment == "." || segment == "..")
    {
        return Some("has dot segments");
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        if byte == b'\\' {
            return Some("has a backslash");
        }
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (high, low) = (rest.next().copied(), rest.next().copied());
        let Some(byte) = high.zip(low).and_then(escaped) else {
            return Some("has a % that begins no escape");
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            return Some("escapes a character that needs no escape");
        }
        if byte.is_ascii_control() || b"/\\".contains(&byte) {
            return Some("escapes a separator or a control character");
        }
        decoded.push(byte);
    }
    std::str::from_utf8(&decoded).err().map(|_| "is no UTF-8")
}

fn escaped((high, low): (u8, u8)) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_path_has_one_spelling() {
        for good in [
            "/",
            "/api/v1/auth/login",
            "/hooks/h_a-b.c~d",
            "/api/v1/templates/a%20b%C3%A9%2B%25",
            "/socket",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "/api/v1/auth/%6cogin",
            "/api/v1/auth/%6Cogin",
            "/%61pi/v1/auth/login",
            "/hooks/%5fx",
            "/api%2Fv1/auth/login",
            "/api%5cv1",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/a/%2e%2e/b",
            "/a%",
            "/a%4",
            "/a%zz",
            "/a%00",
            "/a%0d%0a",
            "/a%ff",
            "/a\\b",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
