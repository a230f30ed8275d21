//! One Unicode form for every text that enters, and the folded form that search compares.

use super::is_deceptive;
use serde_json::Value;
use std::borrow::Cow;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The text in NFC without characters that show nothing or turn the direction of the text. The
/// joiners that emoji and some scripts need stay. Call it once for every text that enters.
pub fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || (is_nfc(text) && !text.chars().any(is_deceptive)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_deceptive(*c)).nfc().collect())
}

/// Applies [`normalized`] to every text of a JSON value, names of members included.
pub fn normalize_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(normal) = normalized(text) {
                *text = normal;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize_json),
        Value::Object(members) => {
            members.values_mut().for_each(normalize_json);
            if members.keys().any(|name| !name.is_ascii()) {
                let old = std::mem::take(members);
                members.extend(
                    old.into_iter()
                        .map(|(name, member)| (normalized(&name).into_owned(), member)),
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text in NFC, with every character that it has.
pub fn nfc(text: String) -> String {
    if text.is_ascii() || is_nfc(&text) {
        return text;
    }
    text.nfc().collect()
}

/// NFKC (RFC 8265 §4.2.2 asks for a compatibility-safe form of passwords): the keyboards of two
/// systems give the same bytes for the same password. Invisible characters stay, they count.
pub fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

/// The form under which search compares texts: without case, accents, apostrophes and quotes;
/// hyphens and dashes are spaces; letters that Unicode does not decompose (`ß`, `æ`, `ø`, `ł`)
/// are written out. `José`, `JOSE` and `jose` are one, so are `O'Neil` and `O’Neil`.
/// Fold both the stored text and what is looked for.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let letters = text
        .nfkd()
        .filter(|c| !is_accent(*c) && !is_deceptive(*c))
        .flat_map(char::to_lowercase);
    for c in letters {
        match c {
            '\'' | '’' | '‘' | '‛' | '`' | '´' | 'ʼ' | 'ʻ' | 'ʹ' | '′' | '＇' | '"' | '“' | '”'
            | '„' | '‟' | '«' | '»' | '″' => {}
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ŋ' => out.push('n'),
            'ς' => out.push('σ'),
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '_' => space(&mut out),
            c if c.is_whitespace() || c.is_control() => space(&mut out),
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    // Hangul and kana compose again: their parts are letters, no accents.
    out.nfc().collect()
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Marks above, below and through Latin, Greek and Cyrillic letters, and Hebrew and Arabic
/// points. The marks of other scripts are letters of theirs.
fn is_accent(c: char) -> bool {
    let class = canonical_combining_class(c);
    class >= 200 || class == 1 || (10..=35).contains(&class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_has_one_form_whatever_keyboard_it_comes_from() {
        assert_eq!(normalized("Jose\u{301}"), "José");
        assert_eq!(normalized("\u{202e}Ann\u{200b} Lee\u{feff}"), "Ann Lee");
        assert_eq!(normalized("👩\u{200d}🔧"), "👩\u{200d}🔧");
        assert!(matches!(normalized("plain"), Cow::Borrowed(_)));
        let mut value = json!({"nom\u{301}": ["e\u{301}", {"a": "\u{200b}"}], "n": 1});
        normalize_json(&mut value);
        assert_eq!(value, json!({"noḿ": ["é", {"a": ""}], "n": 1}));
    }

    #[test]
    fn passwords_take_one_compatible_form() {
        assert_eq!(nfkc("ｐａｓｓ①"), "pass1");
        assert_eq!(nfkc("e\u{301}"), nfkc("é"));
    }

    #[test]
    fn spellings_of_one_name_fold_to_one_text() {
        for (a, b) in [
            ("José", "JOSE"),
            ("Jose\u{301}", "jose"),
            ("O'Neil", "O’Neil"),
            ("D‘Arcy", "darcy"),
            ("Groß", "GROSS"),
            ("Sørensen", "sorensen"),
            ("Æther", "aether"),
            ("Łukasz", "lukasz"),
            ("Ann‑Marie", "ann marie"),
            ("  Ann   Lee ", "ann lee"),
            ("İstanbul", "istanbul"),
            ("Nguyễn Đức", "nguyen duc"),
            ("ΣΊΣΥΦΟΣ", "σισυφος"),
            ("Ｆｏｒｄ", "ford"),
            ("Škoda", "skoda"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        for text in ["が", "한국", "कि"] {
            assert_eq!(folded(text), text);
        }
        assert_ne!(folded("が"), folded("か"));
    }
}
