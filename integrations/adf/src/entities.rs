//! References in text: XML's five (XML 1.0 §4.6), numeric ones, and HTML's names, which mails and
//! web forms leave. None of a document's own: those are never read.

use std::borrow::Cow;

/// No name and no number of a reference is longer.
const LONGEST: usize = 32;

/// Reads the reference at the start of `text` (which begins with `&`): the characters and the
/// length in bytes, or nothing if it is only an ampersand.
pub(crate) fn reference(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = body.get(..end)?;
    let length = end + 2;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // A reference to a character that XML does not have becomes the mark for one.
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        return Some((character.to_string().into(), length));
    }
    named(name)
        .or_else(|| named(&name.to_ascii_lowercase()))
        .map(|characters| (characters.into(), length))
}

fn named(name: &str) -> Option<String> {
    if name == "nbsp" {
        return Some(" ".to_owned());
    }
    let written = format!("&{name};");
    let read = html_escape::decode_html_entities(&written);
    (read != written).then(|| read.into_owned())
}

/// The text with its references resolved, once.
pub(crate) fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        resolved.push_str(before);
        let (characters, length) = reference(tail).unwrap_or(("&".into(), 1));
        resolved.push_str(&characters);
        rest = tail.get(length..).unwrap_or_default();
    }
    resolved.push_str(rest);
    resolved
}

/// The text with references resolved that were escaped again on the way: `D&amp;#39;Arcy` reaches
/// us as `D&#39;Arcy`.
pub(crate) fn resolve_again(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..2 {
        if !(text.contains('&') && text.contains(';')) {
            break;
        }
        let resolved = resolve(&text);
        if resolved == text {
            break;
        }
        text = Cow::Owned(resolved);
    }
    text
}
