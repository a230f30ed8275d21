use std::collections::BTreeSet;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

/// Name it among the `params` of an operation that creates something and answers no secret: that
/// documents the header, and makes it work.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// For 24 hours the same key gives the first answer again, and has no second effect.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// The path patterns of the POST operations that document [`IdempotencyKey`]; in the app as
/// `web::Data<CreatingOperations>`.
#[derive(Clone, Debug, Default)]
pub struct CreatingOperations(BTreeSet<String>);

impl CreatingOperations {
    pub fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        let keyed = paths.filter(|(path, item)| {
            // A hook's deliveries have a header of the same name, which its triggers read.
            let post = item.post.as_ref().filter(|_| path.starts_with("/api/"));
            let parameters = post.and_then(|post| post.parameters.as_deref());
            parameters.unwrap_or_default().iter().any(is_key)
        });
        Self(keyed.map(|(path, _)| path.clone()).collect())
    }

    /// Whether the POST of a path pattern takes an `Idempotency-Key`.
    pub fn contains(&self, pattern: &str) -> bool {
        self.0.contains(pattern)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn is_key(parameter: &RefOr<Parameter>) -> bool {
    let RefOr::T(parameter) = parameter else {
        return false;
    };
    parameter.parameter_in == ParameterIn::Header && parameter.name == "Idempotency-Key"
}
