//! What a prompt says about a customer, in so far as rules can find it.

use crate::pairs::Pairs;
use sha2::{Digest, Sha256};

/// What a customer wants to know or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Price,
    Trade,
    TestDrive,
    Finance,
    Availability,
    Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    Low,
    Normal,
    High,
}

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
    /// The same prompt gets the same answer; another one may be worded differently.
    pub(crate) seed: [u8; 32],
}

const TOPICS: &[(Topic, &[&str])] = &[
    (
        Topic::Price,
        &[
            "price",
            "cost",
            "how much",
            "quote",
            "discount",
            "best offer",
            "out the door",
            "precio",
            "cuesta",
        ],
    ),
    (
        Topic::Trade,
        &["trade", "my current car", "my old car", "sell you my"],
    ),
    (
        Topic::TestDrive,
        &[
            "test drive",
            "test-drive",
            "drive it",
            "come see",
            "come by",
            "stop by",
            "prueba de manejo",
        ],
    ),
    (
        Topic::Finance,
        &[
            "financ",
            "monthly",
            "payment",
            "lease",
            "loan",
            "credit",
            "apr",
            "down payment",
        ],
    ),
    (
        Topic::Availability,
        &[
            "available",
            "in stock",
            "still have",
            "still there",
            "on the lot",
            "disponible",
        ],
    ),
    (
        Topic::Service,
        &[
            "service appointment",
            "oil change",
            "brake",
            "recall",
            "repair",
            "maintenance",
        ],
    ),
];

impl Facts {
    /// Reads `instructions` (what the system says) and `request` (what the user says).
    pub(crate) fn read(instructions: &str, request: &str) -> Self {
        let mut pairs = Pairs::read(request);
        if pairs
            .get(&["first_name", "full_name", "name", "customer"])
            .is_none()
        {
            pairs = Pairs::read(&format!("{request}\n{instructions}"));
        }
        let house = Pairs::read(instructions);
        let own = |names: &[&str]| pairs.get(names).map(str::to_owned);
        let comment = own(&[
            "comments",
            "comment",
            "customer_message",
            "customer_comments",
            "question",
            "message",
            "notes",
        ]);
        let words = comment.as_deref().unwrap_or(request).to_lowercase();
        let full_name = own(&[
            "customer_name",
            "customer.full_name",
            "customer.name",
            "full_name",
            "lead_name",
            "customer",
            "name",
        ]);
        let first_name = own(&[
            "first_name",
            "firstname",
            "given_name",
            "customer_first_name",
        ]);
        let first_name = first_name.or_else(|| first_word(full_name.as_deref()?));
        let mut topics = topics(&words);
        let trade = trade(&pairs);
        if trade.is_some() && !topics.contains(&Topic::Trade) {
            topics.push(Topic::Trade);
        }
        let interest = own(&["interest"]).unwrap_or_default().to_lowercase();
        if interest.contains("test") && !topics.contains(&Topic::TestDrive) {
            topics.push(Topic::TestDrive);
        }
        let dealership = [
            "dealership",
            "dealership_name",
            "dealership.name",
            "dealer_name",
            "dealer",
            "rooftop",
            "store",
        ];
        let signature = [
            "salesperson",
            "salesperson_name",
            "assigned_to",
            "signature",
            "sign_as",
            "sign_off",
        ];
        Self {
            full_name: full_name.or_else(|| own(&["first_name"])),
            first_name,
            email: own(&["email", "e_mail", "customer_email"]).filter(|email| email.contains('@')),
            phone: own(&["phone", "phone_number", "mobile", "phone.number"]),
            vehicle: vehicle(&pairs).or_else(|| named_vehicle(request)),
            trade,
            dealership: pairs
                .get(&dealership)
                .or(house.get(&dealership))
                .map(str::to_owned),
            signature: pairs
                .get(&signature)
                .or(house.get(&signature))
                .map(str::to_owned),
            urgency: urgency(&words),
            spanish: is_spanish(&words),
            opted_out: [
                "stop contacting",
                "unsubscribe",
                "do not contact",
                "don't contact",
            ]
            .iter()
            .any(|no| words.contains(no)),
            comment,
            topics,
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

fn first_word(name: &str) -> Option<String> {
    let word = match name.split_once(',') {
        Some((_last, first)) => first.split_whitespace().next(),
        None => name.split_whitespace().next(),
    };
    word.map(str::to_owned)
}

fn topics(words: &str) -> Vec<Topic> {
    let asked = |needles: &&[&str]| needles.iter().any(|needle| words.contains(needle));
    TOPICS
        .iter()
        .filter(|(_, needles)| asked(needles))
        .map(|(topic, _)| *topic)
        .collect()
}

fn vehicle(pairs: &Pairs) -> Option<String> {
    let part = |name: &str| {
        let (nested, flat) = (format!("vehicle.{name}"), format!("vehicle_{name}"));
        let many = format!("vehicles.{name}");
        pairs.get(&[&nested, &many, &flat, name]).map(str::to_owned)
    };
    if let (Some(make), Some(model)) = (part("make"), part("model")) {
        let parts = [part("year"), Some(make), Some(model), part("trim")];
        return Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    let names = [
        "vehicle.label",
        "vehicle_of_interest",
        "interested_in",
        "vehicle",
        "vehicle_label",
        "car",
    ];
    pairs.get(&names).map(str::to_owned)
}

fn trade(pairs: &Pairs) -> Option<String> {
    let names = [
        "trade_in",
        "trade_in_vehicle",
        "trade_in.label",
        "trade",
        "trade.label",
    ];
    if let Some(named) = pairs.get(&names) {
        let no = ["no", "false"]
            .iter()
            .any(|no| named.eq_ignore_ascii_case(no));
        return (!no).then(|| named.to_owned());
    }
    let make = pairs.get(&["trade_in.make", "trade.make"])?;
    let model = pairs
        .get(&["trade_in.model", "trade.model"])
        .unwrap_or_default();
    let year = pairs
        .get(&["trade_in.year", "trade.year"])
        .unwrap_or_default();
    Some(format!("{year} {make} {model}").trim().to_owned())
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
        let name: Vec<_> = name
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .collect();
        (!name.is_empty()).then(|| format!("{year} {}", name.join(" ")))
    })
}

fn urgency(words: &str) -> Urgency {
    let has = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if has(&[
        "today",
        "asap",
        "urgent",
        "right away",
        "immediately",
        "tomorrow",
        "this week",
        "hoy",
        "mañana",
    ]) {
        Urgency::High
    } else if has(&[
        "just looking",
        "just browsing",
        "no rush",
        "next year",
        "in a few months",
    ]) {
        Urgency::Low
    } else {
        Urgency::Normal
    }
}

fn is_spanish(words: &str) -> bool {
    let common = [
        "hola",
        "gracias",
        "estoy",
        "quiero",
        "cuánto",
        "cuanto",
        "precio",
        "usted",
        "carro",
        "coche",
        "por",
        "favor",
        "interesado",
        "interesada",
        "el",
        "la",
        "puedo",
    ];
    let found = words
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| common.contains(word));
    found.count() >= 3
}
