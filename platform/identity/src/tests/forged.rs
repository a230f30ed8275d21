//! Tokens that must not be believed.

use super::house::{House, Member};
use crate::token::Claims;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform_http::Authenticator;
use platform_kernel::ErrorCode;
use serde_json::{Value, json};

struct Forge {
    house: House,
    ann: Member,
    /// What a token of ours says.
    claims: Value,
    header: Value,
}

impl Forge {
    async fn new() -> Self {
        let house = House::new().await;
        let ann = house.sign_up("Acme", "ann@acme.example").await;
        let mut parts = ann.access.split('.');
        let mut part = || -> Value {
            let bytes = BASE64URL_NOPAD
                .decode(parts.next().unwrap().as_bytes())
                .unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        let (header, claims) = (part(), part());
        Self {
            house,
            ann,
            claims,
            header,
        }
    }

    /// Signed with our own key, but with another header or other claims.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        let keys = self.house.identity.keys.current();
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &keys.signing, Algorithm::RS256)
                .unwrap();
        format!("{message}.{signature}")
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.signed(&self.header, &claims)
    }

    fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        self.signed(&self.header, &claims)
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.signed(&header, &self.claims)
    }

    fn without_header(&self, name: &str) -> String {
        let mut header = self.header.clone();
        header.as_object_mut().unwrap().remove(name);
        self.signed(&header, &self.claims)
    }

    /// HS256 with our public key as the secret: the classic confusion.
    fn confused(&self) -> String {
        let public = self.house.identity.keys.current().public[0].n.clone();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".into());
        header.kid = Some(self.header["kid"].as_str().unwrap().into());
        let key = EncodingKey::from_secret(public.as_bytes());
        jsonwebtoken::encode(&header, &self.claims, &key).unwrap()
    }

    /// A good token of another issuer's key, under our kid.
    fn of_another_key(&self) -> String {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            data_encoding::BASE64.encode(der.as_ref())
        );
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some("at+jwt".into());
        header.kid = Some(self.header["kid"].as_str().unwrap().into());
        jsonwebtoken::encode(&header, &self.claims, &key).unwrap()
    }

    fn parts(&self) -> [&str; 3] {
        let parts: Vec<&str> = self.ann.access.split('.').collect();
        [parts[0], parts[1], parts[2]]
    }
}

fn encode(value: &Value) -> String {
    BASE64URL_NOPAD.encode(&serde_json::to_vec(value).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_exactly_ours_is_refused() {
    let forge = Forge::new().await;
    let [header, claims, signature] = forge.parts();
    let other = uuid::Uuid::now_v7().to_string();
    let exp = forge.claims["exp"].as_i64().unwrap();
    let none = encode(&json!({ "alg": "none", "typ": "at+jwt", "kid": forge.header["kid"] }));
    let mut admin = forge.claims.clone();
    admin["role"] = json!("super_admin");
    let forged = [
        ("nothing", String::new()),
        ("a word", "token".into()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{}.x", forge.ann.access)),
        ("no signature", format!("{header}.{claims}.")),
        ("algorithm none", format!("{none}.{claims}.")),
        (
            "algorithm none with our signature",
            format!("{none}.{claims}.{signature}"),
        ),
        ("HS256 with the public key", forge.confused()),
        (
            "RS512 in the header",
            forge.with_header("alg", json!("RS512")),
        ),
        (
            "an unknown algorithm",
            forge.with_header("alg", json!("XX99")),
        ),
        ("another key under our kid", forge.of_another_key()),
        ("an unknown kid", forge.with_header("kid", json!("other"))),
        ("no kid", forge.without_header("kid")),
        (
            "a path as kid",
            forge.with_header("kid", json!("../../dev/null")),
        ),
        ("no type", forge.without_header("typ")),
        (
            "the type of another token",
            forge.with_header("typ", json!("id+jwt")),
        ),
        (
            "a critical extension",
            forge.with_header("crit", json!(["exp"])),
        ),
        (
            "changed claims under the old signature",
            format!("{header}.{}.{signature}", encode(&admin)),
        ),
        (
            "another issuer",
            forge.with_claim("iss", json!("https://evil.example")),
        ),
        ("no issuer", forge.without_claim("iss")),
        ("another audience", forge.with_claim("aud", json!("other"))),
        ("no audience", forge.without_claim("aud")),
        (
            "several audiences",
            forge.with_claim("aud", json!(["auterity", "other"])),
        ),
        ("no expiry", forge.without_claim("exp")),
        (
            "an expiry as text",
            forge.with_claim("exp", json!(exp.to_string())),
        ),
        (
            "made in the future",
            forge.with_claim("iat", json!(exp + 600)),
        ),
        ("another user", forge.with_claim("sub", json!(other))),
        ("no user", forge.without_claim("sub")),
        ("another dealership", forge.with_claim("tid", json!(other))),
        ("no dealership", forge.without_claim("tid")),
        (
            "a higher role",
            forge.with_claim("role", json!("super_admin")),
        ),
        ("an unknown role", forge.with_claim("role", json!("owner"))),
        ("a later epoch", forge.with_claim("epoch", json!(7))),
        ("an unknown session", forge.with_claim("sid", json!(other))),
        (
            "a very long one",
            format!("{header}.{}.{signature}", "A".repeat(10_000)),
        ),
        ("the refresh token", forge.ann.refresh.clone()),
    ];
    assert!(forged.len() >= 20);
    for (what, token) in forged {
        let refused = forge.house.identity.authenticate(&token).await.err();
        let code = refused.map(|error| error.code());
        assert_eq!(code, Some(ErrorCode::Unauthenticated), "{what}");
    }
    let expired = forge.with_claim("exp", json!(exp - 1801));
    let refused = forge
        .house
        .identity
        .authenticate(&expired)
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), ErrorCode::TokenExpired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_says_what_the_contract_says() {
    let forge = Forge::new().await;
    assert_eq!(forge.header["alg"], "RS256");
    assert_eq!(forge.header["typ"], "at+jwt");
    let claims: Claims = serde_json::from_value(forge.claims.clone()).unwrap();
    assert_eq!(claims.exp - claims.iat, 1800);
    assert_eq!(claims.iss, "http://app.localhost:8080");
    assert_eq!(claims.tid, forge.ann.principal.tenant_id);
    let unchanged = forge.signed(&forge.header, &forge.claims);
    forge.house.identity.authenticate(&unchanged).await.unwrap();
    let plain = forge.with_header("typ", json!("JWT"));
    forge.house.identity.authenticate(&plain).await.unwrap();
}
