//! Values that people type, parsed once and trusted from then on.

mod email;
mod phone;
mod slug;
mod vin;

pub use email::Email;
pub use phone::PhoneNumber;
pub use slug::Slug;
pub use vin::Vin;
