//! From a step's configuration to the bytes that are kept.

use super::LARGEST_FILE;
use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE, BASE64URL_NOPAD};
use platform_engine::step::StepError;
use platform_kernel::text::is_deceptive;
use serde_json::Value;

/// What files may say they are. Nothing that a browser runs is among it; and whatever they say,
/// they are only ever handed out as attachments.
pub(super) const CONTENT_TYPES: &[&str] = &[
    "text/plain",
    "text/csv",
    "text/markdown",
    "text/calendar",
    "text/vcard",
    "application/json",
    "application/xml",
    "application/x-adf+xml",
    "application/pdf",
    "application/zip",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/heic",
    "message/rfc822",
    "application/octet-stream",
];

/// A file ready to be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Content {
    pub(super) fn of(config: &Value) -> Result<Self, StepError> {
        let get = |name: &str| config.get(name).and_then(Value::as_str);
        let name = file_name(get("name").unwrap_or_default());
        if name.is_empty() {
            return Err(StepError::fatal(
                "file_name_missing",
                "The file has no name",
            ));
        }
        let content = config.get("content").unwrap_or(&Value::Null);
        let encoding = get("encoding").unwrap_or("text");
        let bytes = bytes(content, encoding)?;
        if bytes.len() > LARGEST_FILE {
            let words = format!(
                "The file has {} bytes; at most {LARGEST_FILE} are kept",
                bytes.len()
            );
            return Err(StepError::fatal("file_too_large", words));
        }
        let usual = match encoding {
            "json" => "application/json",
            "base64" => "application/octet-stream",
            _ => "text/plain",
        };
        Ok(Self {
            content_type: content_type(get("content_type").unwrap_or(usual))?,
            name,
            bytes,
        })
    }
}

fn bytes(content: &Value, encoding: &str) -> Result<Vec<u8>, StepError> {
    match (encoding, content) {
        (_, Value::Null) => Err(StepError::fatal("file_empty", "The file has no content")),
        ("json", value) => Ok(format!("{value:#}\n").into_bytes()),
        ("base64", Value::String(text)) => decoded(text),
        ("base64", _) => Err(StepError::fatal(
            "file_unreadable",
            "The content is no base64 text",
        )),
        (_, Value::String(text)) => Ok(text.clone().into_bytes()),
        // A number or a list where text was meant: as JSON it is at least all there.
        (_, value) => Ok(value.to_string().into_bytes()),
    }
}

/// Base64 as programs write it: with or without line breaks, with either alphabet.
fn decoded(text: &str) -> Result<Vec<u8>, StepError> {
    let text = text.trim();
    let text = text.split_once(";base64,").map_or(text, |(_, data)| data);
    BASE64
        .decode(text.as_bytes())
        .or_else(|_padded| BASE64_MIME_PERMISSIVE.decode(text.as_bytes()))
        .or_else(|_lines| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()))
        .map_err(|error| {
            let words = format!("The content is not base64: {error}");
            StepError::fatal("file_unreadable", words)
        })
}

/// The type without parameters, if files may say they are that.
fn content_type(text: &str) -> Result<String, StepError> {
    let essence = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if CONTENT_TYPES.contains(&essence.as_str()) {
        return Ok(essence);
    }
    let shown: String = essence
        .chars()
        .filter(|c| !c.is_control())
        .take(60)
        .collect();
    let words = format!("Files of the type \"{shown}\" are not kept");
    Err(StepError::fatal("content_type_refused", words))
}

/// A name without folders and without what would fool who saves it.
fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: &char| !c.is_control() && !is_deceptive(*c) && !"<>:\"|?*".contains(*c);
    let name: String = last.chars().filter(plain).take(200).collect();
    name.trim().trim_start_matches('.').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_values_and_bytes_are_kept_as_they_are() {
        let text = Content::of(&json!({ "name": "note.txt", "content": "Hällo" })).unwrap();
        assert_eq!(
            (text.content_type.as_str(), text.bytes.as_slice()),
            ("text/plain", "Hällo".as_bytes())
        );
        let json =
            Content::of(&json!({ "name": "a.json", "content": { "a": [1] }, "encoding": "json" }))
                .unwrap();
        assert_eq!(json.content_type, "application/json");
        assert_eq!(
            serde_json::from_slice::<Value>(&json.bytes).unwrap(),
            json!({ "a": [1] })
        );
        for content in [
            "AP9hYg==",
            "AP9h\nYg==\n",
            "AP9hYg",
            "data:image/png;base64,AP9hYg==",
        ] {
            let config = json!({ "name": "a.png", "content": content, "encoding": "base64", "content_type": "Image/PNG; q=1" });
            let file = Content::of(&config).unwrap();
            assert_eq!(
                (file.bytes.as_slice(), file.content_type.as_str()),
                (&[0, 255, b'a', b'b'][..], "image/png"),
                "{content}"
            );
        }
    }

    #[test]
    fn names_have_no_folders_and_no_tricks() {
        for (name, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\offer.pdf", "offer.pdf"),
            ("  offer \r\n\"x\".pdf ", "offer x.pdf"),
            (".htaccess", "htaccess"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
        ] {
            assert_eq!(file_name(name), kept);
        }
    }

    #[test]
    fn what_is_not_kept_says_why() {
        let big = "x".repeat(LARGEST_FILE + 1);
        for (config, code) in [
            (json!({ "name": "/", "content": "x" }), "file_name_missing"),
            (json!({ "name": "a" }), "file_empty"),
            (
                json!({ "name": "a", "content": "!", "encoding": "base64" }),
                "file_unreadable",
            ),
            (
                json!({ "name": "a", "content": "x", "content_type": "text/html" }),
                "content_type_refused",
            ),
            (
                json!({ "name": "a", "content": "x", "content_type": "image/svg+xml" }),
                "content_type_refused",
            ),
            (json!({ "name": "a", "content": big }), "file_too_large"),
        ] {
            assert_eq!(Content::of(&config).unwrap_err().code, code);
        }
    }
}
