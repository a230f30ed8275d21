use crate::prospect::Warnings;
use crate::tree::Element;
use platform_kernel::ports::IncomingVehicle;
use platform_kernel::text::{
    Money, Use, data, read_odometer, read_stock_number, read_vin, read_year,
};

/// Elements that hold a vehicle or several.
pub(crate) const NAMES: &[&str] = &[
    "vehicle",
    "vehicleofinterest",
    "vehicle_of_interest",
    "voi",
    "desiredvehicle",
    "tradein",
    "trade-in",
    "trade_in",
    "trade",
    "trades",
    "tradeins",
    "tradevehicle",
    "tradeinvehicle",
    "trade_vehicle",
];

fn is_trade(name: &str) -> bool {
    name.starts_with("trade")
}

/// The vehicles anywhere below a prospect. One inside a trade, whatever is around it, is what the
/// customer offers.
pub(crate) fn all(prospect: &Element, warnings: &mut Warnings) -> Vec<IncomingVehicle> {
    let mut found = Vec::new();
    collect(prospect, false, &mut found);
    let mut vehicles = Vec::new();
    for (element, trade) in found {
        let Some(mut vehicle) = read(element, warnings) else {
            continue;
        };
        if trade {
            vehicle.interest = Some("trade-in".to_owned());
        }
        vehicles.push(vehicle);
    }
    vehicles
}

fn collect<'a>(element: &'a Element, in_trade: bool, found: &mut Vec<(&'a Element, bool)>) {
    for child in element.children() {
        if ["vendor", "provider"].contains(&child.name.as_str()) {
            continue;
        }
        let known = NAMES.contains(&child.name.as_str());
        let trade = in_trade || (known && is_trade(&child.name));
        // A wrapper has vehicles in it and says nothing of a vehicle itself.
        let says = ["make", "model", "year", "vin", "stock"];
        if known && (child.first(&says).is_some() || child.find(NAMES).is_none()) {
            found.push((child, trade));
        }
        collect(child, trade, found);
    }
}

/// Reads a `vehicle` element; nothing if it says nothing.
fn read(element: &Element, warnings: &mut Warnings) -> Option<IncomingVehicle> {
    if element.is_blank() {
        let attributes = element
            .attribute("interest")
            .or(element.attribute("status"));
        if attributes.is_none() {
            warnings.add("prospect/vehicle", "the element is empty");
        }
        return None;
    }
    let holds_others = element.find(NAMES).is_some();
    let word = |names: &[&str]| {
        let own = element.value(names);
        let nested = || (!holds_others).then(|| element.anywhere(names)).flatten();
        own.or_else(nested)
    };
    let mut vehicle = settle(IncomingVehicle {
        interest: interest(element),
        condition: condition(element),
        make: word(&["make", "manufacturer"]),
        model: word(&["model", "modelname", "model_name"]),
        trim: word(&["trim", "trimlevel", "series"]),
        body_style: element.value(&["bodystyle", "body", "bodytype", "body_style"]),
        transmission: element.value(&["transmission"]),
        odometer: mileage(element),
        comments: comments(element),
        ..IncomingVehicle::default()
    });
    vehicle.stock_number = word(&[
        "stock",
        "stocknumber",
        "stock_number",
        "stockno",
        "stock_no",
    ])
    .and_then(|stock| read_stock_number(&stock));
    vehicle.vin = word(&["vin"]).and_then(|vin| {
        let read = read_vin(&vin);
        warnings.note("prospect/vehicle/vin", &vin, read.note);
        match read.is_placeholder() {
            true => None,
            false => read.value.map(|vin| vin.to_string()).or(Some(vin)),
        }
    });
    let year = word(&["year", "modelyear", "model_year"]);
    vehicle.year = year.and_then(|year| {
        let read = read_year(&year);
        warnings.note("prospect/vehicle/year", &year, read.note);
        read.value
    });
    colors(element, &mut vehicle);
    price(element, &mut vehicle, warnings);
    Some(vehicle)
}

/// The vehicle without fillers in its words.
pub(crate) fn settle(mut vehicle: IncomingVehicle) -> IncomingVehicle {
    let fields = [
        &mut vehicle.make,
        &mut vehicle.model,
        &mut vehicle.trim,
        &mut vehicle.body_style,
        &mut vehicle.transmission,
    ];
    for field in fields {
        *field = word(field.take());
    }
    vehicle
}

fn word(text: Option<String>) -> Option<String> {
    text.and_then(|text| data(&text, Use::Word).map(str::to_owned))
}

fn interest(element: &Element) -> Option<String> {
    if is_trade(&element.name) {
        return Some("trade-in".to_owned());
    }
    let child = element.value(&["interest"]);
    let written = element.attribute("interest").map(str::to_owned).or(child)?;
    let plain: String = written.to_lowercase().replace([' ', '_'], "-");
    let known = match plain.as_str() {
        "tradein" | "trade" | "trade-in-vehicle" => "trade-in",
        "testdrive" => "test-drive",
        "purchase" => "buy",
        other => other,
    };
    Some(known.to_owned())
}

fn condition(element: &Element) -> Option<String> {
    let status = element.attribute("status").map(str::to_owned);
    let said = || {
        element
            .all(&["status", "condition", "type", "newused", "stocktype"])
            .filter_map(Element::text)
            .find(|said| known_condition(said).is_some())
    };
    let status = status.filter(|status| data(status, Use::Word).is_some());
    let written = status.or_else(said)?;
    Some(known_condition(&written).map_or(written.to_lowercase(), str::to_owned))
}

fn known_condition(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "new" | "nuevo" | "neuf" | "neu" | "n" => Some("new"),
        "used" | "usado" | "occasion" | "gebraucht" | "u" | "pre-owned" | "preowned" => {
            Some("used")
        }
        "certified" | "cpo" | "certified pre-owned" => Some("certified"),
        _ => None,
    }
}

/// `45000 mi`; units stand in an attribute, or beside the value in an element.
fn mileage(element: &Element) -> Option<String> {
    let written = element.first(&["odometer", "mileage", "miles", "kilometers"])?;
    let value = written.value(&["value"]).or_else(|| written.text())?;
    let units = written.value(&["units", "unit"]);
    let by_name = match written.name.as_str() {
        "miles" => Some("mi"),
        "kilometers" => Some("km"),
        _ => None,
    };
    let units = units
        .as_deref()
        .or_else(|| written.attribute("units"))
        .or(by_name);
    read_odometer(&value, units)
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
    let color = |names: &[&str]| {
        let wished = wishes.iter().find_map(|wish| word(wish.value(names)));
        wished.or_else(|| word(element.value(names)))
    };
    vehicle.exterior_color = color(&["exteriorcolor", "exterior_color", "color", "extcolor"]);
    vehicle.interior_color = color(&["interiorcolor", "interior_color", "intcolor"]);
}

/// Of several prices, the one that was named to the customer first. What the customer offers is
/// no price of the vehicle's.
fn price(element: &Element, vehicle: &mut IncomingVehicle, warnings: &mut Warnings) {
    let order = [
        "quote", "asking", "internet", "sale", "selling", "msrp", "list", "",
    ];
    let kind = |price: &Element| {
        let kind = price.attribute("type").unwrap_or_default();
        kind.to_ascii_lowercase()
    };
    let rank = |price: &&Element| {
        let kind = kind(price);
        let known = order.iter().position(|known| *known == kind);
        known.unwrap_or(order.len())
    };
    let names = [
        "price",
        "askingprice",
        "internetprice",
        "sellingprice",
        "msrp",
    ];
    let mut prices: Vec<&Element> = element.all(&names).collect();
    prices.sort_by_key(rank);
    for price in prices {
        let Some(text) = price.text() else { continue };
        let is_offer = kind(price) == "offer";
        if kind(price) == "invoice" || (is_offer && vehicle.offer_minor.is_some()) {
            continue;
        }
        let read = Money::read(&text);
        warnings.note("prospect/vehicle/price", &text, read.note);
        // Nought stands for not known.
        let Some(money) = read.value.filter(|money| money.minor > 0) else {
            continue;
        };
        if is_offer {
            vehicle.offer_minor = Some(money.minor);
        } else if vehicle.price_minor.is_none() {
            vehicle.price_minor = Some(money.minor);
        } else {
            continue;
        }
        let named = price.attribute("currency").map(str::to_ascii_uppercase);
        let named = named.filter(|code| code.len() == 3);
        let currency = named.or_else(|| money.currency.map(str::to_owned));
        vehicle.price_currency = vehicle.price_currency.take().or(currency);
    }
}

/// What is said about the vehicle: the comments, the options, and how it is to be paid.
fn comments(element: &Element) -> Option<String> {
    let names = ["comments", "comment", "pricecomments", "notes", "message"];
    let mut parts: Vec<String> = Vec::new();
    let mut add = |part: String| {
        if !parts.contains(&part) {
            parts.push(part);
        }
    };
    element
        .all(&names)
        .filter_map(Element::long_text)
        .for_each(&mut add);
    let options = element.all(&["option"]);
    options
        .filter_map(|option| option.value(&["optionname"]).or_else(|| option.text()))
        .for_each(&mut add);
    element
        .all(&["finance"])
        .filter_map(finance)
        .for_each(&mut add);
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// `Finance: lease, monthly maximum 350 USD, balance finance 12000`.
fn finance(element: &Element) -> Option<String> {
    let mut parts: Vec<String> = element.value(&["method"]).into_iter().collect();
    for amount in element.all(&["amount", "balance"]) {
        let Some(text) = amount.text() else { continue };
        let what = match amount.name.as_str() {
            "balance" => Some("balance"),
            _ => None,
        };
        let kind = ["type", "limit"].map(|name| amount.attribute(name));
        let [kind, limit] = kind;
        let currency = amount.attribute("currency");
        let words = [what, kind, limit, Some(text.as_str()), currency];
        parts.push(words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    (!parts.is_empty()).then(|| format!("Finance: {}", parts.join(", ")))
}
