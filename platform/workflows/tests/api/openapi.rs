use platform_http::openapi::base_document;
use serde_json::Value;
use utoipa_actix_web::AppExt;

/// The document of this slice alone.
fn document() -> Value {
    let (_app, document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base_document("test"))
        .configure(platform_workflows::configure)
        .split_for_parts();
    serde_json::to_value(document).unwrap()
}

#[test]
fn every_operation_but_hooks_and_links_needs_a_sign_in() {
    let document = document();
    let mut public = Vec::new();
    let mut count = 0;
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            count += 1;
            if operation.get("security").is_none() {
                public.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(count > 60, "the document lost its operations: {count}");
    public.sort_unstable();
    let links = ["decide_approval_link", "receive_hook", "show_approval_link"];
    assert_eq!(public, links);
}

#[test]
fn every_schema_that_is_referred_to_is_there() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let used = text.split("#/components/schemas/").skip(1);
    for name in used.filter_map(|rest| rest.split('"').next()) {
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in [
        "WorkflowView",
        "ExecutionView",
        "StepRunView",
        "TemplateView",
        "Finding",
    ] {
        assert!(schemas.contains_key(name), "{name}");
    }
}
