//! What a name resolves to decides, at the moment of connecting.

use super::{call, resolving, with_loopback};
use crate::target::GuardedHttpConfig;
use platform_kernel::ports::{Fate, HttpCaller};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

async fn refused(answers: &[&[&str]]) {
    let guarded = resolving(GuardedHttpConfig::default(), answers);
    let error = guarded
        .call(&call("POST", "http://shop.example.com/"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Final, "address_refused"),
        "{answers:?} {error}"
    );
    assert!(
        !error.message.contains("127.0") && !error.message.contains("169.254"),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_for_an_inside_address_is_refused() {
    refused(&[&["127.0.0.1"]]).await;
    refused(&[&["169.254.169.254"]]).await;
    refused(&[&["::1"]]).await;
    refused(&[&["::ffff:10.0.0.1"]]).await;
}

#[tokio::test]
async fn one_inside_address_among_outside_ones_is_refused() {
    refused(&[&["93.184.215.14", "10.0.0.1"]]).await;
    refused(&[&["2606:4700::1111", "127.0.0.1"]]).await;
}

#[tokio::test]
async fn an_answer_that_changes_between_calls_does_not_get_through() {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let port = server.address().port();
    // Allowed first, then somewhere inside that is not.
    let guarded = resolving(with_loopback(&[port]), &[&["127.0.0.1"], &["10.0.0.1"]]);
    let first = call("GET", &format!("http://one.example.com:{port}/"));
    assert_eq!(guarded.call(&first).await.unwrap().status, 204);
    let second = call("GET", &format!("http://two.example.com:{port}/"));
    assert_eq!(
        guarded.call(&second).await.unwrap_err().code,
        "address_refused"
    );
}

#[tokio::test]
async fn the_host_header_keeps_the_name() {
    let server = MockServer::start().await;
    let port = server.address().port();
    let host = format!("shop.example.com:{port}");
    let asked = Mock::given(matchers::header("host", host.as_str()));
    asked
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let guarded = resolving(with_loopback(&[port]), &[&["127.0.0.1"]]);
    let reply = guarded
        .call(&call("GET", &format!("http://{host}/")))
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_may_be_tried_again() {
    let guarded = resolving(GuardedHttpConfig::default(), &[&[]]);
    let error = guarded
        .call(&call("POST", "http://gone.example.com/"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Retry, "http_unreachable"),
        "{error}"
    );
}

/// The first answer is what our own host resolves to, the later ones are the caller's.
fn as_the_platform(answers: &[&[&str]]) -> crate::GuardedHttp {
    let config = GuardedHttpConfig {
        own_hosts: vec!["auterity.example".to_owned()],
        ..GuardedHttpConfig::default()
    };
    resolving(config, answers)
}

#[tokio::test]
async fn another_name_for_the_platforms_own_address_is_refused() {
    for own in ["93.184.215.14", "2606:4700::1111"] {
        let guarded = as_the_platform(&[&[own]]);
        let alias = call("POST", "https://loop.somebody.example.com/hooks/h_1");
        let error = guarded.call(&alias).await.unwrap_err();
        assert_eq!((error.fate, error.code), (Fate::Final, "address_refused"));
        assert!(!error.message.contains(own), "{error}");
    }
}

#[tokio::test]
async fn the_platforms_own_address_is_refused_as_a_literal() {
    let guarded = as_the_platform(&[&["93.184.215.14"]]);
    for literal in ["http://93.184.215.14/", "http://0x5db8d70e/"] {
        let error = guarded.call(&call("POST", literal)).await.unwrap_err();
        assert_eq!(error.code, "address_refused", "{literal}");
    }
}

#[tokio::test]
async fn addresses_that_the_operator_refuses_are_refused_even_in_an_allowed_subnet() {
    let config = GuardedHttpConfig {
        refused_subnets: vec!["127.0.0.9/32".parse().unwrap()],
        ..with_loopback(&[])
    };
    let guarded = resolving(config, &[&["127.0.0.9"]]);
    let error = guarded
        .call(&call("GET", "http://shop.example.com/"))
        .await
        .unwrap_err();
    assert_eq!(error.code, "address_refused");
}
