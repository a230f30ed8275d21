use super::parse;
use platform_kernel::ports::LeadFault;
use std::time::{Duration, Instant};

fn refused(document: &str) -> (u64, String) {
    match parse(document.as_bytes()) {
        Err(LeadFault::Refused { line, message }) => (line, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn too_much_of_anything_is_refused() {
    let big = format!(
        "<adf><prospect><id>{}</id></prospect></adf>",
        "x".repeat(1024 * 1024)
    );
    assert!(refused(&big).1.contains("larger"));
    let many = format!(
        "<adf>\n<prospect>{}</prospect></adf>",
        "<id>1</id>".repeat(5_001)
    );
    assert!(refused(&many).1.contains("5000 elements"));
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"1\"")).collect();
    let (line, message) = refused(&format!("hi\n<adf>\n<prospect{attributes}/></adf>"));
    assert!(
        message.contains("64 attributes") && line == 3,
        "{line} {message}"
    );
    let deep: String = (0..40).map(|n| format!("<a{n}>\n")).collect();
    let (line, message) = refused(&format!("\n\n<adf>{deep}"));
    assert!(
        message.contains("deeper than 32") && line == 34,
        "{line} {message}"
    );
}

#[test]
fn a_document_type_is_refused_wherever_it_stands() {
    for document in [
        "<!DOCTYPE adf><adf><prospect><id>1</id></prospect></adf>",
        "<adf><prospect><id>1</id></prospect></adf>\n<!doctype x>",
        "<adf><!ENTITY a 'b'><prospect><id>&a;</id></prospect></adf>",
        "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><lolz>&lol2;</lolz>",
    ] {
        assert!(refused(document).1.contains("document type"), "{document}");
    }
    // In a comment or in somebody's words it declares nothing.
    let quoted = "<adf><!-- <!DOCTYPE x> --><prospect><comments><![CDATA[<!DOCTYPE x>]]></comments></prospect></adf>";
    assert!(parse(quoted.as_bytes()).is_ok());
}

#[test]
fn hostile_shapes_cost_linear_time() {
    let shapes = [
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
    ];
    for shape in shapes {
        let document = shape.repeat(1_000_000 / shape.len());
        let start = Instant::now();
        drop(parse(document.as_bytes()));
        let inside = format!("<adf><prospect><id>1</id>{}", &document[..900_000]);
        drop(parse(inside.as_bytes()));
        assert!(
            start.elapsed() < Duration::from_secs(8),
            "{shape:?} took {:?}",
            start.elapsed()
        );
    }
}
