//! Addresses of hooks: who sees them, how they are kept, and how they are replaced.

use crate::support::{Dealership, dealership, one_step};
use platform_kernel::secret::MasterKey;
use platform_workflows::HookKeys;
use platform_workflows::retention::{Retention, RetentionPolicy};
use platform_workflows::triggers::key;
use policies::Role;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const KEY_FORM: &str = "h\\_%";

fn path(workflow: &str) -> String {
    format!("/api/v1/workflows/{workflow}")
}

macro_rules! trigger {
    ($acme:expr, $role:expr, $workflow:expr) => {{
        let view = $acme.get($role, &path($workflow)).await.is(200);
        view["triggers"][0].clone()
    }};
}

macro_rules! rotate {
    ($acme:expr, $role:expr, $workflow:expr, $days:expr) => {{
        let id = trigger!($acme, Role::Manager, $workflow)["id"].clone();
        let path = format!("{}/triggers/{}/rotate", path($workflow), id.as_str().unwrap());
        $acme.post($role, &path, json!({ "grace_days": $days })).await
    }};
}

fn url(trigger: &Value) -> String {
    trigger["url"].as_str().unwrap().to_owned()
}

fn key_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

#[actix_web::test]
async fn an_address_is_shown_to_those_who_may_edit_and_is_in_no_table() {
    let acme = dealership().await;
    let (workflow, url) = acme.published(one_step("webhook", json!({}))).await;
    let seen = trigger!(acme, Role::User, &workflow);
    assert_eq!(
        (&seen["url"], &seen["has_url"]),
        (&Value::Null, &json!(true))
    );
    let clear = format!("workflow_triggers WHERE key LIKE '{KEY_FORM}'");
    assert_eq!(acme.count(&clear).await, 0);
    let sealed = format!(
        "hook_addresses WHERE position(convert_to('{}', 'UTF8') IN sealed || key_hash) > 0",
        key_of(&url)
    );
    assert_eq!(acme.count(&sealed).await, 0);
    // Publishing again keeps it.
    let definition = one_step("webhook", json!({ "deduplicate_by": "n" }));
    let body = json!({ "definition": definition });
    let draft = format!("{}/draft", path(&workflow));
    acme.put(Role::Manager, &draft, body).await.is(200);
    let publish = format!("{}/publish", path(&workflow));
    acme.post(Role::Manager, &publish, json!({})).await.is(201);
    assert_eq!(trigger!(acme, Role::Manager, &workflow)["url"], url);
    assert_eq!(acme.count("hook_addresses").await, 1);
    acme.deliver(&url, &[], "{}").await.is(202);
}

#[actix_web::test]
async fn a_rotated_address_works_on_for_the_days_of_grace() {
    let acme = dealership().await;
    let (workflow, old) = acme.published(one_step("webhook", json!({}))).await;
    acme.deliver(&old, &[], r#"{"n": 1}"#).await.is(202);
    let rotated = rotate!(acme, Role::Manager, &workflow, 7).is(200);
    let new = url(&rotated);
    assert_ne!(new, old);
    assert!(rotated["previous_url_until"].is_string());
    for (n, url) in [(2, &old), (3, &new)] {
        let body = format!("{{\"n\": {n}}}");
        acme.deliver(url, &[], &body).await.is(202);
    }
    // It ends by itself, also where it is remembered.
    let soon = "UPDATE {}.hook_addresses SET expires_at = now() + interval '3 s' WHERE expires_at IS NOT NULL; \
        UPDATE {}.workflow_triggers SET enabled = true";
    let schema = acme.tenant.schema();
    acme.db.run_as_owner(&soon.replace("{}", &schema)).await;
    acme.deliver(&old, &[], r#"{"n": 4}"#).await.is(202);
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut n = 5;
    while acme
        .deliver(&old, &[], &format!("{{\"n\": {n}}}"))
        .await
        .status
        != 404
    {
        assert!(Instant::now() < deadline, "the old address never ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
        n += 1;
    }
    let seen = trigger!(acme, Role::Manager, &workflow);
    assert_eq!(
        (url(&seen), &seen["previous_url_until"]),
        (new, &Value::Null)
    );
}

#[actix_web::test]
async fn an_address_that_others_have_seen_ends_at_once_with_all_before_it() {
    let acme = dealership().await;
    let (workflow, first) = acme.published(one_step("webhook", json!({}))).await;
    acme.deliver(&first, &[], r#"{"n": 1}"#).await.is(202);
    let second = url(&rotate!(acme, Role::Manager, &workflow, 7).is(200));
    acme.deliver(&second, &[], r#"{"n": 2}"#).await.is(202);
    let third = rotate!(acme, Role::Manager, &workflow, 0).is(200);
    assert_eq!(third["previous_url_until"], Value::Null);
    for ended in [&first, &second] {
        let answer = acme.deliver(ended, &[], r#"{"n": 3}"#).await;
        assert_eq!(answer.problem(404), "not_found");
    }
    acme.deliver(&url(&third), &[], r#"{"n": 4}"#).await.is(202);
    assert_eq!(acme.count("hook_addresses").await, 1);
    let audit = "audit_events WHERE action = 'trigger.address_rotated'";
    assert_eq!(acme.count(audit).await, 2);
    let telling = format!("{audit} AND data::text LIKE '%{KEY_FORM}%'");
    assert_eq!(acme.count(&telling).await, 0);
}

#[actix_web::test]
async fn rotating_is_for_those_who_publish_and_for_triggers_with_an_address() {
    let acme = dealership().await;
    let (workflow, address) = acme.published(one_step("webhook", json!({}))).await;
    let refused = rotate!(acme, Role::User, &workflow, 0);
    assert_eq!(refused.problem(403), "forbidden");
    let wrong = rotate!(acme, Role::Manager, &workflow, 8).is(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/grace_days");
    let missing = format!("{}/triggers/none/rotate", path(&workflow));
    let body = json!({ "grace_days": 0 });
    let answer = acme.post(Role::Manager, &missing, body).await;
    assert_eq!(answer.problem(404), "not_found");
    let (by_hand, _) = acme.published(one_step("manual", json!({}))).await;
    let answer = rotate!(acme, Role::Manager, &by_hand, 0);
    assert_eq!(answer.problem(404), "not_found");
    acme.deliver(&address, &[], "{}").await.is(202);
}

/// Puts the trigger's address where the version before kept it.
async fn as_before<S>(acme: &Dealership<S>, key: &str) {
    let schema = acme.tenant.schema();
    let sql = format!(
        "DELETE FROM {schema}.hook_addresses; UPDATE {schema}.workflow_triggers SET key = '{key}'"
    );
    acme.db.run_as_owner(&sql).await;
}

async fn sweep<S>(acme: &Dealership<S>) {
    let retention = Retention {
        owner: acme.db.owner.clone(),
        db: acme.db.db.clone(),
        policy: RetentionPolicy::default(),
        keys: HookKeys::new(&MasterKey::new([7; 32])),
    };
    let until = Instant::now() + Duration::from_secs(20);
    assert!(retention.sweep(acme.tenant.id, until).await.unwrap());
}

#[actix_web::test]
async fn addresses_of_the_version_before_work_on_and_are_sealed() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(one_step("webhook", json!({}))).await;
    let key = key::new_key(acme.tenant.id);
    as_before(&acme, &key).await;
    let old = format!("https://auterity.example/hooks/{key}");
    // Found, shown and sealed by its first delivery.
    assert_eq!(url(&trigger!(acme, Role::Manager, &workflow)), old);
    let seen = trigger!(acme, Role::User, &workflow);
    assert_eq!(
        (&seen["url"], &seen["has_url"]),
        (&Value::Null, &json!(true))
    );
    acme.deliver(&old, &[], "{}").await.is(202);
    assert_eq!(acme.count("hook_addresses").await, 1);

    // Or by retention, which leaves the clear one to processes of the version before.
    as_before(&acme, &key).await;
    let now = "UPDATE control.schema_migrations SET applied_at = now()";
    acme.db.run_as_owner(now).await;
    sweep(&acme).await;
    let clear = "workflow_triggers WHERE key IS NOT NULL";
    let kept = (acme.count("hook_addresses").await, acme.count(clear).await);
    assert_eq!(kept, (1, 1));
    let over = "UPDATE control.schema_migrations SET applied_at = now() - interval '2 hours'";
    acme.db.run_as_owner(over).await;
    sweep(&acme).await;
    let kept = (acme.count("hook_addresses").await, acme.count(clear).await);
    assert_eq!(kept, (1, 0));
    assert_eq!(url(&trigger!(acme, Role::Manager, &workflow)), old);
    acme.deliver(&old, &[], r#"{"n": 2}"#).await.is(202);

    // One that is rotated before it is sealed keeps its grace.
    as_before(&acme, &key).await;
    let new = url(&rotate!(acme, Role::Manager, &workflow, 7).is(200));
    assert_eq!(acme.count(clear).await, 0);
    acme.deliver(&old, &[], r#"{"n": 3}"#).await.is(202);
    acme.deliver(&new, &[], r#"{"n": 4}"#).await.is(202);
}
