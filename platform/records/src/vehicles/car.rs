//! A vehicle as a lead or a workflow names it, normalised, and when two of them are one.

use crate::text::{Cleaner, longest};
use platform_kernel::ports::IncomingVehicle;
use platform_kernel::text::Vin;

/// A normalised vehicle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Car {
    pub interest: Option<String>,
    /// `new`, `used` or `unknown`.
    pub condition: String,
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    pub vin: Option<Vin>,
    /// Upper case, as on the windscreen.
    pub stock_number: Option<String>,
    pub body_style: Option<String>,
    pub transmission: Option<String>,
    pub exterior_color: Option<String>,
    pub interior_color: Option<String>,
    pub odometer: Option<String>,
    pub price_minor: Option<i64>,
    pub price_currency: Option<String>,
}

impl Car {
    pub(crate) fn read(vehicle: &IncomingVehicle, cleaner: &mut Cleaner) -> Self {
        let year = vehicle.year.filter(|year| {
            let plausible = (1886..=2200).contains(year);
            if !plausible {
                cleaner.warn("vehicle/year", format!("{year} is no model year"));
            }
            plausible
        });
        let price_minor = vehicle.price_minor.filter(|price| *price >= 0);
        let vin = vin(vehicle.vin.as_deref(), cleaner);
        let mut line = |place: &str, text: &Option<String>| {
            cleaner.line(place, text.as_deref(), longest::LINE)
        };
        Self {
            interest: line("vehicle/interest", &vehicle.interest).map(|i| i.to_lowercase()),
            condition: condition(vehicle.condition.as_deref()),
            year,
            make: line("vehicle/make", &vehicle.make),
            model: line("vehicle/model", &vehicle.model),
            trim: line("vehicle/trim", &vehicle.trim),
            vin,
            stock_number: line("vehicle/stock_number", &vehicle.stock_number)
                .map(|number| number.to_uppercase()),
            body_style: line("vehicle/body_style", &vehicle.body_style),
            transmission: line("vehicle/transmission", &vehicle.transmission),
            exterior_color: line("vehicle/exterior_color", &vehicle.exterior_color),
            interior_color: line("vehicle/interior_color", &vehicle.interior_color),
            odometer: line("vehicle/odometer", &vehicle.odometer),
            price_minor,
            price_currency: line("vehicle/price_currency", &vehicle.price_currency)
                .filter(|c| c.len() == 3)
                .map(|c| c.to_uppercase()),
        }
    }

    /// Whether it says anything by which a vehicle could be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.vin.is_none()
            && self.stock_number.is_none()
            && self.year.is_none()
            && self.make.is_none()
            && self.model.is_none()
    }

    /// Whether the customer offers it instead of wanting it.
    pub(crate) fn is_trade_in(&self) -> bool {
        is_trade_in(self.interest.as_deref())
    }

    /// What two transactions must not both be first with.
    pub(crate) fn lock_keys(&self) -> Vec<String> {
        let vin = self.vin.iter().map(|vin| format!("vin {vin}"));
        let stock = self
            .stock_number
            .iter()
            .map(|number| format!("stock {number}"));
        vin.chain(stock).collect()
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            vin: self.vin.as_ref().map(Vin::as_str),
            stock_number: self.stock_number.as_deref(),
            year: self.year,
            make: self.make.as_deref(),
            model: self.model.as_deref(),
        }
    }
}

/// Whether an interest means that the customer offers the vehicle.
pub(crate) fn is_trade_in(interest: Option<&str>) -> bool {
    interest.is_some_and(|word| matches!(word, "trade-in" | "trade in" | "tradein" | "sell"))
}

/// What tells a vehicle from others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Identity<'a> {
    pub(crate) vin: Option<&'a str>,
    pub(crate) stock_number: Option<&'a str>,
    pub(crate) year: Option<i32>,
    pub(crate) make: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
}

impl Identity<'_> {
    /// By VIN where both have one, else by stock number where both have one, else by year, make
    /// and model: the year may be missing on one side, the model may not.
    pub(crate) fn is_same(&self, other: &Identity<'_>) -> bool {
        if let (Some(a), Some(b)) = (self.vin, other.vin) {
            return a == b;
        }
        if let (Some(a), Some(b)) = (self.stock_number, other.stock_number) {
            return a == b;
        }
        let (Some(model), Some(other_model)) = (self.model, other.model) else {
            return false;
        };
        same_word(model, other_model)
            && both(self.make, other.make, same_word)
            && both(self.year, other.year, |a, b| a == b)
    }
}

/// Whether `same` holds, or one side doesn't say.
fn both<T>(a: Option<T>, b: Option<T>, same: impl Fn(T, T) -> bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        _ => true,
    }
}

/// "F-150" and "f150" are one model.
fn same_word(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    letters(a) == letters(b)
}

fn condition(text: Option<&str>) -> String {
    match text.map(|t| t.trim().to_lowercase()).as_deref() {
        Some("new" | "demo") => "new",
        Some("used" | "cpo" | "certified" | "pre-owned" | "preowned") => "used",
        _ => "unknown",
    }
    .to_owned()
}

fn vin(text: Option<&str>, cleaner: &mut Cleaner) -> Option<Vin> {
    let text = cleaner.line("vehicle/vin", text, longest::WORD)?;
    let Some(vin) = Vin::parse(&text) else {
        cleaner.warn("vehicle/vin", format!("{text} is no VIN of 17 characters"));
        return None;
    };
    // Forms filled with one character all over would make one vehicle of everybody's.
    let first = vin.as_str().chars().next();
    if vin.as_str().chars().all(|c| Some(c) == first) {
        cleaner.warn("vehicle/vin", format!("{vin} is a placeholder"));
        return None;
    }
    if !vin.check_digit_matches() {
        cleaner.warn(
            "vehicle/vin",
            format!("the check digit of {vin} does not match"),
        );
    }
    Some(vin)
}

/// How a vehicle is called on screen: "2025 Toyota RAV4 XLE", else by its numbers.
pub fn label(
    year: Option<i32>,
    make: Option<&str>,
    model: Option<&str>,
    trim: Option<&str>,
    stock_number: Option<&str>,
    vin: Option<&str>,
) -> String {
    let year = year.map(|y| y.to_string());
    let words: Vec<&str> = [year.as_deref(), make, model, trim]
        .into_iter()
        .flatten()
        .collect();
    if make.is_some() || model.is_some() {
        return words.join(" ");
    }
    match (stock_number, vin) {
        (Some(stock), _) => format!("Stock {stock}"),
        (None, Some(vin)) => format!("VIN {vin}"),
        (None, None) if !words.is_empty() => format!("{} vehicle", words.join(" ")),
        (None, None) => "Unnamed vehicle".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity<'a>(
        vin: Option<&'a str>,
        stock: Option<&'a str>,
        model: Option<&'a str>,
    ) -> Identity<'a> {
        Identity {
            vin,
            stock_number: stock,
            year: None,
            make: Some("Ford"),
            model,
        }
    }

    #[test]
    fn a_vin_tells_before_a_stock_number_and_that_before_a_model() {
        let a = identity(Some("A"), Some("1"), Some("F-150"));
        assert!(a.is_same(&identity(Some("A"), Some("2"), None)));
        assert!(!a.is_same(&identity(Some("B"), Some("1"), Some("F-150"))));
        assert!(a.is_same(&identity(None, Some("1"), None)));
        assert!(!a.is_same(&identity(None, Some("2"), Some("F-150"))));
        assert!(a.is_same(&identity(None, None, Some("f150"))));
        assert!(!a.is_same(&identity(None, None, None)));
    }

    #[test]
    fn what_is_no_vin_or_year_is_left_out_with_a_warning() {
        let mut cleaner = Cleaner::default();
        let car = Car::read(
            &IncomingVehicle {
                vin: Some("11111111111111111".to_owned()),
                year: Some(20_255),
                price_minor: Some(-5),
                stock_number: Some(" p1204a ".to_owned()),
                ..IncomingVehicle::default()
            },
            &mut cleaner,
        );
        assert_eq!((car.vin, car.year, car.price_minor), (None, None, None));
        assert_eq!(car.stock_number.as_deref(), Some("P1204A"));
        assert_eq!(cleaner.warnings.len(), 2);
    }

    #[test]
    fn a_label_is_what_people_call_it() {
        let label = |year, make, stock, vin| label(year, make, None, None, stock, vin);
        assert_eq!(label(Some(2025), Some("Toyota"), None, None), "2025 Toyota");
        assert_eq!(label(None, None, Some("P12"), Some("V")), "Stock P12");
        assert_eq!(label(None, None, None, Some("V")), "VIN V");
        assert_eq!(label(None, None, None, None), "Unnamed vehicle");
    }
}
