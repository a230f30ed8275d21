use super::house::{House, PASSWORD, code, config};
use crate::SignupBounds;
use crate::network::Network;
use crate::sessions::Client;
use crate::signup::VerifySignup;
use platform_http::Authenticator;
use platform_kernel::ErrorCode;
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantStatus;
use policies::Role;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verified_sign_up_makes_a_group_an_admin_and_a_dealership() {
    let house = House::new().await;
    let ann = house.sign_up("Acme Motors", "Ann@Acme.example").await;
    assert_eq!(ann.tenant.slug, "acme-motors");
    assert_eq!(ann.principal.role, Role::DealershipAdmin);
    let session = house
        .log_in("acme-motors", "ann@acme.example", PASSWORD)
        .await
        .unwrap();
    assert_eq!(session.view.user.email, "ann@acme.example");
    assert_eq!(session.view.tenant.unwrap().status, TenantStatus::Active);
    assert_eq!(house.audit(&ann.tenant).await, ["session.started"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_is_ready_in_time_is_active_in_the_answer() {
    let mut config = config();
    config.provisioning_patience = Duration::from_secs(10);
    let house = House::with(config).await;
    house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    let verify = house.verify(&token);
    let provision = async {
        loop {
            use diesel::prelude::*;
            use diesel_async::RunQueryDsl;
            use platform_db::schema::control::tenants;
            let mut tx = house.test.db.control().await.unwrap();
            let id = tenants::table.select(tenants::id).first(tx.conn()).await;
            tx.commit().await.unwrap();
            if let Ok(id) = id {
                return house.test.provision(id).await;
            }
            tokio::task::yield_now().await;
        }
    };
    let (session, ()) = tokio::join!(verify, provision);
    let session = session.unwrap();
    let tenant = session.view.tenant.as_ref().unwrap();
    assert_eq!(tenant.status, TenantStatus::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_up_is_the_first_row_of_the_audit_log_once_there_is_one() {
    let house = House::new().await;
    let form = House::form("Acme", "ann@acme.example");
    house
        .identity
        .sign_up(form, &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    let session = house.verify(&token).await.unwrap();
    house.work("note_signup").await.unwrap();
    let ann = house.member(session).await;
    house.test.provision(ann.tenant.id).await;
    house.work("note_signup").await.unwrap();
    house.work("note_signup").await.unwrap();
    assert_eq!(house.audit(&ann.tenant).await, ["tenant.signed_up"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_works_once_and_says_where_to_sign_in() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let token = house.outbox.token_for("ann@acme.example");
    let again = house.verify(&token).await;
    let error = again.err().unwrap();
    assert_eq!(error.code(), ErrorCode::InvalidToken);
    assert!(error.detail().unwrap().contains("acme"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_clicks_at_once_one_makes_a_dealership() {
    let house = House::new().await;
    house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    let clicks = (0..5).map(|_| house.verify(&token));
    let clicks = futures_util::future::join_all(clicks).await;
    assert_eq!(clicks.iter().filter(|click| click.is_ok()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_mail_ends_the_old_link_and_mails_are_limited() {
    let house = House::new().await;
    let form = House::form("Acme", "ann@acme.example");
    let id = house
        .identity
        .sign_up(form, &Client::default())
        .await
        .unwrap()
        .signup_id;
    house.send_mails().await.unwrap();
    let old = house.outbox.token_for("ann@acme.example");
    house
        .identity
        .resend_signup(id, &Client::default())
        .await
        .unwrap();
    let early = house.verify(&old).await;
    assert_eq!(code(early), ErrorCode::InvalidToken);
    house.send_mails().await.unwrap();
    let new = house.outbox.token_for("ann@acme.example");
    assert_ne!(old, new);
    assert_eq!(code(house.verify(&old).await), ErrorCode::InvalidToken);
    for _ in 0..3 {
        house
            .identity
            .resend_signup(id, &Client::default())
            .await
            .unwrap();
    }
    assert_eq!(
        code(house.identity.resend_signup(id, &Client::default()).await),
        ErrorCode::RateLimited
    );
    house.send_mails().await.unwrap();
    let last = house.outbox.token_for("ann@acme.example");
    house.verify(&last).await.unwrap();
    assert_eq!(
        code(house.identity.resend_signup(id, &Client::default()).await),
        ErrorCode::Conflict
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_repeated_after_a_failure_sends_the_very_same_mail() {
    let house = House::new().await;
    house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await
        .unwrap();
    house
        .outbox
        .fail_once(CallError::unknown("smtp_lost", "connection lost"));
    assert_eq!(code(house.send_mails().await), ErrorCode::Unavailable);
    house.send_mails().await.unwrap();
    let mails = house.outbox.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id, mails[1].message_id);
    assert_eq!(mails[0].text, mails[1].text);
    assert!(
        mails[0]
            .text
            .contains("http://app.localhost:8080/verify#token=")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_link_is_refused_and_one_address_gets_few_mails() {
    let house = House::new().await;
    for _ in 0..5 {
        house
            .identity
            .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
            .await
            .unwrap();
    }
    let sixth = house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await;
    assert_eq!(code(sixth), ErrorCode::RateLimited);
    house.send_mails().await.unwrap();
    house
        .run("UPDATE control.signups SET expires_at = now() - interval '1 second'")
        .await;
    let token = house.outbox.token_for("ann@acme.example");
    let late = house.verify(&token).await;
    assert_eq!(code(late), ErrorCode::InvalidToken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_two_groups_never_meet_even_with_the_same_address() {
    let house = House::new().await;
    let acme = house.sign_up("Acme", "ann@mail.example").await;
    let birch = house.sign_up("Birch", "ann@mail.example").await;
    assert_ne!(acme.principal.user_id, birch.principal.user_id);
    assert_ne!(acme.principal.group_id, birch.principal.group_id);
    let acme = house.identity.authenticate(&acme.access).await.unwrap();
    assert_ne!(acme.tenant_id, birch.principal.tenant_id);
}

/// The attack: a stranger signs up with somebody's address, the person (or a mail scanner) opens
/// the link, and the stranger signs in with the password that they had chosen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_signs_up_with_an_address_decides_nothing_about_its_account() {
    let house = House::new().await;
    let mut form = House::form("Evil Motors", "victim@acme.example");
    form.name = "Mallory Stranger".to_owned();
    house
        .identity
        .sign_up(form, &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let mail = house.outbox.mails().pop().unwrap();
    for typed in ["Evil Motors", "Mallory", "Evil Motors Group"] {
        assert!(!mail.subject.contains(typed) && !mail.text.contains(typed));
        assert!(!mail.html.clone().unwrap_or_default().contains(typed));
    }
    assert_eq!(mail.to_name, None);
    let token = house.outbox.token_for("victim@acme.example");
    for _ in 0..3 {
        let shown = house.identity.preview_signup(&token).await.unwrap();
        assert_eq!(shown.name, "Mallory Stranger");
    }
    let request = VerifySignup {
        name: Some(" Vera Victim ".to_owned()),
        ..House::verification(&token)
    };
    let session = house
        .identity
        .verify_signup(request, &Client::default())
        .await
        .unwrap();
    assert_eq!(session.view.user.name, "Vera Victim");
    house
        .log_in("evil-motors", "victim@acme.example", PASSWORD)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_survives_a_password_that_is_refused() {
    let house = House::new().await;
    house
        .identity
        .sign_up(House::form("Acme", "ann@acme.example"), &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    for (password, code) in [
        ("short", "too_short"),
        ("password1", "too_common"),
        ("Ann Smith 99", "too_personal"),
        ("acme", "too_short"),
    ] {
        let request = VerifySignup {
            password: password.into(),
            ..House::verification(&token)
        };
        let refused = house
            .identity
            .verify_signup(request, &Client::default())
            .await;
        let refused = refused.err().unwrap();
        let fault = &refused.errors()[0];
        assert_eq!(
            (fault.pointer.as_str(), fault.code.as_str()),
            ("/password", code)
        );
    }
    house.verify(&token).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_up_an_address_that_has_an_account_changes_nothing_about_it() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    house
        .identity
        .sign_up(House::form("Acme", "ANN@acme.example"), &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    let request = VerifySignup {
        password: "another long pass phrase".into(),
        ..House::verification(&token)
    };
    house
        .identity
        .verify_signup(request, &Client::default())
        .await
        .unwrap();
    let session = house.log_in("acme", "ann@acme.example", PASSWORD).await;
    assert_eq!(session.unwrap().view.user.id, ann.principal.user_id);
    let other = house.log_in("acme", "ann@acme.example", "another long pass phrase");
    assert_eq!(code(other.await), ErrorCode::InvalidCredentials);
}

/// The attack: twenty sign-ups at once for a stranger's address, each sent again, under addresses
/// that lead to the same mailbox.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_mailbox_gets_few_letters_however_they_are_asked_for() {
    let house = House::new().await;
    let forms = (0..20).map(|n| {
        let form = House::form("Acme", &format!("victim+{n}@acme.example"));
        let house = &house;
        async move {
            let client = Client {
                network: Network::of(Some([10, 0, n, 1].into())),
                ..Client::default()
            };
            house.identity.sign_up(form, &client).await
        }
    });
    let tries = futures_util::future::join_all(forms).await;
    let made: Vec<_> = tries.into_iter().filter_map(Result::ok).collect();
    assert_eq!(made.len(), 5);
    for signup in &made {
        let again = house
            .identity
            .resend_signup(signup.signup_id, &Client::default())
            .await;
        assert_eq!(code(again), ErrorCode::RateLimited);
    }
    house.send_mails().await.unwrap();
    assert_eq!(house.outbox.mails().len(), 5);
    house
        .run("UPDATE control.window_counts SET ends_at = now() - interval '1 second'")
        .await;
    let later = House::form("Acme", "victim@acme.example");
    house
        .identity
        .sign_up(later, &Client::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_letters_leave_some_for_the_owner_of_the_address() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    for _ in 0..6 {
        let form = House::form("Acme", "ann@acme.example");
        let _refused = house.identity.sign_up(form, &Client::default()).await;
    }
    house.send_mails().await.unwrap();
    let before = house.outbox.mails().len();
    house
        .identity
        .forget_password("acme", "ann@acme.example", &Client::default())
        .await
        .unwrap();
    house.send_mails().await.unwrap();
    assert_eq!(house.outbox.mails().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_dealerships_are_bounded_by_network_and_overall() {
    let mut config = config();
    config.signups = SignupBounds {
        hourly: 3,
        per_network_hourly: 2,
    };
    let house = House::with(config).await;
    let from = |last: u8| Client {
        network: Network::of(Some([10, 0, last, 1].into())),
        ..Client::default()
    };
    let mut tokens = Vec::new();
    for n in 0..5 {
        let email = format!("ann{n}@acme.example");
        let form = House::form("Acme", &email);
        house.identity.sign_up(form, &from(n)).await.unwrap();
        house.send_mails().await.unwrap();
        tokens.push(house.outbox.token_for(&email));
    }
    let networks = [1, 1, 1, 2, 3];
    let mut made = Vec::new();
    for (token, network) in tokens.iter().zip(networks) {
        let request = House::verification(token);
        let verified = house.identity.verify_signup(request, &from(network)).await;
        made.push(verified.map(|_| ()).map_err(|refused| refused.code()));
    }
    let limited = Err(ErrorCode::RateLimited);
    assert_eq!(made, [Ok(()), Ok(()), limited, Ok(()), limited]);
    house
        .run("UPDATE control.window_counts SET ends_at = now() - interval '1 second'")
        .await;
    house.verify(&tokens[2]).await.unwrap();
}
