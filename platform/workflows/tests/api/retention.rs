use crate::support::{Dealership, dealership, one_step};
use chrono::{DateTime, Days, Utc};
use platform_db::partitions;
use platform_kernel::clock;
use platform_kernel::id::TenantId;
use platform_kernel::secret::MasterKey;
use platform_workflows::HookKeys;
use platform_workflows::retention::{self, Retention, RetentionPolicy};
use policies::Role;
use serde_json::json;
use std::time::{Duration, Instant};
use tenants::retention::{Plan, set_plan};
use uuid::Uuid;

fn days_ago(days: u64) -> DateTime<Utc> {
    clock::now().checked_sub_days(Days::new(days)).unwrap()
}

/// A run of so many days ago in some state, with an event, a log line, an effect and its words.
async fn run<S>(acme: &Dealership<S>, workflow: &str, days: u64, status: &str) -> Uuid {
    let at = days_ago(days);
    let random = Uuid::now_v7().as_u128() & ((1 << 62) - 1);
    let id = Uuid::from_u128(partitions::first_id(at).as_u128() | (7 << 76) | (2 << 62) | random);
    let schema = acme.tenant.schema();
    acme.db
        .run_as_owner(&format!(
            "SET search_path = {schema};
             INSERT INTO workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, input, created_at)
                 VALUES ('{id}', '{workflow}', '{id}', '{status}', 'start', 'manual', '{{}}', '{at}');
             INSERT INTO execution_events (execution_id, seq, kind) VALUES ('{id}', 1, 'execution_accepted');
             INSERT INTO execution_logs (execution_id, seq, level, message) VALUES ('{id}', 2, 'info', 'x');
             INSERT INTO execution_effects (key, execution_id, step_id, kind, state, request) VALUES ('{id}', '{id}', 's', 'email', 'confirmed', '{{}}');
             INSERT INTO execution_waits (execution_id, step_id, kind, name) VALUES ('{id}', 's', 'event', 'e');
             INSERT INTO execution_search (execution_id, created_at, words) VALUES ('{id}', '{at}', '');
             INSERT INTO trigger_deliveries (source, key, execution_id, created_at) VALUES ('t', '{id}', '{id}', '{at}');
             INSERT INTO workflow_events (id, name, created_at) VALUES ('{id}', 'e', '{at}');"
        ))
        .await;
    id
}

/// Makes the partitions of days that are over, as they were made before these days.
async fn past_days<S>(acme: &Dealership<S>, days: &[u64]) {
    let mut sql = format!("SET search_path = {};", acme.tenant.schema());
    for days in days {
        for table in partitions::BY_DAY {
            sql.push_str(&partitions::create(table, days_ago(*days).date_naive()));
        }
    }
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

impl<S> Dealership<S> {
    async fn rows(&self, from: &str) -> i64 {
        use diesel_async::RunQueryDsl;
        let mut connection = self.db.owner.connect().await.unwrap();
        let sql = format!("(SELECT count(*) FROM {}.{from})", self.tenant.schema());
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&sql))
            .get_result(&mut connection)
            .await
            .unwrap()
    }

    async fn has_day(&self, table: &str, days: u64) -> bool {
        let name = partitions::name(table, days_ago(days).date_naive());
        let of = format!(
            "WHERE n.nspname = '{}' AND c.relname = '{name}'",
            self.tenant.schema()
        );
        let joined = "pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace";
        self.catalog(&format!("{joined} {of}")).await == 1
    }

    async fn catalog(&self, from: &str) -> i64 {
        use diesel_async::RunQueryDsl;
        let mut connection = self.db.owner.connect().await.unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!(
            "(SELECT count(*) FROM {from})"
        )))
        .get_result(&mut connection)
        .await
        .unwrap()
    }
}

#[actix_web::test]
async fn a_new_dealership_has_its_next_days_and_no_right_on_them_but_through_the_tables() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(one_step("manual", json!({}))).await;
    acme.post(
        Role::User,
        &format!("/api/v1/workflows/{workflow}/executions"),
        json!({}),
    )
    .await
    .is(202);
    assert_eq!(
        acme.rows("execution_events_default").await,
        0,
        "today has a partition"
    );
    sweep(&acme).await;
    sweep(&acme).await;
    acme.work().await;
    let (schema, today) = (acme.tenant.schema(), clock::now().date_naive());
    let part = partitions::name("execution_events", today);
    let rights = format!(
        "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r \
         WHERE has_table_privilege('{schema}', '{schema}.{part}', r)"
    );
    assert_eq!(acme.catalog(&rights).await, 0);
    let of_default = rights.replace(&part, "execution_logs_default");
    assert_eq!(acme.catalog(&of_default).await, 0);
}

#[actix_web::test]
async fn old_days_are_dropped_unless_a_run_of_theirs_has_not_ended() {
    let acme = dealership().await;
    let workflow = Uuid::now_v7().to_string();
    past_days(&acme, &[10, 20, 40, 50]).await;
    for days in [10, 20, 40] {
        run(&acme, &workflow, days, "succeeded").await;
    }
    let waiting = run(&acme, &workflow, 50, "waiting").await;
    run(&acme, &workflow, 50, "failed").await;
    sweep(&acme).await;
    let kept = async |table: &'static str| {
        let mut kept = Vec::new();
        for days in [10, 20, 40, 50] {
            kept.extend(acme.has_day(table, days).await.then_some(days));
        }
        kept
    };
    assert_eq!(kept("execution_events").await, [10, 20, 50]);
    assert_eq!(kept("execution_logs").await, [10, 50]);
    assert_eq!(
        acme.rows(&format!(
            "execution_events WHERE execution_id = '{waiting}'"
        ))
        .await,
        1
    );
    assert_eq!(
        acme.rows("workflow_executions").await,
        5,
        "runs are kept longer"
    );
    assert_eq!(acme.rows("trigger_deliveries").await, 2);
    assert_eq!(
        acme.rows("workflow_events").await,
        5,
        "the one that waits may still ask for them"
    );

    acme.db
        .run_as_owner(&format!(
            "UPDATE {}.workflow_executions SET status = 'succeeded'",
            acme.tenant.schema()
        ))
        .await;
    sweep(&acme).await;
    assert_eq!(kept("execution_events").await, [10, 20]);
    assert_eq!(acme.rows("workflow_events").await, 2);
}

#[actix_web::test]
async fn what_fell_beside_the_days_goes_in_batches() {
    let acme = dealership().await;
    let workflow = Uuid::now_v7().to_string();
    let old = run(&acme, &workflow, 60, "succeeded").await;
    let open = run(&acme, &workflow, 60, "paused").await;
    run(&acme, &workflow, 5, "succeeded").await;
    let schema = acme.tenant.schema();
    acme.db.run_as_owner(&format!(
        "INSERT INTO {schema}.execution_events (execution_id, seq, kind) SELECT '{old}', n, 'timer_fired' FROM generate_series(2, 12000) AS n"
    )).await;
    sweep(&acme).await;
    assert_eq!(
        acme.rows(&format!(
            "execution_events_default WHERE execution_id = '{old}'"
        ))
        .await,
        0
    );
    assert_eq!(
        acme.rows(&format!(
            "execution_events_default WHERE execution_id = '{open}'"
        ))
        .await,
        1
    );
    assert_eq!(acme.rows("execution_events_default").await, 2);
    assert_eq!(acme.rows("execution_logs_default").await, 2);
}

#[actix_web::test]
async fn runs_go_with_all_that_belongs_to_them_when_they_are_old_or_too_many() {
    let acme = dealership().await;
    let (workflow, _) = acme
        .published(json!({
            "triggers": [{"id": "start", "type": "manual"}],
            "steps": [{"id": "shape", "type": "transform", "config": {"values": {"a": 1}}}],
            "edges": [{"from": "start", "to": "shape"}],
            "settings": {"max_executions": 2}
        }))
        .await;
    let old = run(&acme, &Uuid::now_v7().to_string(), 401, "failed").await;
    let open = run(&acme, &workflow, 500, "waiting").await;
    for days in [1, 2, 3, 4] {
        run(&acme, &workflow, days, "succeeded").await;
    }
    sweep(&acme).await;
    assert_eq!(
        acme.rows(&format!("workflow_executions WHERE id = '{old}'"))
            .await,
        0
    );
    assert_eq!(acme.rows("workflow_executions").await, 3);
    for table in [
        "execution_events",
        "execution_effects",
        "execution_search",
        "execution_waits",
    ] {
        assert_eq!(acme.rows(table).await, 3, "{table}");
        assert_eq!(
            acme.rows(&format!("{table} WHERE execution_id = '{open}'"))
                .await,
            1,
            "{table}"
        );
    }
}

#[actix_web::test]
async fn a_plan_keeps_longer_and_every_dealership_has_its_job() {
    let acme = dealership().await;
    let workflow = Uuid::now_v7().to_string();
    past_days(&acme, &[20, 40]).await;
    let mut tx = acme.db.db.control().await.unwrap();
    let plan = Plan {
        events_days: Some(90),
        logs_days: Some(30),
        runs_days: None,
    };
    assert_eq!(set_plan(&mut tx, acme.tenant.id, plan).await.unwrap(), 1);
    tx.commit().await.unwrap();
    run(&acme, &workflow, 40, "succeeded").await;
    sweep(&acme).await;
    assert!(acme.has_day("execution_events", 40).await);
    assert!(acme.has_day("execution_logs", 20).await);
    assert!(!acme.has_day("execution_logs", 40).await);

    for _ in 0..2 {
        retention::enqueue_missing(&acme.db.db).await.unwrap();
    }
    let jobs = |tenant: TenantId| {
        format!("control.jobs WHERE kind = 'retention' AND tenant_id = '{tenant}'")
    };
    assert_eq!(acme.catalog(&jobs(acme.tenant.id)).await, 1);
}

#[actix_web::test]
async fn answers_kept_for_a_key_go_once_they_can_no_longer_be_repeated() {
    let acme = dealership().await;
    let schema = acme.tenant.schema();
    acme.db
        .run_as_owner(&format!(
            "INSERT INTO {schema}.idempotent_requests (key_hash, request_hash, locked_until, expires_at) \
             SELECT n::text::bytea, '', now(), now() + n * interval '1 hour' FROM generate_series(-1500, 2) AS n"
        ))
        .await;
    sweep(&acme).await;
    assert_eq!(acme.rows("idempotent_requests").await, 2);
}

/// A file of a run, of a lead where one is given.
async fn file<S>(acme: &Dealership<S>, run: Uuid, lead: Option<Uuid>) -> Uuid {
    let id = Uuid::now_v7();
    let lead = lead.map_or("NULL".to_owned(), |lead| format!("'{lead}'"));
    acme.db
        .run_as_owner(&format!(
            "SET search_path = {};
             INSERT INTO files (id, name, content_type, size, sha256, content, execution_id, lead_id)
                 VALUES ('{id}', 'a.txt', 'text/plain', 1, '', 'a', '{run}', {lead});",
            acme.tenant.schema()
        ))
        .await;
    id
}

#[actix_web::test]
async fn files_go_with_the_last_run_that_has_them() {
    let acme = dealership().await;
    let workflow = Uuid::now_v7().to_string();
    past_days(&acme, &[1, 401, 402]).await;
    let old = run(&acme, &workflow, 402, "succeeded").await;
    let repeated = run(&acme, &workflow, 401, "succeeded").await;
    let repeating = run(&acme, &workflow, 1, "succeeded").await;
    let schema = acme.tenant.schema();
    let forked = format!(
        "UPDATE {schema}.workflow_executions SET forked_from = '{repeated}' WHERE id = '{repeating}'"
    );
    acme.db.run_as_owner(&forked).await;
    let gone = file(&acme, old, None).await;
    let of_a_lead = file(&acme, old, Some(Uuid::now_v7())).await;
    let taken_over = file(&acme, repeated, None).await;
    sweep(&acme).await;
    let there = |id: Uuid| format!("files WHERE id = '{id}'");
    assert_eq!(acme.rows(&there(gone)).await, 0);
    assert_eq!(acme.rows(&there(of_a_lead)).await, 1);
    assert_eq!(acme.rows(&there(taken_over)).await, 1);
    let aged = format!(
        "UPDATE {schema}.workflow_executions SET created_at = created_at - interval '400 days' \
         WHERE id = '{repeating}'"
    );
    acme.db.run_as_owner(&aged).await;
    sweep(&acme).await;
    assert_eq!(acme.rows(&there(taken_over)).await, 0);
    assert_eq!(acme.rows(&there(of_a_lead)).await, 1);
}
