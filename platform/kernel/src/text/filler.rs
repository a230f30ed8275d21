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
    // What stands for nothing is short, also where it stands there twice.
    if text.len() > 240 || text.chars().count() > 60 {
        return false;
    }
    let text = text.trim();
    if SPREADSHEET.contains(&text) || is_unfilled(text) {
        return true;
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    is_all_fillers(&words, text.contains(['/', '.']))
}

/// Whether the words are fillers from the first to the last: `Not specified`, `null null`,
/// `no email no phone`, and `N/A`, `n. a.` where there are strokes or stops.
fn is_all_fillers(words: &[&str], abbreviated: bool) -> bool {
    const MOST_WORDS: usize = 5;
    // Whether the fillers can end before the word of this number.
    let mut ends = vec![true];
    for end in 1..=words.len() {
        let starts = end.saturating_sub(MOST_WORDS)..end;
        let open = |start: &usize| ends.get(*start) == Some(&true);
        let mut parts = starts
            .filter(open)
            .filter_map(|start| words.get(start..end));
        let found = parts.any(|part| is_one_filler(part, abbreviated));
        ends.push(found);
    }
    ends.last() == Some(&true)
}

fn is_one_filler(words: &[&str], abbreviated: bool) -> bool {
    if let [word] = words {
        return is_word(word);
    }
    PHRASES.contains(&words.join(" ").as_str())
        || (abbreviated && ABBREVIATIONS.contains(&words.concat().as_str()))
}

/// Whether a text is nothing but fields of a template that nobody filled: `{{first_name}}`,
/// `${name} ${phone}`, `%EMAIL%`.
fn is_unfilled(text: &str) -> bool {
    const MARKS: &[(&str, &str)] = &[
        ("{{", "}}"),
        ("${", "}"),
        ("[[", "]]"),
        ("<%", "%>"),
        ("%%", "%%"),
        ("{", "}"),
        ("%", "%"),
    ];
    let is_name = |inside: &str, mark: &str| {
        let spaced = inside.contains(char::is_whitespace) && mark == "%";
        let sign = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.-|=()$:".contains(c);
        !spaced && inside.chars().all(sign) && inside.chars().any(char::is_alphabetic)
    };
    let mut rest = text;
    let mut found = false;
    while let Some(c) = rest.chars().next() {
        let mark = MARKS.iter().find(|(open, _)| rest.starts_with(open));
        let Some((open, close)) = mark else {
            if c.is_alphanumeric() {
                return false;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        let inside = rest.get(open.len()..).unwrap_or_default();
        let Some((name, after)) = inside.split_once(close) else {
            return false;
        };
        if !is_name(name, open) {
            return false;
        }
        (found, rest) = (true, after);
    }
    found
}

/// Whether a word is one of the fillers of several words written as one: `notprovided`.
pub(super) fn is_phrase_in_one(word: &str) -> bool {
    let letters = |phrase: &&&str| phrase.bytes().filter(|byte| *byte != b' ').eq(word.bytes());
    PHRASES.iter().any(|phrase| letters(&phrase))
}

/// The letters and digits of a text in words, folded.
pub(super) fn words(text: &str) -> Vec<String> {
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

/// `Any`, `Select a make`, `todos los modelos`, `not sure`: no choice was made.
fn is_any(text: &str) -> bool {
    const ANY: &[&str] = &[
        "no preference",
        "other",
        "not sure",
        "unsure",
        "undecided",
        "dont know",
        "dont care",
        "other not listed",
        "no trim",
        "no model",
        "no lo se",
        "indeciso",
        "otro",
        "autre",
        "egal",
        "weiss nicht",
        "bitte wahlen",
    ];
    const CHOOSE: &[&str] = &[
        "any",
        "all",
        "every",
        "select",
        "choose",
        "pick",
        "cualquier",
        "cualquiera",
        "todos",
        "todas",
        "seleccione",
        "elija",
        "tous",
        "toutes",
        "choisir",
        "alle",
    ];
    const CHOICE: &[&str] = &[
        "a", "an", "your", "the", "one", "make", "makes", "model", "models", "trim", "trims",
        "color", "colors", "colour", "colours", "year", "years", "vehicle", "vehicles", "body",
        "style", "type", "un", "una", "los", "las", "marca", "marcas", "modelo", "modelos", "ano",
        "version", "les", "marques", "modeles", "marken", "modelle",
    ];
    let words = words(text);
    let chooses = words.split_first().is_some_and(|(first, rest)| {
        CHOOSE.contains(&first.as_str()) && rest.iter().all(|word| CHOICE.contains(&word.as_str()))
    });
    chooses || ANY.contains(&words.join(" ").as_str())
}

/// What spreadsheets and exports write into the cell of a value that they do not have.
const SPREADSHEET: &[&str] = &[
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "\\N",
];

/// Fillers only with a stroke or stops: the letters alone are names and models.
const ABBREVIATIONS: &[&str] = &["na", "nd", "ka", "nv", "nvt", "so", "sn", "sd", "ns"];

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
    "ohne",
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
    "not avail",
    "not provided by customer",
    "did not provide",
    "customer did not provide",
    "information not available",
    "data not available",
    "no info",
    "no information",
    "no value given",
    "no answer given",
    "no email given",
    "no phone given",
    "object object",
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
    "sin informacion",
    "sin numero",
    "no hay",
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
    "pas precise",
    "pas disponible",
    "pas de courriel",
    "pas d email",
    "pas de mail",
    "pas d e mail",
    "sans email",
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
