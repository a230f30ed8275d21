//! The body of a reply as a value: decoded by the charset that it comes in, parsed where it is
//! JSON, and marked where it is no text at all.

use super::header;
use data_encoding::BASE64;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use platform_kernel::ports::HttpReply;
use serde_json::Value;

/// How much of a document is searched for the charset that it declares (WHATWG, prescan).
const PRESCAN: usize = 1_024;

/// What was read of a body.
pub(super) struct Body {
    pub(super) value: Value,
    /// `json`, `text` or `base64`.
    pub(super) encoding: &'static str,
    pub(super) charset: Option<&'static str>,
    /// What is wrong with it, for the run's log.
    pub(super) warning: Option<String>,
}

/// The media type of a reply (RFC 9110 §8.3).
struct MediaType {
    /// In lower case, without parameters; empty where there is none.
    essence: String,
    charset: Option<String>,
}

impl MediaType {
    fn of(reply: &HttpReply) -> Self {
        let value = header(reply, "content-type").unwrap_or_default();
        let mut parts = value.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            is_charset.then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        });
        Self { essence, charset }
    }

    /// RFC 8259, RFC 6839 §3.1.
    fn is_json(&self) -> bool {
        matches!(self.essence.as_str(), "application/json" | "text/json")
            || self.essence.ends_with("+json")
    }

    fn is_markup(&self) -> bool {
        matches!(
            self.essence.as_str(),
            "text/html" | "text/xml" | "application/xml"
        ) || self.essence.ends_with("+xml")
    }

    fn is_text(&self) -> bool {
        self.is_json() || self.is_markup() || self.essence.starts_with("text/")
    }
}

pub(super) fn is_html(reply: &HttpReply) -> bool {
    let essence = MediaType::of(reply).essence;
    matches!(essence.as_str(), "text/html" | "application/xhtml+xml")
}

pub(super) fn read(reply: &HttpReply) -> Body {
    let media = MediaType::of(reply);
    if let Some(coding) = compression(reply) {
        let warning = format!("The reply is compressed as {coding}, which is not read.");
        return bytes(reply, Some(warning));
    }
    let Some(decoded) = decode(&media, &reply.body) else {
        return bytes(reply, None);
    };
    let mut warning = decoded.warning;
    let charset = Some(decoded.charset.name());
    if media.is_json() && !decoded.text.trim().is_empty() {
        match serde_json::from_str(&decoded.text) {
            Ok(value) => {
                return Body {
                    value,
                    encoding: "json",
                    charset,
                    warning,
                };
            }
            Err(error) => {
                warning = Some(format!("The reply is no JSON, though it says so: {error}"))
            }
        }
    }
    Body {
        // Postgres keeps no NUL in JSON.
        value: Value::String(decoded.text.replace('\0', "")),
        encoding: "text",
        charset,
        warning,
    }
}

fn bytes(reply: &HttpReply, warning: Option<String>) -> Body {
    Body {
        value: Value::String(BASE64.encode(&reply.body)),
        encoding: "base64",
        charset: None,
        warning,
    }
}

/// A coding that the caller did not undo (RFC 9110 §8.4): it asks for none but gzip.
fn compression(reply: &HttpReply) -> Option<String> {
    let coding = header(reply, "content-encoding")?
        .trim()
        .to_ascii_lowercase();
    let left = !reply.body.is_empty() && !matches!(coding.as_str(), "" | "identity");
    left.then(|| coding.chars().take(40).collect())
}

struct Decoded {
    text: String,
    charset: &'static Encoding,
    warning: Option<String>,
}

/// `None` for what is no text.
fn decode(media: &MediaType, bytes: &[u8]) -> Option<Decoded> {
    let declared = media.charset.as_deref();
    let named = declared.and_then(|label| Encoding::for_label(label.as_bytes()));
    let unknown = declared.filter(|_| named.is_none());
    let by_mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let charset = by_mark.or(named).or_else(|| sniff(media, bytes))?;
    let (text, _, broken) = charset.decode(bytes);
    let warning = match unknown {
        Some(label) => {
            let label: String = label.chars().take(40).collect();
            let name = charset.name();
            Some(format!(
                "The charset “{label}” is not known; the reply was read as {name}."
            ))
        }
        None if broken => {
            let name = charset.name();
            Some(format!(
                "Some bytes of the reply are no {name}; each was replaced by �."
            ))
        }
        None => None,
    };
    Some(Decoded {
        text: text.into_owned(),
        charset,
        warning,
    })
}

/// The charset of a body that comes with none.
fn sniff(media: &MediaType, bytes: &[u8]) -> Option<&'static Encoding> {
    // The first character of JSON is ASCII: a zero byte beside it shows the width (RFC 4627 §3).
    match bytes {
        [0, second, ..] if media.is_text() && *second != 0 => return Some(UTF_16BE),
        [first, 0, ..] if media.is_text() && *first != 0 => return Some(UTF_16LE),
        _ => {}
    }
    if media.is_markup()
        && let Some(charset) = prescan(bytes)
    {
        return Some(charset);
    }
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    match (is_utf8, media.is_text()) {
        (true, true) => Some(UTF_8),
        (true, false) => (!bytes.contains(&0)).then_some(UTF_8),
        // JSON is UTF-8 (RFC 8259 §8.1): what is broken in it shows.
        (false, true) if media.is_json() => Some(UTF_8),
        (false, true) => Some(WINDOWS_1252),
        (false, false) => None,
    }
}

/// The charset in `<?xml … encoding="…"?>` or `<meta … charset=…>`. It was read as ASCII, so it
/// cannot be UTF-16 (WHATWG).
fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..PRESCAN.min(bytes.len()))?;
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let xml = start
        .split_once("<?xml")
        .and_then(|(_, rest)| label(rest.split_once('>')?.0, "encoding"));
    let meta = || {
        let tags = start.split("<meta").skip(1);
        tags.filter_map(|rest| rest.split_once('>'))
            .find_map(|(tag, _)| label(tag, "charset"))
    };
    let found = xml.or_else(meta)?;
    Some(if found == UTF_16LE || found == UTF_16BE {
        UTF_8
    } else {
        found
    })
}

/// The encoding in `name = "label"` of a tag.
fn label(tag: &str, name: &str) -> Option<&'static Encoding> {
    let (_, value) = tag.split_once(name)?;
    let value = value.trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c));
    let label = value.get(..end.unwrap_or(value.len()))?;
    Encoding::for_label(label.as_bytes())
}
