//! Companies that stand where a person's name belongs.

/// Legal forms at the end of a company's name, and words that only companies end with.
const LEGAL_FORMS: &[&str] = &[
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "ltd",
    "limited",
    "llp",
    "pllc",
    "plc",
    "gmbh",
    "mbh",
    "ohg",
    "ug",
    "sarl",
    "eurl",
    "srl",
    "bv",
    "nv",
    "pty",
    "company",
];

/// Legal forms that are names of people too, unless they stand in capitals or with stops.
const SHORT_FORMS: &[&str] = &["ag", "kg", "sa", "sas", "sl", "ab", "lp", "co", "spa"];

/// Whether a name ends with a company's legal form: `Acme, LLC`, `Transportes del Norte S.A. de
/// C.V.`, `Volkswagen AG`.
pub(super) fn is_company(text: &str) -> bool {
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let [first, .., last] = words.as_slice() else {
        return false;
    };
    let letters = |text: &str| text.to_lowercase().replace(['.', ',', ' '], "");
    let form = letters(last);
    let stops = last.matches('.').count() > 1 || text.contains("& Co");
    let capitals = last.chars().all(char::is_uppercase) && first.contains(char::is_lowercase);
    // `Corp, Jane` begins with it.
    let beside_comma = text
        .split(',')
        .next()
        .is_some_and(|family| family.trim() == *last);
    !beside_comma
        && (LEGAL_FORMS.contains(&form.as_str())
            || (SHORT_FORMS.contains(&form.as_str()) && (stops || capitals))
            || letters(text).ends_with("sadecv")
            || letters(text).ends_with("rldecv"))
}
