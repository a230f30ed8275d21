//! The outside world as the house sees it. Adapters in `integrations/` implement these traits;
//! nothing here names a vendor.

mod call;
mod chat;
mod http;
mod lead;
mod mail;
mod sms;

pub use call::{CallError, Description, Fate};
pub use chat::{ChatAnswer, ChatMessage, ChatModel, ChatPurpose, ChatRequest, ChatRole};
pub use http::{HttpCall, HttpCaller, HttpReply};
pub use lead::{
    IncomingAddress, IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle, LeadFault,
    LeadParser, LeadWarning,
};
pub use mail::{Handover, Mailer, OutgoingMail, SentMail};
pub use sms::{OutgoingText, SentText, SmsSender};
