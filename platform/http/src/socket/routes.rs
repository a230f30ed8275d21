use super::connection::Connection;
use super::hub::Hub;
use super::protocol::FRAME_LIMIT;
use super::ticket::{self, LIFETIME, Ticket};
use crate::authorize::{SignedIn, require_active, tenant_of_host};
use crate::problem::{ApiResult, Problem};
use crate::query::Query;
use crate::request::host_of;
use crate::state::HttpState;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use platform_kernel::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use utoipa::{IntoParams, ToSchema};

/// Adds the ticket's and the socket's routes; the app must hold `web::Data<Hub>`.
pub fn configure(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    config.service(create_socket_ticket).service(open_socket);
}

/// A ticket for `GET /socket`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SocketTicketView {
    /// Opens one socket, once.
    pub ticket: String,
    /// Seconds.
    pub expires_in: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SocketQuery {
    /// From `create_socket_ticket`.
    ticket: String,
}

/// Gives a one-time ticket for the live socket.
#[utoipa::path(tag = "live", operation_id = "create_socket_ticket", responses((status = 201, body = SocketTicketView), (status = "4XX", body = Problem, content_type = "application/problem+json")), security(("bearer" = [])))]
#[post("/api/v1/socket-tickets")]
async fn create_socket_ticket(
    auth: SignedIn,
    hub: web::Data<Hub>,
    state: web::Data<HttpState>,
) -> ApiResult<HttpResponse> {
    let tenant = auth.tenant.as_ref().ok_or(ErrorCode::TenantNotFound)?;
    require_active(tenant)?;
    let ticket = Ticket::new(&auth.principal, tenant.id);
    let ticket = ticket::issue(&state.redis, hub.tickets(), ticket).await?;
    Ok(HttpResponse::Created().json(SocketTicketView {
        ticket,
        expires_in: LIFETIME.as_secs(),
    }))
}

/// Opens the live socket. JSON text frames: `{"subscribe": "execution:<id>", "after": <seq>}`,
/// `{"unsubscribe": "…"}`, `{"ping": 1}`; see the documentation of the live protocol.
#[utoipa::path(tag = "live", operation_id = "open_socket", params(SocketQuery), responses((status = 101, description = "The socket is open"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[get("/socket")]
async fn open_socket(
    request: HttpRequest,
    body: web::Payload,
    query: Query<SocketQuery>,
    hub: web::Data<Hub>,
    state: web::Data<HttpState>,
) -> ApiResult<HttpResponse> {
    if !state.origins.admits(request.headers()) {
        return Err(ErrorCode::Forbidden.detail("this origin may not").into());
    }
    let ticket = ticket::redeem(&state.redis, hub.tickets(), &query.ticket).await?;
    let ticket = ticket.ok_or_else(|| ErrorCode::Unauthenticated.detail("no such ticket"))?;
    let principal = ticket.principal();
    let tenant = resolve(&state, &request, &ticket).await?;
    state.authenticator.still_valid(&principal).await?;
    let inlet = hub.join(tenant.id, principal.user_id)?;
    let (response, session, stream) =
        actix_ws::handle(&request, body).map_err(|cause| handshake(&cause))?;
    let stream = stream
        .max_frame_size(FRAME_LIMIT)
        .aggregate_continuations()
        .max_continuation_size(FRAME_LIMIT);
    let span =
        tracing::info_span!("socket", "tenant.id" = %tenant.id, "user.id" = %principal.user_id);
    let connection = Connection::new(
        hub.get_ref().clone(),
        inlet,
        state,
        principal,
        tenant,
        session,
    );
    actix_web::rt::spawn(connection.run(stream).instrument(span));
    Ok(response)
}

/// The ticket's dealership, which must be the host's, if the host names one.
async fn resolve(
    state: &HttpState,
    request: &HttpRequest,
    ticket: &Ticket,
) -> Result<platform_kernel::tenant::TenantContext> {
    let by_host = tenant_of_host(state, &host_of(request)).await?;
    if by_host.is_some_and(|host| host.id != ticket.tenant_id) {
        return Err(ErrorCode::TenantNotFound.into());
    }
    let tenant = state.tenants.by_id(ticket.tenant_id).await?;
    let tenant = tenant.ok_or(ErrorCode::TenantNotFound)?;
    require_active(&tenant)?;
    Ok(tenant)
}

fn handshake(cause: &actix_web::Error) -> Error {
    ErrorCode::BadRequest.detail(cause.to_string())
}
