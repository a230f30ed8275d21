use super::{call, with_loopback};
use crate::GuardedHttp;
use platform_kernel::ports::{CallError, Fate, HttpCall, HttpCaller};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

fn guarded() -> GuardedHttp {
    GuardedHttp::new(with_loopback(&[])).unwrap()
}

async fn site(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(reply)
        .mount(&server)
        .await;
    server
}

async fn failed(call: &HttpCall) -> CallError {
    guarded().call(call).await.unwrap_err()
}

#[tokio::test]
async fn a_call_carries_method_headers_and_body() {
    let server = MockServer::start().await;
    Mock::given(matchers::method("PUT"))
        .and(matchers::path("/leads/1"))
        .and(matchers::header("x-api-key", "k"))
        .and(matchers::header("user-agent", "Auterity/1.0"))
        .and(matchers::body_string("{}"))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("x-id", "9")
                .set_body_string("ok"),
        )
        .mount(&server)
        .await;
    let mut call = call("put", &format!("{}/leads/1", server.uri()));
    call.headers = vec![("X-Api-Key".to_owned(), "k".to_owned())];
    call.body = Some(b"{}".to_vec());
    let reply = guarded().call(&call).await.unwrap();
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (201, b"ok".as_slice())
    );
    assert!(reply.headers.contains(&("x-id".to_owned(), "9".to_owned())));
}

#[tokio::test]
async fn any_status_is_a_reply_and_no_redirect_is_followed() {
    for status in [302, 307, 404, 429, 500] {
        let reply = ResponseTemplate::new(status);
        let server = site(reply.insert_header("location", "http://169.254.169.254/")).await;
        let reply = guarded().call(&call("GET", &server.uri())).await.unwrap();
        assert_eq!(reply.status, status);
    }
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_cut_off() {
    let server = site(ResponseTemplate::new(200).set_body_bytes(vec![0; 5 * 1024 * 1024])).await;
    let reply = guarded().call(&call("GET", &server.uri())).await.unwrap();
    assert_eq!(reply.body.len(), 5 * 1024 * 1024);
    let server =
        site(ResponseTemplate::new(200).set_body_bytes(vec![0; 5 * 1024 * 1024 + 1])).await;
    let error = failed(&call("GET", &server.uri())).await;
    assert_eq!(
        (error.fate, error.code),
        (Fate::Final, "http_reply_too_long")
    );
    assert_eq!(
        failed(&call("POST", &server.uri())).await.fate,
        Fate::Unknown
    );
}

#[tokio::test]
async fn nobody_listening_was_sent_nothing() {
    let error = failed(&call("POST", "http://127.0.0.1:1/")).await;
    assert_eq!(
        (error.fate, error.code),
        (Fate::Retry, "http_unreachable"),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_reply_is_unknown_unless_the_method_is_safe() {
    let server = site(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    for (method, fate) in [
        ("GET", Fate::Retry),
        ("HEAD", Fate::Retry),
        ("POST", Fate::Unknown),
        ("DELETE", Fate::Unknown),
    ] {
        let mut call = call(method, &server.uri());
        call.timeout = Duration::from_millis(200);
        let error = failed(&call).await;
        assert_eq!(
            (error.fate, error.code),
            (fate, "http_timeout"),
            "{method} {error}"
        );
    }
}

/// A site that reads a request, answers `reply` and hangs up.
async fn rude_site(reply: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    platform_kernel::task::spawn(async move {
        while let Ok((mut stream, _peer)) = listener.accept().await {
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await;
            if read.is_ok_and(|length| length > 0) {
                drop(stream.write_all(reply).await);
            }
        }
    });
    format!("http://{address}/?token=secret")
}

#[tokio::test]
async fn a_connection_lost_after_sending_is_unknown_unless_the_method_is_safe() {
    for reply in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    ] {
        let url = rude_site(reply).await;
        let get = failed(&call("GET", &url)).await;
        assert_eq!(
            (get.fate, get.code),
            (Fate::Retry, "http_connection_lost"),
            "{get}"
        );
        let post = failed(&call("POST", &url)).await;
        assert_eq!(
            (post.fate, post.code),
            (Fate::Unknown, "http_connection_lost"),
            "{post}"
        );
        assert!(!post.message.contains("secret"), "{post}");
    }
}

#[tokio::test]
async fn what_would_smuggle_is_refused() {
    let server = site(ResponseTemplate::new(200)).await;
    for (name, value) in [
        ("Host", "169.254.169.254"),
        ("Content-Length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "upgrade"),
        ("x-a", "b\r\nx-c: d"),
        ("x a", "b"),
        ("", "b"),
    ] {
        let mut call = call("POST", &server.uri());
        call.headers = vec![(name.to_owned(), value.to_owned())];
        let error = failed(&call).await;
        assert_eq!(
            (error.fate, error.code),
            (Fate::Final, "http_invalid_request"),
            "{name}"
        );
    }
    for method in ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\n", ""] {
        assert_eq!(
            failed(&call(method, &server.uri())).await.code,
            "http_invalid_request"
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_inside_address_is_refused_before_anything_is_sent() {
    let server = site(ResponseTemplate::new(200)).await;
    let guarded = GuardedHttp::new(crate::GuardedHttpConfig::default()).unwrap();
    let error = guarded.call(&call("GET", &server.uri())).await.unwrap_err();
    assert_eq!((error.fate, error.code), (Fate::Final, "address_refused"));
    assert!(server.received_requests().await.unwrap().is_empty());
}
