//! What words give away: wishes, haste, language, and what a machine had better not answer.

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

const PRICE: &[&str] = &[
    "price",
    "cost",
    "how much",
    "quote",
    "discount",
    "best offer",
    "out the door",
    "precio",
    "cuesta",
    "cuánto",
];
const TRADE: &[&str] = &["trade", "my current car", "my old car", "sell you my"];
const TEST_DRIVE: &[&str] = &[
    "test drive",
    "test-drive",
    "drive it",
    "come see",
    "come by",
    "stop by",
    "prueba de manejo",
];
const FINANCE: &[&str] = &[
    "financ",
    "monthly",
    "payment",
    "lease",
    "loan",
    "credit",
    " apr",
    "down payment",
];
const AVAILABILITY: &[&str] = &[
    "available",
    "in stock",
    "still have",
    "still there",
    "on the lot",
    "disponible",
];
const SERVICE: &[&str] = &[
    "service appointment",
    "oil change",
    "brake",
    "recall",
    "repair",
    "maintenance",
];

const TOPICS: &[(Topic, &[&str])] = &[
    (Topic::Price, PRICE),
    (Topic::Trade, TRADE),
    (Topic::TestDrive, TEST_DRIVE),
    (Topic::Finance, FINANCE),
    (Topic::Availability, AVAILABILITY),
    (Topic::Service, SERVICE),
];

const SOON: &[&str] = &[
    "today",
    "asap",
    "urgent",
    "right away",
    "immediately",
    "tomorrow",
    "this week",
    "tonight",
    "hoy",
    "mañana",
];
const LATER: &[&str] = &[
    "just looking",
    "just browsing",
    "no rush",
    "next year",
    "in a few months",
];

const NO_MORE: &[&str] = &[
    "stop contacting",
    "unsubscribe",
    "do not contact",
    "don't contact",
    "remove me from",
    "stop emailing",
    "no me contacten",
];

/// Complaints, law, threats, and attempts to give the model orders.
const NOT_FOR_A_MACHINE: &[&str] = &[
    "lawyer",
    "attorney",
    "lawsuit",
    "legal action",
    "sue you",
    "complaint",
    "complain",
    "refund",
    "lemon law",
    "scam",
    "fraud",
    "better business bureau",
    "injured",
    "accident",
    "ignore previous",
    "ignore all",
    "ignore the",
    "ignore your",
    "disregard",
    "system prompt",
    "your instructions",
    "you are now",
    "as an ai",
    "reveal",
];

/// Words that Spanish and no English sentence is full of.
const SPANISH: &[&str] = &[
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

fn has(words: &str, needles: &[&str]) -> bool {
    needles.iter().any(|needle| words.contains(needle))
}

pub(crate) fn topics(words: &str) -> Vec<Topic> {
    let asked = TOPICS.iter().filter(|(_, needles)| has(words, needles));
    asked.map(|(topic, _)| *topic).collect()
}

pub(crate) fn urgency(words: &str) -> Urgency {
    if has(words, SOON) {
        Urgency::High
    } else if has(words, LATER) {
        Urgency::Low
    } else {
        Urgency::Normal
    }
}

pub(crate) fn is_spanish(words: &str) -> bool {
    let found = words.split(|c: char| !c.is_alphabetic());
    found.filter(|word| SPANISH.contains(word)).count() >= 3
}

pub(crate) fn opts_out(words: &str) -> bool {
    has(words, NO_MORE)
}

pub(crate) fn needs_human(words: &str) -> bool {
    has(words, NOT_FOR_A_MACHINE)
}

/// The limits in `60 to 140 words`.
pub(crate) fn word_limits(instructions: &str) -> Option<(usize, usize)> {
    let words: Vec<&str> = instructions.split_whitespace().collect();
    words.windows(4).find_map(|window| match window {
        [least, "to", most, unit] if unit.starts_with("words") => {
            let least = least.parse().ok()?;
            let most = most.parse().ok()?;
            (least <= most).then_some((least, most))
        }
        _ => None,
    })
}
