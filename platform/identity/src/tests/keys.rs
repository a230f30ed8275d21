use super::house::{House, config};
use platform_http::Authenticator;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_share_one_key() {
    let house = House::new().await;
    house.run("DELETE FROM control.signing_keys").await;
    let starts = (0..4).map(|_| House::identity_on(&house.test, config()));
    let processes = futures_util::future::join_all(starts).await;
    let kids: std::collections::HashSet<String> = processes
        .iter()
        .map(|p| p.keys.current().kid.clone())
        .collect();
    assert_eq!(kids.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_old_tokens_work_and_other_processes_learn_the_new_key() {
    let house = House::new().await;
    let other = House::identity_on(&house.test, config()).await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let old = house.identity.keys.current().kid.clone();
    let new = house.identity.rotate_signing_key().await.unwrap();
    assert_ne!(old, new);
    house.identity.authenticate(&ann.access).await.unwrap();
    let client = crate::sessions::Client::default();
    let session = house.identity.refresh(&ann.refresh, &client).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    other
        .authenticate(&session.view.access_token)
        .await
        .unwrap();
    let published: Vec<String> = other
        .keys
        .current()
        .public
        .iter()
        .map(|k| k.kid.clone())
        .collect();
    assert_eq!(published.len(), 2);

    // Once the last token of the old key has expired, the key is gone.
    house.run("UPDATE control.signing_keys SET retired_at = now() - interval '33 minutes' WHERE status = 'retiring'").await;
    house.identity.keys.reload().await.unwrap();
    assert!(house.identity.authenticate(&ann.access).await.is_err());
    house
        .identity
        .authenticate(&session.view.access_token)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_keys_lie_sealed_in_the_database() {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use platform_db::schema::control::signing_keys;
    let house = House::new().await;
    let mut tx = house.test.db.control().await.unwrap();
    let (sealed, public): (Vec<u8>, serde_json::Value) = signing_keys::table
        .select((signing_keys::private_sealed, signing_keys::public_jwk))
        .first(tx.conn())
        .await
        .unwrap();
    assert!(aws_lc_rs::rsa::KeyPair::from_pkcs8(&sealed).is_err());
    let fields: Vec<&String> = public.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(public["n"].as_str().unwrap().len(), 342, "2048 bits");
}
