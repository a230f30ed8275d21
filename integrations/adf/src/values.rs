//! Numbers as people write them.

/// Hundredths of `$24,995.50`, `24.995,50`, `24995`, `USD 24 995`; nothing for a range or words.
pub(crate) fn money_minor(text: &str) -> Option<i64> {
    let text = text.trim();
    let symbols = |c: char| c.is_alphabetic() || c.is_whitespace() || "$€£¥".contains(c);
    let number = text
        .trim_matches(symbols)
        .replace([' ', '\u{a0}', '\''], "");
    let valid = number
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    if !valid || number.len() > 18 || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (whole, cents) = match number.rfind(['.', ',']) {
        // Two digits after the last mark are cents, three a group of thousands.
        Some(at) if number.len() - at <= 3 => (number.get(..at)?, number.get(at + 1..)?),
        _ => (number.as_str(), ""),
    };
    let whole: i64 = whole.replace(['.', ','], "").parse().ok()?;
    let cents: i64 = match cents.len() {
        0 => 0,
        1 => cents.parse::<i64>().ok()? * 10,
        _ => cents.parse().ok()?,
    };
    whole.checked_mul(100)?.checked_add(cents)
}

/// `USD` of `$`, and so on; nothing where the text names no currency.
pub(crate) fn currency_of(text: &str) -> Option<&'static str> {
    let signs = [('$', "USD"), ('€', "EUR"), ('£', "GBP"), ('¥', "JPY")];
    let found = signs.iter().find(|(sign, _)| text.contains(*sign));
    found.map(|(_, currency)| *currency)
}

/// A model year: `2024`, `'24`, `24`, `2024.0`.
pub(crate) fn model_year(text: &str) -> Option<i32> {
    let text = text.trim().trim_start_matches(['\'', '’', '‘', '`']);
    let text = text.strip_suffix(".0").unwrap_or(text);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i32 = text.parse().ok()?;
    match text.len() {
        4 => (1886..=2100).contains(&year).then_some(year),
        // Nobody asks a dealership for the car of a century ago by two digits.
        2 if year <= 40 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

/// `45,000` with units `mi` as `45000 mi`; words stay as they were.
pub(crate) fn odometer(text: &str, units: Option<&str>) -> String {
    let plain: String = text.chars().filter(|c| *c != ',').collect();
    match units {
        Some(units) if plain.bytes().all(|b| b.is_ascii_digit()) => format!("{plain} {units}"),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => plain,
        _ => text.to_owned(),
    }
}
