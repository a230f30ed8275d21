use actix_web::http::header::HeaderMap;
use platform_kernel::ports::LeadParser;

/// What was posted.
pub(super) struct Delivery {
    pub(super) body: actix_web::web::Bytes,
    pub(super) content_type: Option<String>,
    /// What the sender calls this delivery, so that it can be told apart from a repetition.
    pub(super) id: Option<String>,
    pub(super) headers: HeaderMap,
}

/// What a delivery looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Xml,
    /// Neither by its type nor by its first character.
    Other,
}

impl Delivery {
    /// The content decides before the content type does, because senders mislabel.
    pub(super) fn kind(&self, parser: &dyn LeadParser) -> Kind {
        let content_type = self.content_type.as_deref().unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        match first_character(&self.body) {
            Some(b'<') => Kind::Xml,
            Some(b'{' | b'[') => Kind::Json,
            _ if essence.ends_with("xml") => Kind::Xml,
            _ if essence.ends_with("json") => Kind::Json,
            _ if parser.recognises(&self.body, self.content_type.as_deref()) => Kind::Xml,
            _ => Kind::Other,
        }
    }
}

/// The first byte that is not white space, after a UTF-8 byte order mark.
fn first_character(body: &[u8]) -> Option<u8> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.iter().copied().find(|b| !b.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::ports::{IncomingLead, LeadFault};

    struct NoParser;

    impl LeadParser for NoParser {
        fn parse(
            &self,
            _: &[u8],
            _: Option<&str>,
            _: chrono_tz::Tz,
        ) -> Result<Vec<IncomingLead>, LeadFault> {
            Err(LeadFault::NotALead("nothing".to_owned()))
        }

        fn recognises(&self, _: &[u8], _: Option<&str>) -> bool {
            false
        }
    }

    fn delivery(body: &'static str, content_type: &str) -> Delivery {
        Delivery {
            body: actix_web::web::Bytes::from_static(body.as_bytes()),
            content_type: Some(content_type.to_owned()),
            id: None,
            headers: HeaderMap::new(),
        }
    }

    #[test]
    fn the_content_decides_before_the_label() {
        let cases = [
            ("{\"a\":1}", "text/plain", Kind::Json),
            (" [1]", "", Kind::Json),
            ("<adf/>", "application/json", Kind::Xml),
            ("\u{feff}<?xml?>", "text/plain", Kind::Xml),
            ("", "application/x-adf+xml; charset=utf-8", Kind::Xml),
            ("oops", "application/json", Kind::Json),
            ("a=b", "application/x-www-form-urlencoded", Kind::Other),
        ];
        for (body, content_type, kind) in cases {
            assert_eq!(
                delivery(body, content_type).kind(&NoParser),
                kind,
                "{body} {content_type}"
            );
        }
    }
}
