//! Access tokens: JWTs signed with RS256 (RFC 9068's `at+jwt`).

use crate::keys::{KeyRing, Keys};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use platform_kernel::id::{GroupId, SessionId, TenantId, UserId};
use platform_kernel::{Error, ErrorCode, Result, clock};
use policies::Role;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const AUDIENCE: &str = "auterity";
const TYPE: &str = "at+jwt";
/// Ours have about 900 bytes.
const LONGEST: usize = 4096;
/// How far the clocks of two of our machines may be apart.
const SKEW_SECONDS: i64 = 30;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: UserId,
    pub(crate) gid: GroupId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<TenantId>,
    pub(crate) role: Role,
    /// Sum of the user's and the tenant's epoch: both only ever rise, so it is the old sum
    /// exactly when neither has risen.
    pub(crate) epoch: i64,
    pub(crate) sid: SessionId,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) name: String,
}

/// For whom a token is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) user_id: UserId,
    pub(crate) group_id: GroupId,
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) role: Role,
    pub(crate) epoch: i64,
    pub(crate) session_id: SessionId,
    pub(crate) name: String,
}

/// Makes and verifies access tokens.
pub(crate) struct AccessTokens {
    issuer: String,
    lifetime: Duration,
    validation: Validation,
}

impl AccessTokens {
    pub(crate) fn new(issuer: String, lifetime: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.leeway = 0;
        Self {
            issuer,
            lifetime,
            validation,
        }
    }

    /// Seconds that a token lives.
    pub(crate) fn lifetime_seconds(&self) -> i64 {
        i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX)
    }

    pub(crate) fn issue(&self, keys: &Keys, subject: Subject) -> Result<String> {
        let iat = clock::now().timestamp();
        let claims = Claims {
            sub: subject.user_id,
            gid: subject.group_id,
            tid: subject.tenant_id,
            role: subject.role,
            epoch: subject.epoch,
            sid: subject.session_id,
            iat,
            exp: iat.saturating_add(self.lifetime_seconds()),
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            name: subject.name,
        };
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(keys.kid.clone());
        jsonwebtoken::encode(&header, &claims, &keys.signing).map_err(Error::internal)
    }

    /// Signature, type, issuer, audience and times. The key is looked up by `kid` alone: nothing
    /// else in the header has a say in how the token is verified.
    pub(crate) async fn verify(&self, keys: &KeyRing, token: &str) -> Result<Claims> {
        if token.len() > LONGEST {
            return Err(ErrorCode::Unauthenticated.into());
        }
        let header = jsonwebtoken::decode_header(token).map_err(refused)?;
        let typ = header.typ.as_deref().unwrap_or_default();
        let ours = header.alg == Algorithm::RS256
            && (typ.eq_ignore_ascii_case(TYPE) || typ.eq_ignore_ascii_case("JWT"))
            && !has_critical_extension(token);
        let kid = header.kid.filter(|_| ours);
        let kid = kid.ok_or(ErrorCode::Unauthenticated)?;
        let key = keys.verifying(&kid).await;
        let key = key.ok_or(ErrorCode::Unauthenticated)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation)
            .map_err(refused)?
            .claims;
        if claims.iat > clock::now().timestamp() + SKEW_SECONDS {
            return Err(ErrorCode::Unauthenticated.into());
        }
        Ok(claims)
    }
}

/// RFC 7515 §4.1.11: a token with an extension that we don't know but that must be understood
/// is refused. We know none.
fn has_critical_extension(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let parsed = data_encoding::BASE64URL_NOPAD
        .decode(header.as_bytes())
        .ok()
        .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok());
    parsed.is_none_or(|header| header.get("crit").is_some())
}

fn refused(error: jsonwebtoken::errors::Error) -> Error {
    let code = match error.kind() {
        ErrorKind::ExpiredSignature => ErrorCode::TokenExpired,
        _ => ErrorCode::Unauthenticated,
    };
    code.because(error)
}
