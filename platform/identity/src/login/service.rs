use super::dto::LogIn;
use crate::Identity;
use crate::accounts::{self, Account};
use crate::audit;
use crate::authenticator::require_open;
use crate::device::Source;
use crate::network::Network;
use crate::password::Verdict;
use crate::sessions::{Client, Person, Session};
use crate::throttle::Target;
use platform_kernel::id::{GroupId, UserId};
use platform_kernel::secret::SecretString;
use platform_kernel::tenant::TenantContext;
use platform_kernel::text::Email;
use platform_kernel::{ErrorCode, Result};
use serde_json::json;
use uuid::Uuid;

/// The word by which those who run the platform sign in.
const PLATFORM: &str = "platform";

impl Identity {
    /// Opens a session for the right password. Whatever is wrong, the answer is the same and
    /// takes as long.
    pub(crate) async fn log_in(&self, request: LogIn, client: &Client) -> Result<Session> {
        let slug = request.tenant.trim().to_lowercase();
        let email = Email::parse(&request.email).ok_or(ErrorCode::InvalidCredentials)?;
        let (tenant, account) = self.candidate(&slug, &email).await?;
        let place = tenant.as_ref().map_or(slug, |t| t.group_id.to_string());
        let stored = account.as_ref().and_then(|a| a.password_hash.clone());
        let target = Target {
            place: &place,
            email: email.as_str(),
            password_hash: stored.as_deref(),
        };
        let source = self.source(client, account.as_ref());
        let attempt = self.throttle.attempt(&target, &source).await?;
        let (password, network) = (&request.password, &client.network);
        let verdict = self
            .passwords
            .verify(network, password, stored.clone())
            .await?;
        let person = match account {
            Some(account) if verdict != Verdict::Wrong => as_person(account, tenant),
            _ => None,
        };
        let Some(person) = person else {
            metrics::counter!("auterity_identity_sign_ins_failed_total").increment(1);
            return Err(ErrorCode::InvalidCredentials.into());
        };
        attempt.forgive().await;
        if let Some(tenant) = &person.tenant {
            require_open(tenant.status)?;
        }
        let mut hash = stored.unwrap_or_default();
        if verdict == Verdict::RightButWeak {
            hash = self.hash_again(person.id, &hash, password, network).await?;
        }
        let device = self.devices.remember(client, person.id, &hash);
        Ok(self.sign_in(person, client).await?.remembered(device))
    }

    /// Where the password of an account comes from.
    pub(crate) fn source(&self, client: &Client, account: Option<&Account>) -> Source {
        let known = account.and_then(|a| Some((a.id, a.password_hash.as_deref()?)));
        known.map_or_else(
            || Source::Network(client.network.clone()),
            |(user, hash)| self.devices.source(client, user, hash),
        )
    }

    /// The dealership that the slug names and the account there; unknown slugs ask the database
    /// the same questions.
    pub(crate) async fn candidate(
        &self,
        slug: &str,
        email: &Email,
    ) -> Result<(Option<TenantContext>, Option<Account>)> {
        let mut tx = self.db.control().await?;
        let (tenant, group) = if slug == PLATFORM {
            (None, accounts::platform_group(&mut tx).await?)
        } else {
            let tenant = accounts::tenant_by_slug(&mut tx, slug).await?;
            let group = tenant.as_ref().map(|t| t.group_id);
            (tenant, group)
        };
        let group = group.unwrap_or(GroupId(Uuid::nil()));
        let id = tenant.as_ref().map(|t| t.id);
        let account = accounts::find_by_email(&mut tx, group, email.as_str(), id).await?;
        tx.commit().await?;
        Ok((tenant, account))
    }

    /// Returns the new hash.
    async fn hash_again(
        &self,
        user: UserId,
        old: &str,
        password: &SecretString,
        network: &Network,
    ) -> Result<String> {
        let new = self.passwords.hash(network, password).await?;
        let mut tx = self.db.control().await?;
        accounts::strengthen_hash(&mut tx, user, old, &new).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Opens the session of somebody who proved who they are.
    pub(crate) async fn sign_in(&self, person: Person, client: &Client) -> Result<Session> {
        let mut tx = self.db.batch().await?;
        let opened = self.open_session(&mut tx, &person, client).await?;
        if let Some(tenant) = &person.tenant {
            let data = json!({ "ip": client.ip, "user_agent": client.user_agent });
            let deed = audit::deed("session.started", "session", opened.id, data);
            audit::record(&mut tx, tenant, &person.actor(&client.request_id), deed).await?;
        }
        tx.commit().await?;
        if person.tenant.is_none() {
            // They belong to no dealership whose audit log could have it.
            tracing::info!(user.id = %person.id, session.id = %opened.id, client.ip = client.ip, "a super admin signed in");
        }
        self.session(&person, opened)
    }
}

/// The account as the person who signs in; `None` when it is shut out there.
fn as_person(account: Account, tenant: Option<TenantContext>) -> Option<Person> {
    let role = account.role(tenant.as_ref().map(|t| t.id))?;
    Some(Person {
        id: account.id,
        group_id: account.group_id,
        name: account.name,
        email: account.email,
        role,
        epoch: account.auth_epoch,
        tenant,
    })
}
