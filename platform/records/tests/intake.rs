//! Leads that come in, against a real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::large_futures,
    reason = "tests may fail loudly"
)]

mod support;

use chrono::{DateTime, Duration, Utc};
use diesel_async::RunQueryDsl;
use platform_kernel::clock;
use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use platform_records::intake::{self, Raw, StoredLead};
use platform_records::leads::LeadStatus;
use serde_json::Value;
use support::Dealership;

const RAW: Raw<'static> = Raw {
    body: b"<adf/>",
    content_type: Some("application/xml"),
};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|t| !t.is_empty())
}

fn contact(first: &str, last: &str, email: &str, phone: &str) -> IncomingContact {
    IncomingContact {
        first_name: some(first),
        last_name: some(last),
        email: some(email),
        phones: some(phone)
            .into_iter()
            .map(|number| IncomingPhone {
                number,
                ..IncomingPhone::default()
            })
            .collect(),
        ..IncomingContact::default()
    }
}

fn rav4() -> IncomingVehicle {
    IncomingVehicle {
        interest: some("buy"),
        condition: some("new"),
        year: Some(2025),
        make: some("Toyota"),
        model: some("RAV4"),
        price_minor: Some(3_499_900),
        price_currency: some("USD"),
        ..IncomingVehicle::default()
    }
}

fn lead(customer: IncomingContact, vehicles: Vec<IncomingVehicle>) -> IncomingLead {
    IncomingLead {
        customer: Some(customer),
        vehicles,
        provider_name: some("CarFinder"),
        ..IncomingLead::default()
    }
}

async fn store_at(home: &Dealership, lead: &IncomingLead, at: DateTime<Utc>) -> StoredLead {
    let mut tx = home.tx().await;
    let stored = intake::store(&mut tx, lead, RAW, at).await.unwrap();
    tx.commit().await.unwrap();
    stored
}

async fn store(home: &Dealership, lead: &IncomingLead) -> StoredLead {
    store_at(home, lead, clock::now()).await
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

async fn count(home: &Dealership, what: &str) -> i64 {
    let mut tx = home.tx().await;
    let row: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {what}"))
        .get_result(tx.conn())
        .await
        .unwrap();
    row.n
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_becomes_customer_vehicle_and_lead() {
    let home = Dealership::open().await;
    let vehicle = IncomingVehicle {
        vin: some("1hgcm82633a004352"),
        ..rav4()
    };
    let trade_in = IncomingVehicle {
        interest: some("trade-in"),
        make: some("Ford"),
        model: some("F-150"),
        ..IncomingVehicle::default()
    };
    let incoming = lead(
        contact("Ann", "Lee", "Ann@Example.com", "512-555-0123"),
        vec![trade_in, vehicle],
    );
    let stored = store(&home, &incoming).await;
    assert_eq!((stored.status, stored.duplicate), (LeadStatus::New, false));
    let trigger = stored.trigger_payload;
    assert_eq!(trigger["customer"]["email"], "ann@example.com");
    assert_eq!(trigger["customer"]["phone"], "+15125550123");
    assert_eq!(trigger["customer"]["phone_display"], "(512) 555-0123");
    assert_eq!(trigger["vehicle"]["label"], "2025 Toyota RAV4");
    assert_eq!(trigger["vehicle"]["vin"], "1HGCM82633A004352");
    assert_eq!(trigger["vehicle"]["price"], 34_999.0);
    assert_eq!(trigger["trade_in"]["label"], "Ford F-150");
    assert_eq!(trigger["lead"]["source"], "CarFinder");
    let schema = platform_engine::schema::Schema::compile(&intake::adf_output_schema()).unwrap();
    assert!(
        schema.check(&trigger).is_empty(),
        "{:?}",
        schema.check(&trigger)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_identical_leads_make_one_customer_and_one_lead() {
    let home = Dealership::open().await;
    let incoming = lead(contact("Ann", "Lee", "ann@example.com", ""), vec![rav4()]);
    let all = futures(&home, &incoming, 8).await;
    assert_eq!(all.iter().filter(|s| !s.duplicate).count(), 1);
    assert_eq!(count(&home, "customers").await, 1);
    assert_eq!(count(&home, "leads").await, 1);
    assert_eq!(count(&home, "vehicles").await, 1);
    assert_eq!(count(&home, "leads WHERE resend_count = 7").await, 1);
    assert_eq!(count(&home, "lead_events WHERE kind = 'resent'").await, 7);
}

async fn futures(home: &Dealership, incoming: &IncomingLead, times: usize) -> Vec<StoredLead> {
    let tasks: Vec<_> = (0..times)
        .map(|_| {
            let (db, tenant, incoming) = (home.db.clone(), home.tenant.clone(), incoming.clone());
            tokio::spawn(async move {
                let mut tx = db.tenant(&tenant).await.unwrap();
                let stored = intake::store(&mut tx, &incoming, RAW, clock::now())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                stored
            })
        })
        .collect();
    let mut stored = Vec::new();
    for task in tasks {
        stored.push(task.await.unwrap());
    }
    stored
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_with_the_same_people_in_another_order_do_not_block_each_other() {
    let home = Dealership::open().await;
    let ann = lead(contact("Ann", "Lee", "ann@example.com", ""), vec![rav4()]);
    let bob = lead(contact("Bob", "Ray", "bob@example.com", ""), vec![rav4()]);
    let tasks: Vec<_> = (0..10)
        .map(|turn| {
            let (db, tenant) = (home.db.clone(), home.tenant.clone());
            let mut leads = vec![ann.clone(), bob.clone()];
            if turn % 2 == 1 {
                leads.reverse();
            }
            tokio::spawn(async move {
                let mut tx = db.tenant(&tenant).await.unwrap();
                intake::store_all(&mut tx, &leads, RAW, clock::now())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(count(&home, "customers").await, 2);
    assert_eq!(count(&home, "leads").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_phone_does_not_merge_two_people() {
    let home = Dealership::open().await;
    let ann = lead(
        contact("Ann", "Lee", "ann@example.com", "512-555-0123"),
        vec![rav4()],
    );
    let bob = lead(
        contact("Bob", "Lee", "bob@example.com", "512-555-0123"),
        vec![rav4()],
    );
    let (first, second) = (store(&home, &ann).await, store(&home, &bob).await);
    assert!(!second.duplicate);
    assert_ne!(
        first.trigger_payload["customer"]["id"],
        second.trigger_payload["customer"]["id"]
    );
    assert_eq!(count(&home, "customers").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_known_by_each_address_they_ever_gave() {
    let home = Dealership::open().await;
    let id = async |first: &str, email: &str, phone: &str| {
        let incoming = lead(contact(first, "Lee", email, phone), vec![rav4()]);
        let stored = store(&home, &incoming).await;
        stored.trigger_payload["customer"]["id"].clone()
    };
    let ann = id("Ann", "ann@example.com", "512-555-0123").await;
    assert_eq!(id("A.", "ann@example.com", "").await, ann);
    assert_eq!(id("Ann", "", "(512) 555-0123").await, ann);
    assert_eq!(
        id("Ann", "work@example.org", "5125550123").await,
        ann,
        "same name and phone"
    );
    assert_eq!(id("Ann", "work@example.org", "").await, ann);
    assert_eq!(
        id("Ann", "ann@example.com", "").await,
        ann,
        "the first address still counts"
    );
    assert_eq!(count(&home, "customers").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_repeated_by_the_same_wish_within_a_month() {
    let home = Dealership::open().await;
    let now = clock::now();
    let ann = || contact("Ann", "Lee", "ann@example.com", "");
    let first = store_at(&home, &lead(ann(), vec![rav4()]), now - Duration::days(40)).await;
    let later = store_at(&home, &lead(ann(), vec![rav4()]), now - Duration::days(5)).await;
    assert!(!later.duplicate, "after a month it is a new wish");
    let again = store_at(&home, &lead(ann(), vec![rav4()]), now).await;
    assert_eq!((again.duplicate, again.lead_id), (true, later.lead_id));
    assert_eq!(again.trigger_payload["lead"]["is_duplicate"], true);
    let mut other = rav4();
    other.model = some("Camry");
    let camry = store_at(&home, &lead(ann(), vec![other]), now).await;
    assert!(!camry.duplicate, "another vehicle");
    assert_ne!(camry.lead_id, first.lead_id);
    home.run("UPDATE leads SET status = 'lost'").await;
    let reopened = store_at(&home, &lead(ann(), vec![rav4()]), now).await;
    assert!(
        !reopened.duplicate,
        "a closed lead is not repeated but followed by a new one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_id_is_the_same_lead_only_for_the_same_person_and_vehicle() {
    let home = Dealership::open().await;
    let numbered = |who: IncomingContact, vehicle: IncomingVehicle| IncomingLead {
        ids: vec![(some("carfinder"), "10-23".to_owned())],
        ..lead(who, vec![vehicle])
    };
    let ann = || contact("Ann", "Lee", "ann@example.com", "");
    let long_ago = clock::now() - Duration::days(90);
    let first = store_at(&home, &numbered(ann(), rav4()), long_ago).await;
    let again = store(&home, &numbered(ann(), rav4())).await;
    assert_eq!((again.duplicate, again.lead_id), (true, first.lead_id));
    let mut camry = rav4();
    camry.model = some("Camry");
    assert!(
        !store(&home, &numbered(ann(), camry.clone()))
            .await
            .duplicate
    );
    let mut resend = numbered(
        ann(),
        IncomingVehicle {
            model: some("Corolla"),
            ..camry
        },
    );
    resend.status = some("resend");
    assert!(
        store(&home, &resend).await.duplicate,
        "the provider says so itself"
    );
    let bob = contact("Bob", "Ray", "bob@example.com", "");
    assert!(!store(&home, &numbered(bob, rav4())).await.duplicate);
    resend.vehicles[0].model = some("Avalon");
    assert!(
        !store(&home, &resend).await.duplicate,
        "an id of several people names no lead"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_is_told_by_vin_then_by_stock_number() {
    let home = Dealership::open().await;
    let numbered = |vin: &str, stock: &str| IncomingVehicle {
        vin: some(vin),
        stock_number: some(stock),
        ..rav4()
    };
    let people = ["a", "b", "c", "d", "e"].map(|n| contact(n, n, &format!("{n}@example.com"), ""));
    let [a, b, c, d, e] = people;
    let id = async |who: IncomingContact, vehicle: IncomingVehicle| {
        store(&home, &lead(who, vec![vehicle]))
            .await
            .trigger_payload["vehicle"]["id"]
            .clone()
    };
    let by_stock = id(a, numbered("", "p12")).await;
    assert_eq!(
        id(b, numbered("1HGCM82633A004352", "P12")).await,
        by_stock,
        "it has a VIN now"
    );
    assert_eq!(id(c, numbered("1HGCM82633A004352", "")).await, by_stock);
    assert_ne!(
        id(d, numbered("1M8GDM9AXKP042788", "P12")).await,
        by_stock,
        "the number's next bearer"
    );
    assert_ne!(id(e, rav4()).await, by_stock, "there are many of the kind");
    assert_eq!(count(&home, "vehicles").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_cannot_be_answered_waits_for_a_person() {
    let home = Dealership::open().await;
    let unreachable = lead(
        contact("Ann", "Lee", "none@none.com", "call me"),
        vec![rav4()],
    );
    let stored = store(&home, &unreachable).await;
    assert_eq!(stored.status, LeadStatus::NeedsReview);
    assert!(
        stored
            .needs_review
            .unwrap()
            .contains("no e-mail address or phone")
    );
    let nothing = store(
        &home,
        &lead(contact("Bob", "Ray", "bob@example.com", ""), vec![]),
    )
    .await;
    assert_eq!(nothing.status, LeadStatus::NeedsReview);
    let asks = IncomingLead {
        comments: some("Do you open on Sunday?"),
        ..lead(contact("Cy", "Roe", "cy@example.com", ""), vec![])
    };
    assert_eq!(store(&home, &asks).await.status, LeadStatus::New);
    assert!(store(&home, &asks).await.duplicate, "the same words again");
    let empty = store(&home, &IncomingLead::default()).await;
    assert_eq!(empty.trigger_payload["customer"], Value::Null);
    let mut tx = home.tx().await;
    let kept = intake::store_unreadable(&mut tx, RAW, "no prospect in it\0", clock::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept.needs_review.as_deref(), Some("no prospect in it"));
    assert_eq!(kept.trigger_payload["vehicles"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_strings_are_stored_as_text_and_never_fail() {
    let home = Dealership::open().await;
    let long = "ß".repeat(100_000);
    let nasty = [
        "Robert'); DROP TABLE leads;--",
        "\0\0\0",
        "a\0b\u{202e}\u{feff}",
        "<script>alert(1)</script>",
        "{{ 7*7 }} ${jndi:ldap://x}",
        long.as_str(),
        "\\x00 \u{0} \u{1b}[2J",
        "💥\u{10ffff}",
    ];
    for (index, text) in nasty.iter().enumerate() {
        let incoming = IncomingLead {
            status: some(text),
            ids: vec![(some(text), (*text).to_owned())],
            comments: some(text),
            timeframe: some(text),
            provider_name: some(text),
            requested_at: DateTime::from_timestamp(-60_000_000_000, 0),
            ..lead(
                IncomingContact {
                    middle_name: some(text),
                    ..contact(text, text, &format!("n{index}@example.com"), text)
                },
                vec![IncomingVehicle {
                    interest: some(text),
                    condition: some(text),
                    year: Some(i32::MIN),
                    make: some(text),
                    model: some(text),
                    trim: some(text),
                    vin: some(text),
                    stock_number: some(text),
                    odometer: some(text),
                    price_minor: Some(i64::MIN),
                    price_currency: some(text),
                    ..IncomingVehicle::default()
                }],
            )
        };
        let mut tx = home.tx().await;
        let raw = Raw {
            body: text.as_bytes(),
            content_type: Some(text),
        };
        let stored = intake::store(&mut tx, &incoming, raw, clock::now()).await;
        assert!(stored.is_ok(), "{text:.40}: {stored:?}");
        tx.commit().await.unwrap();
    }
    assert_eq!(count(&home, "leads").await, 8);
    assert_eq!(count(&home, "leads WHERE warnings <> '[]'").await, 8);
}
