//! Names that are written in capitals get the case of names.

use super::name::{PARTICLES, SUFFIXES, TITLES, is_one_of};

/// Whether a name is written in capitals throughout. Initials are, and stay so.
pub(super) fn is_capitals(text: &str) -> bool {
    let cased = text
        .chars()
        .filter(|c| c.is_lowercase() || c.is_uppercase());
    let longest = text
        .split([' ', '-', '\''])
        .map(|w| w.chars().count())
        .max();
    cased.clone().count() > 2 && cased.clone().all(char::is_uppercase) && longest > Some(2)
}

pub(super) fn capitalised(text: &str) -> String {
    let words = text.split(' ');
    let own: Vec<&str> = words
        .filter(|word| !is_one_of(word, TITLES) && !is_one_of(word, SUFFIXES))
        .collect();
    if is_capitals(&own.join(" ")) {
        capitalised_words(text, false)
    } else {
        text.to_owned()
    }
}

/// `JANE VAN DER BERG-O'NEIL III` as `Jane van der Berg-O'Neil III`.
pub(super) fn capitalised_words(text: &str, is_family: bool) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let count = words.len();
    let comma = text.contains(',');
    let word = |(index, word): (usize, &&str)| {
        let bare = word.trim_end_matches([',', '.']);
        let leads = index == 0 && !is_family && !comma;
        let initials = ["II", "III", "IV", "MD", "DDS", "DVM", "CPA", "RN"].contains(&bare);
        if initials || bare.len() < 2 {
            (*word).to_owned()
        } else if bare == "PHD" {
            word.replace("PHD", "PhD")
        } else if is_one_of(bare, PARTICLES)
            && !leads
            && index + 1 < count
            && !bare.starts_with("ST")
            && bare != "SAINT"
        {
            word.to_lowercase()
        } else {
            title_case(word)
        }
    };
    words
        .iter()
        .enumerate()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

fn title_case(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut part = String::new();
    for c in word.chars() {
        // `O'Neil`, `McDonald`, and what follows a hyphen or a stop.
        let starts = part.is_empty()
            || part == "Mc"
            || (part.ends_with(['\'', '’']) && part.chars().count() <= 2);
        if starts {
            part.push(c);
        } else {
            part.extend(c.to_lowercase());
        }
        if matches!(c, '-' | '.') {
            out.push_str(&std::mem::take(&mut part));
        }
    }
    out.push_str(&part);
    out
}
