use super::*;
use crate::steps::testing::ScriptedCaller;
use crate::steps::tests::call;
use platform_kernel::ports::Fate;
use std::time::Duration;

fn reply(status: u16, headers: &[(&str, &str)], body: &[u8]) -> HttpReply {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    HttpReply {
        status,
        headers: headers.iter().map(text).collect(),
        body: body.to_vec(),
    }
}

async fn ask(request: Value, reply: HttpReply) -> Result<Value, CallError> {
    let caller = Arc::new(ScriptedCaller::default());
    caller.replies.lock().unwrap().push(Ok(reply));
    let step = Request::new(caller as _);
    call(&step, request).await.0.map(|outcome| outcome.output)
}

async fn get(reply: HttpReply) -> Result<Value, CallError> {
    ask(json!({"url": "https://example.com/"}), reply).await
}

#[tokio::test]
async fn a_redirect_is_not_a_delivery() {
    for status in [300, 301, 302, 303, 307, 308, 399] {
        let location = [(
            "Location",
            "https://user:pw@other.example/new?token=abcdefgh#x",
        )];
        let error = get(reply(status, &location, b"moved")).await.unwrap_err();
        assert_eq!((error.code, error.fate), ("http_redirected", Fate::Final));
        let said = error.message;
        assert!(
            said.contains("points to https://other.example/new."),
            "{said}"
        );
        assert!(!said.contains("abcdefgh") && !said.contains("pw"), "{said}");
    }
    for status in [304, 305, 399] {
        let error = get(reply(status, &[], b"")).await.unwrap_err();
        assert_eq!(error.code, "http_status", "{status}");
    }
    let kept = json!({"url": "https://example.com/", "fail_on_status": false});
    let output = ask(kept, reply(302, &[("Location", "/new")], b"")).await;
    assert_eq!(output.unwrap()["headers"]["location"], "/new");
    let conditional = json!({"url": "https://example.com/", "headers": {"If-None-Match": "\"1\""}});
    let output = ask(conditional, reply(304, &[], b"")).await.unwrap();
    assert_eq!(output["status"], 304);
}

#[tokio::test]
async fn a_body_is_read_in_its_charset() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let bytes = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let json = "{\"name\":\"José\"}";
    for (kind, body) in [
        ("application/json", json.as_bytes().to_vec()),
        (
            "Application/JSON; Charset=\"ISO-8859-1\"",
            b"{\"name\":\"Jos\xe9\"}".to_vec(),
        ),
        (
            "application/problem+json; charset=windows-1252",
            b"{\"name\":\"Jos\xe9\"}".to_vec(),
        ),
        ("application/vnd.api+json", json.as_bytes().to_vec()),
        ("application/json", utf16(json, false)),
        ("application/json", utf16(json, true)),
        ("text/json; charset=utf-16", utf16(json, false)),
        (
            "application/json",
            [b"\xef\xbb\xbf", json.as_bytes()].concat(),
        ),
        (
            "application/json; charset=latin1",
            [b"\xef\xbb\xbf", json.as_bytes()].concat(),
        ),
    ] {
        let output = get(reply(200, &[("Content-Type", kind)], &body))
            .await
            .unwrap();
        assert_eq!(output["body"], json!({"name": "José"}), "{kind}: {output}");
        assert_eq!(output["body_encoding"], "json", "{kind}");
    }
    for (kind, body, text) in [
        (
            "text/plain; charset=shift_jis",
            b"\x93\xfa\x96\x7b".as_slice(),
            "日本",
        ),
        (
            "text/html",
            b"<meta charset='iso-8859-1'>Jos\xe9",
            "<meta charset='iso-8859-1'>José",
        ),
        (
            "text/html",
            b"<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\">\xcf",
            "<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\">П",
        ),
        (
            "application/xml",
            b"<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>",
            "<?xml version='1.0' encoding='iso-8859-15'?><a>€</a>",
        ),
        ("text/plain", b"Jos\xe9", "José"),
        ("text/csv", "José".as_bytes(), "José"),
        ("", "José".as_bytes(), "José"),
        ("application/octet-stream", b"plain", "plain"),
        ("application/json", b"not json", "not json"),
        ("application/json", b"", ""),
    ] {
        let output = get(reply(200, &[("content-type", kind)], body))
            .await
            .unwrap();
        assert_eq!(
            (&output["body"], &output["body_encoding"]),
            (&json!(text), &json!("text")),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_is_no_text_is_marked() {
    for (kind, body) in [
        ("image/png", b"\x89PNG\r\n\x1a\n".as_slice()),
        ("application/pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"),
        ("application/octet-stream", b"a\0b"),
        ("", b"\xff\xfd\0"),
    ] {
        let output = get(reply(200, &[("content-type", kind)], body))
            .await
            .unwrap();
        assert_eq!(output["body_encoding"], "base64", "{kind}");
        let encoded = data_encoding::BASE64.encode(body);
        assert_eq!(
            (&output["body"], &output["charset"]),
            (&json!(encoded), &Value::Null)
        );
    }
}

#[tokio::test]
async fn what_is_still_compressed_is_no_text() {
    let headers = [("content-type", "text/plain"), ("Content-Encoding", "br")];
    let output = get(reply(200, &headers, b"\x0b\x02\x80")).await.unwrap();
    assert_eq!(output["body_encoding"], "base64");
    let headers = [
        ("content-type", "text/plain"),
        ("content-encoding", "identity"),
    ];
    let output = get(reply(200, &headers, b"Hi")).await.unwrap();
    assert_eq!(output["body"], "Hi");
}

#[tokio::test]
async fn a_date_to_come_back_at_is_waited_for() {
    let wait = |value: String| async move {
        let error = get(reply(503, &[("Retry-After", value.as_str())], b""))
            .await
            .unwrap_err();
        assert_eq!((error.code, error.fate), ("http_status", Fate::Retry));
        error.retry_after
    };
    let at = platform_kernel::clock::now() + chrono::TimeDelta::seconds(120);
    let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let waited = wait(date).await.unwrap();
    assert!((110..=120).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(wait("7".to_owned()).await, Some(Duration::from_secs(7)));
    assert_eq!(
        wait("Thu, 01 Jan 2099 00:00:00 GMT".to_owned()).await,
        Some(Duration::from_secs(3600))
    );
    assert_eq!(wait("soon".to_owned()).await, None);
}

#[tokio::test]
async fn the_run_says_why_the_other_side_refused() {
    for (kind, body, reason) in [
        (
            "application/problem+json",
            r#"{"type":"about:blank","title":"Invalid","detail":"VIN has 16 characters"}"#,
            "Invalid: VIN has 16 characters",
        ),
        (
            "application/json",
            r#"{"error":{"message":"No such lead"}}"#,
            "No such lead",
        ),
        (
            "application/json",
            r#"{"error":"invalid_grant","error_description":"Token expired"}"#,
            "Token expired",
        ),
        ("application/json", r#"{"error":"quota"}"#, "quota"),
        (
            "application/json",
            r#"{"errors":[{"message":"a is missing"},{"detail":"b is 0"},"c"]}"#,
            "a is missing; b is 0; c",
        ),
        ("application/json", r#"{"code":17}"#, r#"{"code":17}"#),
        ("text/plain", "The store\nis\tclosed", "The store is closed"),
        (
            "text/html",
            "<html><style>p{}</style><body><h1>Forbidden</h1><p>by &amp; for us</p>",
            "Forbidden by & for us",
        ),
    ] {
        let error = get(reply(422, &[("content-type", kind)], body.as_bytes()))
            .await
            .unwrap_err();
        assert_eq!(
            error.message,
            format!("The address answered with status 422: {reason}")
        );
    }
    let latin = reply(
        400,
        &[("content-type", "text/plain; charset=latin1")],
        b"Jos\xe9",
    );
    assert!(get(latin).await.unwrap_err().message.ends_with(": José"));
    let long = "x".repeat(100_000);
    let error = get(reply(400, &[], long.as_bytes())).await.unwrap_err();
    assert!(error.message.len() < 600);
    let none = get(reply(404, &[("content-type", "image/png")], b"\x89\0\xff"))
        .await
        .unwrap_err();
    assert_eq!(none.message, "The address answered with status 404.");
}

#[tokio::test]
async fn no_reason_repeats_a_secret_of_the_request() {
    let request = json!({
        "method": "POST",
        "url": "https://example.com/a?key=query-secret%21&page=2",
        "headers": {
            "Authorization": "Bearer header-secret-1",
            "X-Auth": "Basic dXNlcjpwYXNzd29yZC0x",
            "Cookie": "sid=cookie-secret"
        },
        "body": {"login": {"password": "body-secret-1"}, "name": "Ann Smith"}
    });
    let body = "token header-secret-1 of user:password-1 or password-1 with query-secret! \
                query-secret%21 cookie-secret body-secret-1 is wrong for Ann Smith, Bearer other, \
                eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let error = ask(request, reply(401, &[], body.as_bytes()))
        .await
        .unwrap_err();
    assert!(
        error
            .message
            .ends_with("is wrong for Ann Smith, Bearer … …"),
        "{}",
        error.message
    );
    for secret in ["secret", "password", "eyJ", "other"] {
        assert!(
            !error.message.contains(secret),
            "{secret}: {}",
            error.message
        );
    }
}

#[tokio::test]
async fn the_trace_is_sent_only_where_it_is_asked_for() {
    let caller = Arc::new(ScriptedCaller::default());
    let step = Request::new(Arc::clone(&caller) as _);
    let trace = platform_kernel::trace::Trace::start();
    for send in [false, true] {
        let request = json!({"url": "https://example.com/", "send_trace": send});
        let calling = call(&step, request);
        platform_kernel::trace::within(Some(trace.clone()), calling)
            .await
            .0
            .unwrap();
        let sent = caller.called.lock().unwrap().pop().unwrap().headers;
        let header = ("traceparent".to_owned(), trace.to_string());
        assert_eq!(sent.contains(&header), send);
    }
}

#[tokio::test]
async fn a_header_that_comes_twice_is_a_list() {
    let output = get(reply(200, &[("Link", "<a>"), ("link", "<b>")], b""))
        .await
        .unwrap();
    assert_eq!(output["headers"]["link"], "<a>, <b>");
}
