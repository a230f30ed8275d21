use crate::customers::Person;
use crate::text::{Cleaner, of_value};
use crate::vehicles::Car;
use platform_kernel::ports::{IncomingContact, IncomingPhone, IncomingVehicle};
use serde_json::Value;
use uuid::Uuid;

const DEFAULT_LIMIT: i64 = 10;
pub(super) const MOST: i64 = 50;

/// What records are found by, normalised as records are stored.
#[derive(Debug, Default)]
pub(super) struct Criteria {
    pub(super) id: Option<Uuid>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) vin: Option<String>,
    pub(super) stock_number: Option<String>,
    pub(super) status: Option<String>,
    pub(super) limit: i64,
}

impl Criteria {
    /// A blank value is not looked for. `None` when nothing could be found: no value is there at
    /// all, or one is that no record can have, such as a number that cannot be dialled.
    pub(super) fn read(config: &Value, cleaner: &mut Cleaner) -> Option<Self> {
        let [id, email, phone, vin, stock_number, status] =
            ["id", "email", "phone", "vin", "stock_number", "status"]
                .map(|name| of_value(config.get(name)?));
        let given = [&id, &email, &phone, &vin, &stock_number, &status];
        let given = given.into_iter().flatten().count();
        let person = Person::read(&contact(email, phone), cleaner);
        let car = IncomingVehicle {
            vin,
            stock_number,
            ..IncomingVehicle::default()
        };
        let car = Car::read(&car, cleaner);
        let criteria = Self {
            id: id.and_then(|id| id.parse().ok()),
            email: person.email.as_ref().map(ToString::to_string),
            phone: person.phone().map(str::to_owned),
            vin: car.vin.map(|vin| vin.to_string()),
            stock_number: car.stock_number,
            status: status.map(|status| status.to_lowercase()),
            limit: config
                .get("limit")
                .and_then(Value::as_i64)
                .unwrap_or(DEFAULT_LIMIT)
                .clamp(1, MOST),
        };
        let understood = criteria.count();
        (given > 0 && understood == given).then_some(criteria)
    }

    fn count(&self) -> usize {
        let texts = [
            &self.email,
            &self.phone,
            &self.vin,
            &self.stock_number,
            &self.status,
        ];
        texts.into_iter().flatten().count() + usize::from(self.id.is_some())
    }
}

fn contact(email: Option<String>, phone: Option<String>) -> IncomingContact {
    let phone = phone.map(|number| IncomingPhone {
        number,
        ..IncomingPhone::default()
    });
    IncomingContact {
        email,
        phones: phone.into_iter().collect(),
        ..IncomingContact::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(config: Value) -> Option<Criteria> {
        Criteria::read(&config, &mut Cleaner::default())
    }

    #[test]
    fn values_are_looked_for_as_they_are_stored() {
        let config = json!({"email": " Ann@Example.COM ", "phone": "(512) 555-0123", "vin": "1hgcm82633a004352", "stock_number": "a12", "limit": 500});
        let found = read(config).unwrap();
        assert_eq!(found.phone.as_deref(), Some("+15125550123"));
        assert_eq!(found.vin.as_deref(), Some("1HGCM82633A004352"));
        assert_eq!(found.stock_number.as_deref(), Some("A12"));
        assert!(found.email.unwrap().eq_ignore_ascii_case("ann@example.com"));
        assert_eq!(found.limit, MOST);
    }

    #[test]
    fn what_cannot_be_understood_finds_nothing_rather_than_everything() {
        for config in [
            json!({"record": "customer"}),
            json!({"email": "  ", "phone": null}),
            json!({"email": "nonsense"}),
            json!({"id": "7", "phone": "5125550123"}),
        ] {
            assert!(read(config.clone()).is_none(), "{config}");
        }
        assert!(read(json!({"email": null, "phone": "5125550123"})).is_some());
    }
}
