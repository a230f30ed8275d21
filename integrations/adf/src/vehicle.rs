use crate::prospect::Warnings;
use crate::tree::Element;
use crate::values::{currency_of, model_year, money_minor, odometer};
use platform_kernel::ports::IncomingVehicle;

/// Reads a `vehicle` element; nothing if it says nothing.
pub(crate) fn read(element: &Element, warnings: &mut Warnings) -> Option<IncomingVehicle> {
    if element.is_blank() {
        warnings.add("prospect/vehicle", "the element is empty");
        return None;
    }
    let text = |names: &[&str]| element.value(names);
    let mut vehicle = IncomingVehicle {
        interest: interest(element),
        condition: condition(element),
        make: text(&["make"]),
        model: text(&["model"]),
        trim: text(&["trim"]),
        vin: text(&["vin"]).map(|vin| vin.replace([' ', '-'], "").to_ascii_uppercase()),
        stock_number: text(&["stock", "stocknumber", "stock_number"]),
        body_style: text(&["bodystyle", "body"]),
        transmission: text(&["transmission"]),
        odometer: mileage(element),
        comments: comments(element),
        ..IncomingVehicle::default()
    };
    vehicle.year = year(element, warnings);
    colors(element, &mut vehicle);
    price(element, &mut vehicle, warnings);
    Some(vehicle)
}

fn interest(element: &Element) -> Option<String> {
    let written = match element.name.as_str() {
        "vehicle" => element.attribute("interest")?,
        _ => "trade-in",
    };
    let plain: String = written.to_ascii_lowercase().replace([' ', '_'], "-");
    let known = match plain.as_str() {
        "tradein" | "trade" => "trade-in",
        "testdrive" => "test-drive",
        other => other,
    };
    Some(known.to_owned())
}

fn condition(element: &Element) -> Option<String> {
    let status = element.attribute("status").map(str::to_ascii_lowercase);
    status.or_else(|| {
        let said = element.value(&["condition"])?.to_ascii_lowercase();
        ["new", "used", "certified"]
            .contains(&said.as_str())
            .then_some(said)
    })
}

fn year(element: &Element, warnings: &mut Warnings) -> Option<i32> {
    let written = element.value(&["year", "modelyear"])?;
    let year = model_year(&written);
    if year.is_none() {
        warnings.add(
            "prospect/vehicle/year",
            &format!("{written:?} is no model year"),
        );
    }
    year
}

fn mileage(element: &Element) -> Option<String> {
    let written = element.first(&["odometer", "mileage"])?;
    Some(odometer(&written.text()?, written.attribute("units")))
}

fn colors(element: &Element, vehicle: &mut IncomingVehicle) {
    let mut wishes: Vec<&Element> = element.all(&["colorcombination"]).collect();
    let rank = |wish: &&Element| {
        let rank = wish
            .value(&["preference"])
            .and_then(|rank| rank.parse().ok());
        rank.unwrap_or(u8::MAX)
    };
    wishes.sort_by_key(rank);
    let color = |name: &str| {
        let wished = wishes.iter().find_map(|wish| wish.value(&[name]));
        wished.or_else(|| element.value(&[name]))
    };
    vehicle.exterior_color = color("exteriorcolor");
    vehicle.interior_color = color("interiorcolor");
}

/// The customer's own offer is kept apart; of the other prices, the one named to the customer
/// comes first.
fn price(element: &Element, vehicle: &mut IncomingVehicle, warnings: &mut Warnings) {
    let order = ["quote", "asking", "msrp"];
    let kind = |price: &Element| {
        let kind = price.attribute("type").unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    };
    let rank = |price: &&Element| {
        let known = order.iter().position(|known| *known == kind(price));
        known.unwrap_or(order.len())
    };
    let mut prices: Vec<&Element> = element.all(&["price"]).collect();
    prices.sort_by_key(rank);
    for price in prices {
        let Some(text) = price.text() else { continue };
        let amount = match kind(price).as_str() {
            "offer" => &mut vehicle.offer_minor,
            _ => &mut vehicle.price_minor,
        };
        match money_minor(&text) {
            // Nought stands for not known.
            Some(0) => {}
            Some(minor) if amount.is_none() => {
                *amount = Some(minor);
                let named = price.attribute("currency").map(str::to_ascii_uppercase);
                let currency = named.or_else(|| currency_of(&text).map(str::to_owned));
                vehicle.price_currency = vehicle.price_currency.take().or(currency);
            }
            Some(_) => {}
            None => warnings.add("prospect/vehicle/price", &format!("{text:?} is no amount")),
        }
    }
}

fn comments(element: &Element) -> Option<String> {
    let said = element
        .all(&["comments", "pricecomments"])
        .filter_map(Element::long_text);
    let mut parts: Vec<String> = said.collect();
    let options = element.all(&["option"]);
    parts.extend(options.filter_map(|option| option.value(&["optionname"])));
    (!parts.is_empty()).then(|| parts.join("\n"))
}
