use super::support::{TestDb, Worker};
use crate::steps::testing;
use crate::{Arrival, Intake, LiveBus, NewExecution, Taken, Wake};
use chrono::TimeDelta;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;
use platform_db::jobs::Lane;
use platform_kernel::id::{ExecutionId, VersionId, WorkflowId};
use platform_kernel::tenant::TenantContext;
use serde_json::json;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Stamp {
    #[diesel(sql_type = Text)]
    stamp: String,
}

/// A published workflow with a trigger.
pub(super) struct Hook<'a> {
    test: &'a TestDb,
    tenant: &'a TenantContext,
    workflow: WorkflowId,
    version: VersionId,
    trigger: Uuid,
}

impl<'a> Hook<'a> {
    pub(super) async fn new(test: &'a TestDb, tenant: &'a TenantContext) -> Self {
        let (workflow, version, trigger) = (WorkflowId::new(), VersionId::new(), Uuid::now_v7());
        let definition = json!({
            "triggers": [{"id": "hook", "type": "manual"}],
            "steps": [{"id": "a", "type": "transform", "config": {"values": {"b": {"$ref": "trigger.n"}}}}],
            "edges": [{"from": "hook", "to": "a"}],
        });
        let sql = format!(
            "INSERT INTO workflows (id, name, draft, draft_sha256) VALUES ('{workflow}', 'W', '{{}}', '');
             INSERT INTO workflow_versions (id, workflow_id, version, definition, sha256)
                VALUES ('{version}', '{workflow}', 1, '{definition}', '');
             INSERT INTO workflow_triggers (id, workflow_id, trigger_id, type, config)
                VALUES ('{trigger}', '{workflow}', 'hook', 'webhook', '{{}}')"
        );
        let hook = Self {
            test,
            tenant,
            workflow,
            version,
            trigger,
        };
        hook.run(&sql).await;
        hook
    }

    async fn run(&self, sql: &str) {
        let mut tx = self.test.db.tenant(self.tenant).await.unwrap();
        tx.conn().batch_execute(sql).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn stamp(&self) -> String {
        let mut tx = self.test.db.tenant(self.tenant).await.unwrap();
        let found: Stamp = diesel::sql_query(
            "SELECT t.xmin::text || ':' || w.xmin::text AS stamp FROM workflow_triggers t \
             JOIN workflows w ON w.id = t.workflow_id WHERE t.id = $1",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.trigger)
        .get_result(tx.conn())
        .await
        .unwrap();
        found.stamp
    }

    pub(super) fn arrival(&self, stamp: &str, name: &str) -> Arrival {
        Arrival {
            tenant: self.tenant.clone(),
            trigger: self.trigger,
            stamp: stamp.to_owned(),
            source: format!("trigger:{}", self.trigger),
            name: name.to_owned(),
            window: TimeDelta::minutes(10),
            execution: NewExecution::new(
                self.workflow,
                self.version,
                "hook",
                "webhook",
                json!({"n": name, "nul": "a\0b"}),
                Lane::Event,
            ),
        }
    }
}

pub(super) fn intake(test: &TestDb, wake: &Wake) -> Intake {
    Intake::start(test.db.clone(), LiveBus::new(None), wake.clone())
}

pub(super) fn accepted(taken: Taken) -> ExecutionId {
    match taken {
        Taken::Accepted(id) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_of_several_tenants_start_a_run_each_and_repeated_ones_none() {
    let test = TestDb::new(2).await;
    let wake = Wake::new(None);
    let intake = intake(&test, &wake);
    let hooks = [
        Hook::new(&test, &test.tenants[0]).await,
        Hook::new(&test, &test.tenants[1]).await,
    ];
    let stamps = [hooks[0].stamp().await, hooks[1].stamp().await];
    // Each name comes twice at the same time.
    let arrivals = (0..80).map(|n| {
        let at = n % 2;
        let arrival = hooks[at].arrival(&stamps[at], &format!("n{}", n / 4));
        let intake = intake.clone();
        async move { (at, intake.take(arrival).await.unwrap()) }
    });
    let taken = join_all(arrivals).await;
    for (at, hook) in hooks.iter().enumerate() {
        let of_hook = || {
            taken
                .iter()
                .filter(|(of, _)| *of == at)
                .map(|(_, taken)| *taken)
        };
        let runs: Vec<ExecutionId> = of_hook()
            .filter_map(|taken| match taken {
                Taken::Accepted(id) => Some(id),
                _ => None,
            })
            .collect();
        assert_eq!(runs.len(), 20);
        let repeated = of_hook()
            .filter(|taken| matches!(taken, Taken::Repeated(Some(id)) if runs.contains(id)));
        assert_eq!(
            repeated.count(),
            20,
            "a repeated delivery answers its first run"
        );
        for from in [
            "workflow_executions",
            "execution_events",
            "execution_search",
        ] {
            assert_eq!(test.count_of_tenant(hook.tenant, from).await, 20, "{from}");
        }
    }
    assert_eq!(test.count("control.jobs").await, 40);
    let again = intake
        .take(hooks[0].arrival(&stamps[0], "n3"))
        .await
        .unwrap();
    assert!(matches!(again, Taken::Repeated(Some(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_after_its_window_starts_a_run() {
    let test = TestDb::new(1).await;
    let intake = intake(&test, &Wake::new(None));
    let hook = Hook::new(&test, test.tenant()).await;
    let stamp = hook.stamp().await;
    let first = accepted(intake.take(hook.arrival(&stamp, "n")).await.unwrap());
    hook.run("UPDATE trigger_deliveries SET created_at = created_at - interval '11 minutes'")
        .await;
    let second = accepted(intake.take(hook.arrival(&stamp, "n")).await.unwrap());
    assert_ne!(first, second);
    let repeated = intake.take(hook.arrival(&stamp, "n")).await.unwrap();
    assert_eq!(repeated, Taken::Repeated(Some(second)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_from_an_older_trigger_or_workflow_writes_nothing() {
    let test = TestDb::new(1).await;
    let intake = intake(&test, &Wake::new(None));
    let hook = Hook::new(&test, test.tenant()).await;
    for change in [
        "UPDATE workflow_triggers SET enabled = false",
        "UPDATE workflows SET published_version = 2",
        "DELETE FROM workflow_triggers",
    ] {
        let stamp = match change {
            "DELETE FROM workflow_triggers" => "1:1".to_owned(),
            _ => hook.stamp().await,
        };
        hook.run(change).await;
        let taken = intake.take(hook.arrival(&stamp, change)).await.unwrap();
        assert_eq!(taken, Taken::Stale, "{change}");
    }
    for from in ["workflow_executions", "trigger_deliveries"] {
        assert_eq!(test.count_of_tenant(test.tenant(), from).await, 0, "{from}");
    }
    assert_eq!(test.count("control.jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_cannot_be_written_does_not_take_others_with_it() {
    let test = TestDb::new(1).await;
    let intake = intake(&test, &Wake::new(None));
    let hook = Hook::new(&test, test.tenant()).await;
    let stamp = hook.stamp().await;
    let mut bad = hook.arrival(&stamp, "bad");
    // No text of Postgres holds this.
    bad.execution.trigger_id = "a\0b".to_owned();
    let arrivals = (0..10).map(|n| hook.arrival(&stamp, &format!("good{n}")));
    let all = arrivals.chain([bad]).map(|arrival| intake.take(arrival));
    let taken = join_all(all).await;
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 10);
    assert_eq!(
        test.count_of_tenant(test.tenant(), "workflow_executions")
            .await,
        10
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_taken_in_goes_to_its_end() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, testing::registry());
    let intake = intake(&test, &worker.wake);
    let hook = Hook::new(&test, test.tenant()).await;
    let stamp = hook.stamp().await;
    for n in 0..20 {
        let id = accepted(
            intake
                .take(hook.arrival(&stamp, &format!("n{n}")))
                .await
                .unwrap(),
        );
        let run = test.wait_for(id, "succeeded").await;
        assert_eq!(run.input["nul"], json!("ab"));
        assert_eq!(run.output.unwrap()["a"]["b"], json!(format!("n{n}")));
    }
    worker.stop().await;
}
