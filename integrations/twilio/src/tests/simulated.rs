//! Against the stateful stand-in.

use super::{ACCOUNT, Marks, sender, text};
use chrono::Duration as Span;
use platform_kernel::clock;
use platform_kernel::ports::{Fate, SmsSender};

fn simulator() -> integrations_simulator::Running {
    integrations_simulator::start("127.0.0.1:0".parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written_and_can_be_found_again() {
    let simulator = simulator();
    let (sender, marks, since) = (
        sender(&simulator.twilio_url()),
        Marks::default(),
        clock::now(),
    );
    let text = text("+15125550123");
    assert!(sender.find(&text, since).await.unwrap().is_none());
    let sent = sender.send(&text, &marks).await.unwrap();
    assert_eq!((marks.count(), sent.segments), (1, Some(1)));
    let kept = simulator.texts().all();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (&kept[0].body, kept[0].from.as_str()),
        (&text.body, "+15125550100")
    );
    assert_eq!(
        (kept[0].account_sid.as_str(), &kept[0].sid),
        (ACCOUNT, &sent.provider_reference)
    );
    let found = sender.find(&text, since).await.unwrap().unwrap();
    assert_eq!(found.provider_reference, sent.provider_reference);
    // The same words at another time, or other words, are another text.
    let later = clock::now() + Span::minutes(1);
    assert!(sender.find(&text, later).await.unwrap().is_none());
    let mut other = text.clone();
    other.body.push('!');
    assert!(sender.find(&other, since).await.unwrap().is_none());
}

#[tokio::test]
async fn numbers_that_refuse_say_why() {
    let simulator = simulator();
    let sender = sender(&simulator.twilio_url());
    for (to, code) in [
        ("+15005550001", "sms_invalid_number"),
        ("+15005550002", "sms_not_reachable"),
        ("+15005550003", "sms_country_not_allowed"),
        ("+15005550004", "sms_unsubscribed"),
        ("+15005550009", "sms_not_reachable"),
    ] {
        let error = sender.send(&text(to), &Marks::default()).await.unwrap_err();
        assert_eq!(
            (error.fate, error.code),
            (Fate::Final, code),
            "{to}: {error}"
        );
    }
    assert!(simulator.texts().all().is_empty());
}
