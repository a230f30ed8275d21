//! The secret part of a hook's address. It names its tenant, so that the request that brings it
//! needs no table shared by all tenants.

use platform_kernel::id::TenantId;
use platform_kernel::secret::random_token;
use platform_kernel::tenant::{decode_id, encode_id};

/// A new key: `h_<tenant in base32>_<160 random bits in base32>`.
pub fn new_key(tenant: TenantId) -> String {
    format!("h_{}_{}", encode_id(tenant.0), random_token())
}

/// The tenant that a key belongs to; `None` for what was never a key.
pub fn tenant_of(key: &str) -> Option<TenantId> {
    let (tenant, random) = key.strip_prefix("h_")?.split_once('_')?;
    let plain = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
    };
    if !plain(tenant, 26) || !plain(random, 32) {
        return None;
    }
    decode_id(tenant).map(TenantId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_its_tenant_and_never_repeats() {
        let tenant = TenantId::new();
        let key = new_key(tenant);
        assert_eq!(tenant_of(&key), Some(tenant));
        assert_ne!(key, new_key(tenant));
        assert_eq!(key.len(), 2 + 26 + 1 + 32);
    }

    #[test]
    fn what_is_no_key_names_no_tenant() {
        let key = new_key(TenantId::new());
        let upper = key.to_uppercase();
        for bad in ["", "h_", "h__", "x", upper.as_str(), &key[..40], &key[2..]] {
            assert_eq!(tenant_of(bad), None, "{bad}");
        }
        assert_eq!(tenant_of(&format!("{key}x")), None);
    }
}
