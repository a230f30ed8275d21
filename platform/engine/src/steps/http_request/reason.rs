//! Why the other side refused, in its own words: short, on one line, without what was secret in
//! the request.

use super::{Config, header, reply};
use data_encoding::BASE64;
use platform_kernel::ports::HttpReply;
use serde_json::Value;
use url::Url;

/// Characters of a reason that are shown.
const LONGEST: usize = 500;
/// Bytes of a reply that are searched for it.
const SEARCHED: usize = 64 * 1024;
/// Characters that secrets are looked for in, before the rest is cut off.
const REDACTED: usize = 8 * LONGEST;
/// Secrets that are looked for, the longest first.
const MOST_SECRETS: usize = 1_000;
/// Shorter values of headers and queries are no secrets, and would be found everywhere.
const SHORTEST_SECRET: usize = 6;

/// Headers whose values are no secrets.
const OPEN: [&str; 7] = [
    "accept",
    "accept-language",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "user-agent",
    "traceparent",
];

/// The reason that a reply gives, if it gives one.
pub(super) fn of(reply: &HttpReply, secrets: &Secrets) -> Option<String> {
    let start = HttpReply {
        status: reply.status,
        headers: reply.headers.clone(),
        body: reply.body.get(..SEARCHED.min(reply.body.len()))?.to_vec(),
    };
    let body = reply::read(&start);
    let text = match &body.value {
        Value::String(_) if body.encoding == "base64" => return None,
        Value::String(text) if body.encoding == "text" && reply::is_html(reply) => shown(text),
        Value::String(text) => text.clone(),
        value => said(value).unwrap_or_else(|| value.to_string()),
    };
    let text: String = one_line(&text).chars().take(REDACTED).collect();
    let text = secrets.remove(&text);
    let reason: String = text.chars().take(LONGEST).collect();
    (!reason.is_empty()).then_some(reason)
}

/// Where a redirect points, without its query.
pub(super) fn location(reply: &HttpReply, secrets: &Secrets) -> Option<String> {
    let target = header(reply, "location")?;
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let target = match target.split_once("://") {
        // No user name and password.
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => target.to_owned(),
    };
    let target = secrets.remove(&one_line(&target));
    Some(target.chars().take(LONGEST).collect())
}

/// The sentence in an error as APIs write it: RFC 9457, OAuth (RFC 6749 §5.2), OpenAI, JSON:API.
fn said(body: &Value) -> Option<String> {
    let text = |place: &str| {
        let text = body.pointer(place)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    if let (Some(title), Some(detail)) = (text("/title"), text("/detail")) {
        return Some(format!("{title}: {detail}"));
    }
    let places = [
        "/detail",
        "/error/message",
        "/error_description",
        "/message",
        "/error_message",
        "/error/detail",
        "/error",
        "/Message",
        "/fault/faultstring",
        "/description",
        "/reason",
        "/title",
    ];
    places
        .iter()
        .find_map(|place| text(place))
        .or_else(|| listed(body))
}

/// `{"errors": [{"message": "…"}, …]}`, or a list without a name.
fn listed(body: &Value) -> Option<String> {
    let errors = body
        .get("errors")
        .or_else(|| body.get("detail"))
        .unwrap_or(body);
    let texts = errors.as_array()?.iter().filter_map(|error| {
        error.as_str().map(str::to_owned).or_else(|| {
            let fields = ["message", "detail", "msg", "title"];
            let mut found = fields.iter().filter_map(|name| error.get(*name)?.as_str());
            found.next().map(str::to_owned)
        })
    });
    let texts: Vec<String> = texts.take(5).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// What a page shows, roughly: enough for one sentence.
fn shown(html: &str) -> String {
    // Lower case in ASCII has the same places.
    let lower = html.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(open) = html.get(at..).and_then(|rest| rest.find('<')) {
        text.push_str(html.get(at..at + open).unwrap_or_default());
        text.push(' ');
        let tag = lower.get(at + open + 1..).unwrap_or_default();
        let end = match () {
            () if tag.starts_with("style") => "</style>",
            () if tag.starts_with("script") => "</script>",
            () => ">",
        };
        at = tag
            .find(end)
            .map_or(html.len(), |found| at + open + 1 + found + end.len());
    }
    text.push_str(html.get(at..).unwrap_or_default());
    text.replace("&nbsp;", " ").replace("&amp;", "&")
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// What a request carried that no message may repeat.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of(config: &Config) -> Self {
        let mut secrets = Vec::new();
        for (name, value) in &config.headers {
            if !OPEN
                .iter()
                .any(|open| name.trim().eq_ignore_ascii_case(open))
            {
                secrets.push(value.trim().to_owned());
                let parts = value.split([' ', ',', ';', '=']);
                let parts = parts.filter(|part| !is_scheme(part));
                secrets.extend(parts.map(str::to_owned));
                secrets.extend(basic(value));
            }
        }
        if let Ok(url) = Url::parse(&config.url) {
            secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
            let raw = url.query().unwrap_or_default().split('&');
            secrets.extend(raw.filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())));
        }
        if let Some(body) = &config.body {
            named_secrets(body, &mut secrets);
        }
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        // The longest first: a part of it may be a secret too.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        secrets.truncate(MOST_SECRETS);
        Self(secrets)
    }

    fn remove(&self, text: &str) -> String {
        let known = self
            .0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
        let mut after_bearer = false;
        let words = known.split(' ').map(|word| {
            let hidden = after_bearer || is_token(word);
            after_bearer = word.trim_matches('"').eq_ignore_ascii_case("bearer");
            if hidden { "…" } else { word }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// `Authorization` begins with one of these.
fn is_scheme(word: &str) -> bool {
    let schemes = ["bearer", "basic", "digest", "apikey"];
    schemes
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// A JSON Web Token, whoever wrote it.
fn is_token(word: &str) -> bool {
    word.split_once("eyJ")
        .is_some_and(|(_, rest)| rest.len() > 20 && rest.matches('.').count() >= 2)
}

/// User name and password of `Basic …`.
fn basic(value: &str) -> Vec<String> {
    let encoded = value.trim().strip_prefix("Basic ");
    let decoded = encoded.and_then(|text| BASE64.decode(text.trim().as_bytes()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(both) = decoded else {
        return Vec::new();
    };
    let password = both
        .split_once(':')
        .map(|(_, password)| password.to_owned());
    [Some(both), password].into_iter().flatten().collect()
}

/// Values of a body that their names call secret.
fn named_secrets(body: &Value, secrets: &mut Vec<String>) {
    const NAMES: [&str; 6] = [
        "password",
        "secret",
        "token",
        "api_key",
        "apikey",
        "authorization",
    ];
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_lowercase().replace('-', "_");
                match value {
                    Value::String(text) if NAMES.iter().any(|part| name.contains(part)) => {
                        secrets.push(text.clone());
                    }
                    value => named_secrets(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named_secrets(item, secrets)),
        _ => {}
    }
}
