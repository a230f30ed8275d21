//! HTML in values: web forms and mails leave tags and references in what is meant as text.

use crate::entities::resolve_again;
use crate::lookup::breaks_line;
use std::borrow::Cow;

/// Elements of HTML that mails and forms use. Anything else between angle brackets is text.
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "code",
    "col",
    "colgroup",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "label",
    "li",
    "link",
    "main",
    "meta",
    "nobr",
    "o:p",
    "ol",
    "p",
    "pre",
    "s",
    "script",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "center",
    "wbr",
];

pub(crate) fn is_html(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// The text that a reader would see: references that were escaped twice resolved, tags of HTML
/// removed, a line for each block.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let resolved = resolve_again(text);
    if !resolved.contains('<') {
        return resolved;
    }
    Cow::Owned(without_tags(&resolved, is_html, |_| None))
}

/// Removes the tags whose lower-case name `is_tag` knows; `label` may put a text in their place.
pub(crate) fn without_tags(
    text: &str,
    is_tag: impl Fn(&str) -> bool,
    label: impl Fn(&str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut hidden: Option<&str> = None;
    while let Some((before, from)) = rest.split_once('<') {
        if hidden.is_none() {
            out.push_str(before);
        }
        let Some((name, closes, length)) = tag(from).filter(|(name, _, _)| is_tag(name)) else {
            if hidden.is_none() {
                out.push('<');
            }
            rest = from;
            continue;
        };
        rest = from.get(length..).unwrap_or_default();
        // Content that is never shown.
        match hidden {
            Some(open) if closes && open == name => hidden = None,
            None if !closes => {
                hidden = ["script", "style", "head"].into_iter().find(|h| *h == name)
            }
            _ => {}
        }
        if let Some(label) = label(&name).filter(|_| !closes) {
            out.push_str(&label);
        } else if breaks_line(&name) {
            out.push('\n');
        } else if name == "td" || name == "th" {
            out.push('\t');
        }
    }
    if hidden.is_none() {
        out.push_str(rest);
    }
    out
}

/// The name of the tag whose `<` stands before `text`, whether it closes, and its length.
fn tag(text: &str) -> Option<(String, bool, usize)> {
    let closes = text.starts_with('/');
    let name = text.get(usize::from(closes)..)?;
    let length = name
        .bytes()
        .take(64)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b":_-.".contains(byte))
        .count();
    let name = name.get(..length)?.to_ascii_lowercase();
    let after = text.as_bytes().get(usize::from(closes) + length)?;
    if name.is_empty() || !(after.is_ascii_whitespace() || b"/>".contains(after)) {
        return None;
    }
    // A `<` comes in no tag, so that the search for its end never passes the next one.
    let end = text.bytes().position(|byte| matches!(byte, b'<' | b'>'))?;
    if text.as_bytes().get(end) != Some(&b'>') {
        return None;
    }
    Some((name, closes, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_what_was_escaped_twice_are_text_again() {
        for (written, expected) in [
            ("Line one<br />Line two", "Line one\nLine two"),
            ("D&#39;Arcy", "D'Arcy"),
            ("a &amp;amp; b", "a & b"),
            ("&lt;p&gt;Hi&lt;/p&gt;", "\nHi\n"),
            ("under <50k & >200 hp", "under <50k & >200 hp"),
            ("<ann@example.com>", "<ann@example.com>"),
            ("&Eacute;cole &eacute;t&eacute; &hearts;", "École été ♥"),
            ("AT&T; R&D", "AT&T; R&D"),
            ("<b>bold</b> <span style=\"x\">word</span>", "bold word"),
            ("<style>p {}</style>text", "text"),
            ("a < b", "a < b"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }
}
