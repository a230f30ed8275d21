//! Rollouts over several dealerships of a group: who sees and steers them, and how they go back.

use crate::templates::made_of_an_earlier_version;
use serde_json::{Value, json};
use tests::{Group, Person, TestApp, eventually};

const ROLLOUTS: &str = "/api/v1/template-rollouts";

/// A rollout that stays in its first stage.
fn slow() -> Value {
    json!({ "template_id": "missed-call-follow-up", "stages": [100], "stage_minutes": 60, "min_runs": 1000 })
}

async fn begin(by: &Person, body: &Value) -> String {
    let made = by.post(ROLLOUTS, body).await.assert(202);
    format!("{ROLLOUTS}/{}", made.text_of("/id"))
}

async fn change(by: &Person, path: &str, action: &str) -> tests::Answer {
    by.post(&format!("{path}/{action}"), &json!({})).await
}

async fn audited(group: &Group, action: &str) -> usize {
    let log = group
        .admin
        .get("/api/v1/audit-events?limit=200")
        .await
        .assert(200);
    let rows = log.items();
    rows.iter().filter(|row| row["action"] == action).count()
}

/// The attack: an admin of one dealership reads and resumes what another dealership of the group
/// had paused.
#[tokio::test]
async fn an_admin_of_one_dealership_neither_sees_nor_steers_rollouts_of_another() {
    let app = TestApp::start().await;
    let charlie = app.group("Charlie Cars").await;
    let delta = app.sibling(&charlie, "Delta Cars").await;
    made_of_an_earlier_version(&app, &charlie).await;
    made_of_an_earlier_version(&app, &delta).await;
    let of_charlie = begin(&charlie.admin, &slow()).await;
    change(&charlie.admin, &of_charlie, "pause")
        .await
        .assert(200);
    let listed = delta.admin.get(ROLLOUTS).await.assert(200);
    assert_eq!(listed.items(), Vec::<Value>::new());
    delta.admin.get(&of_charlie).await.assert(404);
    for action in ["pause", "resume", "cancel"] {
        change(&delta.admin, &of_charlie, action).await.assert(404);
    }
    // Its own one does not wait for that of the other dealership.
    let of_delta = begin(&delta.admin, &slow()).await;
    change(&delta.admin, &of_delta, "cancel").await.assert(200);
    let view = charlie.admin.get(&of_charlie).await.assert(200);
    assert_eq!(view.body["state"], "paused");
    charlie.admin.get(&of_delta).await.assert(404);
}

#[tokio::test]
async fn a_rollout_over_two_dealerships_is_steered_by_who_administers_both() {
    let app = TestApp::start().await;
    let charlie = app.group("Charlie Cars").await;
    let delta = app.sibling(&charlie, "Delta Cars").await;
    made_of_an_earlier_version(&app, &charlie).await;
    let of_delta = made_of_an_earlier_version(&app, &delta).await;
    app.make_admin(&charlie.admin, &delta).await;
    let path = begin(&charlie.admin, &slow()).await;
    let view = charlie.admin.get(&path).await.assert(200);
    assert_eq!(view.body["targets"].as_array().unwrap().len(), 2);
    assert_eq!(view.body["can_change"], true);
    // One's own part is shown, and nothing else.
    let seen = delta.admin.get(&path).await.assert(200);
    assert_eq!(seen.body["targets"].as_array().unwrap().len(), 1);
    assert_eq!(seen.text_of("/targets/0/workflow_id"), of_delta);
    assert_eq!(seen.body["can_change"], false);
    assert!(!seen.text.contains("Charlie Cars"), "{}", seen.text);
    for action in ["pause", "resume", "cancel"] {
        change(&delta.admin, &path, action).await.assert(403);
    }
    change(&charlie.admin, &path, "pause").await.assert(200);
    for group in [&charlie, &delta] {
        assert_eq!(audited(group, "template_rollout.started").await, 1);
        assert_eq!(audited(group, "template_rollout.changed").await, 1);
    }
}

/// A rollout may do no more than the person for whom it acts may do at that moment.
#[tokio::test]
async fn a_rollout_ends_with_the_role_of_who_began_it() {
    let app = TestApp::start().await;
    let charlie = app.group("Charlie Cars").await;
    let delta = app.sibling(&charlie, "Delta Cars").await;
    let of_delta = made_of_an_earlier_version(&app, &delta).await;
    let id = uuid::Uuid::now_v7();
    let (user, tenant) = (&charlie.admin.user_id, delta.tenant_id);
    app.database
        .run_as_owner(&format!(
            "INSERT INTO control.template_rollouts (id, group_id, template_id, to_version, stages, stage_minutes, \
                max_error_rate, min_runs, created_by, created_by_name) \
             SELECT '{id}', group_id, 'missed-call-follow-up', 2, '[100]', 0, 0.1, 1000, '{user}', 'Alex Admin' \
                FROM control.tenants WHERE id = '{tenant}'; \
             INSERT INTO control.template_rollout_targets (rollout_id, tenant_id, tenant_name, workflow_id, \
                workflow_name, position, stage) VALUES ('{id}', '{tenant}', 'Delta Cars', '{of_delta}', 'Calls', 0, 0); \
             INSERT INTO control.jobs (kind, key) VALUES ('template_rollout', '{id}')"
        ))
        .await;
    let path = format!("{ROLLOUTS}/{id}");
    let paused = eventually("the rollout's pause", || async {
        let view = delta.admin.get(&path).await.assert(200).body;
        (view["state"] == "paused").then_some(view)
    })
    .await;
    assert!(paused["reason"].as_str().unwrap().contains("Alex Admin"));
    assert_eq!(paused["targets"][0]["state"], "pending");
    let link = format!("/api/v1/workflows/{of_delta}/template");
    let link = delta.admin.get(&link).await.assert(200);
    assert_eq!(link.body["version"], 1);
    // Whoever may resume it gives it their own right.
    change(&delta.admin, &path, "resume").await.assert(200);
    eventually("the upgrade", || async {
        let view = delta.admin.get(&path).await.assert(200).body;
        (view["targets"][0]["state"] == "upgraded").then_some(())
    })
    .await;
}

async fn published(group: &Group, workflow: &str) -> Value {
    let path = format!("/api/v1/workflows/{workflow}");
    let view = group.admin.get(&path).await.assert(200);
    let version = view.body["published_version"].as_i64().unwrap();
    let version = format!("{path}/versions/{version}");
    let version = group.admin.get(&version).await.assert(200);
    version.body["definition"].clone()
}

async fn state_of(group: &Group, rollout: &str, workflow: &str) -> Value {
    let view = group.admin.get(rollout).await.assert(200).body;
    let targets = view["targets"].as_array().unwrap();
    let target = targets.iter().find(|t| t["workflow_id"] == workflow);
    target.unwrap().clone()
}

#[tokio::test]
async fn a_rollout_that_stops_puts_back_what_nobody_changed_since() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let untouched = made_of_an_earlier_version(&app, &acme).await;
    let changed = made_of_an_earlier_version(&app, &acme).await;
    let before = published(&acme, &untouched).await;
    let body = json!({ "template_id": "missed-call-follow-up", "stages": [100], "stage_minutes": 0,
        "min_runs": 1, "max_error_rate": 0.5 });
    let path = begin(&acme.admin, &body).await;
    for workflow in [&untouched, &changed] {
        eventually("the upgrade", || async {
            let target = state_of(&acme, &path, workflow).await;
            (target["state"] == "upgraded").then_some(())
        })
        .await;
    }
    assert_ne!(published(&acme, &untouched).await, before);
    // Somebody goes on with one of them, and the runs of the other fail.
    let draft = format!("/api/v1/workflows/{changed}");
    let view = acme.admin.get(&draft).await.assert(200);
    let mut definition = view.body["draft"].clone();
    definition["steps"][0]["name"] = json!("Ours");
    acme.admin
        .put(
            &format!("{draft}/draft"),
            &json!({ "definition": definition }),
        )
        .await
        .assert(200);
    let schema = app.schema_of(&acme);
    app.database
        .run_as_owner(&format!(
            "INSERT INTO {schema}.workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, input) \
             SELECT gen_random_uuid(), workflow_id, version_id, 'failed', 'start', 'manual', '{{}}' \
             FROM control.template_rollout_targets WHERE workflow_id = '{untouched}'"
        ))
        .await;
    // Pausing and resuming makes it look at once.
    change(&acme.admin, &path, "pause").await.assert(200);
    change(&acme.admin, &path, "resume").await.assert(200);
    let back = eventually("the rollback", || async {
        let target = state_of(&acme, &path, &untouched).await;
        (target["state"] == "rolled_back").then_some(target)
    })
    .await;
    assert_eq!(back["detail"], Value::Null);
    let view = acme.admin.get(&path).await.assert(200);
    assert_eq!(view.body["state"], "halted");
    assert!(view.text_of("/reason").contains("1 of 1 runs"));
    assert_eq!(published(&acme, &untouched).await, before);
    let link = format!("/api/v1/workflows/{untouched}/template");
    let link = acme.admin.get(&link).await.assert(200);
    assert_eq!(link.body["version"], 1);
    let kept = eventually("the other one's end", || async {
        let target = state_of(&acme, &path, &changed).await;
        (target["state"] == "upgraded" && target["detail"].is_string()).then_some(target)
    })
    .await;
    assert!(kept["detail"].as_str().unwrap().contains("changed"));
    let view = acme.admin.get(&draft).await.assert(200);
    assert_eq!(view.body["draft"]["steps"][0]["name"], "Ours");
    eventually("the audit row", || async {
        (audited(&acme, "template_rollout.rolled_back").await == 1).then_some(())
    })
    .await;

    // Resumed, it begins again and does not stop at the runs that stopped it.
    change(&acme.admin, &path, "resume").await.assert(200);
    let again = eventually("the second upgrade", || async {
        let target = state_of(&acme, &path, &untouched).await;
        (target["state"] == "upgraded").then_some(target)
    })
    .await;
    assert_eq!(again["failed"], 0);
    change(&acme.admin, &path, "pause").await.assert(200);
    change(&acme.admin, &path, "resume").await.assert(200);
    let view = acme.admin.get(&path).await.assert(200);
    assert_eq!(
        (view.body["state"].as_str(), view.body["failed"].as_i64()),
        (Some("running"), Some(0))
    );
}
