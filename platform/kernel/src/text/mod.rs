//! Values that people type, parsed once and trusted from then on.

mod email;
mod hidden;
mod phone;
mod slug;
mod sms;
mod vin;

pub use email::Email;
pub use hidden::{is_blank, is_deceptive};
pub use phone::PhoneNumber;
pub use slug::Slug;
pub use sms::sms_segments;
pub use vin::Vin;
