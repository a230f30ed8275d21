//! What leads travel in: mails with encoded parts and attachments, form fields, JSON, base64.

use crate::decode::decode;
use crate::limits::{DEEPEST_ENVELOPE, MOST_BYTES, MOST_PARTS};
use crate::nested::{as_attachments, is_mail_type};
use data_encoding::BASE64;
use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};
use serde_json::{Map, Value};

/// A text that a document carries.
#[derive(Debug, Default)]
pub(crate) struct Letter {
    pub(crate) text: String,
    /// What is known of the sender from the envelope, in labelled lines.
    pub(crate) heading: String,
}

/// The texts that a document carries, itself included where it is no mere wrapper. Never empty
/// for a document with text in it.
pub(crate) fn open(document: &[u8], content_type: Option<&str>) -> Vec<Letter> {
    let mut opener = Opener::default();
    opener.unwrap(document, content_type, 0);
    opener.letters
}

#[derive(Default)]
struct Opener {
    letters: Vec<Letter>,
    bytes: usize,
    heading: String,
}

impl Opener {
    fn unwrap(&mut self, document: &[u8], content_type: Option<&str>, depth: usize) {
        if depth > DEEPEST_ENVELOPE || self.letters.len() >= MOST_PARTS {
            return;
        }
        let kind = essence(content_type);
        if is_mail_type(&kind) || kind.starts_with("multipart/") || is_mail(document) {
            let before = self.letters.len();
            self.mail(document, content_type, depth);
            if self.letters.len() > before {
                return;
            }
        }
        let text = decode(document, content_type);
        let before = self.letters.len();
        match text.trim_start().chars().next() {
            Some('{' | '[' | '"') => self.json(&text, depth),
            _ if kind == "application/x-www-form-urlencoded" || is_form(&text) => {
                self.form(&text, depth);
            }
            _ => {
                if let Some(bytes) = base64(&text) {
                    self.unwrap(&bytes, None, depth + 1);
                }
            }
        }
        if self.letters.len() == before {
            self.keep(text);
        }
    }

    fn keep(&mut self, text: String) {
        self.bytes += text.len();
        if self.bytes <= 4 * MOST_BYTES && !text.trim().is_empty() {
            self.letters.push(Letter {
                text,
                heading: self.heading.clone(),
            });
        }
    }

    /// Every part of a mail, decoded. A body that stands without its mail's headers gets them
    /// from the content type.
    fn mail(&mut self, document: &[u8], content_type: Option<&str>, depth: usize) {
        let parser = MessageParser::default();
        let kind = content_type.filter(|_| essence(content_type).starts_with("multipart/"));
        let wrapped = kind
            .filter(|_| !is_mail(document))
            .map(|kind| [b"Content-Type: ", kind.as_bytes(), b"\r\n\r\n", document].concat());
        let flat = as_attachments(wrapped.as_deref().unwrap_or(document));
        let Some(message) = parser.parse(&flat) else {
            return;
        };
        self.message(&message, depth);
    }

    fn message(&mut self, message: &Message<'_>, depth: usize) {
        let outer = std::mem::replace(&mut self.heading, heading(message));
        for part in message.parts.iter().take(MOST_PARTS) {
            let named = part.attachment_name().map(str::to_ascii_lowercase);
            match &part.body {
                PartType::Text(text) | PartType::Html(text) => {
                    self.unwrap(text.as_bytes(), Some("text/plain"), depth + 1);
                }
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                    let kind = part.content_type().map(|kind| {
                        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
                    });
                    if is_document(kind.as_deref(), named.as_deref(), bytes) {
                        self.unwrap(bytes, kind.as_deref(), depth + 1);
                    }
                }
                // Mails in it come as bytes.
                PartType::Message(_) | PartType::Multipart(_) => {}
            }
        }
        self.heading = outer;
    }

    /// The texts in JSON that look like documents; without any, its members as labelled lines.
    fn json(&mut self, text: &str, depth: usize) {
        let Ok(value) = serde_json::from_str::<Value>(text.trim()) else {
            return;
        };
        let before = self.letters.len();
        let mut lines = String::new();
        self.json_value(&value, "", &mut lines, depth);
        if self.letters.len() == before {
            self.keep(lines);
        }
    }

    fn json_value(&mut self, value: &Value, name: &str, lines: &mut String, depth: usize) {
        match value {
            Value::String(text) if holds_document(text) => {
                self.unwrap(text.as_bytes(), None, depth + 1);
            }
            Value::String(text) => line(lines, name, text),
            Value::Number(number) => line(lines, name, &number.to_string()),
            Value::Array(items) => {
                for item in items {
                    self.json_value(item, name, lines, depth);
                }
            }
            Value::Object(members) => {
                if let Some((name, values)) = answer(members) {
                    self.json_value(values, name, lines, depth);
                    return;
                }
                for (own, member) in members {
                    self.json_value(member, &label(name, own), lines, depth);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// The fields of a form that look like documents; without any, all of them as labelled lines.
    fn form(&mut self, text: &str, depth: usize) {
        let before = self.letters.len();
        let mut lines = String::new();
        for (name, value) in url::form_urlencoded::parse(text.trim().as_bytes()).take(MOST_PARTS) {
            if holds_document(&value) || holds_document(&name) {
                // An `=` in a document that was not encoded as a field's value.
                let whole = match name.contains('<') {
                    true => format!("{name}={value}"),
                    false => value.into_owned(),
                };
                self.unwrap(whole.as_bytes(), None, depth + 1);
            } else {
                line(&mut lines, &name, &value);
            }
        }
        if self.letters.len() == before {
            self.keep(lines);
        }
    }
}

/// One of a list of answers, as lead forms of social networks and search engines send them.
fn answer(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let first = |names: &[&str]| names.iter().find_map(|name| members.get(*name));
    let name = first(&["name", "key", "label", "column_name", "question", "title"])?;
    let values = first(&["values", "value", "string_value", "answer"])?;
    Some((name.as_str()?, values))
}

/// What a member of JSON is called, with the member around it. It may stand before many values, so
/// that it is short.
fn label(parent: &str, own: &str) -> String {
    const LONGEST: usize = 60;
    let own: String = own.chars().take(LONGEST).collect();
    match parent {
        "" => own,
        parent if parent.len() + own.len() < LONGEST => format!("{parent} {own}"),
        _ => own,
    }
}

fn line(lines: &mut String, name: &str, value: &str) {
    if !value.trim().is_empty() && lines.len() < MOST_BYTES {
        lines.push_str(name);
        lines.push_str(": ");
        lines.push_str(value.trim());
        lines.push('\n');
    }
}

fn essence(content_type: Option<&str>) -> String {
    let essence = content_type.unwrap_or_default().split(';').next();
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

fn holds_document(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "<adf",
        "<?adf",
        "<?xml",
        "<prospect",
        "processsaleslead",
        "&lt;adf",
        "&lt;?xml",
    ]
    .iter()
    .any(|mark| lower.contains(mark))
        || base64(text).is_some()
}

/// Whether a document begins like a mail: header fields, one of them a mail's.
fn is_mail(document: &[u8]) -> bool {
    let head = document.get(..16 * 1024).unwrap_or(document);
    let head = String::from_utf8_lossy(head);
    let mut fields = 0;
    let mut known = false;
    for line in head.trim_start_matches('\u{feff}').lines().take(200) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && fields > 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            // The separator of a mailbox file.
            if fields == 0 && line.starts_with("From ") {
                continue;
            }
            return false;
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        fields += 1;
        known |= [
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "received",
            "message-id",
            "return-path",
            "delivered-to",
        ]
        .iter()
        .any(|field| name.eq_ignore_ascii_case(field));
    }
    known && fields > 0
}

/// Whether an attachment could hold a lead: by its type or its name, or because it is text.
fn is_document(kind: Option<&str>, name: Option<&str>, bytes: &[u8]) -> bool {
    let kind = kind.unwrap_or_default();
    let by_name = name.is_some_and(|name| {
        [".xml", ".adf", ".txt", ".eml", ".htm", ".html", ".json"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    let known = ["xml", "adf", "text", "json", "html"];
    by_name
        || is_mail_type(kind)
        || known.iter().any(|part| kind.contains(part))
        || bytes.trim_ascii_start().starts_with(b"<")
}

/// Whether the whole text is a form: `name=value&…` with an escaped document in it.
fn is_form(text: &str) -> bool {
    let trimmed = text.trim();
    let head = trimmed.get(..200).unwrap_or(trimmed);
    let lower = trimmed.to_ascii_lowercase();
    let escaped = ["%3cadf", "%3c%3fxml", "%3cprospect", "%3c%3fadf"]
        .iter()
        .any(|mark| lower.contains(mark));
    escaped && head.contains('=') && !trimmed.starts_with('<')
}

/// The bytes of a text that is base64 from its beginning to its end.
fn base64(text: &str) -> Option<Vec<u8>> {
    const SHORTEST: usize = 80;
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    if packed.len() < SHORTEST || !packed.iter().all(alphabet) {
        return None;
    }
    BASE64.decode(&packed).ok()
}

/// Who sent a mail, for texts that do not say it themselves.
fn heading(message: &Message<'_>) -> String {
    let mut lines = String::new();
    let mut add = |label: &str, address: Option<&Address<'_>>| {
        if let Some(first) = address.and_then(Address::first) {
            line(
                &mut lines,
                &format!("{label} name"),
                first.name().unwrap_or_default(),
            );
            line(
                &mut lines,
                &format!("{label} email"),
                first.address().unwrap_or_default(),
            );
        }
    };
    add("reply-to", message.reply_to());
    add("sender", message.from());
    line(&mut lines, "subject", message.subject().unwrap_or_default());
    lines
}
