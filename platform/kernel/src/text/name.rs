//! Names of people as forms, phone systems and people write them.

use super::capitals::{capitalised, capitalised_words, is_capitals};
use super::company::is_company;
use super::filler::words;
use super::read::{PLACEHOLDER, Read, head};
use super::{folded, is_filler, normalized};

/// A person's name in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    pub title: Option<String>,
    pub first: Option<String>,
    pub middle: Option<String>,
    pub last: Option<String>,
    pub suffix: Option<String>,
    /// All of it as one would address an envelope, without the title.
    pub full: String,
    /// It is a company's, by its legal form, and has no parts.
    pub is_company: bool,
}

const NONE: &str = "is no name";
const COUPLE: &str = "names two people; the first one counts";
/// Bytes of a text in which a name is looked for.
const LONGEST: usize = 1_000;

pub(super) const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "rev",
    "hon",
    "sir",
    "madam",
    "capt",
    "sgt",
    "lt",
    "col",
    "maj",
    "herr",
    "frau",
    "sr",
    "sra",
    "srta",
    "señor",
    "señora",
    "señorita",
    "mme",
    "mlle",
    "monsieur",
    "madame",
];

pub(super) const SUFFIXES: &[&str] = &[
    "jr", "sr", "ii", "iii", "iv", "md", "phd", "esq", "dds", "dvm", "cpa", "rn", "2nd", "3rd",
    "4th", "jnr", "snr",
];

/// Parts of family names that stand before their main word.
pub(super) const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le",
    "las", "los", "bin", "ibn", "al", "el", "st", "saint", "ten", "ter", "zu", "zur", "vom",
];

/// Fillers that are family names too: they stay where the rest of the name is written alike.
const FAMILY_NAMES: &[&str] = &["null", "na", "no", "nada", "nan", "blank", "keiner"];

/// What phone systems and forms call somebody whom they do not know.
const NOBODY: &[&str] = &[
    "anonymous",
    "wireless caller",
    "cell phone",
    "private caller",
    "caller",
    "customer",
    "valued customer",
    "internet customer",
    "internet lead",
    "web lead",
    "new lead",
    "guest",
    "website visitor",
    "website user",
    "visitor",
    "facebook user",
    "first last",
    "first name",
    "last name",
    "firstname lastname",
    "first name last name",
    "your name",
    "full name",
    "test",
    "test test",
    "test lead",
    "test user",
    "test customer",
    "tester",
    "toll free caller",
    "private number",
    "restricted number",
    "cellular call",
    "potential spam",
    "spam risk",
    "customer name",
    "name",
    "asdf",
    "asdf asdf",
];

impl PersonName {
    /// Reads a whole name: `Dr. Jane van der Berg Jr.`, `DOE, JANE A.`, `John & Mary Smith`,
    /// `William "Bill" Smith`, `Cher`. Names all in capitals get the case of names. `null null`,
    /// `Unknown Caller` and the like are none; `Ann Null` is a name.
    pub fn read(full: &str) -> Read<Self> {
        let text = tidy(full);
        if text.is_empty() {
            return Read::nothing();
        }
        if is_nobody(&text) {
            return Read::fault(PLACEHOLDER);
        }
        if !text.chars().any(char::is_alphabetic) || text.contains('@') || text.contains("://") {
            return Read::fault(NONE);
        }
        if is_company(&text) {
            return Read::of(Self::company(text));
        }
        let text = capitalised(&text);
        let (text, couple) = first_of_couple(&text);
        let mut name = split(&text);
        name.drop_fillers();
        if name.first.is_none() && name.last.is_none() {
            return Read::fault(PLACEHOLDER);
        }
        name.settle_capitals();
        name.full = name.joined();
        match couple {
            true => Read::noted(name, COUPLE),
            false => Read::of(name),
        }
    }

    /// Reads a name that comes in parts. Fillers and titles go, a whole name that stands in one
    /// part is split, and `full` counts only where no part says anything.
    pub fn of_parts(
        first: Option<&str>,
        middle: Option<&str>,
        last: Option<&str>,
        suffix: Option<&str>,
        full: Option<&str>,
    ) -> Read<Self> {
        let part = |text: Option<&str>| text.map(tidy).filter(|text| !text.is_empty());
        let [first, middle, last, suffix] = [first, middle, last, suffix].map(part);
        let whole = |text: Option<&str>| text.map_or(Read::nothing(), Self::read);
        let joined = [&first, &last]
            .map(|part| part.as_deref().unwrap_or_default())
            .join(" ");
        let (first, last) = match (first, last) {
            (None, None) => return whole(full),
            _ if is_nobody(joined.trim()) => {
                let read = whole(full);
                return match read.value {
                    Some(_) => read,
                    None => Read::fault(PLACEHOLDER),
                };
            }
            // A form with one field for the name often fills both parts with all of it.
            (Some(first), None) => return Self::read(&first),
            (Some(first), Some(last)) if first == last && last.contains(' ') => {
                return Self::read(&first);
            }
            (first, last) => (first, last),
        };
        if is_company(&joined) {
            return Read::of(Self::company(joined));
        }
        let all_capitals = is_capitals(&joined);
        let style = |text: String| match all_capitals {
            true => capitalised_words(&text, false),
            false => text,
        };
        let mut name = Self {
            first: first.map(style),
            middle: middle.map(|middle| match all_capitals {
                true => capitalised_words(&middle, false),
                false => middle,
            }),
            last: last.map(|last| match all_capitals {
                true => capitalised_words(&last, true),
                false => last,
            }),
            suffix,
            ..Self::default()
        };
        name.take_title();
        name.take_suffix();
        name.drop_fillers();
        if name.first.is_none() && name.last.is_none() {
            return Read::fault(PLACEHOLDER);
        }
        name.settle_capitals();
        name.full = name.joined();
        Read::of(name)
    }

    fn company(full: String) -> Self {
        Self {
            full,
            is_company: true,
            ..Self::default()
        }
    }

    fn joined(&self) -> String {
        let parts = [&self.first, &self.middle, &self.last, &self.suffix];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }

    /// `Jean DUPONT`: many write the family name in capitals to show which one it is.
    fn settle_capitals(&mut self) {
        let given = self
            .first
            .as_deref()
            .is_some_and(|first| first.contains(char::is_lowercase));
        if let Some(last) = self.last.as_mut().filter(|last| given && is_capitals(last)) {
            *last = capitalised_words(last, true);
        }
    }

    /// `Dr. Jane` in the part of the given name.
    fn take_title(&mut self) {
        if let Some((title, rest)) = self.first.as_deref().and_then(|f| f.split_once(' '))
            && is_one_of(title, TITLES)
        {
            let (title, rest) = (title.to_owned(), rest.to_owned());
            self.title = Some(title);
            self.first = Some(rest);
        }
    }

    /// `Doe, Jr.` in the part of the family name.
    fn take_suffix(&mut self) {
        let Some((rest, suffix)) = self.last.as_deref().and_then(|l| l.rsplit_once(' ')) else {
            return;
        };
        if self.suffix.is_none() && is_one_of(suffix, SUFFIXES) {
            let rest = rest.trim_end_matches([',', ' ']).to_owned();
            self.suffix = Some(suffix.to_owned());
            self.last = Some(rest);
        }
    }

    fn drop_fillers(&mut self) {
        let others = |a: &Option<String>, b: &Option<String>| {
            let parts = [a, b].map(|part| part.as_deref().unwrap_or_default());
            parts.join(" ").trim().to_owned()
        };
        let beside_last = others(&self.first, &self.middle);
        let beside_first = others(&self.middle, &self.last);
        let drop = |part: &mut Option<String>, beside: &str| {
            if part
                .as_deref()
                .is_some_and(|part| !is_name_beside(part, beside))
            {
                *part = None;
            }
        };
        drop(&mut self.last, &beside_last);
        drop(&mut self.first, &beside_first);
        drop(&mut self.middle, "");
        drop(&mut self.suffix, "");
    }
}

/// Whether a part is a name, given what stands beside it: `Null` in `Ann Null` is one, `null` in
/// `Ann null` and in `null null` is none.
fn is_name_beside(part: &str, beside: &str) -> bool {
    if !is_filler(part) && part != "." {
        return true;
    }
    let known = FAMILY_NAMES.contains(&folded(part).as_str()) && !part.contains(['/', '.']);
    known && !beside.is_empty() && !is_filler(beside) && case_of(part) == case_of(beside)
}

#[derive(PartialEq)]
enum Case {
    Lower,
    Upper,
    Title,
}

fn case_of(text: &str) -> Case {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    if letters.clone().all(char::is_uppercase) {
        return Case::Upper;
    }
    match letters.next().is_some_and(char::is_uppercase) {
        true => Case::Title,
        false => Case::Lower,
    }
}

fn is_nobody(text: &str) -> bool {
    is_filler(text) || (text.len() < 60 && NOBODY.contains(&words(text).join(" ").as_str()))
}

/// One line without what surrounds a name: quotes, a stop, a nickname in brackets.
fn tidy(text: &str) -> String {
    let text = normalized(head(text, LONGEST));
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    // `Ms.Jane Doe`
    let apart = |word: &'_ str| match word.split_once('.') {
        Some((title, rest))
            if is_one_of(title, TITLES) && rest.starts_with(char::is_alphabetic) =>
        {
            format!("{title}. {rest}")
        }
        _ => word.to_owned(),
    };
    let text = words.map(apart).collect::<Vec<_>>().join(" ");
    let text = text.trim_matches(|c: char| "\"“”„«»;:,*".contains(c) || c == ' ');
    let without = without_nickname(text);
    if without.is_empty() {
        text.trim_matches(['(', ')', '<', '>']).to_owned()
    } else {
        without
    }
}

/// `William "Bill" Smith`, `Jane (Janie) Doe`, `Jane Doe <jane@example.com>`.
fn without_nickname(text: &str) -> String {
    let mut kept = String::new();
    let mut closes: Option<char> = None;
    for c in text.chars() {
        match (closes, c) {
            (Some(close), c) if c == close => closes = None,
            (Some(_), _) => {}
            (None, '(') => closes = Some(')'),
            (None, '<') => closes = Some('>'),
            (None, '"') => closes = Some('"'),
            (None, '“') => closes = Some('”'),
            (None, c) => kept.push(c),
        }
    }
    // A bracket that is never closed surrounds nothing.
    let kept = if closes.is_some() { text } else { &kept };
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn is_one_of(word: &str, known: &[&str]) -> bool {
    let word: String = word.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    known.contains(&word.to_lowercase().as_str())
}

/// Of `John & Mary Smith`, `John and Mary Smith`, `John Smith / Mary Jones` the first, with the
/// name that both share where they have no other.
fn first_of_couple(text: &str) -> (String, bool) {
    let words: Vec<&str> = text.split(' ').collect();
    let joint = |word: &&str| {
        ["&", "+", "y", "und", "et", "/"].contains(word) || word.eq_ignore_ascii_case("and")
    };
    let Some(at) = words.iter().position(joint) else {
        // `John/Mary Smith`
        let Some((one, other)) = text.split_once(['/', '&']) else {
            return (text.to_owned(), false);
        };
        // `N/A` and `c/o` are no couples.
        let word = |word: Option<&str>| word.is_some_and(|word| word.chars().count() > 1);
        if !word(one.split(' ').next_back()) || !word(other.split(' ').next()) {
            return (text.to_owned(), false);
        }
        return first_of_couple(&format!("{} & {}", one.trim(), other.trim()));
    };
    let (before, after) = (
        words.get(..at).unwrap_or_default(),
        words.get(at + 1..).unwrap_or_default(),
    );
    let titles = before.iter().all(|word| is_one_of(word, TITLES));
    if before.is_empty() || after.is_empty() {
        let kept: Vec<&str> = words.iter().copied().filter(|word| !joint(word)).collect();
        return (kept.join(" "), false);
    }
    if titles {
        // `Mr. and Mrs. John Smith`
        let rest = after.iter().skip_while(|word| is_one_of(word, TITLES));
        let first = before.iter().take(1);
        return (
            first.chain(rest).copied().collect::<Vec<_>>().join(" "),
            true,
        );
    }
    let named: Vec<&str> = before
        .iter()
        .copied()
        .filter(|w| !is_one_of(w, TITLES))
        .collect();
    if named.len() > 1 || after.len() < 2 {
        return (before.join(" "), true);
    }
    let shared = family_of(after);
    (format!("{} {shared}", before.join(" ")), true)
}

/// The family name at the end of a name's words, with its particles and suffix.
fn family_of(words: &[&str]) -> String {
    let mut name = split(&words.join(" "));
    let last = name.last.take().unwrap_or_default();
    match name.suffix {
        Some(suffix) => format!("{last} {suffix}"),
        None => last,
    }
}

fn split(full: &str) -> PersonName {
    let mut name = PersonName::default();
    let (given, family) = match full.split_once(',') {
        Some((family, given)) if !given.trim().is_empty() && !is_suffixes(given) => {
            (given.replace(',', " "), Some(family.trim().to_owned()))
        }
        _ => (full.replace(',', " "), None),
    };
    let mut words: Vec<&str> = given.split_whitespace().collect();
    drop_signs(&mut words);
    while words.len() > 1 && words.first().is_some_and(|word| is_one_of(word, TITLES)) {
        let title = words.remove(0);
        name.title.get_or_insert_with(|| title.to_owned());
    }
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| is_one_of(word, SUFFIXES) || (*word == "V" && words.len() > 2))
    {
        let suffix = words.pop().unwrap_or_default();
        name.suffix = Some(match name.suffix.take() {
            Some(known) => format!("{suffix} {known}"),
            None => suffix.to_owned(),
        });
    }
    name.last = family.filter(|family| !family.is_empty());
    name.take_suffix();
    if words.is_empty() {
        return name;
    }
    // `Mr. Smith` is called by the family name.
    if name.title.is_some() && words.len() == 1 && name.last.is_none() {
        name.last = Some(words.remove(0).to_owned());
        return name;
    }
    name.first = Some(words.remove(0).to_owned());
    if name.last.is_none() && !words.is_empty() {
        let particle = words.iter().position(|word| is_one_of(word, PARTICLES));
        let from = particle.filter(|at| at + 1 < words.len());
        let last = words.split_off(from.unwrap_or(words.len() - 1));
        name.last = Some(last.join(" "));
    }
    if !words.is_empty() {
        name.middle = Some(words.join(" "));
    }
    name
}

/// Takes away what is no part of a name, where anything else is left: dashes, pictures, a phone
/// number.
fn drop_signs(words: &mut Vec<&str>) {
    const FEWEST_DIGITS: usize = 7;
    let is_part = |word: &&str| -> bool {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.chars().any(char::is_alphabetic) || (1..FEWEST_DIGITS).contains(&digits)
    };
    if words.iter().any(is_part) {
        words.retain(is_part);
    }
}

fn is_suffixes(text: &str) -> bool {
    text.split([' ', ','])
        .filter(|word| !word.is_empty())
        .all(|word| is_one_of(word, SUFFIXES))
}
