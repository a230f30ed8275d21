use super::{fixtures, parse};
use platform_kernel::ports::{IncomingLead, LeadFault};
use proptest::prelude::*;

/// What must hold of any outcome.
fn check(document: &[u8]) {
    match parse(document) {
        Ok(leads) => {
            assert!(!leads.is_empty());
            leads.iter().for_each(check_lead);
        }
        Err(LeadFault::TooLarge { .. }) => panic!("it is small"),
        Err(LeadFault::NotALead(reason)) => assert!(!reason.is_empty()),
    }
}

fn check_lead(lead: &IncomingLead) {
    assert!(lead.warnings.len() <= 60);
    // In Debug's writing a NUL is `\0`, and a backslash is doubled.
    let text = format!("{lead:?}").replace("\\\\", "");
    assert!(!text.contains("\\0"), "{text}");
    let contact = lead.customer.clone().unwrap_or_default();
    assert!(contact.email.is_none_or(|email| email.contains('@')));
    assert!(
        contact
            .first_name
            .is_none_or(|name| !name.trim().is_empty())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_survived(document in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check(&document);
    }

    #[test]
    fn any_soup_of_markup_is_survived(parts in proptest::collection::vec(
        prop_oneof![
            Just("<adf>"), Just("</adf>"), Just("<prospect>"), Just("</prospect>"), Just("<customer>"),
            Just("<contact>"), Just("</contact>"), Just("<name part=\"first\">"), Just("</name>"),
            Just("<vehicle interest='"), Just("<year>"), Just("'24"), Just("<!--"), Just("-->"),
            Just("<![CDATA["), Just("]]>"), Just("&"), Just("&#x0;"), Just("&lt;"), Just("<?"), Just("?>"),
            Just("<"), Just(">"), Just("\""), Just(" = "), Just("/>"), Just("é"), Just("\0"), Just("a@b"),
            Just("<phone>"), Just("<price>"), Just("1,2"), Just("<requestdate>"), Just("1/1/26"),
            Just("\u{fffe}"), Just("\n"), Just("<ProcessSalesLead "), Just("<GivenName>"),
            Just("<trade>"), Just("<!DOCTYPE a ["), Just("]>"), Just("Content-Type: multipart/mixed; boundary=b\n"), Just("\n\n--b\n"), Just("name: "), Just("{\"a\":\""), Just("&amp;lt;adf&amp;gt;"), Just("%3Cadf"),
        ], 0..120))
    {
        check(parts.concat().as_bytes());
        check(format!("<adf><prospect>{}", parts.concat()).as_bytes());
    }

    #[test]
    fn any_damage_to_a_document_is_survived(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let all = fixtures();
        let mut document = which.get(&all).1.clone();
        for (at, byte, kind) in damage {
            if document.is_empty() {
                break;
            }
            let at = at.index(document.len());
            match kind {
                0 => document[at] = byte,
                1 => drop(document.remove(at)),
                _ => document.insert(at, byte),
            }
        }
        check(&document);
    }
}
