//! Query strings, with the name of a parameter that cannot be read.

use crate::authorize::Gate;
use crate::problem::ApiError;
use crate::strict::{self, Source};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use platform_kernel::text::nfc;
use platform_kernel::{Error, ErrorCode, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::Future;
use std::pin::Pin;

/// The parameters of a request that `T` names; others are left to whoever asks for them.
pub struct Query<T>(pub T);

impl<T> Query<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = Gate::of(request);
        let parsed = parse(request.query_string());
        Box::pin(async move {
            gate.await;
            Ok(Self(parsed?))
        })
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = format!("/{name}");
        let value = Value::String(nfc(value.into_owned()));
        if parameters.insert(name.into_owned(), value).is_some() {
            let twice = Error::from(ErrorCode::BadRequest);
            return Err(twice.field(place, "duplicate_field", "is given twice"));
        }
    }
    strict::read(Value::Object(parameters), Source::Query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Filter {
        #[serde(default)]
        search: Option<String>,
        #[serde(default)]
        limit: Option<i64>,
        #[serde(default)]
        open: bool,
        #[serde(default)]
        id: Option<platform_kernel::id::WorkflowId>,
    }

    #[test]
    fn parameters_are_decoded_and_composed() {
        let filter: Filter =
            parse("search=Jose%CC%81+O%27Neil&limit=20&open=true&other=1").unwrap();
        assert_eq!(filter.search.as_deref(), Some("Jos\u{e9} O'Neil"));
        assert_eq!((filter.limit, filter.open), (Some(20), true));
        assert!(filter.id.is_none());
        let digits: Filter = parse("search=12345").unwrap();
        assert_eq!(digits.search.as_deref(), Some("12345"));
    }

    #[test]
    fn a_fault_names_the_parameter() {
        for (query, place) in [
            ("limit=many", "/limit"),
            ("limit=", "/limit"),
            ("open=maybe", "/open"),
            ("id=12", "/id"),
            ("limit=1&limit=2", "/limit"),
        ] {
            let error = parse::<Filter>(query).unwrap_err();
            assert_eq!(error.errors()[0].pointer, place, "{query}");
        }
    }
}
