//! What can be read of STAR's `ProcessSalesLead` (Standards for Technology in Automotive Retail),
//! which reaches the same mailboxes: who, how to reach them, which vehicle, what they said.

use crate::dates;
use crate::prospect::Warnings;
use crate::tree::Element;
use chrono_tz::Tz;
use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use platform_kernel::text::{Email, PersonName, read_year};

const PEOPLE: &[&str] = &[
    "prospect",
    "individualprospect",
    "salesleadprospect",
    "customer",
    "prospectparty",
    "customerparty",
    "ownerparty",
    "buyer",
];
const VEHICLES: &[&str] = &[
    "salesleadvehicle",
    "salesvehicle",
    "salesvehiclelineitem",
    "vehiclelineitem",
    "vehicle",
    "desiredvehicle",
];
const TRADES: &[&str] = &["tradeinvehicle", "tradein", "tradeinvehiclelineitem"];

/// Reads what is there; nothing if there is neither a person nor a vehicle.
pub(crate) fn read(root: &Element, zone: Tz) -> Option<IncomingLead> {
    let mut warnings = Warnings::of(zone);
    warnings.add(
        "processsaleslead",
        "a STAR document, read as far as it corresponds to ADF",
    );
    let area = first_within(root, &["dataarea"]).unwrap_or(root);
    let customer = contact(first_within(area, PEOPLE).unwrap_or(area));
    let mut vehicles = vehicles(area, VEHICLES, None);
    vehicles.extend(self::vehicles(area, TRADES, Some("trade-in")));
    if customer.is_none() && vehicles.is_empty() {
        return None;
    }
    let date = [
        "leadcreationdatetime",
        "documentdatetime",
        "creationdatetime",
    ];
    let requested_at = root.anywhere(&date).and_then(|written| {
        let moment = dates::parse(&written, zone);
        if moment.is_none() {
            warnings.add(
                "documentdatetime",
                &format!("{written:?} is no date that is understood"),
            );
        }
        moment
    });
    let id = area.anywhere(&["documentid", "leadid", "salesleadid"]);
    Some(IncomingLead {
        ids: id.map(|id| vec![(None, id)]).unwrap_or_default(),
        requested_at,
        vehicles,
        customer,
        comments: area.anywhere(&[
            "leadcomments",
            "customercomments",
            "comments",
            "comment",
            "note",
        ]),
        vendor_name: area.anywhere(&["dealername", "vendorname"]),
        provider_name: root.anywhere(&[
            "leadprovidername",
            "leadsource",
            "sendername",
            "sendernamecode",
            "component",
        ]),
        warnings: warnings.list,
        ..IncomingLead::default()
    })
}

fn first_within<'a>(element: &'a Element, names: &[&str]) -> Option<&'a Element> {
    let mut found = Vec::new();
    element.within(names, &mut found);
    found.into_iter().find(|element| !element.is_blank())
}

fn contact(person: &Element) -> Option<IncomingContact> {
    let email = person.anywhere(&["uriid", "emailaddress", "mailto", "email"]);
    let phone = [
        "completenumber",
        "telephonenumber",
        "phonenumber",
        "contactmethodvalue",
        "phone",
    ];
    let phone = person.anywhere(&phone).or_else(|| {
        let parts = ["areanumbercode", "localnumber"].map(|name| person.anywhere(&[name]));
        let joined: String = parts.into_iter().flatten().collect();
        (!joined.is_empty()).then_some(joined)
    });
    let company = person.anywhere(&["companyname", "organizationname"]);
    let mut contact = IncomingContact {
        first_name: person.anywhere(&["givenname", "firstname"]),
        middle_name: person.anywhere(&["middlename"]),
        last_name: person.anywhere(&["familyname", "lastname", "surname"]),
        is_business: company.is_some(),
        full_name: company.or_else(|| person.anywhere(&["personname", "fullname"])),
        email: email
            .and_then(|email| Email::read(&email).value)
            .map(|email| email.to_string()),
        ..IncomingContact::default()
    };
    if !contact.is_business {
        settle_name(&mut contact);
    }
    contact.phones.extend(
        phone
            .filter(|phone| phone.bytes().any(|b| b.is_ascii_digit()))
            .map(|number| IncomingPhone {
                number,
                kind: None,
                best_time: None,
            }),
    );
    (!crate::contact::is_empty(&contact)).then_some(contact)
}

/// The name without fillers, its parts told apart.
fn settle_name(contact: &mut IncomingContact) {
    let name = PersonName::of_parts(
        contact.first_name.as_deref(),
        contact.middle_name.as_deref(),
        contact.last_name.as_deref(),
        None,
        contact.full_name.as_deref(),
    );
    let name = name.value.unwrap_or_default();
    if name.is_company {
        contact.is_business = true;
        contact.full_name = Some(name.full);
    }
    contact.first_name = name.first;
    contact.middle_name = name.middle;
    contact.last_name = name.last;
    contact.suffix = name.suffix;
}

fn vehicles(area: &Element, names: &[&str], interest: Option<&str>) -> Vec<IncomingVehicle> {
    let mut found = Vec::new();
    area.within(names, &mut found);
    let read = |vehicle: &Element| {
        let read = IncomingVehicle {
            interest: interest.map(str::to_owned),
            condition: vehicle
                .anywhere(&["saleclasscode"])
                .map(|code| code.to_ascii_lowercase()),
            year: vehicle
                .anywhere(&["modelyear", "year"])
                .and_then(|year| read_year(&year).value),
            make: vehicle.anywhere(&["makestring", "make", "makecode", "manufacturername"]),
            model: vehicle.anywhere(&["model", "modeldescription", "modelcode"]),
            trim: vehicle.anywhere(&["trimcode", "trim", "seriesname"]),
            vin: vehicle.anywhere(&["vehicleid", "vin"]),
            stock_number: vehicle.anywhere(&["vehiclestockstring", "stocknumber"]),
            ..IncomingVehicle::default()
        };
        let said = read.make.is_some() || read.model.is_some() || read.vin.is_some();
        said.then_some(read)
    };
    found.into_iter().filter_map(read).collect()
}
