use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A lead as it came, before anything of it is normalised or stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncomingLead {
    /// `new` or `resend`.
    pub status: Option<String>,
    /// The provider's ids: (source, id).
    pub ids: Vec<(Option<String>, String)>,
    pub requested_at: Option<DateTime<Utc>>,
    pub vehicles: Vec<IncomingVehicle>,
    pub customer: Option<IncomingContact>,
    pub comments: Option<String>,
    pub timeframe: Option<String>,
    pub vendor_name: Option<String>,
    pub vendor: Option<IncomingContact>,
    /// Who sent it, for example the listing site.
    pub provider_name: Option<String>,
    pub provider_service: Option<String>,
    /// What could not be understood and was kept as it was.
    pub warnings: Vec<LeadWarning>,
    /// Why a person has to look at it before anything answers it, where it was read only in part.
    pub review: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncomingContact {
    pub first_name: Option<String>,
    pub middle_name: Option<String>,
    pub last_name: Option<String>,
    pub suffix: Option<String>,
    pub full_name: Option<String>,
    pub is_business: bool,
    pub email: Option<String>,
    /// Numbers to call or text, the one to use first; no fax.
    pub phones: Vec<IncomingPhone>,
    pub address: Option<IncomingAddress>,
    /// `email`, `phone`, …, when the person said so.
    pub preferred: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncomingPhone {
    /// As written.
    pub number: String,
    /// `voice`, `cellphone`, `home`, …
    pub kind: Option<String>,
    pub best_time: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncomingAddress {
    pub street: Vec<String>,
    pub apartment: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncomingVehicle {
    /// `buy`, `lease`, `sell`, `trade-in`, `test-drive`, or what was written.
    pub interest: Option<String>,
    /// `new`, `used`, or what was written.
    pub condition: Option<String>,
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    pub vin: Option<String>,
    pub stock_number: Option<String>,
    pub body_style: Option<String>,
    pub transmission: Option<String>,
    pub exterior_color: Option<String>,
    pub interior_color: Option<String>,
    pub odometer: Option<String>,
    /// What the seller asks, as the lead has it.
    pub price_minor: Option<i64>,
    pub price_currency: Option<String>,
    /// What the customer offers to pay, in the same currency.
    pub offer_minor: Option<i64>,
    pub comments: Option<String>,
}

/// Something in a lead that was not as it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadWarning {
    /// Where, for example `prospect/requestdate`.
    pub place: String,
    pub message: String,
}

/// Why nothing could be read out of a document.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LeadFault {
    /// It names nobody and nothing; it is kept for a person to read.
    #[error("no lead was found in it: {0}")]
    NotALead(String),
    /// Larger than any lead. Only this refuses a delivery.
    #[error("the document is larger than {limit} bytes")]
    TooLarge { limit: usize },
}

/// Reads leads out of what a provider posts.
pub trait LeadParser: Send + Sync {
    /// All leads of the document, in order; never an empty list. Times without a zone are those
    /// of `zone`, the dealership's. A lead that was read only in part says so in
    /// [`IncomingLead::review`].
    fn parse(
        &self,
        document: &[u8],
        content_type: Option<&str>,
        zone: Tz,
    ) -> Result<Vec<IncomingLead>, LeadFault>;

    /// Whether a document of this kind is for this parser.
    fn recognises(&self, document: &[u8], content_type: Option<&str>) -> bool;
}
