//! Mails within mails. The parser of mails builds one value inside the other for each of them,
//! however many there are, and a value nested thousands deep overflows the stack when it is copied
//! or dropped, which ends the process. So the parser sees them as attachments, and they are opened
//! one level at a time, as deep as other envelopes.

/// The mail with the names of the types that hold mails (RFC 2046 §5.2, RFC 6532 §3.7, the parts of
/// a digest) changed in its own headers and in those inside it; as long as before.
pub(crate) fn as_attachments(mail: &[u8]) -> Vec<u8> {
    const NAMES: &[(&[u8], &[u8])] = &[
        (b"rfc822", b"x-mail"),
        (b"global", b"x-mail"),
        (b"digest", b"x-list"),
    ];
    let mut out = Vec::with_capacity(mail.len());
    let mut in_type = false;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        in_type = (in_type && folded) || has_prefix(line, b"content-type");
        let start = out.len();
        out.extend_from_slice(line);
        if !in_type {
            continue;
        }
        for at in start..out.len() {
            let rest = out.get_mut(at..).unwrap_or_default();
            let named = NAMES.iter().find(|(name, _)| has_prefix(rest, name));
            if let Some((_, other)) = named
                && let Some(place) = rest.get_mut(..other.len())
            {
                place.copy_from_slice(other);
            }
        }
    }
    out
}

/// Whether an attachment is a mail.
pub(crate) fn is_mail_type(kind: &str) -> bool {
    ["message/rfc822", "message/global", "message/x-mail"].contains(&kind)
}

fn has_prefix(bytes: &[u8], prefix: &[u8]) -> bool {
    let head = bytes.get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
