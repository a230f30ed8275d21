//! A path has one spelling: written otherwise it passes by no limit and reaches nothing.

use reqwest::Method;
use serde_json::json;
use tests::TestApp;

/// The path with one of its fixed letters percent-encoded.
fn encoded(path: &str) -> String {
    let mut letters = path.char_indices().rev();
    let fixed = letters.find(|(at, c)| c.is_ascii_alphabetic() && !in_parameter(path, *at));
    let (at, letter) = fixed.expect("a path has letters");
    format!(
        "{}%{:02x}{}",
        &path[..at],
        u32::from(letter),
        &path[at + 1..]
    )
}

fn in_parameter(path: &str, at: usize) -> bool {
    let before = &path[..at];
    before.rfind('{') > before.rfind('}')
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_its_path_with_an_encoded_letter() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let document = serde_json::to_value(platform_server::routes::openapi()).unwrap();
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let spelled = encoded(path).replace(['{', '}'], "x");
            let answer = anyone.send(anyone.request(method, &spelled)).await;
            answer.assert_problem(400, "bad_request");
            seen += 1;
        }
    }
    assert!(seen > 90, "the document lost its operations: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_spelled_otherwise_reaches_no_sign_in() {
    let app = TestApp::start().await;
    let login = json!({ "tenant": "nobody", "email": "a@b.example", "password": "wrong" });
    for path in [
        "/api/v1/auth/%6cogin",
        "/api/v1/auth/%6Cogin",
        "/%61pi/v1/auth/login",
        "/api/v1/%61uth/login",
        "/api/v1//auth/login",
        "//api/v1/auth/login",
        "/api/v1/auth/login/",
        "/api/v1/auth/login;x=1",
        "/API/v1/auth/login",
        "/api/v1/auth/LOGIN",
        "/api/v1/auth%2Flogin",
        "/hooks/%68_unknown",
        "/%68ooks/h_unknown",
    ] {
        let answer = app.anyone().post(path, &login).await;
        let status = answer.status;
        assert!([400, 404, 405].contains(&status), "{path}: {status}");
    }
}
