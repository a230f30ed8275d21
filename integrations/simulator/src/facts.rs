//! What a prompt says about a customer, in so far as rules can find it.

use crate::pairs::Pairs;
use crate::signs::{
    Topic, Urgency, is_spanish, needs_human, opts_out, topics, urgency, word_limits,
};
use sha2::{Digest, Sha256};

#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) first_name: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) vehicle: Option<String>,
    pub(crate) trade: Option<String>,
    pub(crate) dealership: Option<String>,
    pub(crate) signature: Option<String>,
    /// The customer's own words.
    pub(crate) comment: Option<String>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) urgency: Urgency,
    pub(crate) spanish: bool,
    pub(crate) opted_out: bool,
    /// Nothing that a machine should answer.
    pub(crate) needs_human: bool,
    /// The mail follows a call that nobody took.
    pub(crate) missed_call: bool,
    /// How many words a reply may have.
    pub(crate) words: (usize, usize),
    /// The same prompt gets the same answer; another one may be worded differently.
    pub(crate) seed: [u8; 32],
}

const COMMENT: &[&str] = &[
    "comments",
    "comment",
    "customer_message",
    "customer_comments",
    "question",
    "message",
    "notes",
];
const FULL_NAME: &[&str] = &[
    "customer_name",
    "customer.full_name",
    "customer.name",
    "full_name",
    "lead_name",
    "customer",
    "name",
];
const FIRST_NAME: &[&str] = &[
    "first_name",
    "firstname",
    "given_name",
    "customer_first_name",
];
const DEALERSHIP: &[&str] = &[
    "dealership",
    "dealership_name",
    "dealership.name",
    "dealer_name",
    "dealer",
    "rooftop",
    "store",
];
const SIGNATURE: &[&str] = &[
    "salesperson",
    "salesperson_name",
    "assigned_to",
    "signature",
    "sign_as",
    "sign_off",
];
const VEHICLE: &[&str] = &[
    "vehicle.label",
    "vehicle_of_interest",
    "interested_in",
    "vehicle",
    "vehicle_label",
    "car",
];
const TRADE: &[&str] = &[
    "trade_in.label",
    "trade.label",
    "trade_in",
    "trade_in_vehicle",
    "trade",
];

impl Facts {
    /// Reads `instructions` (what the system says) and `request` (what the user says).
    pub(crate) fn read(instructions: &str, request: &str) -> Self {
        let about = if request.trim().is_empty() {
            instructions
        } else {
            request
        };
        let pairs = Pairs::read(about);
        let house = Pairs::read(instructions);
        let own = |names: &[&str]| pairs.get(names).map(str::to_owned);
        let either = |names: &[&str]| own(names).or_else(|| house.get(names).map(str::to_owned));
        let vehicle = vehicle(&pairs).or_else(|| named_vehicle(about));
        let full_name = own(FULL_NAME);
        let comment = own(COMMENT);
        let structured = full_name.is_some() || own(FIRST_NAME).is_some() || vehicle.is_some();
        // Names of fields are no words of the customer's.
        let unstructured = if structured { "" } else { about };
        let words = comment.as_deref().unwrap_or(unstructured).to_lowercase();
        let trade = trade(&pairs);
        let interest = own(&["interest"]).unwrap_or_default().to_lowercase();
        Self {
            first_name: own(FIRST_NAME).or_else(|| first_word(full_name.as_deref()?)),
            full_name: full_name.or_else(|| own(FIRST_NAME)),
            email: own(&["email", "e_mail", "customer_email"]).filter(|email| email.contains('@')),
            phone: own(&["phone", "phone_number", "mobile", "phone.number"]),
            topics: all_topics(&words, trade.is_some(), &interest),
            vehicle,
            trade,
            dealership: either(DEALERSHIP),
            signature: either(SIGNATURE),
            urgency: urgency(&words),
            spanish: is_spanish(&words),
            opted_out: opts_out(&words),
            needs_human: needs_human(&words),
            missed_call: instructions.to_lowercase().contains("missed"),
            words: word_limits(instructions).unwrap_or((40, 200)),
            comment,
            seed: Sha256::digest(format!("{instructions}\n{request}").as_bytes()).into(),
        }
    }

    /// One of `choices`, always the same for the same prompt.
    pub(crate) fn pick<'a>(&self, salt: usize, choices: &[&'a str]) -> &'a str {
        let byte = self.seed.get(salt % 32).copied().unwrap_or_default();
        let at = usize::from(byte) % choices.len().max(1);
        choices.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn vehicle_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.vehicle.as_deref().unwrap_or(otherwise)
    }
}

fn all_topics(words: &str, trades_in: bool, interest: &str) -> Vec<Topic> {
    let mut topics = topics(words);
    let more = [
        (trades_in, Topic::Trade),
        (interest.contains("test"), Topic::TestDrive),
    ];
    for (said, topic) in more {
        if said && !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics
}

fn first_word(name: &str) -> Option<String> {
    let word = match name.split_once(',') {
        Some((_last, first)) => first.split_whitespace().next(),
        None => name.split_whitespace().next(),
    };
    word.map(str::to_owned)
}

fn vehicle(pairs: &Pairs) -> Option<String> {
    let part = |name: &str| {
        let (nested, flat) = (format!("vehicle.{name}"), format!("vehicle_{name}"));
        let found = pairs.get(&[&nested, &format!("vehicles.{name}"), &flat]);
        found.or_else(|| pairs.exact(name)).map(str::to_owned)
    };
    let label = pairs.get(VEHICLE).map(str::to_owned);
    match (part("make"), part("model")) {
        (Some(make), Some(model)) => {
            let parts = [part("year"), Some(make), Some(model), part("trim")];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        _ => label,
    }
}

fn trade(pairs: &Pairs) -> Option<String> {
    let part = |name: &str| {
        let found = pairs.get(&[&format!("trade_in.{name}"), &format!("trade.{name}")]);
        found.map(str::to_owned)
    };
    if let Some(make) = part("make") {
        let parts = [part("year"), Some(make), part("model")];
        return Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    let named = pairs.get(TRADE)?;
    let no = ["no", "false"]
        .iter()
        .any(|no| named.eq_ignore_ascii_case(no));
    (!no).then(|| named.to_owned())
}

/// A model year followed by capitalised words, as in `the 2025 Honda Civic please`.
fn named_vehicle(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let year: u16 = word
            .parse()
            .ok()
            .filter(|year| (1950..2040).contains(year))?;
        let name = words.iter().skip(at + 1).take(3);
        let name = name.take_while(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
        let plain = |word: &&str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let name: Vec<String> = name.map(plain).collect();
        (!name.is_empty()).then(|| format!("{year} {}", name.join(" ")))
    })
}
