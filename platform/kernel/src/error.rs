//! The one error of the house: a code from the table, what to tell the caller, and the cause for the log.

use crate::error_code::ErrorCode;
use std::time::Duration;

/// What fallible work gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// One faulty field of the caller's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or `/name` for a query parameter.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

/// A failure on its way to the edge. Boxed inside, so that a `Result` stays small.
pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    detail: Option<String>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

impl ErrorCode {
    /// An error with this code and a sentence for the caller.
    pub fn detail(self, detail: impl Into<String>) -> Error {
        let mut error = Error::from(self);
        error.0.detail = Some(detail.into());
        error
    }

    /// An error with this code and a cause that only the log sees.
    pub fn because(self, cause: impl Into<Cause>) -> Error {
        let mut error = Error::from(self);
        error.0.cause = Some(cause.into());
        error
    }
}

impl Error {
    /// An internal error; the caller is told nothing of `cause`.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        ErrorCode::Internal.because(cause)
    }

    /// A single faulty field.
    pub fn invalid(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self::from(ErrorCode::ValidationFailed).field(pointer, code, detail)
    }

    /// All faulty fields at once; `Ok` when there is none.
    pub fn check(errors: Vec<FieldError>) -> Result<()> {
        if errors.is_empty() {
            return Ok(());
        }
        let mut error = Self::from(ErrorCode::ValidationFailed);
        error.0.errors = errors;
        Err(error)
    }

    /// Adds a faulty field.
    #[must_use]
    pub fn field(
        mut self,
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        self.0.errors.push(FieldError {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
        });
        self
    }

    /// Adds all faulty fields.
    #[must_use]
    pub fn fields(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Tells the caller when to come back.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.0.cause.as_deref()
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self(Box::new(Inner {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.code.as_str())?;
        if let Some(detail) = &self.0.detail {
            write!(f, ": {detail}")?;
        }
        for error in &self.0.errors {
            write!(f, "; {} {}", error.pointer, error.detail)?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, " (cause: {cause})")?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

pub use database::{last_read_only, note_read_only};

mod database {
    use super::{Error, ErrorCode};
    use diesel::result::{DatabaseErrorKind, Error as DieselError};
    use std::sync::{Mutex, PoisonError};
    use std::time::{Duration, Instant};

    impl From<DieselError> for Error {
        fn from(error: DieselError) -> Self {
            match &error {
                DieselError::NotFound => ErrorCode::NotFound.into(),
                DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                    ErrorCode::AlreadyExists.because(error)
                }
                DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
                | DieselError::BrokenTransactionManager => later(error),
                // The server behind this connection is a standby now: another one takes writes.
                DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
                    note_read_only();
                    later(error)
                }
                DieselError::DatabaseError(_, info) if is_passing(info.message()) => later(error),
                _ => Error::internal(error),
            }
        }
    }

    static LAST_READ_ONLY: Mutex<Option<Instant>> = Mutex::new(None);

    /// When a server last refused to write (SQLSTATE 25006): connections that are older lead to a
    /// standby.
    pub fn last_read_only() -> Option<Instant> {
        *LAST_READ_ONLY
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a server takes no writes at this moment.
    pub fn note_read_only() {
        *LAST_READ_ONLY
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn later(error: DieselError) -> Error {
        ErrorCode::Unavailable
            .because(error)
            .retry_after(Duration::from_secs(2))
    }

    /// Whether the same transaction may well succeed when it is repeated: it waited too long, two
    /// waited for each other, or the server restarted or ended the connection under it. diesel
    /// passes no SQLSTATE on, so the words decide.
    fn is_passing(message: &str) -> bool {
        const WHOLE: [&str; 2] = ["deadlock detected", "connection closed"];
        const STARTS: [&str; 4] = [
            "canceling statement due to ",
            "terminating connection",
            "the database system is ",
            "error communicating with the server",
        ];
        WHOLE.contains(&message) || STARTS.iter().any(|start| message.starts_with(start))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_connection_that_ends_under_a_query_is_a_passing_failure() {
            let code = |message: &str| {
                let information = Box::new(message.to_owned());
                let kind = DatabaseErrorKind::Unknown;
                Error::from(DieselError::DatabaseError(kind, information)).code()
            };
            for message in [
                "connection closed",
                "terminating connection due to administrator command",
                "the database system is shutting down",
                "deadlock detected",
            ] {
                assert_eq!(code(message), ErrorCode::Unavailable, "{message}");
            }
            assert_eq!(code("relation \"x\" does not exist"), ErrorCode::Internal);
        }
    }
}
