//! The dealership's own addresses and numbers, by which no customer is recognised: forms that are
//! filled in at the desk, and providers that put the dealer's number where the customer's belongs.

use super::person::Person;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_kernel::Result;

/// Mailboxes that anybody can have: one of a member at such a domain says nothing of the domain.
const PUBLIC_DOMAINS: [&str; 14] = [
    "aol.com",
    "att.net",
    "comcast.net",
    "gmail.com",
    "gmx.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "yahoo.com",
];

/// What belongs to the dealership itself.
#[derive(Debug, Default)]
pub(crate) struct House {
    emails: Vec<String>,
    /// Domains of its mail; a subdomain belongs to it too.
    domains: Vec<String>,
    phones: Vec<String>,
}

#[derive(QueryableByName)]
struct Address {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    value: String,
}

impl House {
    /// What the registry knows of the dealership and its group.
    pub(crate) async fn load(tx: &mut TenantTx) -> Result<Self> {
        let sql = "SELECT kind, value FROM control.house_addresses_of_current_tenant()";
        let known: Vec<Address> = diesel::sql_query(sql).load(tx.conn()).await?;
        let mut house = Self::default();
        for address in known {
            match address.kind.as_str() {
                "email" => house.add_email(&address.value),
                _ => house.domains.push(address.value.to_lowercase()),
            }
        }
        Ok(house)
    }

    /// What a lead names as the dealership that it is for.
    pub(crate) fn add_vendor(&mut self, vendor: &Person) {
        for (kind, value) in vendor.contacts() {
            match kind {
                "email" => self.emails.push(value),
                _ => self.phones.push(value),
            }
        }
    }

    fn add_email(&mut self, email: &str) {
        let email = email.to_lowercase();
        if let Some((_, domain)) = email.rsplit_once('@')
            && !PUBLIC_DOMAINS.contains(&domain)
        {
            self.domains.push(domain.to_owned());
        }
        self.emails.push(email);
    }

    /// Whether the address or number is the dealership's.
    pub(crate) fn owns(&self, kind: &str, value: &str) -> bool {
        if kind == "phone" {
            return self.phones.iter().any(|own| own == value);
        }
        let domain = value.rsplit_once('@').map_or("", |(_, domain)| domain);
        let below = |own: &String| {
            let rest = domain.strip_suffix(own.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.emails.iter().any(|own| own == value) || self.domains.iter().any(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_hosts_tell_what_belongs_to_the_house() {
        let mut house = House::default();
        house.add_email("Alice@Acme.example");
        house.add_email("acme.motors@gmail.com");
        house.domains.push("acme-group.example".to_owned());
        house.phones.push("+15125550100".to_owned());
        for (kind, value) in [
            ("email", "leads@acme.example"),
            ("email", "bdc@north.acme.example"),
            ("email", "x@acme-group.example"),
            ("email", "acme.motors@gmail.com"),
            ("phone", "+15125550100"),
        ] {
            assert!(house.owns(kind, value), "{value}");
        }
        for (kind, value) in [
            ("email", "ann@gmail.com"),
            ("email", "ann@notacme.example"),
            ("phone", "+15125550101"),
        ] {
            assert!(!house.owns(kind, value), "{value}");
        }
    }
}
