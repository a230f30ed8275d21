use super::dto::ResetPassword;
use super::mail::{ResetRequest, SEND_PASSWORD_RESET_MAIL};
use super::queries;
use crate::Identity;
use crate::accounts;
use crate::audit;
use crate::password::check_password;
use crate::sessions::{self, Client};
use platform_db::audit::Actor;
use platform_db::jobs::{Lane, NewJob};
use platform_kernel::secret::{ExposeSecret, token_hash};
use platform_kernel::text::Email;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::json;
use uuid::Uuid;

impl Identity {
    /// Has a mail sent if there is such an account. Looking for it is left to the job, so that
    /// neither the answer nor its time tells.
    pub(crate) async fn forget_password(
        &self,
        tenant: &str,
        email: &str,
        client: &Client,
    ) -> Result<()> {
        let email = Email::parse(email).ok_or(ErrorCode::InvalidCredentials)?;
        let request = ResetRequest {
            id: Uuid::now_v7(),
            tenant: tenant.trim().to_lowercase(),
            email: email.as_str().to_owned(),
        };
        let key = token_hash(&format!("{}\n{email}", request.tenant));
        let key = data_encoding::HEXLOWER.encode(&key);
        let job = NewJob::new(SEND_PASSWORD_RESET_MAIL, key, Lane::Interactive, &request)?;
        let mut tx = self.db.control().await?;
        self.count_stranger(&mut tx, &client.network).await?;
        tx.enqueue(None, &job).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets the new password and ends all sessions of the user.
    pub(crate) async fn reset_password(
        &self,
        request: ResetPassword,
        client: &Client,
    ) -> Result<()> {
        let hash = token_hash(&request.token);
        let mut tx = self.db.control().await?;
        let (email, name) = queries::owner(&mut tx, &hash).await?.ok_or_else(stale)?;
        tx.commit().await?;
        let mut faults = Vec::new();
        let password = request.password.expose_secret();
        check_password(&mut faults, "/password", password, &[&email, &name]);
        Error::check(faults)?;
        let password_hash = self
            .passwords
            .hash(&client.network, &request.password)
            .await?;

        let mut tx = self.db.batch().await?;
        let user = queries::spend(&mut tx, &hash).await?.ok_or_else(stale)?;
        accounts::set_password_hash(&mut tx, user, &password_hash).await?;
        accounts::raise_epoch(&mut tx, user).await?;
        sessions::revoke_all(&mut tx, user, None, "password_reset").await?;
        let tenants = accounts::tenants_of(&mut tx, user).await?;
        let actor = Actor {
            id: Some(user.0),
            name: Some(name),
            role: None,
            request_id: Some(client.request_id.clone()),
        };
        for tenant in &tenants {
            let data = json!({ "ip": client.ip });
            let deed = audit::deed("user.password_reset", "user", user, data);
            audit::record(&mut tx, tenant, &actor, deed).await?;
        }
        tx.commit().await?;
        tracing::info!(user.id = %user, client.ip = client.ip, "a password was reset");
        self.standings.forget_user(user);
        Ok(())
    }
}

fn stale() -> Error {
    ErrorCode::InvalidToken
        .detail("this link is unknown, was used already or has expired; ask for a new one")
}
