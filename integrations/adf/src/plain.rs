//! Leads that are no ADF: mails for people to read, forms, other XML. What stands in labelled
//! lines is read; a person checks the rest.

use crate::envelope::Letter;
use crate::labels::{Field, field_of, is_about_others};
use crate::limits::{LONGEST_COMMENT, LONGEST_VALUE};
use crate::markup::{is_html, plain, without_tags};
use crate::vehicle::settle;
use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use platform_kernel::text::{Email, PersonName, PhoneNumber, Region, is_filler};

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
        let line = of_cells(line);
        blank = if line.is_empty() { blank + 1 } else { 0 };
        let empty_label = marked_up && line.ends_with(':') && line.len() < 30;
        if blank < 2 && !empty_label {
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    lines.trim().chars().take(LONGEST_COMMENT).collect()
}

/// A line with single spaces. Of the cells of a table's row, which tabs part, the first is the
/// label where it is one.
fn of_cells(line: &str) -> String {
    let one = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join(" ")
    };
    let cells: Vec<String> = line
        .split('\t')
        .map(one)
        .filter(|cell| !cell.is_empty())
        .collect();
    match cells.split_first() {
        Some((label, rest))
            if !rest.is_empty() && !label.ends_with(':') && field_of(label).is_some() =>
        {
            format!("{label}: {}", rest.join(" "))
        }
        _ => cells.join(" "),
    }
}

/// The label and the value of a line: `Name: Ann`, `Name = Ann`, `Name - Ann`.
fn labelled(line: &str) -> Option<(Field, &str)> {
    const LONGEST_LABEL: usize = 60;
    let parts = [
        line.split_once([':', '=', '\t']),
        line.split_once(" - "),
        line.split_once(" – "),
    ];
    parts.into_iter().flatten().find_map(|(label, value)| {
        let field = field_of(label).filter(|_| label.len() <= LONGEST_LABEL)?;
        Some((field, value.trim()))
    })
}

/// The field of a line that is a label alone; its value is the next line.
fn label_alone(line: &str) -> Option<Field> {
    const LONGEST_LABEL: usize = 30;
    field_of(line).filter(|_| line.len() <= LONGEST_LABEL)
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

#[derive(Default)]
struct Fields {
    values: Vec<(Field, String)>,
    /// The lines, for what stands without a label.
    lines: Vec<String>,
}

impl Fields {
    fn take(&mut self, text: &str, is_body: bool) {
        let mut comments = false;
        let mut label: Option<Field> = None;
        for line in text.lines().take(2_000) {
            let alone = label_alone(line).filter(|_| is_body);
            match labelled(line) {
                Some((field, value)) => {
                    comments = field == Field::Comments;
                    self.add(field, value);
                    label = alone;
                }
                None if line.trim().is_empty() && label.is_some() => {}
                None if alone.is_some() => (label, comments) = (alone, false),
                None if label.is_some() => {
                    let field = label.take().unwrap_or(Field::Comments);
                    comments = field == Field::Comments;
                    self.add(field, line);
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
        let first = self.get(Field::First);
        // `Vorname` and `Name`, `Prénom` and `Nom`: the family name has no label of its own.
        let family = full.filter(|full| first.is_some_and(|first| !full.starts_with(first)));
        let last = self.get(Field::Last).or(family);
        let name = PersonName::of_parts(first, None, last, None, full);
        let name = name.value.unwrap_or_default();
        IncomingContact {
            full_name: Some(name.full).filter(|full| !full.is_empty()),
            is_business: name.is_company,
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
            let mut own = self.lines.iter().filter(|line| !is_about_others(line));
            let found = own.find_map(|line| PhoneNumber::read(line, region).value);
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

/// Year, make and model of `2024 Toyota RAV4 XLE` and `Nissan Versa 2021`.
fn named_vehicle(text: &str) -> (Option<String>, Option<String>, Option<String>) {
    const CONDITIONS: &[&str] = &["new", "used", "certified", "pre-owned", "nuevo", "usado"];
    let words = text.split_whitespace();
    let words = words.skip_while(|word| CONDITIONS.contains(&word.to_lowercase().as_str()));
    let mut words: Vec<&str> = words.collect();
    let is_year =
        |word: &&&str| word.len() == 4 && platform_kernel::text::read_year(word).value.is_some();
    let year = if words.first().filter(is_year).is_some() {
        Some(words.remove(0).to_owned())
    } else if words.len() > 2 && words.last().filter(is_year).is_some() {
        words.pop().map(str::to_owned)
    } else {
        None
    };
    let make = words.first().map(|make| (*make).to_owned());
    let rest = words.get(1..).unwrap_or_default();
    (year, make, (!rest.is_empty()).then(|| rest.join(" ")))
}
