//! What forms, exports and people write where they have no value. A filler is no data: it is
//! removed before identity, duplicates and templates see it.

use super::folded;

/// What a value is for, which decides what cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Free text: only a text that is nothing but a filler is none.
    Text,
    /// A make, model, trim, colour and the like; "any" says as little as "unknown".
    Word,
    /// An id, a stock number, a postal code: nought is none.
    Code,
}

/// The text trimmed, unless it is a filler.
pub fn data(text: &str, is_for: Use) -> Option<&str> {
    let text = text.trim();
    let filler = match is_for {
        Use::Text => is_filler(text),
        Use::Word => is_filler(text) || is_any(text),
        Use::Code => is_filler(text) || is_nought(text),
    };
    (!filler).then_some(text)
}

/// Whether a text says that there is no value: `N/A`, `null null`, `--`, `Not specified`,
/// `no especificado`, `xxx`. Case, spaces and punctuation do not matter.
pub fn is_filler(text: &str) -> bool {
    // The longest of them has three words.
    if text.chars().count() > 60 {
        return false;
    }
    let words = words(text);
    match words.as_slice() {
        [] => true,
        [one] => is_word(one),
        several => {
            let phrase = several.join(" ");
            PHRASES.contains(&phrase.as_str())
                // `N/A`, `n. a.`
                || (text.contains(['/', '.']) && ABBREVIATIONS.contains(&several.concat().as_str()))
                || several.iter().all(|word| is_word(word))
        }
    }
}

/// The letters and digits of a text in words, folded.
fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_word(word: &str) -> bool {
    WORDS.contains(&word) || is_crossed_out(word)
}

/// `xx`, `xxx`, `XXXXXXXX`.
fn is_crossed_out(word: &str) -> bool {
    word.len() >= 3 && word.bytes().all(|byte| byte == b'x')
}

fn is_nought(text: &str) -> bool {
    let mut digits = text.chars().filter(|c| c.is_alphanumeric()).peekable();
    digits.peek().is_some() && digits.all(|c| c == '0')
}

fn is_any(text: &str) -> bool {
    const ANY: &[&str] = &[
        "any",
        "all",
        "any make",
        "any model",
        "any trim",
        "any color",
        "any colour",
        "any year",
        "all makes",
        "all models",
        "all trims",
        "no preference",
        "other",
        "select",
        "choose",
        "cualquiera",
        "todos",
        "otro",
        "tous",
        "autre",
        "egal",
        "alle",
    ];
    let folded = folded(text);
    ANY.contains(&folded.as_str())
}

/// Fillers only with a stroke or stops: the letters alone are names and models.
const ABBREVIATIONS: &[&str] = &["na", "nana", "nd", "ka", "nv", "so"];

const WORDS: &[&str] = &[
    "na",
    "null",
    "nil",
    "none",
    "nan",
    "nada",
    "undefined",
    "unknown",
    "unspecified",
    "unavailable",
    "undisclosed",
    "tbd",
    "tba",
    "notspecified",
    "notprovided",
    "notavailable",
    "notapplicable",
    "noemail",
    "nophone",
    "noname",
    "declined",
    "refused",
    "empty",
    "blank",
    "desconocido",
    "desconocida",
    "ninguno",
    "ninguna",
    "inconnu",
    "inconnue",
    "aucun",
    "aucune",
    "neant",
    "unbekannt",
    "keine",
    "keiner",
];

const PHRASES: &[&str] = &[
    "not specified",
    "not provided",
    "not available",
    "not applicable",
    "not given",
    "not known",
    "not disclosed",
    "not set",
    "not entered",
    "not selected",
    "not supplied",
    "not listed",
    "not stated",
    "none given",
    "none provided",
    "none specified",
    "none selected",
    "none entered",
    "no data",
    "no value",
    "no answer",
    "no response",
    "no entry",
    "no input",
    "no selection",
    "no email",
    "no e mail",
    "no mail",
    "no phone",
    "no number",
    "no name",
    "no name given",
    "no name provided",
    "name not provided",
    "email not provided",
    "no email provided",
    "no email address",
    "no phone provided",
    "phone not provided",
    "no comment",
    "no comments",
    "no stock",
    "no stock number",
    "no vin",
    "to be determined",
    "to be announced",
    "please select",
    "please choose",
    "select one",
    "choose one",
    "unknown caller",
    "unknown name",
    "unknown customer",
    "unknown unknown",
    "declined to answer",
    "declined to provide",
    "customer declined",
    "prefer not to say",
    "sin especificar",
    "no especificado",
    "no especificada",
    "no disponible",
    "no aplica",
    "no aplicable",
    "no proporcionado",
    "no indicado",
    "no tiene",
    "sin correo",
    "sin email",
    "sin telefono",
    "sin nombre",
    "sin datos",
    "sin comentarios",
    "non specifie",
    "non specifiee",
    "non precise",
    "non precisee",
    "non disponible",
    "non applicable",
    "non renseigne",
    "non renseignee",
    "non fourni",
    "pas specifie",
    "pas disponible",
    "pas de courriel",
    "pas d email",
    "sans objet",
    "sans courriel",
    "sans nom",
    "aucun commentaire",
    "keine angabe",
    "keine angaben",
    "keine e mail",
    "keine email",
    "kein name",
    "nicht angegeben",
    "nicht verfugbar",
    "nicht bekannt",
    "nicht zutreffend",
    "ohne angabe",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_nothing_is_no_data() {
        for text in [
            "",
            " ",
            "-",
            "--",
            ".",
            "...",
            "?",
            "***",
            "N/A",
            "n/a",
            "NA",
            "n.a.",
            "N / A",
            "#N/A",
            "null",
            "NULL",
            "(null)",
            "null null",
            "Null",
            "none",
            "None.",
            "[none]",
            "nil",
            "NaN",
            "Not specified",
            "NOT SPECIFIED",
            "not-specified",
            "not_specified",
            "Unknown",
            "unknown unknown",
            "undefined",
            "undefined undefined",
            "xxx",
            "XXXXXXXX",
            "TBD",
            "tba",
            "no especificado",
            "No Especificada",
            "non spécifié",
            "NON SPE\u{301}CIFIE\u{301}",
            "sin correo",
            "keine Angabe",
            "k.A.",
            "n/d",
            "s/o",
            "Not\u{a0}Provided",
            "<none>",
            "\u{200b}",
            "N/A N/A",
            "none none",
            "\"null\"",
        ] {
            assert_eq!(data(text, Use::Text), None, "{text:?}");
        }
    }

    #[test]
    fn real_data_is_not_eaten() {
        for text in [
            "Ann Null",
            "Null Island Motors",
            "No",
            "Na Li",
            "None of these",
            "Nomad",
            "Unknown Mortal Orchestra",
            "Nada Surf",
            "X",
            "XX",
            "X5",
            "XXL",
            "X-Trail",
            "0",
            "Not sure yet",
            "no",
            "Call me, no email please",
            "N",
            "A",
            "Tbilisi",
            "Declan",
            "No trade, just looking",
            "-5",
            "NAS",
            "Nissan",
            "So",
            "K A R E N",
            "Kia",
            "1",
            "Ka",
            "ND",
        ] {
            assert_eq!(data(text, Use::Text), Some(text), "{text:?}");
        }
    }

    #[test]
    fn nought_is_no_code_and_any_is_no_model() {
        for text in ["0", "00000", "0-0", "0.0", "N/A"] {
            assert_eq!(data(text, Use::Code), None, "{text}");
        }
        for text in ["10", "P0", "00501", "A0000"] {
            assert_eq!(data(text, Use::Code), Some(text), "{text}");
        }
        for text in ["Any", "ANY MODEL", "Other", "No preference", "select"] {
            assert_eq!(data(text, Use::Word), None, "{text}");
        }
        for text in ["Allroad", "Anyang", "All-Road", "Selecta", "None-Such"] {
            assert_eq!(data(text, Use::Word), Some(text), "{text}");
        }
    }
}
