use super::dto::AcceptInvitation;
use super::queries::{self, Invitation};
use super::service::{require_pending, stale};
use crate::Identity;
use crate::accounts::{self, Account, NewUser, UserStatus};
use crate::audit;
use crate::authenticator::require_open;
use crate::members::lock_tenant;
use crate::password::{Verdict, check_password};
use crate::sessions::{Client, Person, Session};
use crate::throttle::Target;
use platform_db::{BatchTx, OnConstraint};
use platform_kernel::id::UserId;
use platform_kernel::secret::{ExposeSecret, SecretString, token_hash};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::json;

/// How the invited person proved who they are.
enum Proof {
    /// With the password of the account that they have in the group.
    Account(Account),
    /// They are new, and chose a password.
    PasswordHash(String),
}

impl Proof {
    fn password_hash(&self) -> &str {
        match self {
            Self::Account(account) => account.password_hash.as_deref().unwrap_or_default(),
            Self::PasswordHash(hash) => hash,
        }
    }
}

impl Identity {
    /// Makes the invited person a member and signs them in. Somebody who has an account in the
    /// group keeps its name and password, and has to know it.
    pub(crate) async fn accept_invitation(
        &self,
        request: AcceptInvitation,
        client: &Client,
    ) -> Result<Session> {
        let mut tx = self.db.control().await?;
        let found = queries::find_by_token(&mut tx, &token_hash(&request.token)).await?;
        let invitation = require_pending(found)?;
        let tenant = accounts::tenant(&mut tx, invitation.tenant_id).await?;
        let tenant = tenant.ok_or_else(stale)?;
        require_open(tenant.status)?;
        let account =
            accounts::find_by_email(&mut tx, tenant.group_id, &invitation.email, Some(tenant.id))
                .await?;
        tx.commit().await?;
        let proof = match account {
            Some(account) if account.password_hash.is_some() => {
                let password = &request.password;
                self.prove(account, password, client).await?
            }
            account => {
                self.choose(account, &tenant, &invitation, &request, client)
                    .await?
            }
        };
        let password_hash = proof.password_hash().to_owned();
        let mut tx = self.db.batch().await?;
        // Changes to the inviter's role wait here, or have happened.
        lock_tenant(&mut tx, tenant.id).await?;
        require_inviter(&mut tx, &invitation).await?;
        if !queries::accept(&mut tx, invitation.id).await? {
            return Err(stale());
        }
        let person = member(&mut tx, proof, &request, &invitation, tenant.clone()).await?;
        let opened = self.open_session(&mut tx, &person, client).await?;
        let data = json!({ "email": invitation.email, "role": invitation.role() });
        let deed = audit::deed("invitation.accepted", "invitation", invitation.id, data);
        audit::record(&mut tx, &tenant, &person.actor(&client.request_id), deed).await?;
        tx.commit().await?;
        self.standings.forget_user(person.id);
        let device = self.devices.remember(client, person.id, &password_hash);
        Ok(self.session(&person, opened)?.remembered(device))
    }

    async fn prove(
        &self,
        account: Account,
        password: &SecretString,
        client: &Client,
    ) -> Result<Proof> {
        if account.status != UserStatus::Active {
            return Err(stale());
        }
        let stored = account.password_hash.clone();
        let target = Target {
            place: &account.group_id.to_string(),
            email: &account.email,
            password_hash: stored.as_deref(),
        };
        let source = self.source(client, Some(&account));
        let attempt = self.throttle.attempt(&target, &source).await?;
        let network = &client.network;
        if self
            .passwords
            .verify(network, password, stored.clone())
            .await?
            == Verdict::Wrong
        {
            return Err(Error::invalid(
                "/password",
                "wrong_password",
                "there is an account with this e-mail in your group; enter its password",
            ));
        }
        attempt.forgive().await;
        Ok(Proof::Account(account))
    }

    async fn choose(
        &self,
        account: Option<Account>,
        tenant: &TenantContext,
        invitation: &Invitation,
        request: &AcceptInvitation,
        client: &Client,
    ) -> Result<Proof> {
        if account.is_some() {
            // An account without a password signs in another way; a link in a mail must not
            // give it one.
            return Err(stale());
        }
        let mut faults = Vec::new();
        let personal = [invitation.email.as_str(), &request.name, &tenant.name];
        let password = request.password.expose_secret();
        check_password(&mut faults, "/password", password, &personal);
        Error::check(faults)?;
        let hash = self
            .passwords
            .hash(&client.network, &request.password)
            .await?;
        Ok(Proof::PasswordHash(hash))
    }
}

/// Whoever invited must still be someone who has at least the role that they gave.
async fn require_inviter(tx: &mut BatchTx, invitation: &Invitation) -> Result<()> {
    let tenant = Some(invitation.tenant_id);
    let inviter = accounts::find(tx, invitation.inviter, tenant).await?;
    let role = inviter.and_then(|inviter| inviter.role(tenant).max(inviter.role(None)));
    if role >= Some(invitation.role()) {
        Ok(())
    } else {
        Err(stale())
    }
}

/// Makes the membership, and the user where there is none.
async fn member(
    tx: &mut BatchTx,
    proof: Proof,
    request: &AcceptInvitation,
    invitation: &Invitation,
    tenant: TenantContext,
) -> Result<Person> {
    let (id, name, epoch) = match proof {
        Proof::Account(account) => {
            accounts::raise_epoch(tx, account.id).await?;
            (account.id, account.name, account.auth_epoch + 1)
        }
        Proof::PasswordHash(hash) => {
            let name = request.name.trim();
            let user = NewUser {
                id: UserId::new(),
                group_id: tenant.group_id,
                email: &invitation.email,
                name,
                password_hash: &hash,
            };
            accounts::insert(tx, &user)
                .await
                .on_constraint("uq_users__group_id_email", || {
                    ErrorCode::Conflict
                        .detail("an account with this e-mail was made just now; try again")
                })?;
            (user.id, name.to_owned(), 0)
        }
    };
    accounts::join(tx, id, tenant.id, invitation.role()).await?;
    Ok(Person {
        id,
        group_id: tenant.group_id,
        name,
        email: invitation.email.clone(),
        role: invitation.role(),
        epoch,
        tenant: Some(tenant),
    })
}
