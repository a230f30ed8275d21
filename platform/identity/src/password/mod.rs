//! Passwords: hashed off the async threads, as many at once as there are cores.

mod rules;

pub(crate) use rules::check_password;

use crate::config::PasswordConfig;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Who waits longer for a core is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes and verifies.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    cores: Arc<Semaphore>,
    /// Verified when there is no such account, so that both answers take as long.
    dummy: Arc<str>,
}

/// What became of a password that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed with less work than is asked for today.
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
            cores: Arc::new(Semaphore::new(config.at_once.max(1))),
            dummy: dummy.into(),
        })
    }

    /// A PHC string with a salt of its own.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String> {
        let argon = self.argon.clone();
        let password = password.clone();
        self.off_thread(move || hash(&argon, password.expose_secret().as_bytes()))
            .await?
    }

    /// Compares with the stored hash; without one, works as long and says `Wrong`.
    pub(crate) async fn verify(
        &self,
        password: &SecretString,
        stored: Option<String>,
    ) -> Result<Verdict> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let argon = self.argon.clone();
        let password = password.clone();
        let verdict = self
            .off_thread(move || verify(&argon, password.expose_secret().as_bytes(), &stored))
            .await??;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let busy = || ErrorCode::Unavailable.detail("too many sign-ins at once");
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.cores).acquire_owned())
            .await
            .map_err(|_elapsed| busy())?
            .map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(Error::internal)
    }
}

fn hash(argon: &Argon2<'static>, password: &[u8]) -> Result<String> {
    let hash: PasswordHash = argon.hash_password(password).map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn verify(argon: &Argon2<'static>, password: &[u8], stored: &str) -> Result<Verdict> {
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

    #[tokio::test]
    async fn production_hashes_with_19_mib_two_passes_and_one_lane() {
        let passwords = Passwords::new(PasswordConfig::default()).unwrap();
        let hash = passwords.hash(&"correct horse".into()).await.unwrap();
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
        let stored = weak.hash(&password).await.unwrap();
        let tried = strong
            .verify(&password, Some(stored.clone()))
            .await
            .unwrap();
        assert_eq!(tried, Verdict::RightButWeak);
        let tried = weak.verify(&password, Some(stored.clone())).await.unwrap();
        assert_eq!(tried, Verdict::Right);
        let tried = weak.verify(&"other".into(), Some(stored)).await.unwrap();
        assert_eq!(tried, Verdict::Wrong);
    }

    #[tokio::test]
    async fn without_an_account_every_password_is_wrong() {
        let passwords = Passwords::new(cheap()).unwrap();
        let tried = passwords.verify(&"anything".into(), None).await.unwrap();
        assert_eq!(tried, Verdict::Wrong);
    }
}
