use super::house::{House, code};
use crate::members::dto::{MemberStatus, UpdateMember};
use platform_http::Authenticator;
use platform_kernel::ErrorCode;
use policies::Role;
use std::time::{Duration, Instant};

/// Waits until a token is refused; answers the code and how long it took.
async fn refused(house: &House, token: &str) -> (ErrorCode, Duration) {
    let started = Instant::now();
    loop {
        if let Err(error) = house.identity.authenticate(token).await {
            return (error.code(), started.elapsed());
        }
        assert!(started.elapsed() < Duration::from_secs(5), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_takes_away_is_gone_within_a_second() {
    for (sql, expected) in [
        (
            "UPDATE control.users SET status = 'disabled'",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.users SET auth_epoch = auth_epoch + 1",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.memberships SET status = 'disabled'",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.memberships SET role = 'user'",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.tenants SET auth_epoch = auth_epoch + 1",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.sessions SET revoked_at = now()",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.sessions SET expires_at = now()",
            ErrorCode::Unauthenticated,
        ),
        (
            "UPDATE control.tenants SET status = 'suspended', auth_epoch = 1",
            ErrorCode::TenantSuspended,
        ),
        (
            "UPDATE control.tenants SET status = 'deleted'",
            ErrorCode::TenantNotFound,
        ),
    ] {
        let house = House::new().await;
        let ann = house.sign_up("Acme", "ann@acme.example").await;
        house.identity.authenticate(&ann.access).await.unwrap();
        house.run(sql).await;
        let (code, took) = refused(&house, &ann.access).await;
        assert_eq!(code, expected, "{sql}");
        assert!(took < Duration::from_millis(1_500), "{sql} took {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_this_process_takes_away_is_gone_at_once() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let ben = house.join(&ann, "ben@acme.example", Role::Manager).await;
    house.identity.authenticate(&ben.access).await.unwrap();
    let disable = UpdateMember {
        role: None,
        status: Some(MemberStatus::Disabled),
    };
    let actor = ann.principal.actor("test");
    let id = ben.principal.user_id;
    house
        .identity
        .update_member(&ann.tenant, &actor, id, &disable)
        .await
        .unwrap();
    assert_eq!(
        code(house.identity.authenticate(&ben.access).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.identity.still_valid(&ben.principal).await),
        ErrorCode::Unauthenticated
    );
    house.identity.still_valid(&ann.principal).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_nothing_is_let_in_that_should_not_be() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let nowhere = platform_db::Redis::new(
        &"redis://127.0.0.1:1".to_owned().into(),
        &platform_db::Transport::default(),
    )
    .unwrap();
    let registry = tenants::Registry::new(house.test.db.clone(), nowhere.clone());
    let identity = crate::Identity::new(
        house.test.db.clone(),
        nowhere,
        registry,
        super::house::master_of(&house.test),
        super::house::config(),
    )
    .await
    .unwrap();
    identity.authenticate(&ann.access).await.unwrap();
    for n in 0..12 {
        let request = crate::login::LogIn {
            tenant: "acme".into(),
            email: "ann@acme.example".into(),
            password: "wrong".into(),
            token_delivery: None,
        };
        let tried = identity
            .log_in(request, &crate::sessions::Client::default())
            .await;
        let expected = if n < 10 {
            ErrorCode::InvalidCredentials
        } else {
            ErrorCode::RateLimited
        };
        assert_eq!(code(tried), expected);
    }
}
