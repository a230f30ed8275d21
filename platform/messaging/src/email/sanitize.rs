//! HTML that may go into a mail: an allow-list of elements, attributes, addresses and styles.
//! Whatever runs, submits, loads styles or covers what is around it is taken out.

use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Elements whose content means nothing without them, or is none to read.
const REMOVED: [&str; 15] = [
    "script", "style", "title", "head", "iframe", "object", "embed", "applet", "noscript",
    "template", "svg", "math", "select", "textarea", "audio",
];

/// Styles of text and boxes; none of them loads anything or moves a box over another.
const STYLES: [&str; 41] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
];

static MAIL: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut mail = Builder::default();
    mail.rm_tags(&["area", "map", "details", "summary", "nav"])
        .add_tags(&["font", "tfoot"])
        .add_clean_content_tags(&REMOVED)
        .add_generic_attributes(&["style", "align", "dir", "role"])
        .add_tag_attributes(
            "table",
            &["border", "cellpadding", "cellspacing", "width", "bgcolor"],
        )
        .add_tag_attributes("td", &["width", "height", "valign", "bgcolor"])
        .add_tag_attributes("th", &["width", "height", "valign", "bgcolor"])
        .add_tag_attributes("tr", &["valign", "bgcolor"])
        .add_tag_attributes("font", &["color", "face", "size"])
        .filter_style_properties(HashSet::from(STYLES))
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "sms", "cid",
        ]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            (_, "style") => has_only_plain_styles(value).then_some(Cow::Borrowed(value)),
            ("img", "src") => is_scheme(value, &["https", "cid"]).then_some(Cow::Borrowed(value)),
            (_, "href") => (!is_scheme(value, &["cid"])).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    mail
});

/// Elements of a mail, and those within each other.
const MOST_ELEMENTS: usize = 10_000;
const DEEPEST: usize = 200;
/// Elements that an HTML parser opens again in every block, where they are not closed properly: their
/// number times that of all elements is what it may have to make.
const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
const MOST_FORMATTING: usize = 30;
/// Elements that have no end tag, or need none.
const NOT_CLOSED: [&str; 23] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "th", "tr", "track", "wbr",
];

/// The HTML as it may be sent.
///
/// # Errors
/// Why it is too much of it: a parser makes far more of some texts than they are long.
pub(super) fn sanitize(html: &str) -> Result<String, &'static str> {
    admit(html)?;
    Ok(MAIL.clean(html).to_string().trim().to_owned())
}

/// Reads the tags once, as far as they nest properly. A tag that closes another element than the last
/// one closes nothing here, so that what is open is never fewer than for a parser.
fn admit(html: &str) -> Result<(), &'static str> {
    let (mut open, mut formatting, mut elements) = (Vec::<String>::new(), 0_usize, 0_usize);
    for tag in html.split('<').skip(1) {
        let (closes, rest) = match tag.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() || NOT_CLOSED.contains(&name.as_str()) {
            elements += usize::from(!name.is_empty());
        } else if !closes {
            elements += 1;
            formatting += usize::from(FORMATTING.contains(&name.as_str()));
            open.push(name);
        } else if open.last() == Some(&name) {
            formatting -= usize::from(FORMATTING.contains(&name.as_str()));
            open.pop();
        }
        if elements > MOST_ELEMENTS {
            return Err("the HTML has too many elements");
        }
        if formatting > MOST_FORMATTING || open.len() > DEEPEST {
            return Err("the HTML has too many elements that are not closed");
        }
    }
    Ok(())
}

/// Values that load something are refused however they are spelled: no escapes, no at-rules.
fn has_only_plain_styles(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let loads = [
        "url",
        "image",
        "expression",
        "javascript",
        "behavior",
        "var(",
    ];
    !value.contains(['\\', '@', '<']) && !loads.iter().any(|word| value.contains(word))
}

fn is_scheme(address: &str, schemes: &[&str]) -> bool {
    let scheme = address.trim().split(':').next().unwrap_or_default();
    schemes
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::{admit, sanitize as sanitized};

    fn sanitize(html: &str) -> String {
        sanitized(html).unwrap()
    }

    #[test]
    fn what_a_mail_is_made_of_stays() {
        for html in [
            "<p style=\"color:#1f1d1a;margin-top:16px\">Hi <b>Ann</b>,<br>it is <em>here</em>.</p>",
            "<table width=\"600\" cellpadding=\"0\"><tbody><tr><td align=\"left\">a</td></tr></tbody></table>",
            "<ul><li>one</li></ul>",
            "<img src=\"https://acme.example/logo.png\" alt=\"Acme\" width=\"120\">",
            "<img src=\"cid:logo\">",
        ] {
            assert_eq!(sanitize(html), html);
        }
        let link = sanitize("<a href=\"https://acme.example/a?x=1&y=2\">Book</a>");
        assert_eq!(
            link,
            "<a href=\"https://acme.example/a?x=1&amp;y=2\" rel=\"noopener noreferrer\">Book</a>"
        );
        for address in [
            "mailto:ann@acme.example",
            "tel:+15125550100",
            "sms:+15125550100",
        ] {
            assert!(sanitize(&format!("<a href=\"{address}\">x</a>")).contains(address));
        }
    }

    #[test]
    fn what_runs_submits_loads_or_covers_is_taken_out() {
        for (html, left) in [
            ("<script>alert(1)</script>Hi", "Hi"),
            ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>Hi", "Hi"),
            ("<p onclick=\"alert(1)\" onmouseover=x>Hi</p>", "<p>Hi</p>"),
            ("<img src=x onerror=alert(1)>Hi", "<img>Hi"),
            ("<img src=\"http://evil.example/p.gif\">", "<img>"),
            (
                "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
                "<img>",
            ),
            ("<style>p{background:url(//evil.example)}</style>Hi", "Hi"),
            (
                "<link rel=stylesheet href=https://evil.example/x.css>Hi",
                "Hi",
            ),
            (
                "<meta http-equiv=refresh content=\"0;url=https://evil.example\">Hi",
                "Hi",
            ),
            ("<base href=https://evil.example/>Hi", "Hi"),
            ("<iframe src=https://evil.example></iframe>Hi", "Hi"),
            ("<svg><script>alert(1)</script></svg>Hi", "Hi"),
            ("<math><mtext><img src=x onerror=alert(1)></math>Hi", "Hi"),
            ("<object data=x></object><embed src=x>Hi", "Hi"),
            ("<video src=x autoplay></video>Hi", "Hi"),
            (
                "<p style=\"position:fixed;top:0;z-index:9;display:none\">Hi</p>",
                "<p style=\"\">Hi</p>",
            ),
            (
                "<p style=\"color:red;background:url(https://evil.example/x)\">Hi</p>",
                "<p>Hi</p>",
            ),
            (
                "<p style=\"background-color:u\\72l(https://evil.example/x)\">Hi</p>",
                "<p>Hi</p>",
            ),
            ("<!-- [if mso]><p>x</p><![endif] -->Hi", "Hi"),
            ("<p id=a class=b data-x=c>Hi</p>", "<p>Hi</p>"),
        ] {
            assert_eq!(sanitize(html), left, "{html}");
        }
        let form = "<form action=https://evil.example method=post>Password <input name=p><button formaction=https://evil.example>Go</button></form>";
        assert_eq!(sanitize(form), "Password Go");
    }

    #[test]
    fn a_link_leads_to_a_page_a_mail_or_a_phone() {
        for address in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "&#106;avascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>alert(1)</script>",
            "file:///etc/passwd",
            "cid:x",
            "/relative",
            "//evil.example",
        ] {
            let html = sanitize(&format!("<a href=\"{address}\">x</a>"));
            assert_eq!(html, "<a rel=\"noopener noreferrer\">x</a>", "{address}");
        }
    }

    #[test]
    fn html_of_which_a_parser_makes_far_more_is_refused() {
        let open: String = (0..500).map(|n| format!("<b title={n}>")).collect();
        let bomb = format!("<p>{open}{}", "<p>x".repeat(2_000));
        assert!(sanitized(&bomb).is_err());
        // An end tag in a cell closes nothing outside of it.
        let hidden: String = (0..500)
            .map(|n| format!("<b title={n}><table><tr><td></b></td></tr></table>"))
            .collect();
        assert!(sanitized(&format!("{hidden}{}", "<p>x".repeat(2_000))).is_err());
        assert!(sanitized(&"<div>".repeat(40_000)).is_err());
        assert!(sanitized(&"<br>".repeat(40_000)).is_err());
        // What people send: unclosed paragraphs and cells, and many links one after the other.
        let row = "<tr><td><p>One<td><a href=\"https://acme.example/\"><b>Book</b></a><br>";
        let mail = format!("<table>{}</table>", row.repeat(500));
        assert_eq!(admit(&mail), Ok(()));
        assert!(sanitize(&mail).len() < 3 * mail.len());
    }
}
