//! What each response of the document says of itself. OpenAPI 3.1 requires a description, and most
//! of them follow from the status and the body's type, whose doc comment is the type's own.

use actix_web::http::StatusCode;
use platform_kernel::ErrorCode;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::Components;
use utoipa::openapi::{OpenApi, RefOr, Response, Schema};

const PROBLEM: &str = "application/problem+json";

/// Gives every response a description: a problem's by its status, else what the annotation says,
/// else that of the body's type. A body whose type has no doc comment stays without.
pub fn describe_responses(document: &mut OpenApi) {
    let components = document.components.clone().unwrap_or_default();
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response, &components);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
        &mut item.query,
    ];
    methods.into_iter().flatten()
}

fn describe(status: &str, response: &mut Response, components: &Components) {
    if response.content.contains_key(PROBLEM) {
        response.description = problems(status);
    } else if response.description.is_empty() {
        response.description = match response.content.is_empty() {
            true => "Done; there is no body.".to_owned(),
            false => of_body(status, response, components),
        };
    }
}

/// Which problems a status can be. A class like `4XX` can be so many that a list says nothing.
fn problems(status: &str) -> String {
    let whose = match status.starts_with('4') {
        true => "Refused",
        false => "Failed on our side",
    };
    let codes = ErrorCode::ALL
        .iter()
        .filter(|code| code.status().to_string() == status);
    let codes: Vec<String> = codes
        .map(|code| format!("`{code}`", code = code.as_str()))
        .collect();
    match codes.is_empty() {
        true => format!("{whose}; the problem's `code` says why, and `/problems` explains each."),
        false => format!("{whose}; the problem's `code` is {}.", codes.join(" or ")),
    }
}

/// The body's own description; one that does not come with success says so first.
fn of_body(status: &str, response: &Response, components: &Components) -> String {
    let schema = response.content.values().find_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let Some(body) = schema.and_then(|schema| description(schema, components)) else {
        return String::new();
    };
    let status = status
        .parse()
        .ok()
        .and_then(|n| StatusCode::from_u16(n).ok());
    let failure = status.filter(|status| !status.is_success());
    match failure.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{reason}. {body}"),
        None => body,
    }
}

fn description(schema: &RefOr<Schema>, components: &Components) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            description(components.schemas.get(name)?, components)
        }
        RefOr::T(Schema::Array(array)) => array.description.clone(),
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::OneOf(one)) => one.description.clone(),
        RefOr::T(Schema::AllOf(all)) => all.description.clone(),
        RefOr::T(Schema::AnyOf(any)) => any.description.clone(),
        RefOr::T(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, ResponseBuilder};

    fn described(status: &str, media: Option<&str>) -> String {
        let view = ObjectBuilder::new().description(Some("A lead."));
        let mut components = Components::new();
        components
            .schemas
            .insert("LeadView".to_owned(), RefOr::T(view.into()));
        let mut response = ResponseBuilder::new();
        if let Some(media) = media {
            let body = Ref::from_schema_name("LeadView");
            response = response.content(media, ContentBuilder::new().schema(Some(body)).build());
        }
        let mut response = response.build();
        describe(status, &mut response, &components);
        response.description
    }

    #[test]
    fn a_body_is_described_by_its_type_and_a_failure_says_so_first() {
        assert_eq!(described("200", Some("application/json")), "A lead.");
        assert_eq!(described("204", None), "Done; there is no body.");
        let failed = described("503", Some("application/json"));
        assert_eq!(failed, "Service Unavailable. A lead.");
    }

    #[test]
    fn a_problem_has_the_codes_of_its_status_and_a_class_where_they_are_explained() {
        let one = described("413", Some(PROBLEM));
        assert!(one.ends_with("`code` is `payload_too_large`."), "{one}");
        let two = described("503", Some(PROBLEM));
        assert!(two.starts_with("Failed on our side"), "{two}");
        assert!(two.contains("`tenant_not_ready` or `unavailable`"), "{two}");
        assert!(described("4XX", Some(PROBLEM)).contains("`/problems`"));
    }
}
