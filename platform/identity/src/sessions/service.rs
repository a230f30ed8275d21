use super::dto::{SessionView, UserView};
use super::queries::{self, NewSession};
use crate::Identity;
use crate::accounts;
use crate::device::DeviceCookie;
use crate::network::Network;
use crate::token::Subject;
use crate::transaction::Tx;
use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::audit::Actor;
use platform_http::{ClientIp, RequestId};
use platform_kernel::id::{GroupId, SessionId, UserId};
use platform_kernel::secret::{random_token, token_hash};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result, clock};
use policies::Role;
use std::convert::Infallible;
use std::future::{Ready, ready};
use tenants::TenantView;

/// What is noted of the program that signs in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_id: String,
    pub(crate) network: Network,
    /// What says that the browser was signed in before, not yet believed.
    pub(crate) devices: Vec<DeviceCookie>,
}

impl actix_web::FromRequest for Client {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let agent = request.headers().get(USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        let request_id = RequestId::from_request(request, payload).into_inner();
        let ip = ClientIp::of(request).0;
        ready(Ok(Self {
            ip: ip.map(|ip| ip.to_string()),
            network: Network::of(ip),
            devices: DeviceCookie::all_of(request),
            user_agent: agent.map(|text| text.chars().take(400).collect()),
            request_id: request_id.map(|id| id.0).unwrap_or_default(),
        }))
    }
}

/// Somebody whose identity was established, at the place they sign in to.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) group_id: GroupId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    pub(crate) epoch: i64,
    /// None for a super admin.
    pub(crate) tenant: Option<TenantContext>,
}

impl Person {
    pub(crate) fn actor(&self, request_id: &str) -> Actor {
        Actor {
            id: Some(self.id.0),
            name: Some(self.name.clone()),
            role: Some(self.role.as_str().to_owned()),
            request_id: Some(request_id.to_owned()),
        }
    }
}

/// A session that was opened or refreshed.
pub(crate) struct Session {
    pub(crate) view: SessionView,
    pub(crate) refresh_token: String,
    pub(crate) expires_at: DateTime<Utc>,
    /// Marks the browser as one that signed in with the account's password.
    pub(crate) device: Option<DeviceCookie>,
}

impl Session {
    pub(crate) fn remembered(mut self, device: DeviceCookie) -> Self {
        self.device = Some(device);
        self
    }
}

/// A session in the database, before its access token is made.
pub(crate) struct Opened {
    pub(crate) id: SessionId,
    pub(crate) refresh_token: String,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Identity {
    /// Opens a session with the first refresh token of its family.
    pub(crate) async fn open_session(
        &self,
        tx: &mut impl Tx,
        person: &Person,
        client: &Client,
    ) -> Result<Opened> {
        let lifetime =
            TimeDelta::from_std(self.config.session_lifetime).map_err(Error::internal)?;
        let opened = Opened {
            id: SessionId::new(),
            refresh_token: random_token(),
            expires_at: clock::now() + lifetime,
        };
        let row = NewSession {
            id: opened.id,
            user_id: person.id,
            tenant_id: person.tenant.as_ref().map(|tenant| tenant.id),
            user_agent: client.user_agent.as_deref(),
            ip: client.ip.as_deref(),
            expires_at: opened.expires_at,
        };
        queries::insert(tx, &row).await?;
        let hash = token_hash(&opened.refresh_token);
        queries::insert_token(tx, &hash, opened.id, opened.expires_at).await?;
        // Whoever ends a user's sessions raises the epoch first, so either this waits and finds
        // the epoch raised, or they wait and find this session.
        if !accounts::saw(tx, person.id, person.epoch).await? {
            return Err(ErrorCode::InvalidCredentials.into());
        }
        Ok(opened)
    }

    /// Makes the access token of a session and the answer that carries it.
    pub(crate) fn session(&self, person: &Person, opened: Opened) -> Result<Session> {
        let tenant_epoch = person.tenant.as_ref().map_or(0, |tenant| tenant.auth_epoch);
        let subject = Subject {
            user_id: person.id,
            group_id: person.group_id,
            tenant_id: person.tenant.as_ref().map(|tenant| tenant.id),
            role: person.role,
            epoch: person.epoch + tenant_epoch,
            session_id: opened.id,
            name: person.name.clone(),
        };
        let view = SessionView {
            access_token: self.tokens.issue(&self.keys.current(), subject)?,
            token_type: "Bearer".to_owned(),
            expires_in: self.tokens.lifetime_seconds(),
            refresh_token: None,
            user: UserView {
                id: person.id,
                name: person.name.clone(),
                email: person.email.clone(),
            },
            tenant: person.tenant.as_ref().map(TenantView::from),
            role: person.role,
        };
        Ok(Session {
            view,
            refresh_token: opened.refresh_token,
            expires_at: opened.expires_at,
            device: None,
        })
    }
}
