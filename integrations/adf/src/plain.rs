//! Leads that are no ADF: mails for people to read, forms, other XML. What stands in labelled
//! lines is read; a person checks the rest.

use crate::envelope::Letter;
use crate::limits::{LONGEST_COMMENT, LONGEST_VALUE};
use crate::markup::{is_html, plain, without_tags};
use crate::vehicle::settle;
use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use platform_kernel::text::{Email, PersonName, PhoneNumber, Region, folded, is_filler};

/// What is read of texts that hold no lead document, with the reason why a person has to look at
/// it; `None` when they hold no text at all.
pub(crate) fn read(letters: &[Letter], reason: &str, region: Region) -> Option<IncomingLead> {
    let texts: Vec<String> = letters
        .iter()
        .filter(|letter| is_text(&letter.text))
        .map(|letter| visible(&letter.text))
        .collect();
    let said = texts
        .iter()
        .find(|text| text.chars().any(char::is_alphanumeric))?;
    let mut fields = Fields::default();
    for text in &texts {
        fields.take(text, true);
    }
    for letter in letters {
        fields.take(&letter.heading, false);
    }
    let mut lead = fields.lead(said, region);
    lead.review = Some(format!("{reason}; read as far as possible"));
    Some(lead)
}

/// The text without markup: HTML as a reader sees it, other elements as labelled lines.
fn visible(text: &str) -> String {
    let resolved = plain(text);
    let tags = |name: &str| !name.is_empty();
    let label = |name: &str| (!is_html(name)).then(|| format!("\n{name}: "));
    let marked_up = resolved.contains('<');
    let text = match marked_up {
        true => without_tags(&resolved, tags, label),
        false => resolved.into_owned(),
    };
    let mut lines = String::new();
    let mut blank = 0;
    for line in text.lines() {
        let words = line.split(|c: char| c.is_whitespace() || c.is_control());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let line = words.join(" ");
        blank = if line.is_empty() { blank + 1 } else { 0 };
        let empty_label = marked_up && line.ends_with(':') && line.len() < 30;
        if blank < 2 && !empty_label {
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    lines.trim().chars().take(LONGEST_COMMENT).collect()
}

/// Whether it is something to read, and no binary.
fn is_text(text: &str) -> bool {
    let all = text.chars().count();
    let odd = text
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace()))
        .count();
    text.chars().any(char::is_alphanumeric) && odd * 20 <= all && !text.contains('\0')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    First,
    Last,
    Full,
    Email,
    Phone,
    Vehicle,
    Year,
    Make,
    Model,
    Trim,
    Vin,
    Stock,
    Comments,
    Source,
    SenderName,
    SenderEmail,
    ReplyName,
    ReplyEmail,
    Subject,
}

/// What forms and mails call a field, folded, in English, Spanish, French and German.
const LABELS: &[(Field, &[&str])] = &[
    (
        Field::First,
        &[
            "first name",
            "firstname",
            "fname",
            "given name",
            "givenname",
            "nombre",
            "prenom",
            "vorname",
            "primer nombre",
        ],
    ),
    (
        Field::Last,
        &[
            "last name",
            "lastname",
            "lname",
            "surname",
            "family name",
            "familyname",
            "apellido",
            "apellidos",
            "nom de famille",
            "nachname",
        ],
    ),
    (
        Field::Full,
        &[
            "name",
            "full name",
            "fullname",
            "customer",
            "customer name",
            "customername",
            "contact name",
            "your name",
            "buyer",
            "buyer name",
            "nombre completo",
            "nom",
            "nom complet",
            "kunde",
            "lead name",
            "client",
        ],
    ),
    (
        Field::Email,
        &[
            "email",
            "e mail",
            "email address",
            "emailaddress",
            "customer email",
            "your email",
            "correo",
            "correo electronico",
            "courriel",
            "adresse courriel",
            "e mail adresse",
            "contact email",
        ],
    ),
    (
        Field::Phone,
        &[
            "phone",
            "phone number",
            "phonenumber",
            "phone no",
            "telephone",
            "telephone number",
            "tel",
            "cell",
            "cell phone",
            "cellphone",
            "mobile",
            "mobile phone",
            "mobile number",
            "home phone",
            "work phone",
            "day phone",
            "evening phone",
            "customer phone",
            "your phone",
            "telefono",
            "celular",
            "movil",
            "telefon",
            "telefonnummer",
            "handy",
            "telephone mobile",
            "contact phone",
            "contact number",
        ],
    ),
    (
        Field::Vehicle,
        &[
            "vehicle",
            "vehicle of interest",
            "vehicle of choice",
            "vehicle interest",
            "interested in",
            "car",
            "listing",
            "unit",
            "vehiculo",
            "vehiculo de interes",
            "vehicule",
            "fahrzeug",
            "auto",
            "inquiry about",
        ],
    ),
    (
        Field::Year,
        &[
            "year",
            "vehicle year",
            "model year",
            "ano",
            "annee",
            "baujahr",
        ],
    ),
    (
        Field::Make,
        &[
            "make",
            "vehicle make",
            "marca",
            "marque",
            "marke",
            "hersteller",
        ],
    ),
    (
        Field::Model,
        &["model", "vehicle model", "modelo", "modele", "modell"],
    ),
    (Field::Trim, &["trim", "vehicle trim", "version"]),
    (Field::Vin, &["vin", "vehicle vin", "vin number", "vin no"]),
    (
        Field::Stock,
        &[
            "stock",
            "stock number",
            "stock no",
            "stocknumber",
            "stock id",
            "stk",
            "vehicle stock",
        ],
    ),
    (
        Field::Comments,
        &[
            "comments",
            "comment",
            "customer comments",
            "message",
            "messages",
            "question",
            "questions",
            "notes",
            "note",
            "details",
            "inquiry",
            "body",
            "text",
            "mensaje",
            "comentarios",
            "comentario",
            "commentaires",
            "commentaire",
            "nachricht",
            "bemerkung",
            "bemerkungen",
            "kommentar",
        ],
    ),
    (
        Field::Source,
        &["source", "lead source", "leadsource", "provider", "site"],
    ),
    (Field::SenderName, &["sender name"]),
    (Field::SenderEmail, &["sender email"]),
    (Field::ReplyName, &["reply to name"]),
    (Field::ReplyEmail, &["reply to email"]),
    (Field::Subject, &["subject"]),
];

fn field_of(label: &str) -> Option<Field> {
    let folded = folded(label.trim_matches(['*', '#', ' ', '-', '•', '.']));
    let label: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let label = label.join(" ");
    let known = LABELS
        .iter()
        .find(|(_, names)| names.contains(&label.as_str()));
    known.map(|(field, _)| *field)
}

#[derive(Default)]
struct Fields {
    values: Vec<(Field, String)>,
    /// The lines, for what stands without a label.
    lines: Vec<String>,
}

impl Fields {
    fn take(&mut self, text: &str, is_body: bool) {
        let mut comments = false;
        for line in text.lines().take(2_000) {
            let split = line.split_once([':', '=', '\t']);
            let label = split.filter(|(label, _)| label.len() <= 40);
            let labelled = label.and_then(|(label, value)| Some((field_of(label)?, value.trim())));
            match labelled {
                Some((field, value)) => {
                    comments = field == Field::Comments;
                    self.add(field, value);
                }
                // A comment goes on until the next label.
                None if comments => {
                    if let Some((_, said)) = self.values.last_mut() {
                        said.push('\n');
                        said.push_str(line);
                    }
                }
                None => {}
            }
            if is_body && self.lines.len() < 200 {
                self.lines.push(line.chars().take(300).collect());
            }
        }
    }

    fn add(&mut self, field: Field, value: &str) {
        let longest = if field == Field::Comments {
            LONGEST_COMMENT
        } else {
            LONGEST_VALUE
        };
        let value: String = value.chars().take(longest).collect();
        if field == Field::Comments || !is_filler(&value) {
            self.values.push((field, value));
        }
    }

    fn get(&self, wanted: Field) -> Option<&str> {
        self.all(wanted).next()
    }

    fn all(&self, wanted: Field) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(move |(field, value)| *field == wanted && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }

    fn lead(&self, said: &str, region: Region) -> IncomingLead {
        let contact = self.contact(region);
        let vehicle = self.vehicle();
        let comments = self.get(Field::Comments).unwrap_or(said);
        let empty = contact == IncomingContact::default();
        IncomingLead {
            customer: (!empty).then_some(contact),
            vehicles: vehicle.into_iter().collect(),
            comments: Some(comments.to_owned()),
            provider_name: self.get(Field::Source).map(str::to_owned),
            ..IncomingLead::default()
        }
    }

    fn contact(&self, region: Region) -> IncomingContact {
        let email = self.email();
        // The sender's name belongs to the sender's address.
        let by_sender = |field: Field, name: Field| {
            let theirs = self.get(field).and_then(|text| Email::read(text).value);
            self.get(name)
                .filter(|_| theirs.is_some() && theirs == email)
        };
        let full = self
            .get(Field::Full)
            .or_else(|| by_sender(Field::ReplyEmail, Field::ReplyName))
            .or_else(|| by_sender(Field::SenderEmail, Field::SenderName));
        let name = PersonName::of_parts(
            self.get(Field::First),
            None,
            self.get(Field::Last),
            None,
            full,
        );
        let name = name.value.unwrap_or_default();
        IncomingContact {
            full_name: Some(name.full).filter(|full| !full.is_empty()),
            first_name: name.first,
            middle_name: name.middle,
            last_name: name.last,
            suffix: name.suffix,
            email: email.map(|email| email.to_string()),
            phones: self.phones(region),
            ..IncomingContact::default()
        }
    }

    fn email(&self) -> Option<Email> {
        let labelled = self
            .all(Field::Email)
            .find_map(|text| Email::read(text).value);
        labelled
            .or_else(|| self.lines.iter().find_map(|line| Email::read(line).value))
            .or_else(|| {
                self.get(Field::ReplyEmail)
                    .and_then(|text| Email::read(text).value)
            })
            .or_else(|| {
                self.get(Field::SenderEmail)
                    .and_then(|text| Email::read(text).value)
            })
    }

    fn phones(&self, region: Region) -> Vec<IncomingPhone> {
        let good = |text: &&str| PhoneNumber::read(text, region).value.is_some();
        let mut numbers: Vec<String> = self
            .all(Field::Phone)
            .filter(good)
            .map(str::to_owned)
            .collect();
        if numbers.is_empty() {
            let found = self
                .lines
                .iter()
                .find_map(|line| PhoneNumber::read(line, region).value);
            numbers.extend(found.map(|number| number.to_string()));
        }
        numbers.dedup();
        let phone = |number| IncomingPhone {
            number,
            ..IncomingPhone::default()
        };
        numbers.into_iter().map(phone).collect()
    }

    fn vehicle(&self) -> Option<IncomingVehicle> {
        let named = self
            .get(Field::Vehicle)
            .map(named_vehicle)
            .unwrap_or_default();
        let own = |field: Field, or: Option<String>| self.get(field).map(str::to_owned).or(or);
        let year = own(Field::Year, named.0);
        let vehicle = settle(IncomingVehicle {
            make: own(Field::Make, named.1),
            model: own(Field::Model, named.2),
            trim: own(Field::Trim, None),
            vin: own(Field::Vin, None),
            stock_number: own(Field::Stock, None),
            year: year.and_then(|year| platform_kernel::text::read_year(&year).value),
            ..IncomingVehicle::default()
        });
        (vehicle != IncomingVehicle::default()).then_some(vehicle)
    }
}

/// Year, make and model of `2024 Toyota RAV4 XLE`.
fn named_vehicle(text: &str) -> (Option<String>, Option<String>, Option<String>) {
    const CONDITIONS: &[&str] = &["new", "used", "certified", "pre-owned", "nuevo", "usado"];
    let words = text.split_whitespace();
    let words = words.skip_while(|word| CONDITIONS.contains(&word.to_lowercase().as_str()));
    let mut words = words.peekable();
    let year = words
        .next_if(|word| word.len() == 4 && platform_kernel::text::read_year(word).value.is_some())
        .map(str::to_owned);
    let make = words.next().map(str::to_owned);
    let rest: Vec<&str> = words.collect();
    (year, make, (!rest.is_empty()).then(|| rest.join(" ")))
}
