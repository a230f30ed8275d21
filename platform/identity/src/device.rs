//! Browsers in which an account was signed in to before. Such a browser is told from a stranger
//! who guesses, so that strangers cannot keep an account's owner out.

use crate::network::Network;
use crate::sessions::Client;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use platform_kernel::clock;
use platform_kernel::id::UserId;
use platform_kernel::secret::{MasterKey, random_token};

/// One cookie for each account; `__Host-` keeps other hosts of ours from planting one.
const PREFIX: &str = "__Host-auterity_device_";
const LIFETIME_DAYS: i64 = 365;
/// Of the accounts of one browser; more are not read.
const MOST: usize = 20;

/// What a cookie says: name and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceCookie {
    name: String,
    value: String,
}

impl DeviceCookie {
    pub(crate) fn cookie(&self) -> Cookie<'static> {
        Cookie::build(self.name.clone(), self.value.clone())
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Strict)
            .max_age(Duration::days(LIFETIME_DAYS))
            .finish()
    }

    /// Those that a request brings, not yet believed.
    pub(crate) fn all_of(request: &HttpRequest) -> Vec<Self> {
        let Ok(cookies) = request.cookies() else {
            return Vec::new();
        };
        cookies
            .iter()
            .filter(|cookie| cookie.name().starts_with(PREFIX))
            .take(MOST)
            .map(|cookie| Self {
                name: cookie.name().to_owned(),
                value: cookie.value().to_owned(),
            })
            .collect()
    }
}

/// Where a password comes from, as far as counting its failures goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A browser that signed in to the account before, by its id.
    Device(String),
    Network(Network),
}

/// Makes and checks device cookies.
pub(crate) struct Devices(MasterKey);

impl Devices {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self(master)
    }

    /// Marks the client's browser as one that signed in to the account. The cookie hangs on the
    /// password's hash, so a new password makes every browser a stranger again.
    pub(crate) fn remember(
        &self,
        client: &Client,
        user: UserId,
        password_hash: &str,
    ) -> DeviceCookie {
        let id = match self.source(client, user, password_hash) {
            Source::Device(id) => id,
            Source::Network(_) => random_token(),
        };
        let issued = clock::now().timestamp();
        let mac = self.mac(user, password_hash, issued, &id);
        DeviceCookie {
            name: self.name(user),
            value: format!("{issued}.{id}.{mac}"),
        }
    }

    /// The known browser that the client is, or else its network.
    pub(crate) fn source(&self, client: &Client, user: UserId, password_hash: &str) -> Source {
        let name = self.name(user);
        let cookie = client.devices.iter().find(|cookie| cookie.name == name);
        let known = cookie.and_then(|cookie| self.open(&cookie.value, user, password_hash));
        known.map_or_else(|| Source::Network(client.network.clone()), Source::Device)
    }

    fn open(&self, value: &str, user: UserId, password_hash: &str) -> Option<String> {
        let (issued, rest) = value.split_once('.')?;
        let (id, mac) = rest.split_once('.')?;
        let issued: i64 = issued.parse().ok()?;
        let right = self.mac(user, password_hash, issued, id);
        verify_slices_are_equal(right.as_bytes(), mac.as_bytes()).ok()?;
        let age = clock::now().timestamp().checked_sub(issued)?;
        (age <= LIFETIME_DAYS * 86_400).then(|| id.to_owned())
    }

    /// Does not reveal the account.
    fn name(&self, user: UserId) -> String {
        let hash = self.0.derive(&format!("device-name/{user}"));
        format!("{PREFIX}{}", hash.chars().take(16).collect::<String>())
    }

    fn mac(&self, user: UserId, password_hash: &str, issued: i64, id: &str) -> String {
        self.0
            .derive(&format!("device/{user}/{issued}/{id}/{password_hash}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &DeviceCookie) -> Client {
        Client {
            devices: vec![cookie.clone()],
            ..Client::default()
        }
    }

    #[test]
    fn a_browser_is_known_for_one_account_and_one_password() {
        let devices = Devices::new(MasterKey::new([7; 32]));
        let (ann, ben) = (UserId::new(), UserId::new());
        let cookie = devices.remember(&Client::default(), ann, "hash");
        let client = with(&cookie);
        let known = devices.source(&client, ann, "hash");
        assert!(matches!(known, Source::Device(_)));
        let stranger = Source::Network(Network::default());
        assert_eq!(devices.source(&client, ann, "another hash"), stranger);
        assert_eq!(devices.source(&client, ben, "hash"), stranger);
        assert_eq!(devices.source(&Client::default(), ann, "hash"), stranger);
        let other_key = Devices::new(MasterKey::new([8; 32]));
        let renamed = DeviceCookie {
            name: other_key.name(ann),
            ..cookie.clone()
        };
        assert_eq!(other_key.source(&with(&renamed), ann, "hash"), stranger);
        let again = devices.remember(&client, ann, "hash");
        assert_eq!(devices.source(&with(&again), ann, "hash"), known);
    }

    #[test]
    fn what_was_changed_or_is_too_old_is_not_believed() {
        let devices = Devices::new(MasterKey::new([7; 32]));
        let ann = UserId::new();
        let cookie = devices.remember(&Client::default(), ann, "hash");
        let old = clock::now().timestamp() - 366 * 86_400;
        let of_old = format!("{old}.id.{}", devices.mac(ann, "hash", old, "id"));
        for value in [
            "",
            "1",
            "1.2",
            "a.b.c",
            &cookie.value.replace('.', "x"),
            &of_old,
        ] {
            let changed = DeviceCookie {
                value: value.to_owned(),
                ..cookie.clone()
            };
            let source = devices.source(&with(&changed), ann, "hash");
            assert!(matches!(source, Source::Network(_)), "{value}");
        }
        let text = cookie.cookie().to_string();
        for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
