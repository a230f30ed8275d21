//! Events: what workflows and programs tell, and the runs that begin because of it.

mod dto;
mod publish;
mod queries;
pub mod routes;
mod step;

pub(crate) use publish::depth_of;
pub use publish::{Published, publish};
pub use step::register;

/// The longest name and key of an event.
pub(crate) const LONGEST_NAME: usize = 100;
pub(crate) const LONGEST_KEY: usize = 200;
/// How many runs may stand behind each other in a chain of events and changes of records.
pub(crate) const MOST_DEPTH: i16 = 10;

/// The pattern of an event's name.
pub(crate) const NAME_PATTERN: &str = "^[A-Za-z][A-Za-z0-9_.:-]{0,99}$";

/// Whether `name` may name an event: a letter, then letters, digits and `_ . : -`.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.:-".contains(c))
}
