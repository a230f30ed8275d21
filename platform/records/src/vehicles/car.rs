//! A vehicle as a lead or a workflow names it, normalised, and when two of them are one.

use super::stated::Stated;
use crate::text::Cleaner;
use platform_kernel::ports::IncomingVehicle;
use platform_kernel::text::{Vin, folded, read_odometer, read_stock_number, read_vin};

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
    /// What it is offered for, never what a customer bids.
    pub price_minor: Option<i64>,
    pub price_currency: Option<String>,
    /// The same in the words that were used.
    pub stated: Stated,
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
        let positive = |price: &i64| *price > 0;
        let price_minor = vehicle.price_minor.filter(positive);
        let offer_minor = vehicle.offer_minor.filter(positive);
        let vin = vin(vehicle.vin.as_deref(), cleaner);
        let vin_written = cleaner.code("vehicle/vin", vehicle.vin.as_deref());
        let stock_written = cleaner.code("vehicle/stock_number", vehicle.stock_number.as_deref());
        let mut value = |place: &str, text: &Option<String>| cleaner.word(place, text.as_deref());
        let stated = Stated {
            label: None,
            year,
            make: value("vehicle/make", &vehicle.make),
            model: value("vehicle/model", &vehicle.model),
            trim: value("vehicle/trim", &vehicle.trim),
            vin: vin_written,
            stock_number: stock_written,
            condition: value("vehicle/condition", &vehicle.condition),
            body_style: value("vehicle/body_style", &vehicle.body_style),
            transmission: value("vehicle/transmission", &vehicle.transmission),
            exterior_color: value("vehicle/exterior_color", &vehicle.exterior_color),
            interior_color: value("vehicle/interior_color", &vehicle.interior_color),
            odometer: value("vehicle/odometer", &vehicle.odometer),
            price_minor,
            offer_minor,
            price_currency: value("vehicle/price_currency", &vehicle.price_currency)
                .filter(|c| c.len() == 3)
                .map(|c| c.to_uppercase()),
        };
        Self {
            interest: value("vehicle/interest", &vehicle.interest).map(|i| i.to_lowercase()),
            condition: condition(vehicle.condition.as_deref()),
            year,
            make: stated.make.clone(),
            model: stated.model.clone(),
            trim: stated.trim.clone(),
            vin,
            stock_number: stated.stock_number.as_deref().and_then(read_stock_number),
            body_style: stated.body_style.clone(),
            transmission: stated.transmission.clone(),
            exterior_color: stated.exterior_color.clone(),
            interior_color: stated.interior_color.clone(),
            odometer: stated
                .odometer
                .as_deref()
                .and_then(|text| read_odometer(text, None)),
            price_minor,
            price_currency: stated.price_currency.clone(),
            stated: stated.with_label(),
        }
    }

    /// Adds what another mention of the same vehicle says and this one does not.
    pub(crate) fn fill(&mut self, other: Self) {
        self.stated.fill(&other.stated);
        if self.condition == "unknown" {
            self.condition = other.condition;
        }
        self.year = self.year.or(other.year);
        self.make = self.make.take().or(other.make);
        self.model = self.model.take().or(other.model);
        self.trim = self.trim.take().or(other.trim);
        self.vin = self.vin.take().or(other.vin);
        self.stock_number = self.stock_number.take().or(other.stock_number);
        self.body_style = self.body_style.take().or(other.body_style);
        self.transmission = self.transmission.take().or(other.transmission);
        self.exterior_color = self.exterior_color.take().or(other.exterior_color);
        self.interior_color = self.interior_color.take().or(other.interior_color);
        self.odometer = self.odometer.take().or(other.odometer);
        self.price_minor = self.price_minor.or(other.price_minor);
        self.price_currency = self.price_currency.take().or(other.price_currency);
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

    pub(crate) fn vin(&self) -> Option<&str> {
        self.vin.as_ref().map(Vin::as_str)
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
            vin: self.vin(),
            stock_number: self.stock_number.as_deref(),
            year: self.year,
            make: self.make.as_deref(),
            model: self.model.as_deref(),
            trim: self.trim.as_deref(),
            condition: Some(self.condition.as_str()),
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
    pub(crate) trim: Option<&'a str>,
    /// `new`, `used` or `unknown`.
    pub(crate) condition: Option<&'a str>,
}

impl Identity<'_> {
    /// By VIN where both have one, else by stock number where both have one, else by model, make,
    /// year, trim and condition, of which only the model must be there on both sides.
    pub(crate) fn is_same(&self, other: &Identity<'_>) -> bool {
        if let (Some(a), Some(b)) = (self.vin, other.vin) {
            return a == b && !self.has_others_vin(other);
        }
        if let (Some(a), Some(b)) = (self.stock_number, other.stock_number) {
            return a == b && self.contradictions(other) == 0;
        }
        let (Some(model), Some(other_model)) = (self.model, other.model) else {
            return false;
        };
        same_word(model, other_model)
            && both(self.make, other.make, same_make)
            && both(self.year, other.year, |a, b| a == b)
            && both(self.trim, other.trim, same_word)
            && both(self.condition, other.condition, same_condition)
    }

    /// Whether the VIN, or the stock number that both have, is that of the other vehicle's record
    /// and not a number that forms fill in for many, or that has a new bearer.
    pub(crate) fn is_on_record_as(&self, record: &Identity<'_>) -> bool {
        match (self.vin, record.vin) {
            (Some(a), Some(b)) => a == b && !self.has_others_vin(record),
            _ => self.contradictions(record) == 0,
        }
    }

    /// One of year, make and model may be mistyped beside a VIN; two are another car.
    fn has_others_vin(&self, other: &Identity<'_>) -> bool {
        self.contradictions(other) >= 2
    }

    /// How many of year, make and model both say, and say differently.
    fn contradictions(&self, other: &Identity<'_>) -> usize {
        let agree = [
            both(self.year, other.year, |a, b| a == b),
            both(self.make, other.make, same_make),
            both(self.model, other.model, begins_like),
        ];
        agree.into_iter().filter(|agrees| !agrees).count()
    }
}

/// Whether `same` holds, or one side doesn't say.
fn both<T>(a: Option<T>, b: Option<T>, same: impl Fn(T, T) -> bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        _ => true,
    }
}

fn letters(text: &str) -> String {
    let folded = folded(text);
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// "F-150" and "f150" are one model.
fn same_word(a: &str, b: &str) -> bool {
    letters(a) == letters(b)
}

/// "RAV4" and "RAV4 Hybrid" may be one car's model.
fn begins_like(a: &str, b: &str) -> bool {
    let (a, b) = (letters(a), letters(b));
    a.starts_with(&b) || b.starts_with(&a)
}

/// Short names of makes that do not begin the long one.
const SHORT_MAKES: [(&str, &str); 3] = [
    ("chevy", "chevrolet"),
    ("vw", "volkswagen"),
    ("benz", "mercedesbenz"),
];

fn same_make(a: &str, b: &str) -> bool {
    let long = |make: &str| {
        let make = letters(make);
        let known = SHORT_MAKES.iter().find(|(short, _)| *short == make);
        known.map_or(make.clone(), |(_, long)| (*long).to_owned())
    };
    begins_like(&long(a), &long(b))
}

fn same_condition(a: &str, b: &str) -> bool {
    a == b || a == "unknown" || b == "unknown"
}

/// The canonical word for a condition as it was written.
pub(crate) fn condition(text: Option<&str>) -> String {
    match text.map(|t| t.trim().to_lowercase()).as_deref() {
        Some("new" | "demo") => "new",
        Some("used" | "cpo" | "certified" | "pre-owned" | "preowned") => "used",
        _ => "unknown",
    }
    .to_owned()
}

fn vin(text: Option<&str>, cleaner: &mut Cleaner) -> Option<Vin> {
    let text = cleaner.code("vehicle/vin", text)?;
    let vin = cleaner.read("vehicle/vin", &text, read_vin(&text))?;
    if !vin.check_digit_matches() {
        cleaner.warn(
            "vehicle/vin",
            format!("the check digit of {vin} does not match"),
        );
    }
    Some(vin)
}

/// What a vehicle is called by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'a> {
    pub(crate) year: Option<i32>,
    pub(crate) make: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) trim: Option<&'a str>,
    pub(crate) stock_number: Option<&'a str>,
    pub(crate) vin: Option<&'a str>,
}

impl Named<'_> {
    /// How it is called on screen: "2025 Toyota RAV4 XLE", else by its numbers.
    pub(crate) fn label(&self) -> String {
        let year = self.year.map(|y| y.to_string());
        let words: Vec<&str> = [year.as_deref(), self.make, self.model, self.trim]
            .into_iter()
            .flatten()
            .collect();
        if self.make.is_some() || self.model.is_some() {
            return words.join(" ");
        }
        match (self.stock_number, self.vin) {
            (Some(stock), _) => format!("Stock {stock}"),
            (None, Some(vin)) => format!("VIN {vin}"),
            (None, None) if !words.is_empty() => format!("{} vehicle", words.join(" ")),
            (None, None) => "Unnamed vehicle".to_owned(),
        }
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
            ..Identity::default()
        }
    }

    #[test]
    fn a_vin_tells_before_a_stock_number_and_that_before_a_model() {
        let a = identity(Some("A"), Some("1"), Some("F-150"));
        assert!(a.is_same(&identity(Some("A"), Some("2"), None)));
        assert!(
            !a.is_same(&identity(None, Some("1"), Some("Focus"))),
            "the number's next bearer"
        );
        assert!(!a.is_same(&identity(Some("B"), Some("1"), Some("F-150"))));
        assert!(a.is_same(&identity(None, Some("1"), None)));
        assert!(!a.is_same(&identity(None, Some("2"), Some("F-150"))));
        assert!(a.is_same(&identity(None, None, Some("f150"))));
        assert!(!a.is_same(&identity(None, None, None)));
    }

    #[test]
    fn year_trim_and_condition_make_another_vehicle_of_the_same_model() {
        let rav4 = |year, trim, condition| Identity {
            year,
            make: Some("Toyota"),
            model: Some("RAV4"),
            trim,
            condition: Some(condition),
            ..Identity::default()
        };
        let a = rav4(Some(2026), Some("LE"), "new");
        assert!(a.is_same(&rav4(None, None, "unknown")));
        assert!(a.is_same(&rav4(Some(2026), Some("le"), "new")));
        assert!(!a.is_same(&rav4(Some(2026), Some("Limited"), "new")));
        assert!(!a.is_same(&rav4(Some(2025), Some("LE"), "new")));
        assert!(!a.is_same(&rav4(Some(2026), Some("LE"), "used")));
    }

    #[test]
    fn a_vin_or_stock_number_that_two_cars_carry_is_not_believed() {
        let car = |year, make, model| Identity {
            vin: Some("A"),
            stock_number: Some("1"),
            year,
            make,
            model,
            ..Identity::default()
        };
        let silverado = car(Some(2022), Some("Chevrolet"), Some("Silverado 1500"));
        assert!(silverado.is_on_record_as(&car(Some(2022), Some("Chevy"), Some("Silverado"))));
        assert!(silverado.is_on_record_as(&car(Some(2023), Some("Chevrolet"), Some("Silverado"))));
        assert!(!silverado.is_on_record_as(&car(Some(2024), Some("Chevrolet"), Some("Malibu"))));
        let by_stock = |identity: Identity<'static>| Identity {
            vin: None,
            ..identity
        };
        let silverado = by_stock(silverado);
        assert!(!silverado.is_on_record_as(&by_stock(car(Some(2023), Some("Chevrolet"), None))));
        assert!(silverado.is_on_record_as(&by_stock(car(None, Some("chevy"), None))));
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
                offer_minor: Some(100),
                trim: Some("N/A".to_owned()),
                ..IncomingVehicle::default()
            },
            &mut cleaner,
        );
        assert_eq!((car.vin, car.year, car.price_minor), (None, None, None));
        assert_eq!(car.stock_number.as_deref(), Some("P1204A"));
        assert_eq!(car.stated.stock_number.as_deref(), Some("p1204a"));
        assert_eq!((car.trim, car.stated.offer_minor), (None, Some(100)));
        assert_eq!(cleaner.warnings.len(), 2);
    }

    #[test]
    fn a_label_is_what_people_call_it() {
        let label = |year, make, stock_number, vin| {
            let named = Named {
                year,
                make,
                stock_number,
                vin,
                ..Named::default()
            };
            named.label()
        };
        assert_eq!(label(Some(2025), Some("Toyota"), None, None), "2025 Toyota");
        assert_eq!(label(None, None, Some("P12"), Some("V")), "Stock P12");
        assert_eq!(label(None, None, None, Some("V")), "VIN V");
        assert_eq!(label(None, None, None, None), "Unnamed vehicle");
    }
}
