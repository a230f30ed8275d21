use super::body::Delivery;
use super::reply::HookResult;
use super::{HookAccepted, Hooks};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, post, web};
use platform_http::body::read_body;
use platform_http::middleware::charge_hooks;
use platform_http::{ApiResult, Problem};
use platform_kernel::{ErrorCode, Result};

/// The largest delivery, in bytes.
const LIMIT: usize = 1 << 20;
/// The longest name that a sender may give a delivery.
const LONGEST_ID: usize = 200;

/// Takes what other systems post to a trigger's own address: a JSON object for a webhook, a lead
/// for an internet lead's.
///
/// A lead may come as ADF/XML, as the mail that carries it (any encoding, attached or inline), in
/// a form's field or in JSON. Whatever comes to such an address is kept: what cannot be read, or
/// only in part, becomes a lead that needs review, without a run, and managers are told. Only a
/// body over 1 MiB is refused, with 413.
///
/// The address is the secret, so no sign-in is needed. A repeated delivery (the same
/// `Idempotency-Key` or `X-Delivery-Id`, else the same body within ten minutes; for leads the
/// same person's same wish) starts nothing and answers what it started the first time. Where the
/// trigger asks for a signature, a delivery without the right one is refused with 401.
///
/// A webhook that answers with the result keeps the sender waiting until the run has ended, at
/// most for the seconds that the trigger says; then it answers 202 and the run goes on.
#[utoipa::path(
    tag = "hooks", operation_id = "receive_hook",
    params(
        ("key" = String, Path, description = "The secret part of the trigger's address"),
        ("Idempotency-Key" = Option<String>, Header, description = "Name of the delivery"),
        ("X-Delivery-Id" = Option<String>, Header, description = "Name of the delivery"),
    ),
    request_body(content(
        (serde_json::Value = "application/json"),
        (String = "application/x-adf+xml"),
        (String = "application/xml"),
    )),
    responses(
        (status = 202, description = "Accepted and durable", body = HookAccepted),
        (status = 200, description = "What the run gave, where the trigger answers with that and the run ended in time", body = HookResult),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/hooks/{key}")]
pub async fn receive_hook(
    request: HttpRequest,
    key: web::Path<String>,
    payload: web::Payload,
    hooks: web::Data<Hooks>,
) -> ApiResult<HttpResponse> {
    let tenant = hooks.tenant_behind(&key).await?;
    tracing::Span::current().record("tenant.id", tracing::field::display(tenant.id));
    hooks.require_address(&tenant, &key).await?;
    charge_hooks(&request, tenant.id).await?;
    let id = delivery_id(&request)?;
    let delivery = Delivery {
        body: read_body(&request, &mut payload.into_inner(), LIMIT).await?,
        content_type: header(&request, CONTENT_TYPE.as_str()),
        id,
        headers: request.headers().clone(),
    };
    let (accepted, patience) = hooks.take(&tenant, &key, delivery).await?;
    if let (Some(run), Some(patience)) = (accepted.execution_id, patience)
        && let Some(result) = hooks.result_of(&tenant, run, patience).await?
    {
        return Ok(HttpResponse::Ok().json(result));
    }
    Ok(HttpResponse::Accepted().json(accepted))
}

fn delivery_id(request: &HttpRequest) -> Result<Option<String>> {
    let given = ["idempotency-key", "x-delivery-id"]
        .into_iter()
        .find_map(|name| header(request, name));
    match given {
        Some(id) if id.len() > LONGEST_ID => Err(ErrorCode::BadRequest.detail(format!(
            "the name of a delivery has at most {LONGEST_ID} characters"
        ))),
        given => Ok(given),
    }
}

/// A header's value; one that is blank, or not plain text, counts as none.
fn header(request: &HttpRequest, name: &str) -> Option<String> {
    let value = request.headers().get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
