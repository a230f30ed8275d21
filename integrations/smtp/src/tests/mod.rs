mod headers;
mod server;

use crate::config::{SmtpConfig, SmtpConfigError, Timeouts};
use crate::mailer::SmtpMailer;
use async_trait::async_trait;
use platform_kernel::ports::{CallError, Fate, Handover, Mailer, OutgoingMail, SentMail};
use platform_kernel::secret::SecretString;
use server::{Act, Script, Server};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Default)]
struct Marks {
    count: AtomicUsize,
    fails: bool,
}

#[async_trait]
impl Handover for Marks {
    async fn mark(&self) -> Result<(), CallError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Err(CallError::retry("lease_lost", "another worker took over"));
        }
        Ok(())
    }
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        message_id: "018f.lead@acme.example".to_owned(),
        from_name: Some("Acme Motors".to_owned()),
        reply_to: Some("sales@acme.example".to_owned()),
        to: "jane@example.com".to_owned(),
        to_name: Some("Jane Doe".to_owned()),
        subject: "Your 2025 Civic".to_owned(),
        text: "Hello Jane,\n.\nstill here".to_owned(),
        html: Some("<p>Hello Jane</p>".to_owned()),
    }
}

fn config(url: &str) -> Result<SmtpConfig, SmtpConfigError> {
    SmtpConfig::parse(
        &SecretString::from(url),
        "mail@auterity.example",
        Some("Auterity"),
    )
}

fn mailer(server: &Server) -> SmtpMailer {
    let url = format!("smtp://user:p%40ss@127.0.0.1:{}", server.port);
    let short = Duration::from_millis(400);
    let timeouts = Timeouts {
        command: short,
        content: short,
    };
    SmtpMailer::new(config(&url).unwrap().with_timeouts(timeouts), true)
}

struct Outcome {
    result: Result<SentMail, CallError>,
    marks: usize,
    server: Server,
}

impl Outcome {
    fn failed(&self, fate: Fate, code: &str, marks: usize) {
        let error = self.result.as_ref().unwrap_err();
        assert_eq!((error.fate, error.code), (fate, code), "{error}");
        assert_eq!(self.marks, marks, "{error}");
    }

    fn mails(&self) -> usize {
        self.server.seen(|seen| seen.mails.len())
    }
}

async fn send(script: Script) -> Outcome {
    let server = Server::start(script).await;
    let marks = Marks::default();
    let result = mailer(&server).send(&mail(), &marks).await;
    let marks = marks.count.load(Ordering::SeqCst);
    Outcome {
        result,
        marks,
        server,
    }
}

#[tokio::test]
async fn a_taken_mail_carries_the_servers_reference() {
    let sent = send(Script::default()).await;
    let reference = &sent.result.as_ref().unwrap().provider_reference;
    assert_eq!(reference, "250 Queued as 4Xyz");
    assert_eq!((sent.marks, sent.mails()), (1, 1));
    let commands = sent.server.seen(|seen| seen.commands.clone());
    assert!(
        commands
            .iter()
            .any(|c| c == "MAIL FROM:<mail@auterity.example>"),
        "{commands:?}"
    );
    assert!(
        commands.iter().any(|c| c == "RCPT TO:<jane@example.com>"),
        "{commands:?}"
    );
}

#[tokio::test]
async fn a_4xx_before_the_content_may_be_tried_again() {
    let rcpt = Act::Say("450 4.2.1 mailbox busy");
    send(Script {
        rcpt,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 0);
    let mail = Act::Say("421 4.3.2 shutting down");
    send(Script {
        mail,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 0);
    let greeting = Act::Say("421 too many connections");
    send(Script {
        greeting,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 0);
    let data = Act::Say("451 try later");
    send(Script {
        data,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 1);
}

#[tokio::test]
async fn a_5xx_before_the_content_is_final() {
    let rcpt = Act::Say("550 5.1.1 no such user");
    let outcome = send(Script {
        rcpt,
        ..Script::default()
    })
    .await;
    outcome.failed(Fate::Final, "smtp_rejected", 0);
    let message = outcome.result.unwrap_err().message;
    assert!(message.contains("550 5.1.1 no such user"), "{message}");
    let auth = Act::Say("535 5.7.8 bad credentials");
    send(Script {
        auth,
        ..Script::default()
    })
    .await
    .failed(Fate::Final, "smtp_sign_in_refused", 0);
    let data = Act::Say("554 no valid recipients");
    send(Script {
        data,
        ..Script::default()
    })
    .await
    .failed(Fate::Final, "smtp_rejected", 1);
}

#[tokio::test]
async fn a_connection_lost_before_the_content_sent_nothing() {
    for act in [Act::Drop, Act::Hang] {
        let base = Script::default;
        send(Script {
            greeting: act,
            ..base()
        })
        .await
        .failed(Fate::Retry, "smtp_unreachable", 0);
        send(Script {
            rcpt: act,
            ..base()
        })
        .await
        .failed(Fate::Retry, "smtp_unreachable", 0);
        send(Script {
            data: act,
            ..base()
        })
        .await
        .failed(Fate::Retry, "smtp_unreachable", 1);
    }
}

#[tokio::test]
async fn nobody_listening_sent_nothing() {
    let url = "smtp://127.0.0.1:1";
    let mailer = SmtpMailer::new(config(url).unwrap(), false);
    let error = mailer.send(&mail(), &Marks::default()).await.unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Retry, "smtp_unreachable"),
        "{error}"
    );
}

#[tokio::test]
async fn a_connection_lost_after_the_content_has_an_unknown_outcome() {
    for content in [Act::Drop, Act::Hang, Act::Say("what?")] {
        let outcome = send(Script {
            content,
            ..Script::default()
        })
        .await;
        outcome.failed(Fate::Unknown, "smtp_outcome_unknown", 1);
        assert_eq!(outcome.mails(), 1);
    }
}

#[tokio::test]
async fn a_clear_answer_to_the_content_is_no_unknown_outcome() {
    let content = Act::Say("452 out of disk");
    send(Script {
        content,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 1);
    let content = Act::Say("421 closing");
    send(Script {
        content,
        ..Script::default()
    })
    .await
    .failed(Fate::Retry, "smtp_deferred", 1);
    let content = Act::Say("554 5.7.1 looks like spam");
    send(Script {
        content,
        ..Script::default()
    })
    .await
    .failed(Fate::Final, "smtp_rejected", 1);
}

#[tokio::test]
async fn a_mark_that_fails_stops_the_mail() {
    let server = Server::start(Script::default()).await;
    let marks = Marks {
        fails: true,
        ..Marks::default()
    };
    let error = mailer(&server).send(&mail(), &marks).await.unwrap_err();
    assert_eq!(error.code, "lease_lost");
    assert!(!server.seen(|seen| seen.commands.iter().any(|c| c == "DATA")));
}

#[tokio::test]
async fn the_next_mail_uses_the_same_connection() {
    let server = Server::start(Script::default()).await;
    let mailer = mailer(&server);
    for _ in 0..3 {
        mailer.send(&mail(), &Marks::default()).await.unwrap();
    }
    assert_eq!(
        server.seen(|seen| (seen.connections, seen.mails.len())),
        (1, 3)
    );
}

#[tokio::test]
async fn a_required_encryption_that_is_not_offered_is_final() {
    let server = Server::start(Script::default()).await;
    let url = format!("smtp://127.0.0.1:{}?tls=required", server.port);
    let mailer = SmtpMailer::new(config(&url).unwrap(), false);
    let error = mailer.send(&mail(), &Marks::default()).await.unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Final, "smtp_unusable"),
        "{error}"
    );
    assert_eq!(server.seen(|seen| seen.mails.len()), 0);
}

#[test]
fn settings_are_read_or_refused() {
    let read = config("smtps://user@mail.example.com?tls=required").unwrap();
    assert_eq!((read.host.as_str(), read.port), ("mail.example.com", 465));
    assert!(!read.local);
    assert!(config("smtp://127.0.0.1:1025?tls=none").unwrap().local);
    assert!(config("smtp://[::1]:1025").unwrap().local);
    assert_eq!(config("smtp://mail.example.com").unwrap().port, 587);
    for bad in [
        "mail.example.com:25",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com?tls=maybe",
        "smtps://mail.example.com?tls=none",
        "smtp://mail.example.com?timeout=3",
        "smtp://u%ff:p@mail.example.com",
    ] {
        assert!(config(bad).is_err(), "{bad}");
    }
    let url = SecretString::from("smtp://mail.example.com");
    assert!(SmtpConfig::parse(&url, "a@b\r\nBcc: c@d", None).is_err());
    let secret = format!("{:?}", config("smtp://u:hunter2@mail.example.com").unwrap());
    assert!(!secret.contains("hunter2"), "{secret}");
}
