//! What the step `approval` does as time goes by, without anybody deciding.

use chrono::{DateTime, TimeDelta, Utc};
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    Due, Opened, Report, StepContext, StepKind, StepOutput, Waiting, WaitingStep,
};
use platform_kernel::clock;
use platform_kernel::id::{ExecutionId, UserId, WorkflowId};
use platform_kernel::tenant::TenantContext;
use platform_testkit::TestDatabase;
use serde_json::{Value, json};
use std::sync::Arc;

struct House {
    db: TestDatabase,
    tenant: TenantContext,
    bus: LiveBus,
    step: Arc<dyn WaitingStep>,
}

impl House {
    async fn open() -> Self {
        let db = TestDatabase::create().await;
        let tenant = db.tenant("Acme Motors").await;
        let bus = LiveBus::new(None);
        let mut registry = StepRegistry::new();
        platform_workflows::approvals::register(&mut registry, bus.clone()).unwrap();
        let StepKind::Waiting(step) = registry.step("approval").unwrap().kind.clone() else {
            panic!("it waits");
        };
        Self {
            db,
            tenant,
            bus,
            step,
        }
    }

    async fn member(&self, role: &str) -> UserId {
        let (id, group, tenant) = (UserId::new(), self.tenant.group_id, self.tenant.id);
        let sql = format!(
            "INSERT INTO control.users (id, group_id, email, name) \
             VALUES ('{id}', '{group}', '{id}@example.com', '{role}'); \
             INSERT INTO control.memberships (user_id, tenant_id, role) \
             VALUES ('{id}', '{tenant}', '{role}')"
        );
        self.db.run_as_owner(&sql).await;
        id
    }

    /// A run whose step is at work at this time.
    fn context(&self, now: DateTime<Utc>) -> StepContext {
        StepContext {
            tenant: self.tenant.clone(),
            execution_id: ExecutionId::new(),
            workflow_id: WorkflowId::new(),
            step_id: "ask".to_owned(),
            attempt: 1,
            started_by: None,
            lead_id: None,
            trigger_type: "manual".to_owned(),
            now,
            key: "key".to_owned(),
            report: Report::default(),
        }
    }

    async fn tx(&self) -> TenantTx {
        self.db.db.tenant(&self.tenant).await.unwrap()
    }

    async fn ask(&self, context: &StepContext, config: Value) -> Waiting {
        let mut tx = self.tx().await;
        let opened = self.step.open(&mut tx, context, config).await.unwrap();
        tx.commit().await.unwrap();
        match opened {
            Opened::Waiting(waiting) => waiting,
            Opened::Done(_) => panic!("somebody has to decide"),
        }
    }

    async fn due(&self, context: &StepContext, waiting: &Waiting) -> Due {
        let mut tx = self.tx().await;
        let due = self
            .step
            .due(&mut tx, context, &waiting.request, 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        due
    }

    /// A value of the tenant's, as text.
    async fn text(&self, sql: &str) -> String {
        use diesel_async::RunQueryDsl;
        let mut tx = self.tx().await;
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!(
            "({sql})::text"
        )))
        .get_result(tx.conn())
        .await
        .unwrap()
    }

    async fn told(&self, user: UserId) -> String {
        let sql = format!("SELECT count(*) FROM notifications WHERE user_id = '{user}'");
        self.text(&sql).await
    }
}

const ASSIGNED: &str =
    "SELECT concat_ws('|', state, assignee_role, escalation_level) FROM approvals";

fn config() -> Value {
    json!({
        "title": "Lower the price?",
        "assignee": { "role": "user" },
        "escalate": [
            { "after_minutes": 30, "to": { "role": "manager" } },
            { "after_minutes": 60, "to": { "role": "dealership_admin" } }
        ],
        "due": { "minutes": 120 }
    })
}

fn output(due: Due) -> StepOutput {
    match due {
        Due::Output(output) => output,
        Due::Until(at) => panic!("it still waits, until {at}"),
    }
}

#[actix_web::test]
async fn nobody_decides_and_it_goes_up_and_then_its_time_is_over() {
    let house = House::open().await;
    let (user, manager) = (house.member("user").await, house.member("manager").await);
    let admin = house.member("dealership_admin").await;
    let start = clock::now() + TimeDelta::days(1);
    let mut context = house.context(start);
    let minutes = |minutes| start + TimeDelta::minutes(minutes);
    let mut news = house.bus.subscribe();
    let waiting = house.ask(&context, config()).await;
    assert_eq!(
        (waiting.kind, waiting.until),
        ("approval", Some(minutes(30)))
    );
    assert_eq!(house.told(user).await, "1");
    let live = std::iter::from_fn(|| news.try_recv().ok());
    let live: Vec<_> = live.map(|told| told.message).collect();
    let approval = live
        .iter()
        .find(|message| message.topic == "approvals")
        .unwrap();
    assert_eq!(
        approval.data,
        json!({ "id": waiting.name, "state": "pending" })
    );

    // Too early: nothing happens.
    context.now = minutes(29);
    assert_eq!(house.due(&context, &waiting).await, Due::Until(minutes(30)));
    context.now = minutes(30);
    assert_eq!(house.due(&context, &waiting).await, Due::Until(minutes(60)));
    assert_eq!(house.text(ASSIGNED).await, "pending|manager|1");
    assert_eq!(
        (house.told(manager).await, house.told(admin).await),
        ("1".to_owned(), "0".to_owned())
    );
    // The same again after a crash tells nobody twice.
    assert_eq!(house.due(&context, &waiting).await, Due::Until(minutes(60)));
    assert_eq!(house.told(manager).await, "1");
    context.now = minutes(61);
    assert_eq!(
        house.due(&context, &waiting).await,
        Due::Until(minutes(120))
    );
    assert_eq!(house.text(ASSIGNED).await, "pending|dealership_admin|2");
    context.now = minutes(120);
    let output = output(house.due(&context, &waiting).await);
    assert_eq!(
        (output.port.as_deref(), &output.output["decision"]),
        (Some("timeout"), &json!("timeout"))
    );
    assert_eq!(house.text("SELECT state FROM approvals").await, "expired");
}

#[actix_web::test]
async fn a_worker_that_was_away_skips_to_where_it_would_be() {
    let house = House::open().await;
    let start = clock::now() + TimeDelta::days(1);
    let mut context = house.context(start);
    let waiting = house.ask(&context, config()).await;
    context.now = start + TimeDelta::minutes(90);
    house.due(&context, &waiting).await;
    assert_eq!(house.text(ASSIGNED).await, "pending|dealership_admin|2");
}

#[actix_web::test]
async fn a_time_that_is_over_can_count_as_a_no() {
    let house = House::open().await;
    let start = clock::now() + TimeDelta::days(1);
    let mut context = house.context(start);
    let config = json!({
        "title": "Go?", "assignee": { "role": "manager" }, "due": { "minutes": 5 }, "on_timeout": "reject"
    });
    let waiting = house.ask(&context, config).await;
    context.now = start + TimeDelta::minutes(5);
    let output = output(house.due(&context, &waiting).await);
    assert_eq!(
        (output.port.as_deref(), &output.output["decision"]),
        (Some("rejected"), &json!("rejected"))
    );
    assert!(output.output["decided_by"].is_null());
}

#[actix_web::test]
async fn a_decision_of_the_last_moment_is_the_one_that_counts() {
    let house = House::open().await;
    let start = clock::now() + TimeDelta::days(1);
    let mut context = house.context(start);
    let waiting = house.ask(&context, config()).await;
    let mut tx = house.tx().await;
    use diesel_async::SimpleAsyncConnection;
    let sql = "UPDATE approvals SET state = 'approved', values = '{\"price\": 1}', decided_by_name = 'Ann', decided_at = now()";
    tx.conn().batch_execute(sql).await.unwrap();
    tx.commit().await.unwrap();
    context.now = start + TimeDelta::minutes(500);
    let output = output(house.due(&context, &waiting).await);
    assert_eq!(
        (output.port.as_deref(), &output.output["values"]["price"]),
        (Some("approved"), &json!(1))
    );
    // Nor does the end of the run take it back.
    let mut tx = house.tx().await;
    house
        .step
        .close(&mut tx, &context, &waiting.request)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(house.text("SELECT state FROM approvals").await, "approved");
}

#[actix_web::test]
async fn business_time_is_that_of_the_dealership() {
    let mut house = House::open().await;
    house.tenant.time_zone = "America/Los_Angeles".to_owned();
    // Friday 18:30 in Los Angeles; an hour of open time later it is Saturday 9:30.
    let friday: DateTime<Utc> = "2026-11-21T02:30:00Z".parse().unwrap();
    let context = house.context(friday);
    let config = json!({
        "title": "Go?", "assignee": { "role": "manager" }, "due": { "minutes": 60, "business_hours": true }
    });
    let waiting = house.ask(&context, config).await;
    assert_eq!(waiting.until, Some("2026-11-21T17:30:00Z".parse().unwrap()));
}

#[actix_web::test]
async fn a_question_that_nobody_could_answer_is_not_asked() {
    let house = House::open().await;
    let context = house.context(clock::now());
    for (change, code) in [
        (
            json!({ "assignee": { "user_id": UserId::new() } }),
            "unknown_assignee",
        ),
        (json!({ "assignee": {} }), "approval_invalid"),
        (
            json!({ "assignee": { "role": "super_admin" } }),
            "approval_invalid",
        ),
        (json!({ "title": " \n" }), "approval_invalid"),
        (
            json!({ "form": { "properties": { "a": { "type": "array" } } } }),
            "approval_invalid",
        ),
        (
            json!({ "due": { "minutes": 5, "business_hours": true }, "hours": { "days": [] } }),
            "approval_invalid",
        ),
        (
            json!({ "escalate": [{ "after_minutes": 1, "to": { "user_id": UserId::new() } }] }),
            "unknown_assignee",
        ),
    ] {
        let mut config = config();
        for (name, value) in change.as_object().unwrap() {
            config[name] = value.clone();
        }
        let mut tx = house.tx().await;
        let error = house
            .step
            .open(&mut tx, &context, config)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.retryable),
            (code, false),
            "{change}: {error}"
        );
    }
    assert_eq!(house.text("SELECT count(*) FROM approvals").await, "0");
}

#[actix_web::test]
async fn mistakes_are_found_before_publishing() {
    let mut registry = StepRegistry::new();
    platform_workflows::approvals::register(&mut registry, LiveBus::new(None)).unwrap();
    let check = registry.step("approval").unwrap().info.check.unwrap();
    let pointers = |config: &Value| -> Vec<String> {
        check(config)
            .into_iter()
            .map(|fault| fault.pointer)
            .collect()
    };
    assert!(pointers(&config()).is_empty());
    let bad = json!({
        "title": "Go?",
        "assignee": { "role": "manager", "user_id": "x" },
        "due": { "minutes": 30 },
        "escalate": [{ "after_minutes": 30, "to": { "role": "manager" } }, { "after_minutes": 5, "to": {} }],
        "form": { "type": "object", "properties": { "a": { "type": "object" } } },
        "hours": { "days": ["mon"], "from": "19:00", "to": "09:00" }
    });
    let expected = [
        "/assignee",
        "/escalate/0/after_minutes",
        "/escalate/1/to",
        "/form/properties/a/type",
        "/hours",
    ];
    assert_eq!(pointers(&bad), expected);
    let later = json!({ "title": { "$tpl": "x" }, "assignee": { "$ref": "trigger.who" }, "form": { "$ref": "trigger.form" } });
    assert!(pointers(&later).is_empty());
}
