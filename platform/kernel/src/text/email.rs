use super::is_deceptive;
use std::fmt;

/// An e-mail address in the form under which it is compared: trimmed, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Accepts `local@domain.tld` of at most 254 bytes (RFC 5321 §4.5.3.1) without control
    /// characters or spaces; `None` otherwise. Quoted local parts, which nobody types, are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = |c: char| {
            !c.is_control()
                && !c.is_whitespace()
                && !is_deceptive(c)
                && !"<>()[],;:\\\"@".contains(c)
        };
        let label = |part: &str| {
            !part.is_empty()
                && part.len() <= 63
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let dots =
            |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
        let good = text.len() <= 254
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(plain)
            && dots(local)
            && domain.contains('.')
            && domain.split('.').all(label);
        good.then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_space_do_not_make_another_address() {
        assert_eq!(
            Email::parse(" Ann@Example.COM ").unwrap().as_str(),
            "ann@example.com"
        );
    }

    #[test]
    fn what_is_no_address_or_could_inject_a_header_is_refused() {
        for bad in [
            "",
            "ann",
            "ann@",
            "@x.com",
            "a b@x.com",
            "a@x",
            "a@-x.com",
            "a@x..com",
            "a@x.com\r\nBcc: b@y.com",
            "a,b@x.com",
            "a..b@x.com",
            "<a@x.com>",
        ] {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
    }
}
