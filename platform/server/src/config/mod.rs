//! Configuration: environment variables `AUTERITY_<AREA>_<NAME>`, read here and nowhere else.
//! All mistakes are reported together, each with its variable.

mod ai;
mod database;
mod reader;
mod settings;
mod sms;

pub use ai::AiConfig;
pub use reader::{ConfigError, Reader};
pub use settings::{Config, HttpConfig, LogFormat, MailConfig, RetentionConfig, WorkConfig};
pub use sms::SmsConfig;
