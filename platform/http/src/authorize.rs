//! The arguments of a handler that say who may call it. A handler without one of them visibly
//! has no check.

use crate::limits::{Cost, charge};
use crate::middleware::rate_limit::note;
use crate::problem::ApiError;
use crate::request::{RequestId, host_of};
use crate::state::{HttpState, Principal};
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use platform_db::audit::Actor;
use platform_db::{Database, TenantTx};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, ErrorCode, Result};
use policies::{Permission, PermissionMarker, Policy, Role};
use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use tokio::sync::watch;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// The caller has permission `P` at the dealership that the request was resolved to.
pub struct Authorized<P: PermissionMarker> {
    pub principal: Principal,
    pub tenant: TenantContext,
    request_id: RequestId,
    db: Database,
    policy: Policy,
    _permission: PhantomData<P>,
}

impl<P: PermissionMarker> Authorized<P> {
    /// Begins a transaction in the dealership's schema.
    pub async fn tx(&self) -> Result<TenantTx> {
        self.db.tenant(&self.tenant).await
    }

    /// Whether the caller may do more than `P`.
    pub fn may(&self, permission: Permission) -> bool {
        self.policy.allows(self.principal.role, permission)
    }

    /// The caller as the audit log names them.
    pub fn actor(&self) -> Actor {
        self.principal.actor(&self.request_id.0)
    }
}

/// The caller is signed in; the dealership is there unless a super admin asks on no dealership's host.
pub struct SignedIn {
    pub principal: Principal,
    pub tenant: Option<TenantContext>,
    state: web::Data<HttpState>,
    request_id: RequestId,
}

impl SignedIn {
    /// Refuses callers without `permission`. For operations above any one dealership.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.state.policy.allows(self.principal.role, permission) {
            return Ok(());
        }
        Err(forbidden(permission))
    }

    /// Everything the caller may do.
    pub fn permissions(&self) -> Vec<&'static str> {
        let role = self.principal.role;
        self.state
            .policy
            .permissions(role)
            .map(Permission::as_str)
            .collect()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.state.policy.allows(self.principal.role, permission)
    }

    pub fn actor(&self) -> Actor {
        self.principal.actor(&self.request_id.0)
    }
}

/// The caller may do `P`, a permission of the platform and of no dealership.
pub struct AuthorizedPlatform<P: PermissionMarker> {
    pub principal: Principal,
    request_id: RequestId,
    _permission: PhantomData<P>,
}

impl<P: PermissionMarker> AuthorizedPlatform<P> {
    pub fn actor(&self) -> Actor {
        self.principal.actor(&self.request_id.0)
    }
}

/// The dealership that the host names, for callers who need not be signed in.
pub struct MaybeTenant(pub Option<TenantContext>);

fn forbidden(permission: Permission) -> Error {
    ErrorCode::Forbidden.detail(format!("this needs the permission {}", permission.as_str()))
}

/// The tenant that the request's host names: `None` for the base domain itself and for addresses.
pub(crate) async fn tenant_of_host(state: &HttpState, host: &str) -> Result<Option<TenantContext>> {
    if host == state.base_domain || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Ok(None);
    }
    let found = match host
        .strip_suffix(&state.base_domain)
        .and_then(|rest| rest.strip_suffix('.'))
    {
        Some(slug) => state.tenants.by_slug(slug).await?,
        None => state.tenants.by_domain(host).await?,
    };
    found
        .map(Some)
        .ok_or_else(|| ErrorCode::TenantNotFound.into())
}

/// Refuses a tenant that may not be used now.
pub fn require_active(tenant: &TenantContext) -> Result<()> {
    match tenant.status {
        TenantStatus::Active => Ok(()),
        TenantStatus::Provisioning => Err(ErrorCode::TenantNotReady.into()),
        TenantStatus::Suspended | TenantStatus::Deleting | TenantStatus::Unknown => {
            Err(ErrorCode::TenantSuspended.into())
        }
        TenantStatus::Deleted => Err(ErrorCode::TenantNotFound.into()),
    }
}

async fn principal(state: &HttpState, request: &HttpRequest) -> Result<Principal> {
    let header = request.headers().get(AUTHORIZATION);
    let bearer = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(ErrorCode::Unauthenticated)?;
    state.authenticator.authenticate(bearer).await
}

/// Principal and tenant of a request, as first resolved: extractors and middleware of one request
/// share it.
#[derive(Clone)]
struct Resolved(Principal, Option<TenantContext>);

/// Principal and tenant of a request. Host and token must agree; a super admin may name any
/// dealership by its host.
pub(crate) async fn resolve(
    state: &HttpState,
    request: &HttpRequest,
) -> Result<(Principal, Option<TenantContext>)> {
    let known = request.extensions().get::<Resolved>().cloned();
    if let Some(Resolved(principal, tenant)) = known {
        return Ok((principal, tenant));
    }
    // In this order, or strangers could tell hosts of dealerships from other names.
    let principal = principal(state, request).await?;
    let by_host = tenant_of_host(state, &host_of(request)).await?;
    let tenant = match (by_host, principal.tenant_id) {
        (Some(host), Some(token)) if host.id != token => {
            return Err(ErrorCode::TenantNotFound.into());
        }
        (Some(host), None) if principal.role != Role::SuperAdmin => {
            drop(host);
            return Err(ErrorCode::TenantNotFound.into());
        }
        (Some(host), _) => Some(host),
        (None, Some(token)) => {
            let found = state.tenants.by_id(token).await?;
            Some(found.ok_or(ErrorCode::TenantNotFound)?)
        }
        (None, None) => None,
    };
    request.extensions_mut().insert(principal.clone());
    if let Some(tenant) = &tenant {
        request.extensions_mut().insert(tenant.clone());
        tracing::Span::current().record("tenant.id", tracing::field::display(tenant.id));
    }
    tracing::Span::current().record("user.id", tracing::field::display(principal.user_id));
    limit(state, request, &principal).await?;
    if let Some(tenant) = &tenant {
        let request_id = request_id(request).0;
        let visits = &state.visits;
        visits
            .note(&state.db, &principal, tenant, &request_id)
            .await?;
    }
    let resolved = Resolved(principal.clone(), tenant.clone());
    request.extensions_mut().insert(resolved);
    Ok((principal, tenant))
}

/// Charges the caller's and the dealership's buckets.
async fn limit(state: &HttpState, request: &HttpRequest, principal: &Principal) -> Result<()> {
    let user = principal.user_id;
    let mut buckets = Vec::with_capacity(2);
    let slot = principal.tenant_id.map_or(user.0, |tenant| tenant.0);
    buckets.push((
        format!("auterity:rate:user:{{{slot}}}:{user}"),
        state.rate_limits.user,
    ));
    if let Some(tenant) = principal.tenant_id {
        let key = format!("auterity:rate:tenant:{{{tenant}}}");
        buckets.push((key, state.rate_limits.tenant));
    }
    let Some(verdict) = charge(state, &buckets, Cost::of(request.headers())).await else {
        return Ok(());
    };
    note(&mut request.extensions_mut(), verdict);
    verdict.check()
}

fn state_of(request: &HttpRequest) -> Result<web::Data<HttpState>> {
    HttpState::of(request)
        .cloned()
        .ok_or_else(|| Error::internal("HttpState is not in the app"))
}

fn request_id(request: &HttpRequest) -> RequestId {
    request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_default()
}

/// What the arguments after an authorizing one wait at, so that nobody learns what is wrong with
/// a body before it is known that they may send one.
#[derive(Clone)]
pub(crate) struct Gate(watch::Receiver<bool>);

impl Gate {
    /// Closes the gate at once, and opens it when `check` lets the caller in.
    fn before<T: 'static>(
        request: &HttpRequest,
        check: impl Future<Output = Result<T, ApiError>> + 'static,
    ) -> Extracting<T> {
        let (opener, gate) = watch::channel(false);
        request.extensions_mut().insert(Self(gate));
        Box::pin(async move {
            let passed = check.await?;
            opener.send_replace(true);
            Ok(passed)
        })
    }

    /// Waits until the caller of `request` is let in; an operation without a check has no gate.
    pub(crate) fn of(request: &HttpRequest) -> impl Future<Output = ()> + use<> {
        let gate = request.extensions().get::<Self>().cloned();
        async move {
            if let Some(Self(mut gate)) = gate {
                // An error says that the caller was refused, which ends the request.
                let _ = gate.wait_for(|open| *open).await;
            }
        }
    }
}

impl<P: PermissionMarker> FromRequest for Authorized<P> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Gate::before(&request.clone(), async move {
            let state = state_of(&request)?;
            let (principal, tenant) = resolve(&state, &request).await?;
            if !state.policy.allows(principal.role, P::PERMISSION) {
                return Err(forbidden(P::PERMISSION).into());
            }
            let tenant = tenant.ok_or(ErrorCode::TenantNotFound)?;
            require_active(&tenant)?;
            Ok(Self {
                principal,
                tenant,
                request_id: request_id(&request),
                db: state.db.clone(),
                policy: state.policy.clone(),
                _permission: PhantomData,
            })
        })
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Gate::before(&request.clone(), async move {
            let state = state_of(&request)?;
            let (principal, tenant) = resolve(&state, &request).await?;
            if let Some(tenant) = &tenant
                && tenant.status != TenantStatus::Provisioning
            {
                require_active(tenant)?;
            }
            let request_id = request_id(&request);
            Ok(Self {
                principal,
                tenant,
                state,
                request_id,
            })
        })
    }
}

impl<P: PermissionMarker> FromRequest for AuthorizedPlatform<P> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Gate::before(&request.clone(), async move {
            let state = state_of(&request)?;
            let (principal, _) = resolve(&state, &request).await?;
            if !state.policy.allows(principal.role, P::PERMISSION) {
                return Err(forbidden(P::PERMISSION).into());
            }
            let request_id = request_id(&request);
            Ok(Self {
                principal,
                request_id,
                _permission: PhantomData,
            })
        })
    }
}

impl FromRequest for MaybeTenant {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state_of(&request)?;
            Ok(Self(tenant_of_host(&state, &host_of(&request)).await?))
        })
    }
}
