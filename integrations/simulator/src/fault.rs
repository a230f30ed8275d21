use actix_web::HttpRequest;
use std::time::Duration;

/// The longest delay that can be asked for.
const LONGEST: u64 = 120_000;

/// A way to fail, asked for by header or by model name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Unavailable,
    RateLimited {
        seconds: Option<u64>,
    },
    Unauthorized,
    Quota,
    /// An answer whose content is not JSON.
    Nonsense,
    Empty,
    Refuses,
    CutOff,
    /// A body that is no answer at all.
    NotAnAnswer,
    Slow(Duration),
}

impl Fault {
    /// The header `x-simulate: <fault>` or the model `simulator-<fault>`.
    pub(crate) fn of(request: &HttpRequest, model: &str) -> Option<Self> {
        let header = request.headers().get("x-simulate");
        let header = header.and_then(|value| value.to_str().ok());
        header
            .or_else(|| model.strip_prefix("simulator-"))
            .and_then(Self::named)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let number = |prefix: &str| -> Option<u64> {
            name.strip_prefix(prefix)?.strip_prefix('-')?.parse().ok()
        };
        Some(match name {
            "unavailable" => Self::Unavailable,
            "rate-limited" => Self::RateLimited { seconds: None },
            "unauthorized" => Self::Unauthorized,
            "quota" => Self::Quota,
            "nonsense" => Self::Nonsense,
            "empty" => Self::Empty,
            "refuses" => Self::Refuses,
            "cut-off" => Self::CutOff,
            "not-an-answer" => Self::NotAnAnswer,
            _ => {
                if let Some(seconds) = number("rate-limited") {
                    return Some(Self::RateLimited {
                        seconds: Some(seconds),
                    });
                }
                Self::Slow(Duration::from_millis(number("slow")?.min(LONGEST)))
            }
        })
    }
}
