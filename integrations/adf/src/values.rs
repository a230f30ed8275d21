/// `45,000` with units `mi` as `45000 mi`; words stay as they were.
pub(crate) fn odometer(text: &str, units: Option<&str>) -> String {
    let text = text.strip_suffix(".0").unwrap_or(text);
    // `45.000` and `45 000` group thousands, `45.5` does not.
    let grouped = |mark: char| text.split(mark).skip(1).all(|group| group.len() == 3);
    let marks = [',', '.', ' '];
    let plain: String = match marks.iter().find(|mark| text.contains(**mark)) {
        Some(mark) if *mark == ',' || grouped(*mark) => text.replace(*mark, ""),
        _ => text.to_owned(),
    };
    match units {
        Some(units) if plain.bytes().all(|b| b.is_ascii_digit()) => format!("{plain} {units}"),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => plain,
        _ => text.to_owned(),
    }
}
