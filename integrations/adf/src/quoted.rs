//! Mails that were forwarded as quotations: every line of the document begins with `> `.

use std::borrow::Cow;

/// How often a mail may have been quoted.
const DEEPEST: usize = 5;

/// The text without the marks of quotation, where the line in which a document begins has one.
pub(crate) fn unquoted(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..DEEPEST {
        if !is_quoted(&text) {
            break;
        }
        let lines = text
            .split('\n')
            .map(|line| match line.trim_start().strip_prefix('>') {
                Some(rest) => rest.strip_prefix(' ').unwrap_or(rest),
                None => line,
            });
        text = Cow::Owned(lines.collect::<Vec<_>>().join("\n"));
    }
    text
}

/// Whether a line that begins a document is quoted.
fn is_quoted(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &["<?xml", "<?adf", "<adf", "<prospect", "&lt;?xml", "&lt;adf"];
    let mut quoted = text
        .split('\n')
        .filter_map(|line| line.trim_start().strip_prefix('>'));
    quoted.any(|line| {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        let begins = |mark: &&str| {
            let head = line.as_bytes().get(..mark.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()))
        };
        BEGINNINGS.iter().any(begins)
    })
}
