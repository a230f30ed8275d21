use super::dto::{SignUp, SignupAccepted, SignupPreview, VerifySignup};
use super::mail::SEND_SIGNUP_MAIL;
use super::note;
use super::queries::{self, NewSignup, Signup};
use crate::Identity;
use crate::accounts::{self, NewUser};
use crate::bounds::Sender;
use crate::password::check_password;
use crate::sessions::{Client, Opened, Person, Session};
use chrono::TimeDelta;
use platform_db::ControlTx;
use platform_db::jobs::{Lane, NewJob};
use platform_kernel::id::{SignupId, UserId};
use platform_kernel::secret::{ExposeSecret, token_hash};
use platform_kernel::text::Email;
use platform_kernel::{Error, ErrorCode, Result, clock};
use policies::Role;
use serde_json::json;
use std::time::Duration;
use tenants::provisioning::{self, NewTenant};

/// How long the link in the mail works.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Mails for one sign-up, the first one included.
const MOST_MAILS: i32 = 5;

impl Identity {
    /// Notes the sign-up and has its mail sent. Whether the address has an account in another
    /// group is neither asked nor told: people of two groups never meet.
    pub(crate) async fn sign_up(&self, request: SignUp, client: &Client) -> Result<SignupAccepted> {
        let email = parse(&request.email)?;
        let mut tx = self.db.control().await?;
        let sender = Sender::Stranger(&client.network);
        self.count_letter(&mut tx, &email, sender).await?;
        let id = SignupId::new();
        let row = NewSignup {
            id,
            group_name: request.group_name.trim(),
            dealership_name: request.dealership_name.trim(),
            name: request.name.trim(),
            email: email.as_str(),
            mails_sent: 1,
            expires_at: clock::now() + LIFETIME,
        };
        queries::insert(&mut tx, &row).await?;
        enqueue_mail(&mut tx, id).await?;
        tx.commit().await?;
        Ok(SignupAccepted { signup_id: id })
    }

    /// Has the mail sent again, with a new token.
    pub(crate) async fn resend_signup(
        &self,
        id: SignupId,
        client: &Client,
    ) -> Result<SignupAccepted> {
        let mut tx = self.db.control().await?;
        let signup = queries::lock(&mut tx, id)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        if signup.verified_at.is_some() {
            return Err(ErrorCode::Conflict.detail("the address was verified already; sign in"));
        }
        if signup.mails_sent >= MOST_MAILS {
            return Err(too_many_mails());
        }
        let sender = Sender::Stranger(&client.network);
        let email = parse(&signup.email)?;
        self.count_letter(&mut tx, &email, sender).await?;
        queries::ask_again(&mut tx, id).await?;
        enqueue_mail(&mut tx, id).await?;
        tx.commit().await?;
        Ok(SignupAccepted { signup_id: id })
    }

    /// What the link of a mail is about.
    pub(crate) async fn preview_signup(&self, token: &str) -> Result<SignupPreview> {
        let mut tx = self.db.control().await?;
        let signup = queries::find_by_token(&mut tx, &token_hash(token)).await?;
        let signup = signup.ok_or_else(unknown_link)?;
        require_fresh(&mut tx, &signup).await?;
        tx.commit().await?;
        Ok(SignupPreview {
            group_name: signup.group_name,
            dealership_name: signup.dealership_name,
            name: signup.name,
            email: signup.email,
        })
    }

    /// Makes group, person, dealership and session in one transaction, then waits a moment for
    /// the dealership's schema. Password and name are those of whoever holds the mailed token:
    /// whoever typed the address at sign-up may be a stranger.
    pub(crate) async fn verify_signup(
        &self,
        request: VerifySignup,
        client: &Client,
    ) -> Result<Session> {
        let token = token_hash(&request.token);
        let password_hash = self.hash_for_signup(&token, &request, client).await?;
        let mut tx = self.db.control().await?;
        let signup = queries::lock_by_token(&mut tx, &token).await?;
        let mut signup = signup.ok_or_else(unknown_link)?;
        require_fresh(&mut tx, &signup).await?;
        if let Some(name) = request.name {
            signup.name = name.trim().to_owned();
        }
        self.count_dealership(&mut tx, &client.network).await?;
        let settled = self.settle(&mut tx, &signup, &password_hash, client).await;
        let (mut person, opened) = settled?;
        tx.commit().await?;
        metrics::counter!("auterity_identity_signups_total").increment(1);
        if let Some(tenant) = &mut person.tenant {
            let patience = self.config.provisioning_patience;
            *tenant = self.registry.wait_until_active(tenant.id, patience).await?;
        }
        let device = self.devices.remember(client, person.id, &password_hash);
        Ok(self.session(&person, opened)?.remembered(device))
    }

    /// Hashes the chosen password outside of the transaction that spends the link, and only for
    /// a link that is good.
    async fn hash_for_signup(
        &self,
        token: &[u8],
        request: &VerifySignup,
        client: &Client,
    ) -> Result<String> {
        let mut tx = self.db.control().await?;
        let signup = queries::find_by_token(&mut tx, token).await?;
        let signup = signup.ok_or_else(unknown_link)?;
        require_fresh(&mut tx, &signup).await?;
        tx.commit().await?;
        let personal = [
            signup.email.as_str(),
            request.name.as_deref().unwrap_or(&signup.name),
            &signup.dealership_name,
            &signup.group_name,
        ];
        let mut faults = Vec::new();
        let password = request.password.expose_secret();
        check_password(&mut faults, "/password", password, &personal);
        Error::check(faults)?;
        let (network, password) = (&client.network, &request.password);
        self.passwords.hash(network, password).await
    }

    async fn settle(
        &self,
        tx: &mut ControlTx,
        signup: &Signup,
        password_hash: &str,
        client: &Client,
    ) -> Result<(Person, Opened)> {
        let group_id = provisioning::create_group(tx, &signup.group_name).await?;
        let user = NewUser {
            id: UserId::new(),
            group_id,
            email: &signup.email,
            name: &signup.name,
            password_hash,
        };
        accounts::insert(tx, &user).await?;
        let tenant = NewTenant {
            group_id,
            name: signup.dealership_name.clone(),
            time_zone: None,
        };
        let tenant = provisioning::create_tenant(tx, tenant).await?;
        accounts::join(tx, user.id, tenant.id, Role::DealershipAdmin).await?;
        queries::set_verified(tx, signup.id, user.id, tenant.id).await?;
        let person = Person {
            id: user.id,
            group_id,
            name: signup.name.clone(),
            email: signup.email.clone(),
            role: Role::DealershipAdmin,
            epoch: 0,
            tenant: Some(tenant),
        };
        if let Some(tenant) = &person.tenant {
            note::enqueue(tx, tenant.id, &person.actor(&client.request_id)).await?;
        }
        let opened = self.open_session(tx, &person, client).await?;
        Ok((person, opened))
    }
}

fn unknown_link() -> Error {
    ErrorCode::InvalidToken.detail("this link is unknown, or a newer one was sent")
}

/// A second click is told where to go; the link itself works once.
async fn require_fresh(tx: &mut ControlTx, signup: &Signup) -> Result<()> {
    if signup.verified_at.is_some() {
        let tenant = match signup.tenant_id {
            Some(id) => accounts::tenant(tx, id).await?,
            None => None,
        };
        let place = tenant.map_or_else(String::new, |t| format!(" at dealership {}", t.slug));
        let detail = format!("this link was used already; sign in{place}");
        return Err(ErrorCode::InvalidToken.detail(detail));
    }
    if signup.expires_at <= clock::now() {
        return Err(ErrorCode::InvalidToken.detail("this link has expired; ask for a new one"));
    }
    Ok(())
}

async fn enqueue_mail(tx: &mut ControlTx, id: SignupId) -> Result<()> {
    let job = NewJob::new(SEND_SIGNUP_MAIL, id, Lane::Interactive, &json!({}))?;
    tx.enqueue(None, &job).await
}

fn too_many_mails() -> Error {
    ErrorCode::RateLimited
        .detail(
            "too many mails were sent to this address; look into your spam folder, or try later",
        )
        .retry_after(Duration::from_secs(3600))
}

fn parse(email: &str) -> Result<Email> {
    Email::parse(email)
        .ok_or_else(|| Error::invalid("/email", "invalid_email", "is not an e-mail address"))
}
