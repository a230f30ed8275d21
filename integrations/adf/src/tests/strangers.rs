//! Documents made after public generators, providers' templates and mails. What is to be read of
//! each stands in `strangers/expected.json`; every named value counts.

use super::ZONE;
use crate::AdfParser;
use platform_kernel::ports::{IncomingLead, IncomingVehicle, LeadParser};
use platform_kernel::text::PhoneNumber;
use serde_json::{Map, Value, json};
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/strangers");

/// Values that were right, and the others.
#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
}

impl Score {
    fn same(&mut self, what: &str, expected: &Value, found: impl Into<Value>) {
        let found = found.into();
        if *expected == found {
            self.right += 1;
        } else {
            self.wrong
                .push(format!("{what}: expected {expected}, found {found}"));
        }
    }

    fn holds(&mut self, what: &str, text: &str, part: &Value, wanted: bool) {
        let part = part.as_str().unwrap();
        if text.contains(part) == wanted {
            self.right += 1;
        } else {
            self.wrong
                .push(format!("{what}: {part:?} in {text:?} should be {wanted}"));
        }
    }
}

#[test]
fn documents_of_strangers_are_understood() {
    let expected = std::fs::read_to_string(format!("{FOLDER}/expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
    assert!(expected.len() >= 90);
    let mut all = Score::default();
    let mut poor = Vec::new();
    for (name, expected) in &expected {
        let score = score(name, expected);
        let values = score.right + score.wrong.len();
        if score.right * 100 < values * 95 {
            poor.push(format!("{name}: {:#?}", score.wrong));
        }
        all.right += score.right;
        all.wrong.extend(score.wrong);
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
    assert!(all.right > 700, "{}", all.right);
}

#[test]
fn every_document_of_the_folder_is_expected() {
    let expected = std::fs::read_to_string(format!("{FOLDER}/expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "expected.json" || expected.contains_key(&name),
            "{name}"
        );
    }
}

fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().unwrap().to_str().unwrap() {
        "xml" => "application/x-adf+xml",
        "eml" => "message/rfc822",
        "json" => "application/json",
        "form" => "application/x-www-form-urlencoded",
        "multipart" => "multipart/form-data; boundary=xyzbound",
        "html" => "text/html",
        _ => "text/plain",
    }
}

fn score(name: &str, expected: &Value) -> Score {
    let document = std::fs::read(format!("{FOLDER}/{name}")).unwrap();
    let leads = AdfParser
        .parse(&document, Some(content_type(name)), ZONE)
        .unwrap();
    let mut score = Score::default();
    let count = expected.get("leads").cloned().unwrap_or(json!(1));
    score.same("leads", &count, leads.len());
    let lead = leads.first().unwrap();
    let review = expected.get("review").cloned().unwrap_or(json!(false));
    score.same("review", &review, lead.review.is_some());
    for (what, value) in expected.as_object().unwrap() {
        check(&mut score, lead, what, value);
    }
    score
}

fn check(score: &mut Score, lead: &IncomingLead, what: &str, expected: &Value) {
    let contact = lead.customer.clone().unwrap_or_default();
    let wanted: Vec<&IncomingVehicle> = lead.vehicles.iter().filter(|v| !is_trade(v)).collect();
    match what {
        "id" => score.same(what, expected, lead.ids.first().map(|(_, id)| id.clone())),
        "ids" => score.same(what, expected, lead.ids.len()),
        "name" => {
            let parts = [
                contact.first_name,
                contact.middle_name,
                contact.last_name,
                contact.suffix,
            ];
            score.same(
                what,
                expected,
                parts.map(Option::unwrap_or_default).join("|"),
            );
        }
        "first" => score.same(what, expected, contact.first_name),
        "business" => score.same(
            what,
            expected,
            contact.full_name.filter(|_| contact.is_business),
        ),
        "email" => score.same(what, expected, contact.email),
        "phone" => {
            let first = contact
                .phones
                .first()
                .and_then(|p| PhoneNumber::parse(&p.number));
            score.same(what, expected, first.map(|p| p.to_string()));
        }
        "best_time" => {
            let time = contact
                .phones
                .first()
                .and_then(|phone| phone.best_time.clone());
            score.same(what, expected, time);
        }
        "preferred" => score.same(what, expected, contact.preferred),
        "postal" => {
            let code = contact.address.and_then(|address| address.postal_code);
            score.same(what, expected, code);
        }
        "vehicle" => vehicle(score, what, expected, wanted.first().copied()),
        "trade" => vehicle(
            score,
            what,
            expected,
            lead.vehicles.iter().find(|v| is_trade(v)),
        ),
        "vehicles" => score.same(
            what,
            expected,
            wanted.iter().filter(|v| is_named(v)).count(),
        ),
        "comments" => {
            let said = lead.comments.as_deref().unwrap_or_default();
            let parts = expected.as_array().unwrap();
            parts
                .iter()
                .for_each(|part| score.holds(what, said, part, true));
            if parts.is_empty() {
                score.same(what, &json!(""), said);
            }
        }
        "vehicle_comments" => {
            let said = lead.vehicles.iter().filter_map(|v| v.comments.clone());
            let said = said.collect::<Vec<_>>().join("\n");
            let parts = expected.as_array().unwrap().iter();
            parts.for_each(|part| score.holds(what, &said, part, true));
        }
        "timeframe" => {
            score.holds(
                what,
                lead.timeframe.as_deref().unwrap_or_default(),
                expected,
                true,
            );
        }
        "provider" => score.same(what, expected, lead.provider_name.clone()),
        "vendor" => score.same(what, expected, lead.vendor_name.clone()),
        "at" => {
            let at = lead
                .requested_at
                .map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            score.same(what, expected, at);
        }
        "not" => {
            let without = IncomingLead {
                warnings: Vec::new(),
                ..lead.clone()
            };
            let text = json!(without).to_string();
            let parts = expected.as_array().unwrap().iter();
            parts.for_each(|part| score.holds(what, &text, part, false));
        }
        "leads" | "review" => {}
        other => panic!("{other} is not known"),
    }
}

fn is_trade(vehicle: &IncomingVehicle) -> bool {
    vehicle.interest.as_deref() == Some("trade-in")
}

fn is_named(vehicle: &IncomingVehicle) -> bool {
    vehicle.make.is_some() || vehicle.model.is_some() || vehicle.vin.is_some()
}

fn vehicle(score: &mut Score, what: &str, expected: &Value, found: Option<&IncomingVehicle>) {
    let found = json!(found);
    for (name, expected) in expected.as_object().unwrap() {
        let value = found.get(name).cloned().unwrap_or_default();
        score.same(&format!("{what}/{name}"), expected, value);
    }
}
