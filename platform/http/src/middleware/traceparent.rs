//! W3C Trace Context, version 00 (<https://www.w3.org/TR/trace-context/>).

use actix_web::http::header::HeaderMap;

/// Where this request stands in a distributed trace; the log lines of the request carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    pub trace_id: String,
    /// The span of this request.
    pub span_id: String,
    /// The caller's span.
    pub parent_id: Option<String>,
    pub sampled: bool,
}

impl TraceContext {
    /// Continues the caller's trace, or starts one when there is none that is well formed.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all("traceparent");
        let only = values.next().filter(|_| values.next().is_none());
        only.and_then(|value| value.to_str().ok())
            .and_then(Self::continued)
            .unwrap_or_else(Self::started)
    }

    fn started() -> Self {
        Self {
            trace_id: format!("{:032x}", rand::random::<u128>().max(1)),
            span_id: new_span_id(),
            parent_id: None,
            sampled: true,
        }
    }

    fn continued(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let parent_id = hex(parts.next()?, 16)?;
        let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
        // Later versions may append parts; version 00 has exactly four.
        let known = version != "ff" && (version != "00" || parts.next().is_none());
        let nonzero = |id: &str| id.bytes().any(|byte| byte != b'0');
        (known && nonzero(trace_id) && nonzero(parent_id)).then(|| Self {
            trace_id: trace_id.to_owned(),
            span_id: new_span_id(),
            parent_id: Some(parent_id.to_owned()),
            sampled: flags & 1 == 1,
        })
    }
}

fn new_span_id() -> String {
    format!("{:016x}", rand::random::<u64>().max(1))
}

fn hex(part: &str, length: usize) -> Option<&str> {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (part.len() == length && part.bytes().all(lower_hex)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_formed_trace_is_continued() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = TraceContext::continued(header).unwrap();
        assert_eq!(trace.trace_id, "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.parent_id.as_deref(), Some("b7ad6b7169203331"));
        assert!(trace.sampled && trace.span_id != "b7ad6b7169203331");
    }

    #[test]
    fn a_malformed_trace_is_not() {
        let zero = "00000000000000000000000000000000";
        for header in [
            "",
            "00-abc-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            &format!("00-{zero}-b7ad6b7169203331-01"),
        ] {
            assert_eq!(TraceContext::continued(header), None, "{header}");
        }
    }
}
