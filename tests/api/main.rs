//! The product through its public API, over a real Postgres and Redis. The tree mirrors the URLs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may fail loudly"
)]

mod approvals;
mod bad_input;
mod canaries;
mod crash;
mod drain;
mod failures;
mod files;
mod hooks;
mod idempotency;
mod journey;
mod lead_identity;
mod live;
mod members;
mod metrics;
mod openapi;
mod paths;
mod replays;
mod rollouts;
mod sessions;
mod suspension;
mod sweep;
mod templates;
mod triggers;
mod workflows;

/// An ADF document with one lead of a person who can be reached.
pub(crate) fn lead(first: &str, email: &str, vin: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><?adf version="1.0"?>
<adf><prospect status="new">
  <id sequence="1" source="CarFinder">{first}-{email}</id>
  <requestdate>2026-11-20T15:04:05-05:00</requestdate>
  <vehicle interest="buy" status="used"><year>2022</year><make>Honda</make><model>Accord</model><vin>{vin}</vin>
    <stock>H1234</stock><price type="asking" currency="USD">$24,500.00</price></vehicle>
  <customer><contact>
    <name part="first">{first}</name><name part="last">Buyer</name>
    <email>{email}</email><phone type="cellphone">(512) 555-0142</phone>
  </contact><comments>Is it still available? I could come by on Saturday.</comments></customer>
  <vendor><vendorname>Acme Motors</vendorname></vendor>
  <provider><name part="full">CarFinder</name></provider>
</prospect></adf>"#
    )
}
