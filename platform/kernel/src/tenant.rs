//! A resolved tenant: the only key to a tenant's tables.

use crate::id::{GroupId, TenantId};
use uuid::Uuid;

crate::words! {
    /// Where a tenant stands in its life.
    pub enum TenantStatus {
        Provisioning = "provisioning",
        Active = "active",
        Suspended = "suspended",
        Deleting = "deleting",
        Deleted = "deleted",
        /// A newer version's word: access is denied and jobs are parked.
        Unknown = "unknown",
    }
}

impl TenantStatus {
    /// Reads the stored word.
    pub fn read(word: &str) -> Self {
        word.parse().unwrap_or(Self::Unknown)
    }
}

/// A tenant as the registry knows it. Everything that reaches a tenant's data starts from one.
#[derive(Clone, Debug)]
pub struct TenantContext {
    pub id: TenantId,
    pub group_id: GroupId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub status: TenantStatus,
    /// Tokens issued for an older epoch are refused.
    pub auth_epoch: i64,
}

impl TenantContext {
    /// Name of the tenant's schema, which is also the name of its database role.
    pub fn schema(&self) -> String {
        schema_name(self.id)
    }
}

/// `t_` and the 26 base32 characters of the tenant's UUID. Never derived from what a person typed.
pub fn schema_name(tenant: TenantId) -> String {
    format!("t_{}", encode_id(tenant.0))
}

/// Lower-case base32 without padding: 26 characters.
pub fn encode_id(id: Uuid) -> String {
    data_encoding::BASE32_NOPAD
        .encode(id.as_bytes())
        .to_ascii_lowercase()
}

/// The inverse of [`encode_id`]; `None` for anything else.
pub fn decode_id(text: &str) -> Option<Uuid> {
    let bytes = data_encoding::BASE32_NOPAD
        .decode(text.to_ascii_uppercase().as_bytes())
        .ok()?;
    Uuid::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_a_newer_version_is_neither_active_nor_deleted() {
        assert_eq!(TenantStatus::read("active"), TenantStatus::Active);
        assert_eq!(TenantStatus::read("archived"), TenantStatus::Unknown);
    }

    #[test]
    fn a_schema_name_is_28_plain_characters_and_decodes_back() {
        let id = TenantId::new();
        let name = schema_name(id);
        assert_eq!(name.len(), 28);
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        );
        assert_eq!(decode_id(&name[2..]), Some(id.0));
    }
}
