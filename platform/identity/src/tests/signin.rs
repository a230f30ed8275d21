use super::house::{House, PASSWORD, code, config};
use crate::network::Network;
use crate::recovery::ResetPassword;
use crate::sessions::Client;
use crate::signup::VerifySignup;
use platform_http::Authenticator;
use platform_kernel::ErrorCode;
use platform_kernel::secret::SecretString;
use policies::Role;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let ben = house.join(&ann, "ben@acme.example", Role::User).await;
    house.sign_up("Birch", "cid@birch.example").await;
    let id = ben.principal.user_id;
    house
        .run(&format!(
            "UPDATE control.memberships SET status = 'disabled' WHERE user_id = '{id}'"
        ))
        .await;
    for (tenant, email, password) in [
        ("acme", "ann@acme.example", "wrong password"),
        ("acme", "nobody@acme.example", PASSWORD),
        ("nowhere", "ann@acme.example", PASSWORD),
        ("birch", "ann@acme.example", PASSWORD),
        ("platform", "ann@acme.example", PASSWORD),
        ("acme", "ben@acme.example", PASSWORD),
        ("acme'; --", "ann@acme.example", PASSWORD),
    ] {
        let refused = house.log_in(tenant, email, password).await.err().unwrap();
        assert_eq!(
            refused.code(),
            ErrorCode::InvalidCredentials,
            "{tenant} {email}"
        );
        assert_eq!((refused.detail(), refused.errors()), (None, &[][..]));
    }
    house
        .log_in(" ACME ", "Ann@Acme.example", PASSWORD)
        .await
        .unwrap();
}

fn at(ip: &str) -> Client {
    Client {
        network: Network::of(Some(ip.parse().unwrap())),
        ..Client::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_failures_refuse_a_network_and_success_forgives_them() {
    let house = House::new().await;
    house.sign_up("Lock Motors", "ann@acme.example").await;
    let (slug, email) = ("lock-motors", "ann@acme.example");
    for _ in 0..9 {
        assert_eq!(
            code(house.log_in(slug, email, "wrong").await),
            ErrorCode::InvalidCredentials
        );
    }
    house.log_in(slug, email, PASSWORD).await.unwrap();
    let tries = (0..15).map(|_| house.log_in(slug, email, "wrong"));
    let tries = futures_util::future::join_all(tries).await;
    let codes: Vec<_> = tries.into_iter().map(code).collect();
    let refused = codes
        .iter()
        .filter(|c| **c == ErrorCode::InvalidCredentials)
        .count();
    assert_eq!(refused, 10, "{codes:?}");
    let refused = house.log_in(slug, email, PASSWORD).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert!(refused.wait().unwrap().as_secs() > 800);
}

/// The attack: whoever knows an address sends wrong passwords until its owner is locked out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_lock_nobody_out() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let password = SecretString::from(PASSWORD);
    let root = house
        .identity
        .create_super_admin("root@ops.example", "Root", &password);
    root.await.unwrap();
    for (slug, email) in [
        ("acme", "ann@acme.example"),
        ("platform", "root@ops.example"),
    ] {
        let stranger = at("198.51.100.7");
        for _ in 0..12 {
            let _refused = house.log_in_from(&stranger, slug, email, "wrong").await;
        }
        let refused = house.log_in_from(&stranger, slug, email, PASSWORD).await;
        assert_eq!(code(refused), ErrorCode::RateLimited);
        let neighbour = at("198.51.100.200");
        let neighbour = house.log_in_from(&neighbour, slug, email, PASSWORD);
        assert_eq!(
            code(neighbour.await),
            ErrorCode::RateLimited,
            "one /24 is one stranger"
        );
        let owner = at("203.0.113.9");
        house
            .log_in_from(&owner, slug, email, PASSWORD)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guesser_on_many_networks_is_slowed_and_the_owner_still_comes_in() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let email = "ann@acme.example";
    let known = house.log_in("acme", email, PASSWORD).await.unwrap();
    let wrong = |n: u32| {
        let client = at(&format!("10.{}.{}.1", n / 250, n % 250));
        let house = &house;
        async move { code(house.log_in_from(&client, "acme", email, "wrong").await) }
    };
    futures_util::future::join_all((0..50).map(wrong)).await;
    let started = std::time::Instant::now();
    let slowed = futures_util::future::join_all((50..58).map(wrong)).await;
    assert!(slowed.iter().all(|c| *c == ErrorCode::InvalidCredentials));
    assert!(started.elapsed() >= Duration::from_millis(800));
    // A network has three failures now, not ten.
    let greedy = at("10.9.9.9");
    let tries = (0..6).map(|_| house.log_in_from(&greedy, "acme", email, "wrong"));
    let tries = futures_util::future::join_all(tries).await;
    let refused = tries.into_iter().filter(|tried| {
        tried
            .as_ref()
            .is_err_and(|e| e.code() == ErrorCode::RateLimited)
    });
    assert_eq!(refused.count(), 3);
    // The owner on another network: slower, and let in.
    house
        .log_in_from(&at("203.0.113.9"), "acme", email, PASSWORD)
        .await
        .unwrap();
    // The owner's own browser: not even slower, also from the guesser's network.
    let mut browser = at("10.9.9.9");
    browser.devices = vec![known.device.unwrap()];
    let started = std::time::Instant::now();
    house
        .log_in_from(&browser, "acme", email, PASSWORD)
        .await
        .unwrap();
    assert!(started.elapsed() < Duration::from_millis(800));
    // It may guess no more often than a network.
    let tries = (0..12).map(|_| house.log_in_from(&browser, "acme", email, "wrong"));
    let tries = futures_util::future::join_all(tries).await;
    let codes: Vec<_> = tries.into_iter().map(code).collect();
    let refused = codes.iter().filter(|c| **c == ErrorCode::RateLimited);
    assert_eq!(refused.count(), 2, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_with_two_dealerships_can_be_guessed_at_no_more_often() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    house.second_dealership(&ann, "Acme North").await;
    let email = "ann@acme.example";
    for slug in ["acme", "acme-north"].into_iter().cycle().take(10) {
        let refused = house.log_in(slug, email, "wrong").await;
        assert_eq!(code(refused), ErrorCode::InvalidCredentials);
    }
    for slug in ["acme", "acme-north"] {
        let refused = house.log_in(slug, email, "wrong").await;
        assert_eq!(code(refused), ErrorCode::RateLimited);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_forgives_everywhere_and_makes_browsers_strangers() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let password = SecretString::from(PASSWORD);
    let root = house
        .identity
        .create_super_admin("root@ops.example", "Root", &password);
    root.await.unwrap();
    for (slug, email) in [
        ("acme", "ann@acme.example"),
        ("platform", "root@ops.example"),
    ] {
        let session = house.log_in(slug, email, PASSWORD).await.unwrap();
        for _ in 0..11 {
            let _refused = house.log_in(slug, email, "wrong").await;
        }
        let client = Client::default();
        house
            .identity
            .forget_password(slug, email, &client)
            .await
            .unwrap();
        house.send_mails().await.unwrap();
        let token = house.outbox.token_for(email);
        let new = "another long pass phrase";
        house
            .identity
            .reset_password(reset(&token, new), &client)
            .await
            .unwrap();
        let again = house.log_in(slug, email, new).await.unwrap();
        assert_ne!(session.device, again.device);
        let browser = Client {
            devices: vec![session.device.unwrap()],
            ..Client::default()
        };
        let made = house.log_in_from(&browser, slug, email, new).await.unwrap();
        assert_ne!(made.device.as_ref(), browser.devices.first());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_opens_in_every_unicode_spelling() {
    let house = House::new().await;
    house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let (composed, decomposed) = (
        "gr\u{fc}ner L\u{f6}we 7",
        "gru\u{308}ner Lo\u{308}we \u{ff17}",
    );
    let request = VerifySignup {
        password: decomposed.into(),
        ..House::verification(&house.outbox.token_for("ann@acme.example"))
    };
    house
        .identity
        .verify_signup(request, &Client::default())
        .await
        .unwrap();
    for password in [composed, decomposed] {
        let session = house.log_in("acme", "ann@acme.example", password).await;
        session.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_hash_is_replaced_when_its_owner_signs_in() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let mut stronger = config();
    stronger.passwords.memory_kib = 64;
    let identity = House::identity_on(&house.test, stronger).await;
    let request = crate::login::LogIn {
        tenant: "acme".into(),
        email: "ann@acme.example".into(),
        password: PASSWORD.into(),
        token_delivery: None,
    };
    identity.log_in(request, &Client::default()).await.unwrap();
    let mut tx = house.test.db.control().await.unwrap();
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use platform_db::schema::control::users;
    let hash: Option<String> = users::table
        .select(users::password_hash)
        .first(tx.conn())
        .await
        .unwrap();
    assert!(hash.unwrap().contains("m=64,"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_run_the_platform_sign_in_to_no_dealership() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let password = SecretString::from(PASSWORD);
    let make = house
        .identity
        .create_super_admin("Root@Auterity.example", "Root", &password);
    make.await.unwrap();
    let twice = house
        .identity
        .create_super_admin("root@auterity.example", "Root", &password);
    assert_eq!(code(twice.await), ErrorCode::AlreadyExists);
    let session = house
        .log_in("platform", "root@auterity.example", PASSWORD)
        .await
        .unwrap();
    assert_eq!(session.view.role, Role::SuperAdmin);
    assert!(session.view.tenant.is_none());
    let root = house
        .identity
        .authenticate(&session.view.access_token)
        .await
        .unwrap();
    assert_eq!((root.role, root.tenant_id), (Role::SuperAdmin, None));
    let elsewhere = house
        .log_in("acme", "root@auterity.example", PASSWORD)
        .await;
    assert_eq!(code(elsewhere), ErrorCode::InvalidCredentials);
    let again = house
        .identity
        .refresh(&session.refresh_token, &Client::default())
        .await
        .unwrap();
    assert_eq!(again.view.role, Role::SuperAdmin);
}

fn reset(token: &str, password: &str) -> ResetPassword {
    ResetPassword {
        token: token.into(),
        password: password.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_replaced_once_and_ends_every_session() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    house
        .identity
        .forget_password("acme", "Ann@acme.example", &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    let client = Client::default();
    let personal = house
        .identity
        .reset_password(reset(&token, "ann.smith"), &client)
        .await;
    assert_eq!(personal.err().unwrap().errors()[0].pointer, "/password");
    let new = "another long pass phrase";
    let tries = (0..4).map(|_| house.identity.reset_password(reset(&token, new), &client));
    let tries = futures_util::future::join_all(tries).await;
    assert_eq!(tries.iter().filter(|t| t.is_ok()).count(), 1);
    assert_eq!(
        code(house.identity.authenticate(&ann.access).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.identity.refresh(&ann.refresh, &client).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.log_in("acme", "ann@acme.example", PASSWORD).await),
        ErrorCode::InvalidCredentials
    );
    house.log_in("acme", "ann@acme.example", new).await.unwrap();
    assert_eq!(
        house.audit(&ann.tenant).await,
        ["user.password_reset", "session.started"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_learns_from_a_forgotten_password_who_has_an_account() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let before = house.outbox.mails().len();
    for (tenant, email) in [
        ("acme", "nobody@acme.example"),
        ("nowhere", "ann@acme.example"),
        ("platform", "ann@acme.example"),
    ] {
        house
            .identity
            .forget_password(tenant, email, &Client::default())
            .await
            .unwrap();
    }
    house.send_mails().await.unwrap();
    assert_eq!(house.outbox.mails().len(), before);
    for _ in 0..5 {
        house
            .identity
            .forget_password("acme", "ann@acme.example", &Client::default())
            .await
            .unwrap();
        house.send_mails().await.unwrap();
    }
    assert_eq!(house.outbox.mails().len(), before + 3);
    house
        .run("UPDATE control.password_resets SET expires_at = now()")
        .await;
    let token = house.outbox.token_for("ann@acme.example");
    let late = house
        .identity
        .reset_password(reset(&token, PASSWORD), &Client::default())
        .await;
    assert_eq!(code(late), ErrorCode::InvalidToken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_over_a_week_ago_is_forgotten_and_nothing_else() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let old = house
        .log_in("acme", "ann@acme.example", PASSWORD)
        .await
        .unwrap();
    house
        .identity
        .log_out(&old.refresh_token, &Client::default())
        .await
        .unwrap();
    assert_eq!(house.identity.tidy().await.unwrap(), 0);
    house
        .run("UPDATE control.sessions SET revoked_at = now() - interval '8 days' WHERE revoked_at IS NOT NULL; \
              UPDATE control.signups SET expires_at = now() - interval '8 days'")
        .await;
    assert_eq!(house.identity.tidy().await.unwrap(), 2);
    house
        .identity
        .refresh(&ann.refresh, &Client::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_races_a_password_reset_leaves_no_session_behind() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    for round in 0..3 {
        let old = if round == 0 {
            PASSWORD.to_owned()
        } else {
            format!("pass phrase number {round}")
        };
        let new = format!("pass phrase number {}", round + 1);
        house
            .identity
            .forget_password("acme", "ann@acme.example", &Client::default())
            .await
            .unwrap();
        house.send_mails().await.unwrap();
        let token = house.outbox.token_for("ann@acme.example");
        let client = Client::default();
        let sign_ins = (0..6).map(|_| house.log_in("acme", "ann@acme.example", &old));
        let (_, sessions) = tokio::join!(
            house.identity.reset_password(reset(&token, &new), &client),
            futures_util::future::join_all(sign_ins),
        );
        for session in sessions.into_iter().flatten() {
            assert!(
                house
                    .identity
                    .refresh(&session.refresh_token, &client)
                    .await
                    .is_err()
            );
        }
        house
            .log_in("acme", "ann@acme.example", &new)
            .await
            .unwrap();
    }
}
