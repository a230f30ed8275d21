//! What must hold of the readers for any text.

use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_survived_and_forms_are_stable(text in "\\PC{0,60}") {
        let normal = normalized(&text).into_owned();
        prop_assert_eq!(normalized(&normal).into_owned(), normal);
        let fold = folded(&text);
        prop_assert_eq!(folded(&fold), fold);
        drop((
            Email::read(&text), PhoneNumber::read(&text, Region::default()), Money::read(&text),
            read_vin(&text), read_year(&text), read_stock_number(&text), is_identifier(None, &text),
        ));
        if let Some(name) = PersonName::read(&text).value {
            prop_assert!(!name.full.trim().is_empty());
        }
        if let Some(money) = Money::read(&text).value {
            prop_assert!(money.minor >= 0);
        }
    }

    #[test]
    fn any_soup_of_a_readers_marks_is_survived(parts in proptest::collection::vec(
        prop_oneof![
            Just("1"), Just("20"), Just("650"), Just("253-0000"), Just("+"), Just("00"), Just("("),
            Just(")"), Just("-"), Just("–"), Just(","), Just("."), Just("$"), Just("€"), Just("k"),
            Just(" to "), Just("/"), Just("&"), Just(" and "), Just("Mr."), Just("Jr."), Just("@"),
            Just("a"), Just("x.com"), Just("<"), Just(">"), Just("mailto:"), Just("null"), Just(" "),
            Just("de"), Just("O'"), Just("É"), Just("\""), Just("ext"), Just("VIN"), Just("'"),
        ], 0..14))
    {
        let text = parts.concat();
        drop((
            Email::read(&text), PhoneNumber::read(&text, Region::default()), Money::read(&text),
            PersonName::read(&text), read_vin(&text), read_year(&text), read_stock_number(&text),
        ));
        if let Some(email) = Email::read(&text).value {
            let again = Email::parse(email.as_str());
            prop_assert_eq!(again, Some(email));
        }
    }

    #[test]
    fn a_number_survives_how_it_is_written(area in 201..990_u32, line in 0..10_000_u32, style in 0..8_usize) {
        prop_assume!(area % 100 != 11 && area % 111 != 0);
        let plain = format!("{area}253{line:04}");
        let Some(expected) = PhoneNumber::parse(&plain) else { return Ok(()); };
        let written = [
            format!("({area}) 253-{line:04}"), format!("1.{area}.253.{line:04}"),
            format!("{area} 253 {line:04} (home)"), format!("Cell {area}-253-{line:04}"),
            format!("001{plain}"), format!("+1{plain} ext. 12"), format!("{plain}.0"),
            format!("{area}/253-{line:04} x7"),
        ];
        let text = written.get(style).unwrap();
        prop_assert_eq!(PhoneNumber::parse(text), Some(expected), "{}", text);
    }

    #[test]
    fn an_amount_survives_how_it_is_written(whole in 1_000..2_000_000_i64, cents in 0..100_i64) {
        let group = |mark: &str| {
            let text = whole.to_string();
            let mut out = String::new();
            for (index, digit) in text.chars().enumerate() {
                if index > 0 && (text.len() - index).is_multiple_of(3) { out.push_str(mark); }
                out.push(digit);
            }
            out
        };
        for text in [
            format!("{whole}.{cents:02}"), format!("${}.{cents:02}", group(",")),
            format!("{},{cents:02} €", group(".")), format!("{},{cents:02}", group(" ")),
            format!("{}.{cents:02} CHF", group("'")), format!("USD {whole},{cents:02}"),
        ] {
            let read = Money::read(&text).value.map(|money| money.minor);
            prop_assert_eq!(read, Some(whole * 100 + cents), "{}", text);
        }
    }

    #[test]
    fn a_persons_own_name_is_kept(first in "[A-Z][a-z]{2,9}", last in "[A-Z][a-z]{2,9}") {
        prop_assume!(!is_filler(&first) && !is_filler(&last));
        let full = format!("{first} {last}");
        let Some(name) = PersonName::read(&full).value else {
            return Err(TestCaseError::fail(full));
        };
        prop_assert!(full.contains(&name.full), "{} {}", full, name.full);
    }
}
