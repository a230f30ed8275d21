//! Who works at the dealership. The registry of people is outside the tenant's schema; a function
//! of the control schema answers for the transaction's own tenant.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::UserId;

/// An active person of the dealership.
#[derive(Clone, Debug, QueryableByName)]
pub struct Member {
    #[diesel(sql_type = SqlUuid)]
    pub user_id: UserId,
    #[diesel(sql_type = Text)]
    pub role: String,
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// Everyone active at the dealership, or those of one role.
pub async fn list(tx: &mut TenantTx, role: Option<&str>) -> QueryResult<Vec<Member>> {
    diesel::sql_query("SELECT user_id, role, name FROM control.members_of_current_tenant($1)")
        .bind::<Nullable<Text>, _>(role)
        .load(tx.conn())
        .await
}

/// The member with this id, if they are active here.
pub async fn find(tx: &mut TenantTx, id: UserId) -> QueryResult<Option<Member>> {
    let members = list(tx, None).await?;
    Ok(members.into_iter().find(|member| member.user_id == id))
}
