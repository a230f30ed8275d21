//! Rotation of refresh tokens (RFC 9700 §4.14.2).

use super::queries::{self, SessionRow, Spent};
use super::service::{Client, Opened, Person, Session};
use crate::Identity;
use crate::accounts;
use crate::audit;
use crate::authenticator::require_open;
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::BatchTx;
use platform_kernel::secret::{random_token, token_hash};
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::json;

impl Identity {
    /// Trades a refresh token for its successor. Requests that come at once, or again within the
    /// grace, get the same successor; a token that comes later was stolen from somebody, so its
    /// whole session ends.
    pub(crate) async fn refresh(&self, token: &str, client: &Client) -> Result<Session> {
        let hash = token_hash(token);
        let fresh = random_token();
        let mut tx = self.db.batch().await?;
        // Strangers' tokens cost no sealing: each uses up one of the key's random nonces.
        let known = queries::find_token(&mut tx, &hash).await?;
        known.ok_or(ErrorCode::Unauthenticated)?;
        let sealed = self.master.seal(&place(&hash), fresh.as_bytes())?;
        let (session_id, successor, spent) =
            match queries::spend_token(&mut tx, &hash, &sealed).await? {
                Some(session_id) => (session_id, fresh, true),
                None => {
                    let old = queries::find_token(&mut tx, &hash).await?;
                    let old = old.ok_or(ErrorCode::Unauthenticated)?;
                    let Some(successor) = self.successor_in_grace(&hash, &old)? else {
                        return self.refuse(tx, old, client).await;
                    };
                    (old.session_id, successor, false)
                }
            };
        let row = queries::find(&mut tx, session_id).await?;
        let row = row.ok_or(ErrorCode::Unauthenticated)?;
        let person = self.person_of(&mut tx, &row).await?;
        if spent {
            let successor = token_hash(&successor);
            queries::insert_token(&mut tx, &successor, row.id, row.expires_at).await?;
            queries::touch(&mut tx, row.id).await?;
            accounts::saw(&mut tx, person.id, person.epoch).await?;
        }
        tx.commit().await?;
        let opened = Opened {
            id: row.id,
            refresh_token: successor,
            expires_at: row.expires_at,
        };
        self.session(&person, opened)
    }

    fn successor_in_grace(&self, hash: &[u8], old: &Spent) -> Result<Option<String>> {
        let grace = TimeDelta::from_std(self.config.refresh_grace).map_err(Error::internal)?;
        let in_grace = |at: DateTime<Utc>| clock::now() - at <= grace;
        match (&old.successor_sealed, old.used_at) {
            (Some(sealed), Some(at)) if in_grace(at) => {
                let plain = self.master.open(&place(hash), sealed)?;
                String::from_utf8(plain).map(Some).map_err(Error::internal)
            }
            _ => Ok(None),
        }
    }

    /// The token is expired, or was used before: then the session ends, for the thief and for
    /// the person.
    async fn refuse(&self, mut tx: BatchTx, old: Spent, client: &Client) -> Result<Session> {
        if old.used_at.is_none() {
            return Err(ErrorCode::Unauthenticated.detail("the session has expired"));
        }
        let ended = queries::revoke_session(&mut tx, old.session_id, "refresh_reused").await?;
        let row = queries::find(&mut tx, old.session_id).await?;
        if let Some(row) = row.filter(|_| ended) {
            tracing::warn!(user.id = %row.user_id, session.id = %row.id, "a refresh token was used twice; its session was ended");
            metrics::counter!("auterity_identity_refresh_reused_total").increment(1);
            let actor = platform_db::audit::Actor {
                id: Some(row.user_id.0),
                request_id: Some(client.request_id.clone()),
                ..Default::default()
            };
            if let Some(id) = row.tenant_id
                && let Some(tenant) = accounts::tenant(&mut tx, id).await?
            {
                let data = json!({ "ip": client.ip, "user_agent": client.user_agent });
                let deed = audit::deed("session.refresh_reused", "session", row.id, data);
                audit::record(&mut tx, &tenant, &actor, deed).await?;
            }
        }
        tx.commit().await?;
        self.standings.forget_session(old.session_id).await;
        Err(ErrorCode::RefreshReused.into())
    }

    /// Who a session belongs to, if they may still come in.
    async fn person_of(&self, tx: &mut BatchTx, row: &SessionRow) -> Result<Person> {
        if row.revoked_at.is_some() || row.expires_at <= clock::now() {
            return Err(ErrorCode::Unauthenticated.detail("the session has ended"));
        }
        let account = accounts::find(tx, row.user_id, row.tenant_id).await?;
        let account = account.ok_or(ErrorCode::Unauthenticated)?;
        let tenant = match row.tenant_id {
            Some(id) => accounts::tenant(tx, id).await?,
            None => None,
        };
        let role = account
            .role(row.tenant_id)
            .ok_or(ErrorCode::Unauthenticated)?;
        if let Some(tenant) = &tenant {
            require_open(tenant.status)?;
        }
        Ok(Person {
            id: account.id,
            group_id: account.group_id,
            name: account.name,
            email: account.email,
            role,
            epoch: account.auth_epoch,
            tenant,
        })
    }

    /// Ends the session that a refresh token belongs to; an unknown token ends nothing.
    pub(crate) async fn log_out(&self, token: &str, client: &Client) -> Result<()> {
        let mut tx = self.db.batch().await?;
        let Some(found) = queries::find_token(&mut tx, &token_hash(token)).await? else {
            return Ok(());
        };
        let row = queries::find(&mut tx, found.session_id).await?;
        let row = row.ok_or(ErrorCode::Unauthenticated)?;
        if queries::revoke_session(&mut tx, row.id, "signed_out").await?
            && let Ok(person) = self
                .person_of(
                    &mut tx,
                    &SessionRow {
                        revoked_at: None,
                        ..row.clone()
                    },
                )
                .await
            && let Some(tenant) = &person.tenant
        {
            let deed = audit::deed("session.ended", "session", row.id, json!({}));
            audit::record(&mut tx, tenant, &person.actor(&client.request_id), deed).await?;
        }
        tx.commit().await?;
        self.standings.forget_session(row.id).await;
        Ok(())
    }
}

fn place(hash: &[u8]) -> String {
    let token = data_encoding::HEXLOWER.encode(hash);
    format!("refresh_tokens/successor_sealed/{token}")
}
