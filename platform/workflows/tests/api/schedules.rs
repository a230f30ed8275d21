//! Triggers that fire at times of the clock.

use crate::support::{Dealership, dealership, one_step};
use actix_http::Request;
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use chrono::{DateTime, Utc};
use policies::Role;
use serde_json::{Value, json};

/// Pretends that the only schedule should have fired at `time`, and that nobody has looked since.
async fn rewind<S>(acme: &Dealership<S>, time: &str)
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let schema = acme.tenant.schema();
    let sql = format!(
        "UPDATE {schema}.workflow_triggers SET next_run_at = {time} WHERE type = 'schedule'; \
         UPDATE control.jobs SET run_at = now() - interval '1 second' WHERE kind = 'schedule'"
    );
    acme.db.run_as_owner(&sql).await;
}

async fn trigger<S>(acme: &Dealership<S>, id: &str) -> Value
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let path = format!("/api/v1/workflows/{id}");
    let view = acme.get(Role::Manager, &path).await.is(200);
    view["triggers"][0].clone()
}

const ENDED: &str = "workflow_executions WHERE status = 'succeeded'";
const THIS_MINUTE: &str = "date_trunc('minute', now())";

#[actix_web::test]
async fn two_workers_start_one_run_for_each_fire_time() {
    let acme = dealership().await;
    let (id, _) = acme
        .published(one_step(
            "schedule",
            json!({"cron": "* * * * *", "time_zone": "Europe/Berlin"}),
        ))
        .await;
    let before = trigger(&acme, &id).await;
    let next: DateTime<Utc> = before["next_run_at"].as_str().unwrap().parse().unwrap();
    assert!(next > platform_kernel::clock::now() && before["last_run_at"].is_null());
    rewind(&acme, THIS_MINUTE).await;
    let workers = [acme.worker(), acme.worker()];
    acme.work_until(ENDED, |ended| ended >= 1).await;
    // The same fire time once more, as after a crash in the wrong moment.
    rewind(
        &acme,
        &format!(
            "(SELECT last_run_at FROM {}.workflow_triggers)",
            acme.tenant.schema()
        ),
    )
    .await;
    let moved_on = "workflow_triggers WHERE next_run_at > now()";
    acme.work_until(moved_on, |moved| moved == 1).await;
    for (stop, running) in workers {
        stop.cancel();
        running.await.unwrap().unwrap();
    }
    let runs = acme
        .count("workflow_executions WHERE input ->> 'scheduled_at' IS NOT NULL")
        .await;
    let claimed = acme
        .count("trigger_deliveries WHERE source LIKE 'schedule:%'")
        .await;
    assert_eq!(runs, claimed);
    let input = acme
        .text(
            "(array_agg(input ORDER BY id))[1]::text",
            "workflow_executions",
        )
        .await;
    let input: Value = serde_json::from_str(&input).unwrap();
    assert_eq!(input["time_zone"], "Europe/Berlin");
    let fired: DateTime<Utc> = input["scheduled_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(fired.timestamp() % 60, 0);
}

#[actix_web::test]
async fn what_was_missed_is_made_up_once_one_after_the_other() {
    let acme = dealership().await;
    acme.published(one_step(
        "schedule",
        json!({"cron": "0 * * * *", "catch_up": 2}),
    ))
    .await;
    rewind(
        &acme,
        "date_trunc('hour', now()) - interval '9 hours 0 minutes'",
    )
    .await;
    let moved_on = "workflow_triggers WHERE next_run_at > now()";
    acme.work_until(moved_on, |moved| moved == 1).await;
    acme.work().await;
    // In the first minutes of an hour the fire time of this hour is not missed.
    let runs = acme.count("workflow_executions").await;
    assert!(runs == 2 || runs == 3, "{runs}");
    let fires = acme
        .text(
            "count(DISTINCT input ->> 'scheduled_at')::text",
            "workflow_executions",
        )
        .await;
    assert_eq!(fires, runs.to_string());
}

#[actix_web::test]
async fn a_run_under_way_keeps_the_next_one_away_or_gives_way() {
    for (overlap, runs, cancelled) in [("skip", 1, 0), ("cancel_previous", 2, 1), ("queue", 1, 0)] {
        let acme = dealership().await;
        let mut definition = one_step("schedule", json!({"cron": "* * * * *", "overlap": overlap}));
        definition["steps"][0] = json!({"id": "shape", "type": "wait", "name": "Wait", "config": {"duration_seconds": 600}});
        acme.published(definition).await;
        rewind(&acme, THIS_MINUTE).await;
        acme.work_until("workflow_executions WHERE status = 'waiting'", |n| n == 1)
            .await;
        // Another fire time, while the first run waits: no fire time is seen to twice.
        rewind(&acme, "date_trunc('minute', now()) - interval '1 minute'").await;
        let seen = match overlap {
            "cancel_previous" => "workflow_executions WHERE status = 'cancelled'",
            "queue" => "workflow_triggers WHERE next_run_at < now()",
            _ => "workflow_triggers WHERE next_run_at >= date_trunc('minute', now())",
        };
        acme.work_until(seen, |n| n >= 1).await;
        assert!(acme.count("workflow_executions").await >= runs, "{overlap}");
        let ended = acme
            .count("workflow_executions WHERE status = 'cancelled'")
            .await;
        assert!(ended >= cancelled, "{overlap}");
        if overlap != "cancel_previous" {
            assert_eq!(acme.count("workflow_executions").await, runs, "{overlap}");
        }
    }
}

#[actix_web::test]
async fn a_schedule_goes_on_where_it_was_unless_it_is_changed_or_was_away() {
    let acme = dealership().await;
    let config = json!({"cron": "0 0 1 * *", "catch_up": 0});
    let (id, _) = acme.published(one_step("schedule", config.clone())).await;
    let path = format!("/api/v1/workflows/{id}");
    rewind(&acme, "date_trunc('month', now()) + interval '2 months'").await;
    let kept = trigger(&acme, &id).await["next_run_at"].clone();
    let mut definition = one_step("schedule", config);
    definition["steps"][0]["name"] = json!("Other");
    let publish = async |definition: Value| {
        let body = json!({ "definition": definition });
        acme.put(Role::Manager, &format!("{path}/draft"), body)
            .await
            .is(200);
        acme.post(Role::Manager, &format!("{path}/publish"), json!({}))
            .await
            .is(201);
        trigger(&acme, &id).await["next_run_at"].clone()
    };
    assert_eq!(publish(definition.clone()).await, kept);
    definition["triggers"][0]["config"]["cron"] = json!("0 0 2 * *");
    let changed = publish(definition.clone()).await;
    assert_ne!(changed, kept);
    acme.post(Role::Manager, &format!("{path}/archive"), json!({}))
        .await
        .is(200);
    assert!(trigger(&acme, &id).await["next_run_at"].is_null());
    acme.post(Role::Manager, &format!("{path}/unarchive"), json!({}))
        .await
        .is(200);
    assert_eq!(trigger(&acme, &id).await["next_run_at"], changed);
    definition["triggers"][0] = json!({"id": "start", "type": "manual", "config": {}});
    assert!(publish(definition).await.is_null());
}

#[actix_web::test]
async fn a_preview_tells_the_next_five_times_and_what_is_wrong() {
    let acme = dealership().await;
    let path = "/api/v1/schedules/preview";
    let body = json!({"cron": "30 2 * * *", "time_zone": "Europe/Berlin"});
    let preview = acme.post(Role::User, path, body).await.is(200);
    assert_eq!(preview["next"].as_array().unwrap().len(), 5);
    assert_eq!(preview["description"], "Every day at 02:30");
    let own = acme
        .post(Role::User, path, json!({"cron": "0 0 13 * FRI"}))
        .await
        .is(200);
    assert_eq!(own["time_zone"], acme.tenant.time_zone);
    assert!(own["description"].is_null());
    for (body, pointer) in [
        (json!({"cron": "every monday"}), "/cron"),
        (json!({"cron": "0 0 30 2 *"}), "/cron"),
        (
            json!({"cron": "0 0 * * *", "time_zone": "Mars"}),
            "/time_zone",
        ),
    ] {
        let problem = acme.post(Role::User, path, body).await.is(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}

#[actix_web::test]
async fn a_pattern_that_never_fires_is_not_published() {
    let acme = dealership().await;
    let body =
        json!({"name": "Never", "definition": one_step("schedule", json!({"cron": "0 0 30 2 *"}))});
    let made = acme
        .post(Role::Manager, "/api/v1/workflows", body)
        .await
        .is(201);
    let path = format!("/api/v1/workflows/{}/publish", made["id"].as_str().unwrap());
    let problem = acme.post(Role::Manager, &path, json!({})).await.is(422);
    assert_eq!(problem["errors"][0]["pointer"], "/triggers/0/config/cron");
}
