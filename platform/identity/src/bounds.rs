//! What may happen only so often in a while: letters to one address, letters of one sender, new
//! dealerships. Counted in the transaction that wants it, so that of many at once no more pass
//! than may, and what is rolled back does not count.

use crate::Identity;
use crate::network::Network;
use crate::transaction::Tx;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{Integer, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_kernel::id::TenantId;
use platform_kernel::text::Email;
use platform_kernel::{Error, ErrorCode, Result, clock};
use std::time::Duration;

/// Letters of all kinds to one address in an hour: strangers (sign-ups, invitations) leave some
/// for those that the person asks for.
const LETTERS: u32 = 8;
const LETTERS_FROM_STRANGERS: u32 = 5;
/// Invitations of one dealership to one address in a day, whatever became of them.
const INVITATIONS_TO_ONE: u32 = 3;
/// Invitations of one dealership in an hour.
const INVITATIONS: u32 = 100;

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// Who has a letter sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender<'a> {
    /// Anybody on the web.
    Stranger(&'a Network),
    Dealership(TenantId),
    /// The person who has the account, as far as is known.
    Owner,
}

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = Integer)]
    count: i32,
}

impl Identity {
    /// Counts one more letter to `to`; `RateLimited` when there were enough.
    pub(crate) async fn count_letter(
        &self,
        tx: &mut impl Tx,
        to: &Email,
        sender: Sender<'_>,
    ) -> Result<()> {
        let folded = folded(to);
        let most = match sender {
            Sender::Owner => LETTERS,
            Sender::Stranger(_) | Sender::Dealership(_) => LETTERS_FROM_STRANGERS,
        };
        let enough = || {
            too_many(
                "too many mails were sent to this address; look into your spam folder, or try later",
            )
        };
        self.count(tx, &format!("letters/to/{folded}"), most, HOUR, enough)
            .await?;
        match sender {
            Sender::Owner => Ok(()),
            Sender::Stranger(network) => self.count_stranger(tx, network).await,
            Sender::Dealership(tenant) => {
                let key = format!("letters/of/{tenant}/to/{folded}");
                let enough = || too_many("this person was invited often enough for a day");
                self.count(tx, &key, INVITATIONS_TO_ONE, DAY, enough)
                    .await?;
                let key = format!("letters/of/{tenant}");
                let enough = || too_many("the dealership sent too many invitations; try later");
                self.count(tx, &key, INVITATIONS, HOUR, enough).await
            }
        }
    }

    /// Counts one more request for a letter from a network, wherever the letter may go.
    pub(crate) async fn count_stranger(&self, tx: &mut impl Tx, network: &Network) -> Result<()> {
        let key = format!("letters/from/{}", network.as_str());
        let most = self.config.signups.letters_per_network();
        let enough = || too_many("too many mails were asked for from your network; try later");
        self.count(tx, &key, most, HOUR, enough).await
    }

    /// Counts one more dealership that signed up.
    pub(crate) async fn count_dealership(&self, tx: &mut impl Tx, network: &Network) -> Result<()> {
        let bounds = self.config.signups;
        let enough = || too_many("too many dealerships signed up; try again in an hour");
        let key = format!("signups/from/{}", network.as_str());
        self.count(tx, &key, bounds.per_network_hourly, HOUR, enough)
            .await?;
        self.count(tx, "signups", bounds.hourly, HOUR, enough).await
    }

    /// The key is an HMAC, so that the table reveals no addresses.
    async fn count(
        &self,
        tx: &mut impl Tx,
        what: &str,
        most: u32,
        window: TimeDelta,
        enough: impl Fn() -> Error,
    ) -> Result<()> {
        let key = self.master.derive(&format!("window-count/{what}"));
        if most > 0 && take(tx, &key, most, clock::now() + window).await? {
            return Ok(());
        }
        metrics::counter!("auterity_identity_bounds_refused_total").increment(1);
        Err(enough())
    }
}

/// Counts one more unless `most` were counted in a window that still lasts.
async fn take(tx: &mut impl Tx, key: &str, most: u32, ends_at: DateTime<Utc>) -> QueryResult<bool> {
    let sql = "INSERT INTO control.window_counts AS c (key, count, ends_at) VALUES ($1, 1, $2) \
        ON CONFLICT (key) DO UPDATE SET \
            count = CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE c.count + 1 END, \
            ends_at = CASE WHEN c.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE c.ends_at END \
        WHERE c.ends_at <= clock_timestamp() OR c.count < $3 \
        RETURNING count";
    let counted: Option<Counted> = diesel::sql_query(sql)
        .bind::<Text, _>(key)
        .bind::<Timestamptz, _>(ends_at)
        .bind::<Integer, _>(i32::try_from(most).unwrap_or(i32::MAX))
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(counted.is_some_and(|counted| counted.count > 0))
}

fn too_many(detail: &'static str) -> Error {
    ErrorCode::RateLimited
        .detail(detail)
        .retry_after(Duration::from_secs(3600))
}

/// The mailbox that an address leads to, as far as that is known: what follows a plus sign is
/// the reader's own note, and Gmail ignores dots.
fn folded(email: &Email) -> String {
    let Some((local, domain)) = email.as_str().rsplit_once('@') else {
        return email.to_string();
    };
    let mailbox = local.split_once('+').map_or(local, |(mailbox, _)| mailbox);
    let mailbox = if mailbox.is_empty() { local } else { mailbox };
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", mailbox.replace('.', "")),
        _ => format!("{mailbox}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_count_as_one() {
        let of = |text: &str| folded(&Email::parse(text).unwrap());
        assert_eq!(of("ann+1@acme.example"), of("Ann@acme.example"));
        assert_eq!(of("ann+a+b@acme.example"), "ann@acme.example");
        assert_ne!(of("a.nn@acme.example"), of("ann@acme.example"));
        assert_eq!(of("a.n.n+x@googlemail.com"), of("ann@gmail.com"));
        assert_eq!(of("+ann@acme.example"), "+ann@acme.example");
    }
}
