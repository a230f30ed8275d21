use super::status::LeadStatus;
use platform_http::{Validate, nullable};
use platform_kernel::FieldError;
use platform_kernel::id::UserId;
use platform_kernel::ports::{IncomingContact, IncomingPhone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which leads to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeadFilter {
    /// `new`, `contacted`, `working`, `sold`, `lost` or `needs_review`.
    #[param(value_type = Option<LeadStatus>)]
    pub status: Option<String>,
    /// Part of a name, e-mail, phone number, vehicle, stock number or VIN.
    #[param(max_length = 200)]
    pub q: Option<String>,
}

/// A change of a lead; fields left out stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLead {
    #[serde(default)]
    pub status: Option<LeadStatus>,
    /// Who works it; `null` takes it from everyone.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assigned_to: Option<Option<UserId>>,
    /// Who it is from, where the lead itself names nobody or somebody who cannot be reached.
    #[serde(default)]
    pub customer: Option<LeadCustomer>,
}

/// A person as somebody reads them out of a lead: recognised, or made a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadCustomer {
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: Option<String>,
    #[serde(default)]
    #[schema(max_length = 64)]
    pub phone: Option<String>,
}

impl LeadCustomer {
    pub(super) fn contact(&self) -> IncomingContact {
        let phone = self.phone.clone().map(|number| IncomingPhone {
            number,
            ..IncomingPhone::default()
        });
        IncomingContact {
            full_name: self.name.clone(),
            email: self.email.clone(),
            phones: phone.into_iter().collect(),
            ..IncomingContact::default()
        }
    }
}

impl Validate for UpdateLead {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}
