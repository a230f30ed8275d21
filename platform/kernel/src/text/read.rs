/// What a reader made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// `None` where nothing was there or it could not be understood; `note` tells them apart.
    pub value: Option<T>,
    /// What was odd about the text, as the end of a sentence that begins with it: "is a
    /// placeholder".
    pub note: Option<&'static str>,
}

/// The note of every reader on a value that stands for none.
pub const PLACEHOLDER: &str = "is a placeholder";

impl<T> Read<T> {
    pub(super) const fn nothing() -> Self {
        Self {
            value: None,
            note: None,
        }
    }

    pub(super) const fn of(value: T) -> Self {
        Self {
            value: Some(value),
            note: None,
        }
    }

    pub(super) const fn noted(value: T, note: &'static str) -> Self {
        Self {
            value: Some(value),
            note: Some(note),
        }
    }

    pub(super) const fn fault(note: &'static str) -> Self {
        Self {
            value: None,
            note: Some(note),
        }
    }

    pub fn is_placeholder(&self) -> bool {
        self.note == Some(PLACEHOLDER)
    }

    /// The same for what the value is turned into.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Read<U> {
        Read {
            value: self.value.map(turn),
            note: self.note,
        }
    }
}

/// The beginning of a text, of at most `longest` bytes: no value of a field is longer, and what a
/// reader costs must not grow with what strangers write behind it.
pub(super) fn head(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
