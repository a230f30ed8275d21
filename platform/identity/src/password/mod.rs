//! Passwords: hashed off the async threads, as many at once as there are cores. Each network has
//! a share of the cores, so that many passwords from one network delay no other network.

mod rules;
mod shares;

pub(crate) use rules::check_password;

use crate::config::PasswordConfig;
use crate::network::Network;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::text::nfkc;
use platform_kernel::{Error, Result};
use shares::Shares;
use std::sync::Arc;

/// Hashes and verifies.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    cores: Shares,
    /// Verified when there is no such account, so that both answers take as long.
    dummy: Arc<str>,
}

/// What became of a password that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed with less work than is asked for today, or not in Unicode's form NFKC.
    RightButWeak,
}

impl Passwords {
    pub(crate) fn new(config: PasswordConfig) -> Result<Self> {
        let params = Params::new(config.memory_kib, config.iterations, config.lanes, Some(32))
            .map_err(Error::internal)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon, platform_kernel::secret::random_token().as_bytes())?;
        Ok(Self {
            argon,
            cores: Shares::new(config.at_once),
            dummy: dummy.into(),
        })
    }

    /// A PHC string with a salt of its own, of the password's form NFKC: the same password typed
    /// on another keyboard gives the same characters (NIST SP 800-63B §3.1.1.2).
    pub(crate) async fn hash(&self, network: &Network, password: &SecretString) -> Result<String> {
        let argon = self.argon.clone();
        let password = SecretString::from(nfkc(password.expose_secret()));
        self.cores
            .run(network, move || {
                hash(&argon, password.expose_secret().as_bytes())
            })
            .await?
    }

    /// Compares with the stored hash; without one, works as long and says `Wrong`.
    pub(crate) async fn verify(
        &self,
        network: &Network,
        password: &SecretString,
        stored: Option<String>,
    ) -> Result<Verdict> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let argon = self.argon.clone();
        let password = password.clone();
        let work = move || verify(&argon, password.expose_secret(), &stored);
        let verdict = self.cores.run(network, work).await??;
        Ok(if known { verdict } else { Verdict::Wrong })
    }
}

fn hash(argon: &Argon2<'static>, password: &[u8]) -> Result<String> {
    let hash: PasswordHash = argon.hash_password(password).map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// Tries the form NFKC, and the characters as they came: hashes from before the form was asked
/// for are of those.
fn verify(argon: &Argon2<'static>, password: &str, stored: &str) -> Result<Verdict> {
    let normal = SecretString::from(nfkc(password));
    let verdict = verify_bytes(argon, normal.expose_secret().as_bytes(), stored)?;
    if verdict != Verdict::Wrong || normal.expose_secret() == password {
        return Ok(verdict);
    }
    Ok(match verify_bytes(argon, password.as_bytes(), stored)? {
        Verdict::Wrong => Verdict::Wrong,
        Verdict::Right | Verdict::RightButWeak => Verdict::RightButWeak,
    })
}

fn verify_bytes(argon: &Argon2<'static>, password: &[u8], stored: &str) -> Result<Verdict> {
    let stored = PasswordHash::new(stored).map_err(Error::internal)?;
    match argon.verify_password(password, &stored) {
        Ok(()) if is_weaker(&stored, argon.params()) => Ok(Verdict::RightButWeak),
        Ok(()) => Ok(Verdict::Right),
        Err(HashError::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(Error::internal(error)),
    }
}

/// Whether a stored hash took less work than `today`, or another algorithm.
fn is_weaker(stored: &PasswordHash, today: &Params) -> bool {
    let Ok(params) = Params::try_from(stored) else {
        return true;
    };
    stored.algorithm.as_str() != "argon2id"
        || params.m_cost() < today.m_cost()
        || params.t_cost() < today.t_cost()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> PasswordConfig {
        PasswordConfig {
            memory_kib: 8,
            iterations: 1,
            lanes: 1,
            at_once: 2,
        }
    }

    fn here() -> Network {
        Network::default()
    }

    #[tokio::test]
    async fn production_hashes_with_19_mib_two_passes_and_one_lane() {
        let passwords = Passwords::new(PasswordConfig::default()).unwrap();
        let hash = passwords
            .hash(&here(), &"correct horse".into())
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!((parts[4].len(), parts[5].len()), (22, 43), "{hash}");
    }

    #[tokio::test]
    async fn a_hash_made_with_less_work_is_right_but_weak() {
        let weak = Passwords::new(cheap()).unwrap();
        let strong = Passwords::new(PasswordConfig {
            memory_kib: 64,
            ..cheap()
        })
        .unwrap();
        let password: SecretString = "correct horse".into();
        let stored = weak.hash(&here(), &password).await.unwrap();
        let tried = strong
            .verify(&here(), &password, Some(stored.clone()))
            .await
            .unwrap();
        assert_eq!(tried, Verdict::RightButWeak);
        let tried = weak
            .verify(&here(), &password, Some(stored.clone()))
            .await
            .unwrap();
        assert_eq!(tried, Verdict::Right);
        let tried = weak
            .verify(&here(), &"other".into(), Some(stored))
            .await
            .unwrap();
        assert_eq!(tried, Verdict::Wrong);
    }

    #[tokio::test]
    async fn without_an_account_every_password_is_wrong() {
        let passwords = Passwords::new(cheap()).unwrap();
        let tried = passwords
            .verify(&here(), &"anything".into(), None)
            .await
            .unwrap();
        assert_eq!(tried, Verdict::Wrong);
    }

    #[tokio::test]
    async fn every_unicode_spelling_of_a_password_opens_and_old_hashes_do_too() {
        let passwords = Passwords::new(cheap()).unwrap();
        let spellings = ["pa\u{df}wo\u{308}rt \u{ff11}", "pa\u{df}w\u{f6}rt 1"];
        let stored = passwords.hash(&here(), &spellings[0].into()).await.unwrap();
        let old = hash(&passwords.argon, spellings[0].as_bytes()).unwrap();
        for (password, stored, verdict) in [
            (spellings[0], &stored, Verdict::Right),
            (spellings[1], &stored, Verdict::Right),
            (spellings[0], &old, Verdict::RightButWeak),
            ("passwort 1", &old, Verdict::Wrong),
        ] {
            let stored = Some(stored.clone());
            let tried = passwords.verify(&here(), &password.into(), stored).await;
            assert_eq!(tried.unwrap(), verdict, "{password}");
        }
    }
}
