//! References in text: XML's five (XML 1.0 §4.6), numeric ones, and those that HTML habits leave.

/// Names that HTML knows and mails carry; anything else that looks like a reference is text.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
    ("bull", '•'),
    ("euro", '€'),
    ("pound", '£'),
    ("cent", '¢'),
    ("yen", '¥'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("aacute", 'á'),
    ("agrave", 'à'),
    ("acirc", 'â'),
    ("auml", 'ä'),
    ("aring", 'å'),
    ("ccedil", 'ç'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("iacute", 'í'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ouml", 'ö'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
];

/// No name and no number of a reference is longer.
const LONGEST: usize = 10;

/// Reads the reference at the start of `text` (which begins with `&`): the character and the
/// length in bytes, or nothing if it is only an ampersand.
pub(crate) fn reference(text: &str) -> Option<(char, usize)> {
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
        return Some((
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            length,
        ));
    }
    let named = |wanted: &str| NAMED.iter().find(|(known, _)| *known == wanted);
    let found = named(name).or_else(|| named(&name.to_ascii_lowercase()))?;
    Some((found.1, length))
}

/// The text with its references resolved, once.
pub(crate) fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        resolved.push_str(before);
        let (character, length) = reference(tail).unwrap_or(('&', 1));
        resolved.push(character);
        rest = tail.get(length..).unwrap_or_default();
    }
    resolved.push_str(rest);
    resolved
}
