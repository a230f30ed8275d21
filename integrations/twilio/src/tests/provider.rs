//! Against a peer that misbehaves.

use super::{ACCOUNT, Marks, SERVICE, config, sender, text};
use crate::TwilioSender;
use platform_kernel::clock;
use platform_kernel::ports::{Fate, SmsSender};
use std::time::Duration;
use wiremock::matchers::{basic_auth, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// As in Twilio's documentation of the resource.
const CREATED: &str = r#"{
    "account_sid": "AC0123456789abcdef0123456789abcdef", "api_version": "2010-04-01",
    "body": "Hi there", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
    "date_sent": null, "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
    "direction": "outbound-api", "error_code": null, "error_message": null,
    "from": "+15125550100", "num_media": "0", "num_segments": "0", "price": null,
    "price_unit": null, "messaging_service_sid": null, "sid": "SM0123456789abcdef0123456789abcdef",
    "status": "queued", "to": "+15125550123", "uri": "/2010-04-01/Accounts/AC/Messages/SM.json"
}"#;

async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    // Whatever the answer, one attempt is one request.
    Mock::given(method("POST"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    server
}

fn refusal(status: u16, code: u32) -> ResponseTemplate {
    let body = format!(
        r#"{{"code": {code}, "message": "It says\nno.", "more_info": "x", "status": {status}}}"#
    );
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

#[tokio::test]
async fn the_request_is_the_one_that_twilio_documents() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")))
        .and(basic_auth(ACCOUNT, "token-123"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(
            "To=%2B15125550123&From=%2B15125550100&Body=Your+RAV4+is+ready+%26+waiting+%F0%9F%9A%97",
        ))
        .respond_with(ResponseTemplate::new(201).set_body_raw(CREATED, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let marks = Marks::default();
    let sent = sender(&server.uri())
        .send(&text("+15125550123"), &marks)
        .await
        .unwrap();
    assert_eq!(
        sent.provider_reference,
        "SM0123456789abcdef0123456789abcdef"
    );
    assert_eq!((sent.segments, marks.count()), (None, 1));
}

#[tokio::test]
async fn an_api_key_and_a_messaging_service_take_the_places_of_account_and_number() {
    let server = MockServer::start().await;
    let key = "SK0123456789abcdef0123456789abcdef";
    Mock::given(basic_auth(key, "token-123"))
        .and(path(format!(
            "/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        )))
        .respond_with(ResponseTemplate::new(201).set_body_raw(CREATED, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let mut config = config(&server.uri());
    config.key_sid = Some(key.to_owned());
    SERVICE.clone_into(&mut config.from);
    let sender = TwilioSender::new(config).unwrap();
    sender
        .send(&text("+15125550123"), &Marks::default())
        .await
        .unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert!(
        body.contains(&format!("&MessagingServiceSid={SERVICE}&")),
        "{body}"
    );
    assert!(!body.contains("From="), "{body}");
}

#[tokio::test]
async fn every_answer_has_its_fate() {
    use Fate::{Final, Retry, Unknown};
    for (status, code, fate, word) in [
        (429, 20429, Retry, "sms_rate_limited"),
        (503, 20503, Retry, "sms_unavailable"),
        (401, 20003, Final, "sms_sign_in_refused"),
        (403, 0, Final, "sms_sign_in_refused"),
        (404, 20404, Final, "sms_account_refused"),
        (400, 21610, Final, "sms_unsubscribed"),
        (400, 21211, Final, "sms_invalid_number"),
        (400, 21614, Final, "sms_not_reachable"),
        (400, 21408, Final, "sms_country_not_allowed"),
        (400, 21606, Final, "sms_sender_refused"),
        (400, 21617, Final, "sms_invalid_text"),
        (400, 99999, Final, "sms_rejected"),
        (302, 0, Final, "sms_rejected"),
        // It may have been taken before things went wrong there.
        (500, 20500, Unknown, "sms_outcome_unknown"),
        (502, 0, Unknown, "sms_outcome_unknown"),
        (504, 0, Unknown, "sms_outcome_unknown"),
    ] {
        let server = server(refusal(status, code)).await;
        let sent = sender(&server.uri())
            .send(&text("+15125550123"), &Marks::default())
            .await;
        let error = sent.unwrap_err();
        assert_eq!(
            (error.fate, error.code),
            (fate, word),
            "{status} {code}: {error}"
        );
        assert!(!error.message.contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn a_wait_that_twilio_asks_for_is_passed_on() {
    let server = server(refusal(429, 20429).insert_header("Retry-After", "7")).await;
    let sent = sender(&server.uri())
        .send(&text("+15125550123"), &Marks::default())
        .await;
    assert_eq!(sent.unwrap_err().retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_date_to_come_back_at_and_words_without_a_code_are_passed_on() {
    let date = clock::now() + chrono::TimeDelta::seconds(90);
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let busy = ResponseTemplate::new(503).insert_header("Retry-After", date.as_str());
    let server = server(busy.set_body_json(serde_json::json!({"message": "Maintenance"}))).await;
    let sent = sender(&server.uri())
        .send(&text("+15125550123"), &Marks::default())
        .await;
    let error = sent.unwrap_err();
    assert_eq!(error.message, "Twilio answered 503: Maintenance");
    let wait = error.retry_after.unwrap().as_secs();
    assert!((80..=90).contains(&wait), "{wait}");
}

#[tokio::test]
async fn the_trace_is_sent_on() {
    let server = server(ResponseTemplate::new(201).set_body_raw(CREATED, "application/json")).await;
    let trace = platform_kernel::trace::Trace::start();
    let (sender, text, marks) = (
        sender(&server.uri()),
        text("+15125550123"),
        Marks::default(),
    );
    let sending = sender.send(&text, &marks);
    let sent = platform_kernel::trace::within(Some(trace.clone()), sending).await;
    sent.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.headers["traceparent"], trace.to_string().as_str());
}

#[tokio::test]
async fn a_yes_that_cannot_be_read_may_have_been_one() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let huge = ResponseTemplate::new(201).set_body_raw("x".repeat(2 << 20), "text/plain");
    for answer in [page, huge] {
        let server = server(answer).await;
        let sent = sender(&server.uri())
            .send(&text("+15125550123"), &Marks::default())
            .await;
        let error = sent.unwrap_err();
        assert_eq!(
            (error.fate, error.code),
            (Fate::Unknown, "sms_outcome_unknown")
        );
    }
}

#[tokio::test]
async fn silence_after_the_request_leaves_it_open_and_before_it_does_not() {
    let late = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    let server = server(late).await;
    let error = sender(&server.uri())
        .send(&text("+15125550123"), &Marks::default())
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Unknown, "sms_outcome_unknown"),
        "{error}"
    );
    // Nobody listens there.
    let marks = Marks::default();
    let error = sender("http://127.0.0.1:1")
        .send(&text("+15125550123"), &marks)
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Retry, "sms_unreachable"),
        "{error}"
    );
    assert!(!error.message.contains("token-123"), "{error}");
}

#[tokio::test]
async fn nothing_is_sent_without_the_mark() {
    let server = MockServer::start().await;
    let marks = Marks {
        fails: true,
        ..Marks::default()
    };
    let error = sender(&server.uri())
        .send(&text("+15125550123"), &marks)
        .await
        .unwrap_err();
    assert_eq!((error.code, marks.count()), ("lease_lost", 1));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_question_that_fails_may_be_asked_again() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(query_param("To", "+15125550123"))
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let found = sender(&server.uri())
        .find(&text("+15125550123"), clock::now())
        .await;
    assert_eq!(found.unwrap_err().fate, Fate::Retry);
}

#[tokio::test]
async fn words_that_a_trial_account_puts_before_the_text_hide_it_not() {
    let server = MockServer::start().await;
    let body = format!("Sent from your Twilio trial account - {}", text("").body);
    let list = serde_json::json!({ "messages": [{
        "sid": "SM1", "to": "+15125550123", "body": body, "num_segments": "2",
        "date_created": clock::now().to_rfc2822(),
    }] });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    let found = sender(&server.uri())
        .find(&text("+15125550123"), clock::now())
        .await;
    assert_eq!(found.unwrap().unwrap().segments, Some(2));
}
