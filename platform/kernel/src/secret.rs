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

/// The process's master key: everything encrypted or derived at rest hangs on it.
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

    /// Encrypts with AES-256-GCM. `place` (table, column, row) is authenticated, so that a
    /// ciphertext moved elsewhere does not open.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0)
            .map_err(|_no_detail| Error::internal("bad master key"))?;
        let mut data = plain.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut data)
            .map_err(|_no_detail| Error::internal("sealing failed"))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut data);
        Ok(sealed)
    }

    /// Opens what [`MasterKey::seal`] made for the same `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::internal(format!("a sealed value in {place} does not open"));
        let (nonce, data) = sealed.split_at_checked(12).ok_or_else(broken)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0).map_err(|_no_detail| broken())?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_no_detail| broken())?;
        let mut data = data.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut data)
            .map_err(|_no_detail| broken())?;
        Ok(plain.to_vec())
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

    #[test]
    fn tokens_differ_and_hash_alike() {
        let token = random_token();
        assert_eq!(token.len(), 32);
        assert_ne!(token, random_token());
        assert_eq!(token_hash(&token), token_hash(&token));
    }
}
