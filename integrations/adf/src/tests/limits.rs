use super::{ZONE, parse};
use crate::AdfParser;
use platform_kernel::ports::{LeadFault, LeadParser};
use std::time::{Duration, Instant};

/// Why a person has to look at a document.
fn review(document: &str) -> String {
    match parse(document.as_bytes()) {
        Ok(leads) => leads.last().unwrap().review.clone().unwrap(),
        Err(LeadFault::NotALead(reason)) => reason,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn too_much_of_anything_is_for_a_person_and_only_size_is_refused() {
    let big = format!(
        "<adf><prospect><id>{}</id></prospect></adf>",
        "x".repeat(1024 * 1024)
    );
    assert!(matches!(
        parse(big.as_bytes()),
        Err(LeadFault::TooLarge { .. })
    ));
    let many = format!(
        "<adf>\n<prospect>{}</prospect></adf>",
        "<id>1</id>".repeat(5_001)
    );
    assert!(review(&many).contains("5000 elements"));
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"1\"")).collect();
    let reason = review(&format!(
        "hi\n<adf>\n<prospect{attributes}>Ann</prospect></adf>"
    ));
    assert!(
        reason.contains("64 attributes") && reason.contains("line 3"),
        "{reason}"
    );
    let deep: String = (0..40).map(|n| format!("<a{n}>\n")).collect();
    let reason = review(&format!("\n\n<adf>{deep}Ann"));
    assert!(
        reason.contains("deeper than 32") && reason.contains("line 34"),
        "{reason}"
    );
    let email = "<email>ann@buyer.example</email>";
    let leads = parse(format!("<adf><prospect>{email}{deep}").as_bytes()).unwrap();
    let contact = leads[0].customer.clone().unwrap();
    assert_eq!(contact.email.as_deref(), Some("ann@buyer.example"));
}

#[test]
fn what_a_document_type_declares_is_never_read() {
    let lead = |document: &str| {
        let leads = parse(document.as_bytes()).unwrap();
        assert_eq!(leads.len(), 1, "{document}");
        assert_eq!(leads[0].review, None, "{document}");
        leads.into_iter().next().unwrap()
    };
    let prospect = "<prospect><customer><contact><name>Ann Lee</name></contact><comments>&a; hi</comments></customer></prospect>";
    for document in [
        format!("<!DOCTYPE adf><adf>{prospect}</adf>"),
        format!("<adf>{prospect}</adf>\n<!doctype x>"),
        format!("<adf><!ENTITY a 'secret'>{prospect}</adf>"),
        format!("<!DOCTYPE adf [<!ENTITY a \"secret\">]><adf>{prospect}</adf>"),
        format!(
            "<!DOCTYPE adf [<!ENTITY a \"<adf><prospect><id>secret</id></prospect></adf>\">]><adf>{prospect}</adf>"
        ),
        format!(
            "<!DOCTYPE adf SYSTEM \"file:///etc/passwd\" [<!ENTITY % p SYSTEM 'http://x.example/secret'> %p;]>\n<adf>{prospect}</adf>"
        ),
    ] {
        let lead = lead(&document);
        assert_eq!(lead.comments.as_deref(), Some("&a; hi"), "{document}");
        assert!(!format!("{lead:?}").contains("secret"), "{document}");
    }
    let bomb = format!(
        "<!DOCTYPE adf [<!ENTITY a \"{}\">]><adf>{prospect}</adf>",
        "&b;".repeat(10_000)
    );
    lead(&bomb);
    // In a comment or in somebody's words it declares nothing.
    let quoted = "<adf><!-- <!DOCTYPE x> --><prospect><comments><![CDATA[<!DOCTYPE x>]]></comments></prospect></adf>";
    assert_eq!(lead(quoted).comments.as_deref(), Some("<!DOCTYPE x>"));
}

/// What costs most where something is searched for again and again.
const SHAPES: &[&str] = &[
    "<",
    "<a ",
    "<a \"",
    "<a b='",
    "</",
    "</a",
    "<!--",
    "<![CDATA[",
    "<?",
    "&",
    "&#",
    "&amp;",
    "<adf>",
    "<adf",
    "</adf>",
    "<prospect>",
    "<adf><![CDATA[",
    "=3d\"",
    "a=",
    "<!",
    "\u{0}<x:adf ",
    "<!DOCTYPE ",
    "<!DOCTYPE [",
    "<!DOCTYPE a>",
    "<!ENTITY '",
    "&lt;adf&gt;",
    "name: a\n",
    "a@b.co ",
    "Content-Type: text/plain\r\n",
    "--b\r\n",
    "[",
    "a=%3Cadf&",
    "QUFB",
    "<script>",
    "650-253-0000 ",
    "\n> ",
    "\n> <adf>",
    "<td>a\t",
    "name - ",
    "name\n",
    "Mr. ",
    "Ann & ",
    "a/",
    "a @ ",
    "<a@b",
    "{{",
    "%a%",
    "1,",
    "1 ",
    "{\"a\":",
    "{\"name\":\"a\",\"value\":",
    "a: b - c\n",
    "<name>",
    "<email>a@b.co ",
    "<phone>512 555 0123 ",
    "<comments>",
    "<vehicle>",
    "<price>1,000 ",
    "&lt;",
    "&amp;amp;amp;",
    "<a x=\"",
    "<a x='1' y=\"2\" ",
    "<!--<!DOCTYPE ",
    "]]>",
    "-->",
    "From: a@b.co\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    "%3Cadf%3E",
    "\u{301}",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n",
    "{\"a\":[1,",
];

#[test]
fn hostile_shapes_cost_linear_time() {
    for shape in SHAPES {
        let document = shape.repeat(400_000 / shape.len());
        let start = Instant::now();
        drop(parse(document.as_bytes()));
        let inside = format!("<adf><prospect><id>1</id>{document}");
        drop(parse(inside.as_bytes()));
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{shape:?} took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_name_that_stands_for_many_values_is_written_short() {
    let key = "k".repeat(400_000);
    let values = "1,".repeat(250_000);
    let deep = format!("{{\"{}\":", "d".repeat(3_000)).repeat(100);
    for document in [
        format!("{{\"{key}\":[{values}1]}}"),
        format!("{deep}[{values}1]{}", "}".repeat(100)),
    ] {
        let start = Instant::now();
        let leads = AdfParser
            .parse(document.as_bytes(), Some("application/json"), ZONE)
            .unwrap();
        assert!(leads[0].review.is_some());
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn mails_within_mails_overflow_no_stack() {
    let base64 = |mail: &str| {
        let encoded = data_encoding::BASE64.encode(mail.as_bytes());
        format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}")
    };
    let deep = |level: &str| level.repeat(700_000 / level.len());
    let plain = deep("Content-Type: message/rfc822\n\n");
    for document in [
        base64(&plain),
        base64(&deep("content-TYPE : message/\n (x)Global\n\n")),
        deep("Content-Type: multipart/digest; boundary=b\n\n--b\n\n"),
        deep("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"),
        plain,
    ] {
        let start = Instant::now();
        drop(AdfParser.parse(document.as_bytes(), Some("message/rfc822"), ZONE));
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
    }
}
