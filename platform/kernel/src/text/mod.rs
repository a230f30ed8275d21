//! Values that people and other systems write, read in one place. Every reader takes a text as it
//! came (any case, spacing, Unicode form) and gives a [`Read`]: the value, and what was odd.
//!
//! | what | reader |
//! |---|---|
//! | any text that enters | [`normalized`], [`normalize_json`] |
//! | a filler (`N/A`, `null null`, `Not specified`) | [`is_filler`], [`data`] |
//! | a person's name | [`PersonName::read`], [`PersonName::of_parts`] |
//! | an e-mail address | [`Email::read`]; typed into a field of its own: [`Email::parse`] |
//! | a phone number | [`PhoneNumber::read`] |
//! | an amount of money | [`Money::read`] |
//! | a postal address | [`read_address`] |
//! | VIN, stock number, model year, odometer | [`read_vin`], [`read_stock_number`], [`read_year`], [`read_odometer`] |
//! | a provider's id of a request | [`is_identifier`] |
//! | text to be searched | [`folded`] |
//! | a password | [`nfkc`] |

mod address;
mod capitals;
mod company;
#[cfg(test)]
mod cost_tests;
mod email;
mod filler;
mod hidden;
#[cfg(test)]
mod kinds_tests;
mod money;
mod name;
#[cfg(test)]
mod name_tests;
mod phone;
#[cfg(test)]
mod props;
mod read;
mod region;
mod slug;
mod sms;
mod unicode;
mod vehicle;
mod vin;

pub use address::read_address;
pub use email::Email;
pub use filler::{Use, data, is_filler};
pub use hidden::{is_blank, is_deceptive};
pub use money::{Money, currency_of};
pub use name::PersonName;
pub use phone::PhoneNumber;
pub use read::{PLACEHOLDER, Read};
pub use region::Region;
pub use slug::Slug;
pub use sms::sms_segments;
pub use unicode::{folded, nfc, nfkc, normalize_json, normalized};
pub use vehicle::{is_identifier, read_odometer, read_stock_number, read_vin, read_year};
pub use vin::Vin;
