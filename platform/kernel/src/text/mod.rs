//! Values that people type, parsed once and trusted from then on.

mod email;
mod hidden;
mod phone;
mod slug;
mod vin;

pub use email::Email;
pub use hidden::{is_blank, is_deceptive};
pub use phone::PhoneNumber;
pub use slug::Slug;
pub use vin::Vin;
