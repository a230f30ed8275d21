use std::fmt;

/// The part of a dealership's host before the base domain: a DNS label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Labels that mean something else on our domain.
const RESERVED: [&str; 18] = [
    "www",
    "api",
    "app",
    "admin",
    "platform",
    "auterity",
    "mail",
    "status",
    "docs",
    "help",
    "support",
    "static",
    "assets",
    "hooks",
    "socket",
    "login",
    "localhost",
    "sso",
];

impl Slug {
    /// Accepts 2 to 40 lower-case letters, digits and inner dashes that are not reserved.
    pub fn parse(text: &str) -> Option<Self> {
        let good = (2..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.starts_with("xn--")
            && !RESERVED.contains(&text);
        good.then(|| Self(text.to_owned()))
    }

    /// The slug that a dealership's name suggests: "Müller & Sons Toyota" is `muller-sons-toyota`.
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars().flat_map(fold) {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        slug.truncate(32);
        let slug = slug.trim_matches('-');
        Self::parse(slug)
            .or_else(|| Self::parse(&format!("{slug}-dealership")))
            .unwrap_or_else(|| Self("dealership".to_owned()))
    }

    /// The same slug with a number, for when it is taken.
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Folds the accented Latin letters of names to ASCII; other characters separate words.
fn fold(c: char) -> std::vec::IntoIter<char> {
    let folded: &str = match c {
        'à'..='å' | 'À'..='Å' => "a",
        'ç' | 'Ç' => "c",
        'è'..='ë' | 'È'..='Ë' => "e",
        'ì'..='ï' | 'Ì'..='Ï' => "i",
        'ñ' | 'Ñ' => "n",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => "o",
        'ù'..='ü' | 'Ù'..='Ü' => "u",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        '\'' | '’' => "",
        other => return vec![other].into_iter(),
    };
    folded.chars().collect::<Vec<_>>().into_iter()
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_host_label() {
        assert_eq!(
            Slug::from_name("Müller & Sons Toyota").as_str(),
            "muller-sons-toyota"
        );
        assert_eq!(Slug::from_name("O'Brien’s").as_str(), "obriens");
        assert_eq!(Slug::from_name("Admin").as_str(), "admin-dealership");
        assert_eq!(Slug::from_name("東京").as_str(), "dealership");
    }

    #[test]
    fn what_is_no_label_is_refused() {
        for bad in [
            "", "a", "-ab", "ab-", "A-b", "a b", "admin", "xn--abc", "a.b", "a'; drop",
        ] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }
}
