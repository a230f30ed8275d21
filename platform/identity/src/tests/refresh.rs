use super::house::{House, code};
use crate::sessions::Client;
use platform_http::Authenticator;
use platform_kernel::ErrorCode;
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_refreshes_at_once_get_one_successor() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let client = Client::default();
    let all = (0..50).map(|_| house.identity.refresh(&ann.refresh, &client));
    let all = futures_util::future::join_all(all).await;
    let successors: HashSet<String> = all
        .into_iter()
        .map(|session| session.unwrap().refresh_token)
        .collect();
    assert_eq!(successors.len(), 1);
    let next = successors.into_iter().next().unwrap();
    assert_ne!(next, ann.refresh);
    let later = house.identity.refresh(&next, &client).await.unwrap();
    house
        .identity
        .authenticate(&later.view.access_token)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_used_again_after_the_grace_ends_the_whole_session() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let client = Client::default();
    let next = house.identity.refresh(&ann.refresh, &client).await.unwrap();
    house.run("UPDATE control.refresh_tokens SET used_at = used_at - interval '21 seconds' WHERE used_at IS NOT NULL").await;
    assert_eq!(
        code(house.identity.refresh(&ann.refresh, &client).await),
        ErrorCode::RefreshReused
    );
    assert_eq!(
        code(house.identity.refresh(&next.refresh_token, &client).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.identity.authenticate(&next.view.access_token).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.identity.refresh(&ann.refresh, &client).await),
        ErrorCode::RefreshReused
    );
    assert_eq!(house.audit(&ann.tenant).await, ["session.refresh_reused"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_its_time_is_over_or_its_owner_signs_out() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let client = Client::default();
    let other = house
        .log_in("acme", "ann@acme.example", super::house::PASSWORD)
        .await
        .unwrap();
    house.identity.log_out(&ann.refresh, &client).await.unwrap();
    house.identity.log_out(&ann.refresh, &client).await.unwrap();
    house
        .identity
        .log_out("no such token", &client)
        .await
        .unwrap();
    assert_eq!(
        code(house.identity.refresh(&ann.refresh, &client).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        code(house.identity.authenticate(&ann.access).await),
        ErrorCode::Unauthenticated
    );
    let token = house
        .identity
        .refresh(&other.refresh_token, &client)
        .await
        .unwrap()
        .refresh_token;
    house.run("UPDATE control.sessions SET expires_at = now(); UPDATE control.refresh_tokens SET expires_at = now()").await;
    assert_eq!(
        code(house.identity.refresh(&token, &client).await),
        ErrorCode::Unauthenticated
    );
    assert_eq!(
        house.audit(&ann.tenant).await,
        ["session.started", "session.ended"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_the_tables_holds_no_token() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let next = house
        .identity
        .refresh(&ann.refresh, &Client::default())
        .await
        .unwrap();
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use platform_db::schema::control::refresh_tokens;
    let mut tx = house.test.db.control().await.unwrap();
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = refresh_tokens::table
        .select((refresh_tokens::token_hash, refresh_tokens::successor_sealed))
        .load(tx.conn())
        .await
        .unwrap();
    for token in [ann.refresh.as_bytes(), next.refresh_token.as_bytes()] {
        for (hash, sealed) in &rows {
            let cells = [hash.as_slice(), sealed.as_deref().unwrap_or_default()].concat();
            assert!(!cells.windows(token.len()).any(|window| window == token));
        }
    }
}
