//! What operators do on the command line.

use crate::Identity;
use crate::accounts::{self, NewUser};
use crate::network::Network;
use crate::password::check_password;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::control::groups;
use platform_db::{ControlTx, OnConstraint};
use platform_kernel::id::{GroupId, UserId};
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::text::Email;
use platform_kernel::{Error, ErrorCode, Result};

impl Identity {
    /// Makes somebody who runs the platform; they sign in with `platform` as their dealership.
    pub async fn create_super_admin(
        &self,
        email: &str,
        name: &str,
        password: &SecretString,
    ) -> Result<UserId> {
        let mut faults = Vec::new();
        crate::fields::check_name(&mut faults, "/name", name);
        crate::fields::check_email(&mut faults, "/email", email);
        check_password(
            &mut faults,
            "/password",
            password.expose_secret(),
            &[email, name],
        );
        Error::check(faults)?;
        let email = Email::parse(email).ok_or(ErrorCode::ValidationFailed)?;
        let hash = self.passwords.hash(&Network::default(), password).await?;
        let mut tx = self.db.control().await?;
        let user = NewUser {
            id: UserId::new(),
            group_id: platform_group(&mut tx).await?,
            email: email.as_str(),
            name: name.trim(),
            password_hash: &hash,
        };
        accounts::insert(&mut tx, &user)
            .await
            .on_constraint("uq_users__group_id_email", || {
                ErrorCode::AlreadyExists.detail("there is a super admin with this e-mail")
            })?;
        tx.commit().await?;
        tracing::info!(user.id = %user.id, "made a super admin");
        Ok(user.id)
    }

    /// Signs with a new key from now on, and answers its `kid`. Tokens signed with the old one
    /// work until they expire.
    pub async fn rotate_signing_key(&self) -> Result<String> {
        let kid = self.keys.rotate().await?;
        tracing::info!(kid, "the signing key was rotated");
        Ok(kid)
    }
}

async fn platform_group(tx: &mut ControlTx) -> Result<GroupId> {
    diesel::insert_into(groups::table)
        .values((
            groups::id.eq(GroupId::new()),
            groups::name.eq("Auterity"),
            groups::is_platform.eq(true),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    let group = accounts::platform_group(tx).await?;
    group.ok_or_else(|| Error::internal("the platform's group is missing"))
}
