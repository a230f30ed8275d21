//! Who am I, what may I do, and what is connected.

use crate::Identity;
use crate::accounts;
use crate::sessions::UserView;
use actix_web::{HttpResponse, get, web};
use platform_http::{ApiResult, Problem, SignedIn};
use platform_kernel::ErrorCode;
use platform_kernel::ports::Description;
use policies::{Permission, Role};
use serde::{Deserialize, Serialize};
use tenants::TenantView;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// An account at an outside system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionView {
    /// `email`, `ai`, …
    pub kind: String,
    /// `smtp`, `openai`, …
    pub adapter: String,
    pub name: String,
    /// A simulator stands at the other end.
    pub simulated: bool,
}

impl From<Description> for ConnectionView {
    fn from(description: Description) -> Self {
        Self {
            kind: description.kind.to_owned(),
            adapter: description.adapter.to_owned(),
            name: description.name,
            simulated: description.simulated,
        }
    }
}

/// The caller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MeView {
    pub user: UserView,
    /// `null` for a super admin on no dealership's host.
    pub tenant: Option<TenantView>,
    pub role: Role,
    /// `<resource>:<action>`.
    pub permissions: Vec<String>,
    pub connections: Vec<ConnectionView>,
}

/// The caller, what they may do, and what is connected.
#[utoipa::path(tag = "identity", operation_id = "get_me",
    responses((status = 200, body = MeView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[get("/api/v1/me")]
pub async fn get_me(auth: SignedIn, identity: web::Data<Identity>) -> ApiResult<HttpResponse> {
    auth.require(Permission::MeRead)?;
    let mut tx = identity.db.control().await?;
    let account = accounts::find(&mut tx, auth.principal.user_id, None).await?;
    tx.commit().await?;
    let account = account.ok_or(ErrorCode::Unauthenticated)?;
    Ok(HttpResponse::Ok().json(MeView {
        user: UserView {
            id: account.id,
            name: account.name,
            email: account.email,
        },
        tenant: auth.tenant.as_ref().map(TenantView::from),
        role: auth.principal.role,
        permissions: auth.permissions().into_iter().map(str::to_owned).collect(),
        connections: identity.config.connections.clone(),
    }))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_me);
}
