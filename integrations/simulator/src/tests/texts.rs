//! Texts as Twilio takes and lists them.

use super::{client, running};
use crate::sms::ACCOUNT_SID;
use serde_json::Value;

fn url(simulator: &crate::Running, rest: &str) -> String {
    format!(
        "{}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages{rest}",
        simulator.twilio_url()
    )
}

async fn post(simulator: &crate::Running, user: &str, form: &str) -> (u16, Value) {
    let answer = client()
        .post(url(simulator, ".json"))
        .basic_auth(user, Some("secret"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn get(simulator: &crate::Running, rest: &str) -> Value {
    let answer = client().get(url(simulator, rest)).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_text_is_taken_listed_and_found_by_its_sid() {
    let simulator = running();
    for body in ["first", "second", "third"] {
        let form = format!("To=%2B15125550123&From=%2B15005550006&Body={body}");
        let (status, text) = post(&simulator, ACCOUNT_SID, &form).await;
        assert_eq!(
            (status, text["status"].as_str()),
            (201, Some("queued")),
            "{text}"
        );
        assert_eq!(text["num_segments"], "1");
        assert_eq!(text["to"], "+15125550123");
        let sid = text["sid"].as_str().unwrap();
        assert_eq!(sid.len(), 34);
        let found = get(&simulator, &format!("/{sid}.json")).await;
        assert_eq!(
            (found["status"].as_str(), found["body"].as_str()),
            (Some("delivered"), Some(body))
        );
    }
    let page = get(&simulator, ".json?To=%2B15125550123&PageSize=2").await;
    let bodies: Vec<&str> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["third", "second"], "newest first");
    assert!(
        page["next_page_uri"]
            .as_str()
            .unwrap()
            .contains("To=%2B15125550123")
    );
    let page = get(&simulator, ".json?PageSize=2&Page=1").await;
    assert_eq!(page["messages"][0]["body"], "first");
    assert!(page["next_page_uri"].is_null());
    let other = get(&simulator, ".json?To=%2B15125550199").await;
    assert_eq!(other["messages"], serde_json::json!([]));
    assert_eq!(simulator.texts().to("+15125550123").len(), 3);
}

#[tokio::test]
async fn what_twilio_would_refuse_is_refused_with_its_code() {
    let simulator = running();
    let long = format!(
        "To=%2B15125550123&From=%2B15005550006&Body={}",
        "a".repeat(1_601)
    );
    for (form, code) in [
        ("From=%2B15005550006&Body=x", 21604),
        ("To=%2B15125550123&Body=x", 21603),
        ("To=%2B15125550123&From=%2B15005550006", 21619),
        ("To=nobody&From=%2B15005550006&Body=x", 21211),
        ("To=%2B15005550001&From=%2B15005550006&Body=x", 21211),
        ("To=%2B15005550004&From=%2B15005550006&Body=x", 21610),
        ("To=%2B15005550009&From=%2B15005550006&Body=x", 21614),
        ("To=%2B15125550123&From=%2B15005550007&Body=x", 21606),
        (long.as_str(), 21617),
    ] {
        let (status, refusal) = post(&simulator, ACCOUNT_SID, form).await;
        assert_eq!(
            (status, refusal["code"].as_i64()),
            (400, Some(code)),
            "{form}: {refusal}"
        );
    }
    let (status, refusal) = post(&simulator, "ACsomebody", "To=%2B15125550123").await;
    assert_eq!((status, refusal["code"].as_i64()), (401, Some(20003)));
    assert!(simulator.texts().all().is_empty());
}
