//! Chooses what to say in a field from the field's name and description.

use crate::facts::Facts;
use crate::reply;
use crate::signs::{Topic, Urgency};

/// The text of a field that is called `name`.
pub(crate) fn text(name: &str, description: &str, facts: &Facts) -> String {
    let name = name.to_lowercase();
    known(&name, facts)
        .or_else(|| known(&description.to_lowercase(), facts))
        .unwrap_or_else(|| summary(facts))
}

fn known(name: &str, facts: &Facts) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let or =
        |value: &Option<String>, other: &str| value.clone().unwrap_or_else(|| other.to_owned());
    Some(match () {
        () if has(&["subject", "headline", "title"]) => reply::subject(facts),
        () if has(&[
            "next_action",
            "next_step",
            "next action",
            "next step",
            "recommend",
            "follow_up",
        ]) =>
        {
            next_action(facts)
        }
        () if has(&["summary", "summari"]) => summary(facts),
        () if has(&["html"]) => reply::html(facts),
        () if has(&["sms", "text_message", "text message"]) => reply::sms(facts),
        () if has(&["first_name", "firstname", "first name"]) => or(&facts.first_name, "there"),
        () if has(&["vehicle"]) => facts.vehicle_or("vehicle").to_owned(),
        () if has(&["intent", "topic", "category"]) => intent(facts).to_owned(),
        () if has(&["urgency", "priority"]) => urgency(facts).to_owned(),
        () if has(&["sentiment", "mood"]) => sentiment(facts).to_owned(),
        () if has(&["language", "locale"]) => if facts.spanish { "es" } else { "en" }.to_owned(),
        () if has(&["reason", "rationale", "why"]) => reason(facts),
        () if has(&[
            "reply",
            "body",
            "message",
            "response",
            "answer",
            "content",
            "draft",
            "e-mail text",
        ]) =>
        {
            reply::email(facts)
        }
        () if has(&["email", "e-mail"]) => or(&facts.email, "customer@example.com"),
        () if has(&["phone"]) => or(&facts.phone, "+1 555 0100"),
        () if has(&["dealer"]) => or(&facts.dealership, "the dealership"),
        () if has(&["name", "customer"]) => or(&facts.full_name, "the customer"),
        () => return None,
    })
}

/// One or two sentences for the person who takes over.
pub(crate) fn summary(facts: &Facts) -> String {
    let who = facts.full_name.as_deref().unwrap_or("A customer");
    let what = facts.vehicle_or("a vehicle");
    let article = if facts.vehicle.is_some() { "the " } else { "" };
    let wishes: Vec<&str> = facts.topics.iter().map(|topic| wish(*topic)).collect();
    let mut summary = match wishes.split_last() {
        None => format!("{who} is interested in {article}{what}."),
        Some((only, [])) => format!("{who} asks about {article}{what}: {only}."),
        Some((last, rest)) => {
            format!(
                "{who} asks about {article}{what}: {} and {last}.",
                rest.join(", ")
            )
        }
    };
    summary.push(' ');
    summary.push_str(&next_action(facts));
    summary
}

fn wish(topic: Topic) -> &'static str {
    match topic {
        Topic::Price => "the price",
        Topic::Trade => "a trade-in",
        Topic::TestDrive => "a test drive",
        Topic::Finance => "payments",
        Topic::Availability => "whether it is available",
        Topic::Service => "a service visit",
    }
}

fn next_action(facts: &Facts) -> String {
    let who = facts.first_name.as_deref().unwrap_or("the customer");
    if facts.opted_out {
        return format!("Do not contact {who} again.");
    }
    if facts.needs_human {
        return format!("Read it yourself before anybody answers {who}.");
    }
    let what = match facts.topics.first() {
        Some(Topic::Price) => "send the written quote",
        Some(Topic::Trade) => "ask for mileage and photos of the trade-in",
        Some(Topic::TestDrive) => "agree on a time for the test drive",
        Some(Topic::Finance) => "let the finance team prepare payment options",
        Some(Topic::Availability) => "confirm that the vehicle is on the lot",
        Some(Topic::Service) => "book the service visit",
        None => "find out what they are looking for",
    };
    let when = match facts.urgency {
        Urgency::High => "within the hour",
        Urgency::Normal => "today",
        Urgency::Low => "this week",
    };
    format!("Call {who} {when} and {what}.")
}

pub(crate) fn intent(facts: &Facts) -> &'static str {
    if facts.opted_out {
        return "opt_out";
    }
    match facts.topics.first() {
        Some(Topic::Price) => "price",
        Some(Topic::Trade) => "trade_in",
        Some(Topic::TestDrive) => "test_drive",
        Some(Topic::Finance) => "financing",
        Some(Topic::Availability) => "availability",
        Some(Topic::Service) => "service",
        None => "general",
    }
}

pub(crate) fn urgency(facts: &Facts) -> &'static str {
    match facts.urgency {
        Urgency::High => "high",
        Urgency::Normal => "normal",
        Urgency::Low => "low",
    }
}

pub(crate) fn sentiment(facts: &Facts) -> &'static str {
    if facts.opted_out {
        "negative"
    } else {
        "positive"
    }
}

fn reason(facts: &Facts) -> String {
    match &facts.comment {
        Some(comment) => {
            let words: String = comment.chars().take(120).collect();
            format!("The customer wrote: {words}")
        }
        None => "The customer wrote no comment.".to_owned(),
    }
}

/// Which of `choices` fits best, by the words that mean the same.
pub(crate) fn choose<'a>(name: &str, choices: &[&'a str], facts: &Facts) -> Option<&'a str> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let wanted: &[&str] = match () {
        () if has(&["urgency", "priority", "temperature"]) => match facts.urgency {
            Urgency::High => &["high", "hot", "urgent", "immediate"],
            Urgency::Normal => &["normal", "medium", "warm", "moderate"],
            Urgency::Low => &["low", "cold"],
        },
        () if has(&["sentiment", "mood"]) && facts.opted_out => &["negative"],
        () if has(&["sentiment", "mood"]) => &["positive", "neutral"],
        () if has(&["language", "locale"]) && facts.spanish => &["es", "spanish", "es-us"],
        () if has(&["language", "locale"]) => &["en", "english", "en-us"],
        () if has(&["channel", "medium"]) => &["email", "sms"],
        () if facts.opted_out => &["opt_out", "unsubscribe", "stop", "other"],
        () => match facts.topics.first() {
            Some(Topic::Price) => &["price", "pricing", "quote", "buy", "purchase", "sales"],
            Some(Topic::Trade) => &["trade", "trade_in", "valuation", "buy", "sales"],
            Some(Topic::TestDrive) => {
                &["test_drive", "test", "appointment", "visit", "buy", "sales"]
            }
            Some(Topic::Finance) => &["financ", "payment", "lease", "buy", "sales"],
            Some(Topic::Availability) => &["availab", "stock", "inventory", "buy", "sales"],
            Some(Topic::Service) => &["service", "repair", "appointment"],
            None if facts.vehicle.is_some() && facts.comment.is_none() => {
                &["buy", "purchase", "sales", "general", "other"]
            }
            None => &["general", "information", "info", "buy", "sales", "other"],
        },
    };
    let normal = |choice: &str| choice.to_lowercase().replace([' ', '-'], "_");
    wanted
        .iter()
        .find_map(|word| {
            choices.iter().find(|c| normal(c) == *word).or_else(|| {
                let long = word.len() > 2;
                choices
                    .iter()
                    .find(|choice| long && normal(choice).contains(word))
            })
        })
        .copied()
}
