//! From bytes to text, whatever was said or left unsaid about their encoding.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use platform_kernel::text::normalized;
use std::borrow::Cow;

/// Where a declaration has to stand to be one.
const HEAD: usize = 512;

/// The document in NFC, with line feeds as its only line breaks.
pub(crate) fn decode(document: &[u8], content_type: Option<&str>) -> String {
    let mut text = decode_as_written(document, content_type);
    text.retain(|c| c != '\0');
    text
}

fn decode_as_written(document: &[u8], content_type: Option<&str>) -> String {
    let document = unquote(document);
    let (text, _encoding, _had_errors) = encoding(&document, content_type).decode(&document);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    normalized(&text).into_owned()
}

/// A byte order mark, the shape of UTF-16, valid UTF-8, a declaration, in this order: senders
/// that re-encode a document seldom correct what it says about itself.
fn encoding(document: &[u8], content_type: Option<&str>) -> &'static Encoding {
    if let Some((encoding, _length)) = Encoding::for_bom(document) {
        return encoding;
    }
    match document {
        [b'<', 0, ..] => return UTF_16LE,
        [0, b'<', ..] => return UTF_16BE,
        _ if std::str::from_utf8(document).is_ok() => return UTF_8,
        _ => {}
    }
    let declared = declared(document).or_else(|| charset(content_type?));
    match declared {
        Some(encoding) if encoding.is_ascii_compatible() && encoding != UTF_8 => encoding,
        _ => WINDOWS_1252,
    }
}

fn declared(document: &[u8]) -> Option<&'static Encoding> {
    let head = document.get(..HEAD).unwrap_or(document);
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let rest = rest.strip_prefix(['"', '\''])?;
    let (label, _) = rest.split_once(['"', '\''])?;
    Encoding::for_label(label.as_bytes())
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset=")?;
    let label = rest.split([';', ' ']).next()?.trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
}

/// Undoes quoted-printable (RFC 2045 §6.7) where a mail was forwarded without being decoded: an
/// attribute that reads `=3D"` gives it away.
fn unquote(document: &[u8]) -> Cow<'_, [u8]> {
    if !document
        .windows(4)
        .any(|bytes| bytes.eq_ignore_ascii_case(b"=3d\""))
    {
        return Cow::Borrowed(document);
    }
    let hex = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut plain = Vec::with_capacity(document.len());
    let mut rest = document;
    while let Some((first, tail)) = rest.split_first() {
        rest = match (*first, tail) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    plain.push(high * 16 + low);
                    after
                }
                _ => {
                    plain.push(b'=');
                    tail
                }
            },
            (byte, _) => {
                plain.push(byte);
                tail
            }
        };
    }
    Cow::Owned(plain)
}
