//! How a request's path is named where others read it: in the log and in problem documents. Paths
//! may hold secrets (a hook's address is one), so only what is known to be none is shown.

use crate::route;
use actix_web::HttpRequest;

/// The route's pattern with the ids of this request in it, for example
/// `/api/v1/workflows/0198…/publish`; parameters that are no ids stay names (`/hooks/{key}`).
/// `None` for a path that has no route: nobody knows what it says.
pub(crate) fn place_of(request: &HttpRequest) -> Option<String> {
    Some(fill(&route::pattern(request)?, route::path(request)))
}

fn fill(pattern: &str, path: &str) -> String {
    let mut given = path.split('/');
    let filled: Vec<&str> = pattern
        .split('/')
        .map(|part| {
            let given = given.next().unwrap_or_default();
            match parameter(part) {
                Some(name) if is_id(name, given) => given,
                _ => part,
            }
        })
        .collect();
    filled.join("/")
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// By name and by form: a UUID, or the number of a version. No secret of ours has these forms.
fn is_id(name: &str, given: &str) -> bool {
    match name {
        "version" => given.len() < 10 && given.bytes().all(|byte| byte.is_ascii_digit()),
        "id" => uuid::Uuid::try_parse(given).is_ok(),
        name => name.ends_with("_id") && uuid::Uuid::try_parse(given).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    const ID: &str = "0198c0de-0000-7000-8000-000000000001";

    #[test]
    fn ids_are_shown_and_nothing_else() {
        let shown = |pattern: &str, path: &str| fill(pattern, path);
        let path = format!("/api/v1/workflows/{ID}/versions/12");
        assert_eq!(
            shown("/api/v1/workflows/{id}/versions/{version}", &path),
            path
        );
        assert_eq!(shown("/hooks/{key}", "/hooks/h_secret"), "/hooks/{key}");
        assert_eq!(
            shown("/hooks/{key}", &format!("/hooks/{ID}")),
            "/hooks/{key}"
        );
        assert_eq!(
            shown("/api/v1/leads/{id}", "/api/v1/leads/not-an-id"),
            "/api/v1/leads/{id}"
        );
        assert_eq!(
            shown("/api/docs/{_:.*}", "/api/docs/a/b"),
            "/api/docs/{_:.*}"
        );
        assert_eq!(shown("/health", "/health"), "/health");
    }
}
