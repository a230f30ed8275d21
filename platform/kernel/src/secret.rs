//! Random tokens, their hashes, and values encrypted at rest.

use crate::error::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

pub use secrecy::{ExposeSecret, SecretString};

/// A new token of 160 random bits in 32 lower-case characters.
pub fn random_token() -> String {
    let bytes: [u8; 20] = rand::random();
    BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
}

/// SHA-256 of a token that was random to begin with; this is what the database keeps.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The label of the key that seals values.
const SEALED: &str = "auterity/sealed-values";

/// The process's master key: everything encrypted or derived at rest hangs on it. It is the key of
/// HMACs alone; what encrypts is a subkey.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A password for `purpose` that every process with the same key derives alike.
    pub fn derive(&self, purpose: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        data_encoding::HEXLOWER.encode(hmac::sign(&key, purpose.as_bytes()).as_ref())
    }

    /// A key for one use alone, named by `label`: HKDF-SHA256 (RFC 5869) of this one, without salt.
    pub fn subkey(&self, label: &str) -> Self {
        let extract = hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]);
        let pseudorandom = hmac::sign(&extract, &self.0);
        let expand = hmac::Key::new(hmac::HMAC_SHA256, pseudorandom.as_ref());
        let mut info = label.as_bytes().to_vec();
        info.push(1);
        let mut key = [0; 32];
        key.copy_from_slice(hmac::sign(&expand, &info).as_ref());
        Self(key)
    }

    /// HMAC-SHA256 over `fields`, each with its length, so that they cannot run into each other.
    pub fn mac(&self, fields: &[&[u8]]) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        for field in fields {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac.sign().as_ref().to_vec()
    }

    /// Encrypts with AES-256-GCM. `place` (table, column, row) is authenticated, so that a
    /// ciphertext moved elsewhere does not open.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.subkey(SEALED).0)
            .map_err(|_no_detail| Error::internal("bad master key"))?;
        let mut data = plain.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut data)
            .map_err(|_no_detail| Error::internal("sealing failed"))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut data);
        Ok(sealed)
    }

    /// Opens what [`MasterKey::seal`] made for the same `place`, before it had a key of its own too.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::internal(format!("a sealed value in {place} does not open"));
        let (nonce, data) = sealed.split_at_checked(12).ok_or_else(broken)?;
        let keys = [&self.subkey(SEALED).0, &self.0];
        let opened = keys.into_iter().find_map(|key| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut data = data.to_vec();
            let place = Aad::from(place.as_bytes());
            Some(key.open_in_place(nonce, place, &mut data).ok()?.to_vec())
        });
        opened.ok_or_else(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let key = MasterKey::new([7; 32]);
        let sealed = key.seal("a/b/1", b"secret").unwrap();
        assert_eq!(key.open("a/b/1", &sealed).unwrap(), b"secret");
        assert!(key.open("a/b/2", &sealed).is_err());
        assert!(MasterKey::new([8; 32]).open("a/b/1", &sealed).is_err());
        assert!(key.open("a/b/1", b"short").is_err());
    }

    /// The expected values are HKDF's and HMAC's as Python's `hmac` gives them.
    #[test]
    fn subkeys_and_macs_are_the_standard_ones() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let subkey = MasterKey::new([7; 32]).subkey("idempotency/key");
        let known = "6010b158f8ee27864929f719b4fa691da514c17808ae10f7c407f410c871fe99";
        assert_eq!(hex(&subkey.0), known);
        let known = "cf241b02ada61700f69915a0b9aa0f24795862bcb570ace9e36d82d8f266c8b0";
        assert_eq!(hex(&subkey.mac(&[b"ab", b"c"])), known);
        assert_ne!(subkey.mac(&[b"a", b"bc"]), subkey.mac(&[b"ab", b"c"]));
    }

    #[test]
    fn what_was_sealed_with_the_master_key_itself_still_opens() {
        let key = MasterKey::new([7; 32]);
        let plain = b"secret";
        let old = RandomizedNonceKey::new(&AES_256_GCM, &key.0).unwrap();
        let mut data = plain.to_vec();
        let nonce = old
            .seal_in_place_append_tag(Aad::from(b"a/b/1"), &mut data)
            .unwrap();
        let sealed = [nonce.as_ref().as_slice(), &data].concat();
        assert_eq!(key.open("a/b/1", &sealed).unwrap(), plain);
        assert!(key.open("a/b/2", &sealed).is_err());
        // And what is sealed now is no such value.
        let new = key.seal("a/b/1", plain).unwrap();
        let (nonce, data) = new.split_at(12);
        let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
        let opened = old
            .open_in_place(nonce, Aad::from(b"a/b/1"), &mut data.to_vec())
            .is_ok();
        assert!(!opened);
    }

    #[test]
    fn tokens_differ_and_hash_alike() {
        let token = random_token();
        assert_eq!(token.len(), 32);
        assert_ne!(token, random_token());
        assert_eq!(token_hash(&token), token_hash(&token));
    }
}
