//! What readers cost on the longest texts that strangers may send.

use super::*;
use crate::ports::IncomingAddress;
use std::time::{Duration, Instant};

const SHAPES: &[&str] = &[
    "a",
    "1",
    " ",
    "1 ",
    "1,",
    "1.",
    "a ",
    "a@b.co ",
    "a@",
    "@",
    "<",
    "<a@b.co> ",
    "(",
    "\"",
    "Mr. ",
    "Jr. ",
    "Ann & ",
    "a/",
    ", ",
    "Ann, ",
    "null ",
    "n/a ",
    "{{",
    "{{a}} ",
    "%a%",
    "${",
    "650-253-0000 ",
    "6502530001 / ",
    "+1",
    "001",
    "$1 ",
    "1-",
    "20k ",
    "x",
    "O'",
    "é",
    "e\u{301}",
    "\u{301}",
    "\u{200b}",
    "ﷺ",
    "李",
    "-",
    "de la ",
    "VIN",
    "1HGCM82633A004352 ",
    "Stock ",
    "2024 ",
    "mailto:",
    "::",
    "&",
];

fn read_all(text: &str) {
    let region = Region::default();
    drop((
        Email::read(text),
        Email::parse(text),
        PhoneNumber::read(text, region),
    ));
    drop((Money::read(text), PersonName::read(text), currency_of(text)));
    drop(PersonName::of_parts(
        Some(text),
        Some(text),
        Some(text),
        Some(text),
        Some(text),
    ));
    drop((
        read_vin(text),
        read_year(text),
        read_stock_number(text),
        read_odometer(text, Some(text)),
    ));
    std::hint::black_box((
        is_identifier(Some(text), text),
        is_filler(text),
        is_blank(text),
    ));
    drop((
        data(text, Use::Word),
        data(text, Use::Code),
        folded(text),
        nfkc(text),
        normalized(text),
    ));
    drop((Slug::parse(text), sms_segments(text)));
    let address = IncomingAddress {
        street: vec![text.to_owned()],
        postal_code: Some(text.to_owned()),
        country: Some(text.to_owned()),
        ..IncomingAddress::default()
    };
    drop(read_address(&address, region));
}

/// A reader that looks at the rest of the text again for each of its parts takes minutes for one
/// of these, one that looks once a fraction of a second.
#[test]
fn readers_take_linear_time() {
    for shape in SHAPES {
        let text = shape.repeat(100_000 / shape.len());
        let start = Instant::now();
        read_all(&text);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(8), "{shape:?} took {took:?}");
    }
}
