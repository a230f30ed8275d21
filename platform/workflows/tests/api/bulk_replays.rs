use crate::support::{Dealership, dealership, one_step};
use platform_db::jobs::{JobHandler, Lease, LeasedJob, Turn};
use platform_engine::FixedDirectory;
use platform_workflows::BulkReplays;
use policies::Role;
use serde_json::{Value, json};
use std::sync::Arc;

const PATH: &str = "/api/v1/bulk-replays";

/// One turn of the job behind a replay, as a worker takes it.
async fn turn<S>(acme: &Dealership<S>, id: &str, draining: bool) -> Turn {
    let directory = Arc::new(FixedDirectory(vec![acme.tenant.clone()]));
    let handler = BulkReplays::new(acme.db.db.clone(), directory, acme.live.clone());
    let job = LeasedJob {
        id: 1,
        kind: handler.kind().to_owned(),
        key: id.to_owned(),
        tenant_id: Some(acme.tenant.id),
        payload: json!({}),
        attempts: 0,
        lease_epoch: 1,
        takeovers: 0,
        lease: Lease::default(),
    };
    if draining {
        job.lease.drain();
    }
    handler.run(&job).await.unwrap()
}

/// Ended runs, the oldest first; every third one failed.
async fn runs<S>(acme: &Dealership<S>, workflow: &str, count: usize) {
    let schema = acme.tenant.schema();
    let sql = format!(
        "INSERT INTO {schema}.workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, input, created_at)
         SELECT (substr(i, 1, 8) || '-' || substr(i, 9, 4) || '-7' || substr(i, 13, 3) || '-8000-' || lpad(n::text, 12, '0'))::uuid,
             '{workflow}', v.id, CASE n % 3 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 'start', 'manual',
             json_build_object('n', n), t
         FROM generate_series(1, {count}) AS n
         CROSS JOIN LATERAL (SELECT now() - interval '1 day' + n * interval '1 second' AS t) AS at
         CROSS JOIN LATERAL (SELECT lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '000' AS i) AS i
         CROSS JOIN {schema}.workflow_versions AS v"
    );
    acme.db.run_as_owner(&sql).await;
}

fn new_runs() -> &'static str {
    "workflow_executions WHERE forked_from IS NOT NULL"
}

#[actix_web::test]
async fn many_runs_are_repeated_once_each_however_often_the_work_breaks_off() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(one_step("manual", json!({}))).await;
    runs(&acme, &workflow, 90).await;
    let body = json!({"filter": {"workflow_id": workflow, "status": ["succeeded", "failed"]}, "from": "start"});
    let made = acme.post(Role::Manager, PATH, body.clone()).await.is(202);
    assert_eq!(
        (&made["total"], &made["state"]),
        (&json!(90), &json!("queued"))
    );
    assert_eq!(
        acme.count("audit_events WHERE action = 'bulk_replay.created'")
            .await,
        1
    );
    let second = acme.post(Role::Manager, PATH, body).await;
    assert_eq!(second.problem(409), "conflict");

    let id = made["id"].as_str().unwrap();
    let path = format!("{PATH}/{id}");
    let mut turns = 0;
    while matches!(turn(&acme, id, true).await, Turn::Again { .. }) {
        turns += 1;
        let view = acme.get(Role::Manager, &path).await.is(200);
        assert_eq!(view["started"], acme.count(new_runs()).await);
    }
    assert_eq!(turns, 4, "a batch for each turn that is to end");
    let view = acme.get(Role::User, &path).await.is(200);
    assert_eq!(
        (&view["state"], &view["started"], &view["refused"]),
        (&json!("done"), &json!(90), &json!(0))
    );
    assert_eq!(acme.count(new_runs()).await, 90);
    assert_eq!(acme.count("(SELECT DISTINCT forked_from FROM workflow_executions WHERE forked_from IS NOT NULL) AS f").await, 90);
    assert_eq!(
        turn(&acme, id, false).await,
        Turn::Done,
        "what has ended stays so"
    );
    assert_eq!(acme.count(new_runs()).await, 90);
    let list = acme.get(Role::User, PATH).await.is(200);
    assert_eq!(list["items"][0]["id"], made["id"]);
}

#[actix_web::test]
async fn what_cannot_go_on_from_its_failure_is_counted_and_a_replay_can_be_stopped() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(one_step("manual", json!({}))).await;
    runs(&acme, &workflow, 60).await;
    let filter = json!({ "workflow_id": workflow });
    let body = json!({"filter": filter, "from": "failed_step"});
    let made = acme.post(Role::Manager, PATH, body).await.is(202);
    assert_eq!(made["total"], 20, "only the failed ones are meant");
    let id = made["id"].as_str().unwrap();
    assert_eq!(turn(&acme, id, false).await, Turn::Done);
    let view = acme
        .get(Role::Manager, &format!("{PATH}/{id}"))
        .await
        .is(200);
    assert_eq!(
        (&view["started"], &view["refused"]),
        (&json!(0), &json!(20)),
        "these runs have no history"
    );

    let body = json!({"filter": filter, "from": "start"});
    let made = acme.post(Role::Manager, PATH, body).await.is(202);
    let id = made["id"].as_str().unwrap();
    assert!(matches!(turn(&acme, id, true).await, Turn::Again { .. }));
    let path = format!("{PATH}/{id}/cancel");
    let cancel = || acme.post(Role::Manager, &path, json!({}));
    assert_eq!(cancel().await.is(200)["state"], "cancelled");
    assert_eq!(cancel().await.is(200)["started"], 25);
    assert_eq!(turn(&acme, id, false).await, Turn::Done);
    assert_eq!(acme.count(new_runs()).await, 25);
    assert_eq!(
        acme.count("audit_events WHERE action = 'bulk_replay.cancelled'")
            .await,
        1
    );
}

#[actix_web::test]
async fn a_replay_of_many_says_which_and_not_too_many() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(one_step("manual", json!({}))).await;
    let refused = |body: Value, pointer: &'static str| {
        let acme = &acme;
        async move {
            let answer = acme.post(Role::Manager, PATH, body).await.is(422);
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer:#}");
        }
    };
    refused(json!({"filter": {}, "from": "start"}), "/filter").await;
    refused(
        json!({"filter": {"search": "a"}, "from": "start"}),
        "/filter/search",
    )
    .await;
    let bad = json!({"filter": {"status": ["succeeded"]}, "from": "failed_step"});
    refused(bad, "/filter/status").await;
    runs(&acme, &workflow, 10_001).await;
    refused(
        json!({"filter": {"workflow_id": workflow}, "from": "start"}),
        "/filter",
    )
    .await;
    acme.post(
        Role::User,
        PATH,
        json!({"filter": {"search": "ann"}, "from": "start"}),
    )
    .await
    .is(403);
    acme.get(Role::Manager, &format!("{PATH}/{}", uuid::Uuid::now_v7()))
        .await
        .is(404);
    acme.post(
        Role::Manager,
        &format!("{PATH}/{}/cancel", uuid::Uuid::now_v7()),
        json!({}),
    )
    .await
    .is(404);
}
