use platform_kernel::secret::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Every mistake in the configuration.
#[derive(Debug)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0
            .iter()
            .try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for ConfigError {}

const PREFIX: &str = "AUTERITY_";

/// Reads variables by name and remembers which were asked for and what was wrong with them.
pub struct Reader {
    values: BTreeMap<String, String>,
    known: BTreeSet<String>,
    mistakes: Vec<String>,
}

impl Reader {
    /// Over the process's environment.
    pub fn from_env() -> Self {
        Self::new(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values
            .into_iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self {
            values,
            known: BTreeSet::new(),
            mistakes: Vec::new(),
        }
    }

    /// A value that may be absent; an empty one counts as absent.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.known.insert(name.to_owned());
        self.values
            .get(name)
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
    }

    pub fn required(&mut self, name: &str) -> String {
        let value = self.text(name);
        value.unwrap_or_else(|| {
            self.mistake(name, "is not set");
            String::new()
        })
    }

    /// A value parsed by its type, or `default`.
    pub fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> T
    where
        T::Err: fmt::Display,
    {
        match self.text(name).map(|text| text.parse::<T>()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.mistake(name, &error.to_string());
                default
            }
        }
    }

    /// A secret, from `name` or from the file that `name_FILE` names.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        let file_name = format!("{name}_FILE");
        let direct = self.text(name);
        match (direct, self.text(&file_name)) {
            (Some(_), Some(_)) => {
                self.mistake(name, &format!("is set, and so is {file_name}: choose one"));
                None
            }
            (Some(secret), None) => Some(secret.into()),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(secret) => Some(secret.trim().to_owned().into()),
                Err(error) => {
                    self.mistake(&file_name, &format!("{path}: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// Whether neither the variable nor its `_FILE` was given.
    pub fn is_unset(&mut self, name: &str) -> bool {
        self.text(name).is_none() && self.text(&format!("{name}_FILE")).is_none()
    }

    pub fn required_secret(&mut self, name: &str) -> SecretString {
        match self.secret(name) {
            Some(secret) => secret,
            None => {
                self.mistake(name, &format!("is not set, and neither is {name}_FILE"));
                SecretString::default()
            }
        }
    }

    /// Notes what is wrong with a variable.
    pub fn mistake(&mut self, name: &str, what: &str) {
        self.mistakes.push(format!("{name} {what}"));
    }

    /// The names that were asked for.
    #[cfg(test)]
    pub fn known(&self) -> impl Iterator<Item = &String> {
        self.known.iter()
    }

    /// `value`, unless there was any mistake or a variable nobody asked for.
    pub fn finish<T>(mut self, value: T) -> Result<T, ConfigError> {
        let unknown = self.values.keys().filter(|name| {
            // Tests and the local set-up have their own, which are none of the server's.
            !self.known.contains(*name) && !name.starts_with("AUTERITY_TEST_")
        });
        let unknown: Vec<String> = unknown
            .map(|name| format!("{name} is not a setting of Auterity"))
            .collect();
        self.mistakes.extend(unknown);
        if self.mistakes.is_empty() {
            return Ok(value);
        }
        Err(ConfigError(self.mistakes))
    }
}
