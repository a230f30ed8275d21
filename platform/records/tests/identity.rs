//! Who and which car a lead is about, what it keeps in its own words, and when it repeats another,
//! against a real database.
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

use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use serde_json::{Value, json};
use support::{Dealership, lead_of as store};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn person(name: &str, email: &str, phone: &str) -> IncomingContact {
    let phone = some(phone).map(|number| IncomingPhone {
        number,
        ..IncomingPhone::default()
    });
    IncomingContact {
        full_name: some(name),
        email: some(email),
        phones: phone.into_iter().collect(),
        ..IncomingContact::default()
    }
}

fn car(year: i32, make: &str, model: &str) -> IncomingVehicle {
    IncomingVehicle {
        interest: some("buy"),
        condition: some("used"),
        year: Some(year),
        make: some(make),
        model: some(model),
        ..IncomingVehicle::default()
    }
}

fn asks(who: IncomingContact, what: IncomingVehicle, words: &str) -> IncomingLead {
    IncomingLead {
        customer: Some(who),
        vehicles: vec![what],
        comments: some(words),
        provider_name: some("SiteA"),
        ..IncomingLead::default()
    }
}

fn ann() -> IncomingContact {
    person("Ann Lee", "ann@buyer.example", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filler_for_a_stock_number_or_vin_makes_no_two_cars_one() {
    let home = Dealership::open().await;
    for (index, filler) in [
        "N/A",
        "0",
        "null",
        "Not Specified",
        "-",
        "unknown",
        "none",
        "TBD",
    ]
    .into_iter()
    .enumerate()
    {
        let with = |vehicle: IncomingVehicle| IncomingVehicle {
            stock_number: some(filler),
            vin: some(filler),
            trim: some(filler),
            ..vehicle
        };
        let who = |first: &str| {
            person(
                &format!("{first} One"),
                &format!("{first}{index}@buyer.example"),
                "",
            )
        };
        let camry = store(
            &home,
            &asks(who("ann"), with(car(2022, "Toyota", "Camry")), "There?"),
        )
        .await;
        let tacoma = store(
            &home,
            &asks(who("ben"), with(car(2024, "Toyota", "Tacoma")), "There?"),
        )
        .await;
        assert_eq!(
            camry.trigger_payload["vehicle"]["label"], "2022 Toyota Camry",
            "{filler}"
        );
        assert_eq!(
            tacoma.trigger_payload["vehicle"]["label"], "2024 Toyota Tacoma",
            "{filler}"
        );
        assert_eq!(
            tacoma.trigger_payload["vehicle"]["stock_number"],
            Value::Null,
            "{filler}"
        );
        assert_eq!(
            tacoma.trigger_payload["vehicle"]["trim"],
            Value::Null,
            "{filler}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_two_different_cars_carry_is_believed_of_neither() {
    let home = Dealership::open().await;
    let numbered = |vin: &str, stock: &str, vehicle| IncomingVehicle {
        vin: some(vin),
        stock_number: some(stock),
        ..vehicle
    };
    let vin = "1FTFW1E50KFA00001";
    for (index, (vehicle, label)) in [
        (
            numbered(vin, "", car(2023, "Ford", "F-150")),
            "2023 Ford F-150",
        ),
        (numbered(vin, "", car(2021, "Kia", "Soul")), "2021 Kia Soul"),
        (numbered("", "WEB", car(2020, "Audi", "Q5")), "2020 Audi Q5"),
        (numbered("", "WEB", car(2022, "Audi", "A4")), "2022 Audi A4"),
    ]
    .into_iter()
    .enumerate()
    {
        let who = person("Kim Day", &format!("kim{index}@buyer.example"), "");
        let stored = store(&home, &asks(who, vehicle, "There?")).await;
        assert_eq!(stored.trigger_payload["vehicle"]["label"], label);
        assert_eq!(home.count("vehicles").await, index as i64 + 1);
    }
    let soul = "vehicles WHERE model = 'Soul' AND vin IS NULL";
    assert_eq!(home.count(soul).await, 1, "the VIN stays with the first");
    let kept =
        format!("lead_vehicles WHERE stated ->> 'model' = 'Soul' AND stated ->> 'vin' = '{vin}'");
    assert_eq!(home.count(&kept).await, 1, "the lead keeps what it said");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_trims_are_two_vehicles_of_one_lead() {
    let home = Dealership::open().await;
    let trim = |trim: &str| IncomingVehicle {
        trim: some(trim),
        ..car(2026, "Toyota", "RAV4")
    };
    let mut both = asks(ann(), trim("LE"), "Which of the two?");
    both.vehicles.push(trim("Limited"));
    both.vehicles.push(car(2026, "Toyota", "RAV4"));
    let stored = store(&home, &both).await.trigger_payload;
    let labels: Vec<&Value> = stored["vehicles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["label"])
        .collect();
    assert_eq!(labels, ["2026 Toyota RAV4 LE", "2026 Toyota RAV4 Limited"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_changes_nothing_that_the_dealership_keeps_of_a_vehicle() {
    let home = Dealership::open().await;
    let vin = "1FTFW1E50KFA00001";
    let listed = IncomingVehicle {
        vin: some(vin),
        stock_number: some("F100"),
        price_minor: Some(3_499_500),
        price_currency: some("USD"),
        odometer: some("12,000 mi"),
        ..car(2023, "Ford", "F-150")
    };
    store(&home, &asks(ann(), listed, "")).await;
    let bid = IncomingVehicle {
        vin: some(vin),
        stock_number: some("f-100b"),
        condition: some("new"),
        offer_minor: Some(100),
        price_minor: Some(200),
        price_currency: some("USD"),
        odometer: some("1 mi"),
        exterior_color: some("any red"),
        ..car(2023, "Ford", "F-150")
    };
    let oda = person("Oda Fifteen", "oda@buyer.example", "");
    let bid = store(&home, &asks(oda, bid, "")).await;
    let vehicle = &bid.trigger_payload["vehicle"];
    assert_eq!(
        (&vehicle["price"], &vehicle["offer"]),
        (&json!(34_995.0), &json!(1.0))
    );
    assert_eq!(
        (&vehicle["stock_number"], &vehicle["condition"]),
        (&json!("F100"), &json!("used"))
    );
    assert_eq!(vehicle["exterior_color"], "any red");
    let stated = &vehicle["stated"];
    assert_eq!(
        (&stated["stock_number"], &stated["price"]),
        (&json!("f-100b"), &json!(2.0))
    );
    assert_eq!(
        (&stated["condition"], &stated["odometer"]),
        (&json!("new"), &json!("1 mi"))
    );
    let kept = "vehicles WHERE price_minor = 3499500 AND stock_number = 'F100' AND condition = 'used' \
        AND odometer = '12000 mi' AND exterior_color IS NULL";
    assert_eq!(home.count(kept).await, 1);
    let pia = person("Pia Sixteen", "pia@buyer.example", "");
    let next = IncomingVehicle {
        vin: some(vin),
        ..car(2023, "Ford", "F-150")
    };
    let next = store(&home, &asks(pia, next, "")).await.trigger_payload;
    assert_eq!(
        (&next["vehicle"]["price"], &next["vehicle"]["offer"]),
        (&json!(34_995.0), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_wants_for_their_own_car_is_no_price_of_ours() {
    let home = Dealership::open().await;
    let own = IncomingVehicle {
        interest: some("trade-in"),
        price_minor: Some(1_800_000),
        ..car(2019, "Honda", "CR-V")
    };
    let mut lead = asks(ann(), car(2026, "Toyota", "RAV4"), "");
    lead.vehicles.push(own);
    let stored = store(&home, &lead).await.trigger_payload;
    assert_eq!(stored["trade_in"]["stated"]["price"], 18_000.0);
    assert_eq!(
        home.count("vehicles WHERE price_minor IS NOT NULL").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_with_one_address_or_number_are_no_one_customer() {
    let home = Dealership::open().await;
    let names = [
        "John Ames",
        "John Brown",
        "Mary Ames",
        "Lena Fox",
        "Otto Weiß",
        "Ann Lee",
    ];
    let mut ids = Vec::new();
    for name in names {
        let who = person(name, "sales@switchboard.example", "512-555-0123");
        let stored = store(&home, &asks(who, car(2026, "Toyota", "RAV4"), name)).await;
        assert!(!stored.duplicate && !stored.follow_up, "{name}");
        assert_eq!(stored.trigger_payload["customer"]["full_name"], name);
        ids.push(stored.trigger_payload["customer"]["id"].clone());
    }
    assert_eq!(home.count("customers").await, 6);
    let again = person("OTTO WEISS", "sales@switchboard.example", "");
    let again = store(
        &home,
        &asks(again, car(2026, "Toyota", "RAV4"), "And in blue?"),
    )
    .await;
    assert_eq!(
        again.trigger_payload["customer"]["id"], ids[4],
        "the whole name tells"
    );
    let nameless = person("", "sales@switchboard.example", "");
    let nameless = store(&home, &asks(nameless, car(2026, "Toyota", "RAV4"), "Hello")).await;
    assert!(!ids.contains(&nameless.trigger_payload["customer"]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dealerships_own_addresses_name_no_customer() {
    let home = Dealership::open().await;
    home.member("manager", "Alice").await;
    let of_house = |name: &str| {
        let mut lead = asks(
            person(name, "bdc@example.com", "512-555-0100"),
            car(2026, "Kia", "Soul"),
            name,
        );
        lead.vendor = Some(person("", "", "(512) 555-0100"));
        lead
    };
    let first = store(&home, &of_house("Ann")).await.trigger_payload;
    let second = store(&home, &of_house("")).await.trigger_payload;
    let third = store(&home, &of_house("Ann")).await.trigger_payload;
    assert_ne!(first["customer"]["id"], second["customer"]["id"]);
    assert_ne!(
        first["customer"]["id"], third["customer"]["id"],
        "a first name alone is not enough"
    );
    let whole = store(&home, &of_house("Ann Lee")).await.trigger_payload;
    let again = store(&home, &of_house("Ann Lee")).await.trigger_payload;
    assert_eq!(whole["customer"]["id"], again["customer"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_null() {
    let home = Dealership::open().await;
    for (index, (first, last)) in [
        ("null", "null"),
        ("N/A", "N/A"),
        ("Unknown", ""),
        ("", "none"),
    ]
    .into_iter()
    .enumerate()
    {
        let who = IncomingContact {
            first_name: some(first),
            last_name: some(last),
            ..person(
                &format!("{first} {last}"),
                &format!("n{index}@buyer.example"),
                "",
            )
        };
        let stored = store(&home, &asks(who, car(2026, "Kia", "Soul"), "There?")).await;
        let customer = &stored.trigger_payload["customer"];
        assert_eq!(customer["first_name"], Value::Null, "{first} {last}");
        assert_eq!(customer["last_name"], Value::Null, "{first} {last}");
        assert_eq!(customer["full_name"], format!("n{index}@buyer.example"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_tells_no_leads_apart_is_no_id() {
    let home = Dealership::open().await;
    let numbered = |who: IncomingContact, words: &str, id: &str| IncomingLead {
        ids: vec![(some("market"), id.to_owned())],
        vehicles: Vec::new(),
        ..asks(who, IncomingVehicle::default(), words)
    };
    let ben = || person("Ben Two", "ben@buyer.example", "");
    let first = store(&home, &numbered(ann(), "When do you open?", "FORM-22")).await;
    store(&home, &numbered(ben(), "Do you buy cars?", "FORM-22")).await;
    let second = store(&home, &numbered(ann(), "Do you lease?", "FORM-22")).await;
    assert!(
        !second.duplicate && second.lead_id != first.lead_id,
        "seen for two people"
    );
    let first = store(&home, &numbered(ann(), "Is it red?", "L-7001")).await;
    home.run(&format!(
        "UPDATE leads SET status = 'sold' WHERE id = '{}'",
        first.lead_id
    ))
    .await;
    let later = store(&home, &numbered(ann(), "Is it red?", "L-7001")).await;
    assert!(
        !later.duplicate && later.lead_id != first.lead_id,
        "seen for a closed lead"
    );
    for filler in ["0", "N/A", "null"] {
        store(&home, &numbered(ann(), filler, filler)).await;
    }
    assert_eq!(
        home.count("leads WHERE provider_id NOT IN ('market: FORM-22', 'market: L-7001')")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_again_is_heard_and_what_is_only_sent_again_is_counted() {
    let home = Dealership::open().await;
    let rav4 = || car(2026, "Toyota", "RAV4");
    let first = store(&home, &asks(ann(), rav4(), "Is it still there?")).await;
    let same = store(&home, &asks(ann(), rav4(), " IS IT  still there ")).await;
    assert!(same.duplicate && !same.follow_up);
    let silent = store(&home, &asks(ann(), rav4(), "")).await;
    assert!(silent.duplicate, "nothing is said that was not said before");
    let again = store(&home, &asks(ann(), rav4(), "I am back, and ready to buy")).await;
    assert_eq!(
        (again.duplicate, again.follow_up, again.lead_id),
        (false, true, first.lead_id)
    );
    let lead = &again.trigger_payload["lead"];
    assert_eq!(
        (&lead["comments"], &lead["is_follow_up"]),
        (&json!("I am back, and ready to buy"), &json!(true))
    );
    let echo = store(&home, &asks(ann(), rav4(), "I am back, and ready to buy")).await;
    assert!(echo.duplicate);
    let written = "lead_events WHERE kind = 'request' AND detail = 'I am back, and ready to buy'";
    assert_eq!(home.count(written).await, 1);
    assert_eq!(home.count("leads").await, 1);
    assert_eq!(
        home.count("leads WHERE comments = 'Is it still there?'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_offer_vehicle_or_detail_of_a_repeated_lead_is_kept() {
    let home = Dealership::open().await;
    let f150 = |offer: Option<i64>| IncomingVehicle {
        stock_number: some("F100"),
        offer_minor: offer,
        ..car(2023, "Ford", "F-150")
    };
    let first = store(&home, &asks(ann(), f150(Some(3_000_000)), "")).await;
    let higher = store(&home, &asks(ann(), f150(Some(3_100_000)), "")).await;
    assert!(higher.follow_up);
    assert_eq!(higher.trigger_payload["vehicle"]["offer"], 31_000.0);
    let mut more = asks(ann(), f150(None), "");
    more.vehicles.insert(0, car(2024, "Ford", "Ranger"));
    let more = store(&home, &more).await;
    assert_eq!((more.follow_up, more.lead_id), (true, first.lead_id));
    assert_eq!(
        more.trigger_payload["vehicle"]["label"], "2024 Ford Ranger",
        "what is asked about now"
    );
    assert_eq!(
        more.trigger_payload["vehicles"].as_array().unwrap().len(),
        2
    );
    let detail = IncomingVehicle {
        trim: some("XLT"),
        ..f150(None)
    };
    assert!(store(&home, &asks(ann(), detail, "")).await.duplicate);
    assert_eq!(
        home.count(
            "lead_vehicles WHERE stated ->> 'trim' = 'XLT' AND stated ->> 'offer_minor' = '3100000'"
        )
        .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_questions_without_a_car_are_two_leads() {
    let home = Dealership::open().await;
    let blank = || IncomingVehicle {
        interest: some("buy"),
        make: some("Not specified"),
        model: some("Not specified"),
        ..IncomingVehicle::default()
    };
    let first = store(&home, &asks(ann(), blank(), "When do you open?")).await;
    let second = store(
        &home,
        &asks(ann(), blank(), "Can I finance with a thin file?"),
    )
    .await;
    assert!(!second.duplicate && second.lead_id != first.lead_id);
    assert_eq!(second.trigger_payload["vehicle"], Value::Null);
    assert_eq!(home.count("vehicles").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_stored_composed_and_told_apart_folded() {
    let home = Dealership::open().await;
    let first = person("Jose\u{301} Garci\u{301}a", "jose@buyer.example", "");
    let first = store(&home, &asks(first, car(2026, "Kia", "Soul"), "a"))
        .await
        .trigger_payload;
    assert_eq!(first["customer"]["full_name"], "José García");
    let second = person("JOSE GARCIA", "jose@buyer.example", "");
    let second = store(&home, &asks(second, car(2026, "Kia", "Soul"), "b"))
        .await
        .trigger_payload;
    assert_eq!(first["customer"]["id"], second["customer"]["id"]);
}
