//! Documents that were read wrongly before.

use super::{ZONE, parse};
use crate::AdfParser;
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser};

/// The only lead of a document in `cases/`.
fn lead(name: &str) -> IncomingLead {
    let path = format!("{}/src/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    let leads = parse(&std::fs::read(path).unwrap()).unwrap();
    let [lead] = <[IncomingLead; 1]>::try_from(leads).unwrap();
    assert_eq!(lead.review, None, "{name}");
    lead
}

fn email(lead: &IncomingLead) -> Option<&str> {
    lead.customer.as_ref()?.email.as_deref()
}

#[test]
fn a_filler_is_no_stock_number_vehicle_or_mailbox() {
    for (name, model) in [
        ("stock_na_camry.xml", "Camry"),
        ("stock_na_tacoma.xml", "Tacoma"),
    ] {
        let vehicle = lead(name).vehicles.remove(0);
        assert_eq!(
            (vehicle.model.as_deref(), vehicle.stock_number),
            (Some(model), None)
        );
    }
    for name in ["not_specified_hours.xml", "not_specified_finance.xml"] {
        let lead = lead(name);
        let named = |v: &&platform_kernel::ports::IncomingVehicle| {
            v.make.is_some() || v.model.is_some() || v.year.is_some()
        };
        assert_eq!(lead.vehicles.iter().filter(named).count(), 0, "{name}");
        assert!(lead.comments.is_some());
    }
    for name in ["declined_ames.xml", "declined_brown.xml"] {
        assert_eq!(email(&lead(name)), None, "{name}");
    }
}

#[test]
fn a_constant_word_is_no_id() {
    for name in ["constant_id_first.xml", "constant_id_second.xml"] {
        let lead = lead(name);
        assert_eq!(lead.ids, []);
        assert!(
            lead.warnings.iter().any(|w| w.place == "prospect/id"),
            "{:?}",
            lead.warnings
        );
    }
}

#[test]
fn a_document_type_and_a_mails_encoding_are_no_obstacle() {
    for name in ["doctype_public.xml", "mail_base64.eml"] {
        let lead = lead(name);
        assert_eq!(email(&lead), Some("ivy.nine@buyer.example"), "{name}");
        assert_eq!(lead.vehicles[0].model.as_deref(), Some("RAV4"), "{name}");
        assert_eq!(lead.comments.as_deref(), Some("Is it there?"), "{name}");
    }
}

#[test]
fn comments_trades_and_numbers_are_found_wherever_they_stand() {
    let comment = lead("comment_in_contact.xml").comments.unwrap();
    assert_eq!(comment, "Do NOT call me. Does it tow 3500 lbs?");
    let trade = lead("trade_wrapper.xml");
    let vehicles: Vec<_> = trade
        .vehicles
        .iter()
        .map(|v| (v.model.as_deref().unwrap(), v.interest.as_deref().unwrap()))
        .collect();
    assert_eq!(vehicles, [("Fiesta", "trade-in"), ("Pilot", "buy")]);
    let phones = lead("fax_first.xml").customer.unwrap().phones;
    let numbers: Vec<_> = phones.iter().map(|phone| phone.number.as_str()).collect();
    assert_eq!(numbers, ["650-253-0000"]);
}

#[test]
fn a_bid_is_no_price() {
    let listing = lead("dealers_listing.xml").vehicles.remove(0);
    assert_eq!(
        (listing.price_minor, listing.offer_minor),
        (Some(3_499_500), None)
    );
    let bid = lead("customers_bid.xml").vehicles.remove(0);
    assert_eq!((bid.price_minor, bid.offer_minor), (None, Some(100)));
    let next = lead("next_customer.xml").vehicles.remove(0);
    assert_eq!((next.price_minor, next.offer_minor), (None, None));
    let trims = lead("two_trims.xml").vehicles;
    let trims: Vec<_> = trims.iter().map(|v| v.trim.as_deref().unwrap()).collect();
    assert_eq!(trims, ["LE", "Limited"]);
}

#[test]
fn what_was_escaped_twice_is_text_again() {
    let lead = lead("double_escaped.xml");
    let contact = lead.customer.unwrap();
    assert_eq!(contact.first_name.as_deref(), Some("D'Arcy"));
    assert_eq!(contact.last_name.as_deref(), Some("Wu"));
    assert_eq!(lead.comments.as_deref(), Some("Line one\nLine two"));
}

#[test]
fn a_time_without_a_zone_is_the_dealerships() {
    let document = b"<adf><prospect><requestdate>2026-07-01T09:00:00</requestdate><customer><contact><name>Ann Lee</name></contact></customer></prospect></adf>";
    for (zone, expected) in [
        (ZONE, "2026-07-01T14:00:00+00:00"),
        (chrono_tz::Tz::Europe__Paris, "2026-07-01T07:00:00+00:00"),
    ] {
        let leads = AdfParser.parse(document, None, zone).unwrap();
        assert_eq!(leads[0].requested_at.unwrap().to_rfc3339(), expected);
    }
}

#[test]
fn what_is_no_lead_document_is_kept_for_a_person_with_what_could_be_read() {
    let text =
        b"Hi, I am Jo Bell. Is the 2022 RAV4 still there? Call 512-555-0123 or jo@buyer.example";
    let leads = AdfParser.parse(text, Some("text/plain"), ZONE).unwrap();
    let contact = leads[0].customer.clone().unwrap();
    assert_eq!(contact.email.as_deref(), Some("jo@buyer.example"));
    assert_eq!(contact.phones[0].number, "+15125550123");
    assert!(
        leads[0]
            .review
            .as_deref()
            .unwrap()
            .contains("no XML document")
    );
    assert!(
        leads[0]
            .comments
            .as_deref()
            .unwrap()
            .contains("Is the 2022 RAV4")
    );
    for (document, kind) in [
        (&b""[..], None),
        (b" \r\n ", Some("text/xml")),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\xff\xfe\xfd\0\0",
            Some("image/png"),
        ),
        (b"<adf></adf>", None),
        (b"{}", Some("application/json")),
        (b"\0\0\0\0", None),
    ] {
        let fault = AdfParser.parse(document, kind, ZONE);
        assert!(
            matches!(fault, Err(LeadFault::NotALead(_))),
            "{document:?}: {fault:?}"
        );
    }
}
