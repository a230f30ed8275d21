//! What the table holds instead of who asked for what and what was answered.

use super::store::{Place, Stored};
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, Result};

/// Hashes and seals with keys of their own, derived from the master key.
pub(super) struct Seal {
    keys: MasterKey,
    requests: MasterKey,
    answers: MasterKey,
}

/// A request under a key, as the table knows it.
pub(super) struct Claimed {
    /// Of the place, the caller and the key: one caller's keys say nothing to another.
    pub(super) key_hash: Vec<u8>,
    /// Of all that was asked for.
    pub(super) request_hash: Vec<u8>,
}

impl Seal {
    pub(super) fn new(master: &MasterKey) -> Self {
        Self {
            keys: master.subkey("idempotency/key"),
            requests: master.subkey("idempotency/request"),
            answers: master.subkey("idempotency/answer"),
        }
    }

    /// `request` is path, query and body.
    pub(super) fn claimed(
        &self,
        place: &Place,
        caller: &str,
        key: &str,
        request: [&[u8]; 3],
    ) -> Claimed {
        let place = place.name();
        Claimed {
            key_hash: self
                .keys
                .mac(&[place.as_bytes(), caller.as_bytes(), key.as_bytes()]),
            request_hash: self.requests.mac(&request),
        }
    }

    pub(super) fn seal(
        &self,
        place: &Place,
        claimed: &Claimed,
        stored: &Stored,
    ) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(stored).map_err(Error::internal)?;
        self.answers.seal(&aad(place, claimed), &plain)
    }

    pub(super) fn open(&self, place: &Place, claimed: &Claimed, sealed: &[u8]) -> Result<Stored> {
        let plain = self.answers.open(&aad(place, claimed), sealed)?;
        serde_json::from_slice(&plain).map_err(Error::internal)
    }
}

/// An answer opens in its own row alone, and for the request that it answers.
fn aad(place: &Place, claimed: &Claimed) -> String {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    format!(
        "idempotent_requests/answer/{}/{}/{}",
        place.name(),
        hex(&claimed.key_hash),
        hex(&claimed.request_hash)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(seal: &Seal, caller: &str, key: &str, body: &str) -> Claimed {
        let request = [b"/api/v1/things".as_slice(), b"", body.as_bytes()];
        seal.claimed(&Place::Control, caller, key, request)
    }

    #[test]
    fn an_answer_opens_only_for_its_caller_key_and_request() {
        let seal = Seal::new(&MasterKey::new([7; 32]));
        let stored = || Stored {
            status: 201,
            body: Some("{}".to_owned()),
            location: None,
        };
        let alice = claimed(&seal, "user:alice", "k", "{}");
        let sealed = seal.seal(&Place::Control, &alice, &stored()).unwrap();
        let open = |by: &Claimed| seal.open(&Place::Control, by, &sealed);
        assert_eq!(open(&alice).unwrap(), stored());
        assert!(open(&claimed(&seal, "user:bob", "k", "{}")).is_err());
        assert!(open(&claimed(&seal, "user:alice", "l", "{}")).is_err());
        assert!(open(&claimed(&seal, "user:alice", "k", "[]")).is_err());
    }

    #[test]
    fn hashes_need_the_key_and_keep_fields_apart() {
        let seal = Seal::new(&MasterKey::new([7; 32]));
        let other = Seal::new(&MasterKey::new([8; 32]));
        let one = claimed(&seal, "user:a", "b", "secret");
        assert_eq!(one.key_hash, claimed(&seal, "user:a", "b", "x").key_hash);
        assert_ne!(
            one.key_hash,
            claimed(&seal, "user:", "ab", "secret").key_hash
        );
        let foreign = claimed(&other, "user:a", "b", "secret");
        assert_ne!(one.key_hash, foreign.key_hash);
        assert_ne!(one.request_hash, foreign.request_hash);
    }
}
