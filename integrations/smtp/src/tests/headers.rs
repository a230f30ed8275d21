use super::mail;
use crate::message::build;
use lettre::message::Mailbox;
use platform_kernel::ports::OutgoingMail;
use proptest::prelude::*;

fn formatted(mail: &OutgoingMail) -> String {
    let from = Mailbox::new(None, "mail@auterity.example".parse().unwrap());
    String::from_utf8(build(&from, mail).unwrap().content).unwrap()
}

fn header_names(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap().to_ascii_lowercase())
        .collect()
}

#[test]
fn a_mail_has_both_texts_and_its_own_id() {
    let message = formatted(&mail());
    for expected in [
        "Message-ID: <018f.lead@acme.example>\r\n",
        "From: \"Acme Motors\" <mail@auterity.example>\r\n",
        "To: \"Jane Doe\" <jane@example.com>\r\n",
        "Reply-To: sales@acme.example\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
    ] {
        assert!(
            message.contains(expected),
            "{expected} is missing in\n{message}"
        );
    }
    assert!(message.contains("\r\nDate: "));
}

#[test]
fn letters_beyond_ascii_are_encoded() {
    let mut mail = mail();
    mail.subject = "Ihr Käfer ist fertig".to_owned();
    mail.to_name = Some("Jürgen \"Jü\" Groß, Händler".to_owned());
    mail.text = "Grüße".to_owned();
    assert!(formatted(&mail).is_ascii());
}

#[test]
fn a_bad_address_or_id_is_refused() {
    let from = Mailbox::new(None, "mail@auterity.example".parse().unwrap());
    for to in [
        "",
        "jane",
        "jane@example.com, eve@example.com",
        "a@b.c\r\nBcc: eve@example.com",
    ] {
        let bad = OutgoingMail {
            to: to.to_owned(),
            ..mail()
        };
        assert!(build(&from, &bad).is_err(), "{to:?}");
    }
    for id in [
        "",
        "no-at",
        "a b@c",
        "a@b>\r\nBcc: eve@example.com",
        "a@b@c",
    ] {
        let bad = OutgoingMail {
            message_id: id.to_owned(),
            ..mail()
        };
        assert!(build(&from, &bad).is_err(), "{id:?}");
    }
}

#[test]
fn a_line_break_in_a_name_or_subject_adds_no_header() {
    let evil = "x\r\nBcc: eve@example.com\r\n\r\nboo".to_owned();
    let mut mail = mail();
    mail.subject = evil.clone();
    mail.from_name = Some(evil.clone());
    mail.to_name = Some(evil);
    let expected = header_names(&formatted(&super::mail()));
    assert_eq!(header_names(&formatted(&mail)), expected);
}

proptest! {
    #[test]
    fn no_text_adds_a_header(subject in "\\PC*|(?s).{0,80}", name in "(?s).{0,40}", text in "(?s).{0,200}") {
        let mut mail = mail();
        mail.subject = subject;
        mail.to_name = Some(name.clone());
        mail.from_name = Some(name);
        mail.text = text;
        let message = formatted(&mail);
        prop_assert_eq!(header_names(&message), header_names(&formatted(&super::mail())));
        prop_assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
    }
}
