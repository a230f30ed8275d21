use super::{fixtures, parse};
use crate::AdfParser;
use platform_kernel::ports::LeadParser;

/// What is read of each document stands in `snapshots/`.
#[test]
fn documents_are_read_as_the_snapshots_say() {
    let all = fixtures();
    assert!(all.len() >= 25);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, document) in all {
            match parse(&document) {
                Ok(leads) => {
                    assert!(!leads.is_empty());
                    insta::assert_json_snapshot!(name, leads);
                }
                Err(fault) => insta::assert_json_snapshot!(name, format!("{fault:?}")),
            }
        }
    });
}

#[test]
fn leads_are_recognised_by_type_or_by_look() {
    let lead = b"hello <ADF ><prospect/></ADF>";
    assert!(AdfParser.recognises(lead, None));
    assert!(AdfParser.recognises(lead, Some("text/plain; charset=utf-8")));
    assert!(AdfParser.recognises(b"", Some("application/x-adf+xml")));
    assert!(AdfParser.recognises(b"<a/>", Some("text/xml")));
    assert!(!AdfParser.recognises(br#"{"text": "<adf>"}"#, Some("application/json")));
    assert!(!AdfParser.recognises(b"hello", Some("text/plain")));
    for (name, document) in fixtures() {
        if parse(&document).is_ok_and(|leads| leads.iter().all(|lead| lead.review.is_none())) {
            assert!(AdfParser.recognises(&document, None), "{name}");
        }
    }
}
