use super::*;
use serde_json::json;

const SECRET: &[u8] = b"It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn signature(config: Value) -> Signature {
    Signature::of(&json!({ "signature": config }))
        .unwrap()
        .unwrap()
}

fn check(config: Value, headers: &[(&str, &str)], body: &[u8]) -> Result<(), String> {
    let header = |name: &str| {
        let found = headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| (*value).to_owned())
    };
    signature(config).check(SECRET, header, body, now())
}

fn sign(text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// The example of GitHub's own documentation:
/// <https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries>.
#[test]
fn github_signs_like_its_documentation_says() {
    let config = json!({"scheme": "github", "secret": "s"});
    let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(
        check(config.clone(), &[("X-Hub-Signature-256", right)], BODY),
        Ok(())
    );
    let upper = right.to_uppercase().replace("SHA256=", "sha256=");
    assert_eq!(
        check(config.clone(), &[("X-Hub-Signature-256", &upper)], BODY),
        Ok(())
    );
    assert!(
        check(
            config.clone(),
            &[("X-Hub-Signature-256", right)],
            b"Hello, World"
        )
        .is_err()
    );
    let bare = right.trim_start_matches("sha256=");
    assert!(check(config.clone(), &[("X-Hub-Signature-256", bare)], BODY).is_err());
    assert!(
        check(config, &[], BODY)
            .unwrap_err()
            .contains("X-Hub-Signature-256")
    );
}

#[test]
fn stripe_signs_the_time_too_and_may_sign_twice() {
    let config = json!({"scheme": "stripe", "secret": "s"});
    let header = |seconds: i64| {
        let text = [seconds.to_string().as_bytes(), b".", BODY].concat();
        let right = data_encoding::HEXLOWER.encode(&sign(&text));
        format!("t={seconds},v1={},v1={right},v0=x", "0".repeat(64))
    };
    let at = now().timestamp();
    assert_eq!(
        check(
            config.clone(),
            &[("Stripe-Signature", &header(at - 299))],
            BODY
        ),
        Ok(())
    );
    for seconds in [at - 301, at + 301] {
        let old = check(
            config.clone(),
            &[("Stripe-Signature", &header(seconds))],
            BODY,
        );
        assert!(old.unwrap_err().contains("too far"));
    }
    let other = header(at).replace(&format!("t={at}"), &format!("t={}", at + 1));
    assert!(check(config.clone(), &[("Stripe-Signature", &other)], BODY).is_err());
    for broken in ["", "t=", "v1=00", "t=abc,v1=00", "t=1,v1="] {
        assert!(
            check(config.clone(), &[("Stripe-Signature", broken)], BODY).is_err(),
            "{broken}"
        );
    }
}

#[test]
fn a_sender_of_its_own_kind_names_header_prefix_encoding_and_time() {
    let base64 = data_encoding::BASE64.encode(&sign(BODY));
    let config = json!({"scheme": "hmac_sha256", "secret": "s", "header": "X-Shop-Hmac", "encoding": "base64"});
    assert_eq!(check(config, &[("x-shop-hmac", &base64)], BODY), Ok(()));
    let hex = format!("v1={}", data_encoding::HEXLOWER.encode(&sign(BODY)));
    let config = json!({"scheme": "hmac_sha256", "secret": "s", "prefix": "v1="});
    assert_eq!(
        check(config.clone(), &[("X-Signature", &hex)], BODY),
        Ok(())
    );
    assert!(check(config, &[("X-Signature", "v1=zz")], BODY).is_err());
    let timed = [b"1800000000.", BODY].concat();
    let hex = data_encoding::HEXLOWER.encode(&sign(&timed));
    let config = json!({"scheme": "hmac_sha256", "secret": "s", "timestamp_header": "X-Time", "tolerance_seconds": 10});
    assert_eq!(
        check(
            config.clone(),
            &[("X-Signature", &hex), ("X-Time", "1800000000")],
            BODY
        ),
        Ok(())
    );
    assert!(check(config, &[("X-Signature", &hex)], BODY).is_err());
}

#[test]
fn a_trigger_without_a_signature_asks_for_none() {
    assert!(Signature::of(&json!({})).unwrap().is_none());
    assert!(
        Signature::of(&json!({"signature": null}))
            .unwrap()
            .is_none()
    );
    assert!(Signature::of(&json!({"signature": {"scheme": "rot13", "secret": "s"}})).is_err());
}
