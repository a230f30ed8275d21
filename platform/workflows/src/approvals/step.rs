use super::ask::{Asked, ask};
use super::config::{Assignee, Config, Escalation, OnTimeout};
use super::live;
use super::model::{Approval, ApprovalState, NewApproval};
use super::queries;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::rehearsal::sample;
use platform_engine::step::{
    Due, Opened, StepContext, StepError, StepOutput, Waiting, WaitingStep,
};
use platform_kernel::id::ApprovalId;
use platform_kernel::{Error, Result, clock};
use platform_messaging::notifications::Severity;
use platform_records::members;
use policies::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The ways out.
pub(super) const PORTS: &[&str] = &["approved", "rejected", "timeout"];

/// The step type `approval`.
pub(super) struct Approve {
    pub(super) bus: LiveBus,
}

/// What the step needs while it waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) approval_id: ApprovalId,
    due_at: Option<DateTime<Utc>>,
    escalations: Vec<Escalation>,
    on_timeout: OnTimeout,
    pub(super) links: bool,
    /// What was asked for, to make a decision up when a run is only tried out.
    #[serde(default)]
    form: Option<Value>,
}

impl Request {
    pub(super) fn read(request: &Value) -> Result<Self> {
        serde_json::from_value(request.clone()).map_err(Error::internal)
    }

    /// What comes next if nobody decides: the next escalation, or the end.
    fn next(&self, level: i32) -> Option<DateTime<Utc>> {
        let level = usize::try_from(level).unwrap_or_default();
        let escalation = self.escalations.get(level).map(|one| one.at);
        escalation.into_iter().chain(self.due_at).min()
    }

    /// The last escalation whose time has come, and how many have then been.
    fn escalation(&self, level: i32, now: DateTime<Utc>) -> Option<(&Assignee, i32)> {
        let level = usize::try_from(level).unwrap_or_default();
        let passed = self.escalations.iter().enumerate().skip(level);
        let (index, last) = passed.take_while(|(_, one)| one.at <= now).last()?;
        Some((&last.to, i32::try_from(index + 1).ok()?))
    }
}

#[async_trait]
impl WaitingStep for Approve {
    async fn open(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<Opened, StepError> {
        let zone: Tz = context.tenant.time_zone.parse().unwrap_or(Tz::UTC);
        let config = Config::of(config, context.now, zone)?;
        require_known(tx, &config).await?;
        let id = ApprovalId::new();
        let new = NewApproval {
            id,
            execution_id: context.execution_id,
            workflow_id: context.workflow_id,
            step_id: &context.step_id,
            title: &config.title,
            body: &config.body,
            form: config.form.as_ref(),
            facts: json!(config.facts),
            assignee_role: config.assignee.role.map(Role::as_str),
            assignee_id: config.assignee.user_id,
            due_at: config.due_at,
            created_at: clock::now(),
        };
        queries::insert(tx, &new).await?;
        let asked = Asked {
            id,
            title: &config.title,
            body: &config.body,
            to: &config.assignee,
            links: config.links,
            severity: Severity::Info,
            occasion: "0".to_owned(),
        };
        ask(tx, &self.bus, &asked).await?;
        let request = Request {
            approval_id: id,
            due_at: config.due_at,
            escalations: config.escalations,
            on_timeout: config.on_timeout,
            links: config.links,
            form: config.form,
        };
        Ok(Opened::Waiting(Waiting {
            kind: "approval",
            name: id.to_string(),
            key: String::new(),
            summary: format!("Waiting for a decision: {}", config.title),
            until: request.next(0),
            request: serde_json::to_value(&request).map_err(Error::internal)?,
        }))
    }

    /// The decision was checked and written down by whoever took it.
    async fn resolved(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: &Value,
        resolution: &Value,
    ) -> Result<StepOutput, StepError> {
        let approved = resolution.get("decision").and_then(Value::as_str) == Some("approved");
        let port = if approved { "approved" } else { "rejected" };
        Ok(StepOutput::new(resolution.clone()).through(port))
    }

    /// Somebody agrees, and fills the form in.
    fn rehearse(&self, request: &Value) -> Option<Value> {
        let request = Request::read(request).ok()?;
        let values = request.form.map_or(json!({}), |form| sample(&form));
        Some(json!({
            "decision": "approved", "values": values, "comment": null,
            "decided_by": { "id": null, "name": "(somebody)" }, "decided_at": clock::now(),
        }))
    }

    async fn due(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        _round: u32,
    ) -> Result<Due, StepError> {
        let request = Request::read(request)?;
        let Some(approval) = queries::lock(tx, request.approval_id).await? else {
            return Err(StepError::fatal("approval_missing", "The approval is gone"));
        };
        if !approval.is_pending() {
            // Somebody decided in the last moment, before this transaction had the row.
            return Ok(Due::Output(decided(&approval)));
        }
        let now = context.now.max(clock::now());
        if request.due_at.is_some_and(|due| due <= now) {
            queries::end(tx, approval.id, ApprovalState::Expired, now).await?;
            live::changed(tx, &self.bus, approval.id, ApprovalState::Expired);
            return Ok(Due::Output(timed_out(request.on_timeout, now)));
        }
        let mut level = approval.escalation_level;
        if let Some((to, reached)) = request.escalation(level, now) {
            queries::assign(tx, approval.id, to, reached).await?;
            let mut asked = Asked::again(&approval, to, reached.to_string());
            asked.links = request.links;
            ask(tx, &self.bus, &asked).await?;
            context
                .report
                .info(format!("Nobody has decided yet: it goes to {}.", named(to)));
            level = reached;
        }
        match request.next(level) {
            Some(next) => Ok(Due::Until(next)),
            // Nothing more is planned: it waits for a decision alone.
            None => Ok(Due::Until(now + chrono::TimeDelta::days(365))),
        }
    }

    async fn close(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
    ) -> Result<(), Error> {
        let id = Request::read(request)?.approval_id;
        if queries::end(tx, id, ApprovalState::Cancelled, context.now).await? > 0 {
            live::changed(tx, &self.bus, id, ApprovalState::Cancelled);
        }
        Ok(())
    }
}

/// Refuses to wait for people who do not work here.
async fn require_known(tx: &mut TenantTx, config: &Config) -> Result<(), StepError> {
    let later = config.escalations.iter().map(|one| &one.to);
    for to in std::iter::once(&config.assignee).chain(later) {
        let Some(user) = to.user_id else { continue };
        if members::find(tx, user).await?.is_none() {
            let words = format!("Nobody with the id {user} works here, so nobody could decide");
            return Err(StepError::fatal("unknown_assignee", words));
        }
    }
    Ok(())
}

fn named(to: &Assignee) -> String {
    match (to.role, to.user_id) {
        (Some(Role::DealershipAdmin), _) => "the dealership's admins".to_owned(),
        (Some(Role::Manager), _) => "the managers".to_owned(),
        (Some(_), _) => "everyone".to_owned(),
        (None, _) => "another person".to_owned(),
    }
}

/// What the step gives for a decision that was made.
fn decided(approval: &Approval) -> StepOutput {
    let approved = approval.state == ApprovalState::Approved;
    let by = approval
        .decided_by
        .map(|id| json!({ "id": id, "name": approval.decided_by_name }));
    let (decision, port) = match approved {
        true => ("approved", "approved"),
        false => ("rejected", "rejected"),
    };
    let output = json!({
        "decision": decision,
        "values": approval.values.clone().unwrap_or_else(|| json!({})),
        "comment": approval.comment,
        "decided_by": by,
        "decided_at": approval.decided_at,
    });
    StepOutput::new(output).through(port)
}

fn timed_out(how: OnTimeout, at: DateTime<Utc>) -> StepOutput {
    let (decision, port) = match how {
        OnTimeout::Reject => ("rejected", "rejected"),
        OnTimeout::Timeout => ("timeout", "timeout"),
    };
    let output = json!({
        "decision": decision, "values": {}, "comment": null, "decided_by": null, "decided_at": at,
    });
    StepOutput::new(output).through(port)
}

pub(super) fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["decision", "values", "decided_at"],
        "properties": {
            "decision": { "type": "string", "enum": ["approved", "rejected", "timeout"] },
            "values": { "type": "object", "description": "What was filled in" },
            "comment": { "type": ["string", "null"] },
            "decided_by": {
                "type": ["object", "null"], "description": "Nobody, when the time was over",
                "properties": { "id": { "type": "string" }, "name": { "type": "string" } }
            },
            "decided_at": { "type": "string", "format": "date-time" }
        }
    })
}
