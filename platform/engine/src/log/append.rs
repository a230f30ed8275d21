use super::{Appended, Cancel, Commit, EntryBody};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::plan_slot;
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Appends the commits of one tenant, whose role is set, in one statement. A commit that is
/// fenced writes nothing and is missing from the answer; the others are not touched by that.
pub(crate) async fn append(
    mut connection: &AsyncPgConnection,
    commits: &[&Commit],
) -> Result<HashMap<ExecutionId, Appended>> {
    let mut statement = Append::default();
    for commit in commits {
        statement.slot = plan_slot(commit.tenant.id);
        statement.add(commit)?;
    }
    let rows: Vec<(Uuid, bool, Option<String>, bool)> = statement.load(&mut connection).await?;
    let answer = |(id, cancelled, reason, pause): (Uuid, bool, Option<String>, bool)| {
        let appended = Appended {
            cancel: cancelled.then_some(Cancel { reason }),
            pause,
            job_deleted: false,
        };
        (ExecutionId(id), appended)
    };
    Ok(rows.into_iter().map(answer).collect())
}

/// The statement's columns, an array each.
#[derive(Default)]
struct Append<'a> {
    slot: &'static str,
    runs: Runs<'a>,
    events: Lines<'a>,
    logs: Lines<'a>,
    effects: Effects<'a>,
}

#[derive(Default)]
struct Runs<'a> {
    id: Vec<Uuid>,
    epoch: Vec<i64>,
    base: Vec<i64>,
    next: Vec<i64>,
    status: Vec<&'static str>,
    started_at: Vec<Option<DateTime<Utc>>>,
    ended_at: Vec<Option<DateTime<Utc>>>,
    output: Vec<Option<&'a Value>>,
    error: Vec<Option<&'a Value>>,
}

/// Events, whose word is their kind, or log lines, whose word is their level.
#[derive(Default)]
struct Lines<'a> {
    execution_id: Vec<Uuid>,
    seq: Vec<i64>,
    at: Vec<DateTime<Utc>>,
    step_id: Vec<Option<&'a str>>,
    attempt: Vec<Option<i32>>,
    word: Vec<String>,
    message: Vec<&'a str>,
    data: Vec<Option<Value>>,
}

#[derive(Default)]
struct Effects<'a> {
    key: Vec<&'a str>,
    execution_id: Vec<Uuid>,
    step_id: Vec<&'a str>,
    kind: Vec<&'a str>,
    state: Vec<&'static str>,
    summary: Vec<&'a str>,
    simulated: Vec<bool>,
    request: Vec<Option<&'a Value>>,
    response: Vec<Option<&'a Value>>,
    provider_reference: Vec<Option<&'a str>>,
}

impl<'a> Append<'a> {
    fn add(&mut self, commit: &'a Commit) -> Result<()> {
        let id = commit.execution_id.0;
        let mut next = commit.base;
        for entry in &commit.entries {
            let (lines, word, message, data) = match &entry.body {
                EntryBody::Event(body) => {
                    let (kind, data) = body.to_columns()?;
                    (&mut self.events, kind, "", Some(data))
                }
                EntryBody::Log(level, message, data) => {
                    let word = level.as_str().to_owned();
                    (&mut self.logs, word, message.as_str(), data.clone())
                }
            };
            lines.execution_id.push(id);
            lines.seq.push(next);
            lines.at.push(entry.at);
            lines.step_id.push(entry.step_id.as_deref());
            lines
                .attempt
                .push(entry.attempt.and_then(|n| i32::try_from(n).ok()));
            lines.word.push(word);
            lines.message.push(message);
            lines.data.push(data);
            next += 1;
        }
        self.runs.add(commit, next);
        for effect in &commit.effects {
            self.effects.add(id, effect);
        }
        Ok(())
    }
}

impl<'a> Runs<'a> {
    fn add(&mut self, commit: &'a Commit, next: i64) {
        let change = &commit.change;
        self.id.push(commit.execution_id.0);
        self.epoch.push(commit.epoch);
        self.base.push(commit.base);
        self.next.push(next);
        self.status.push(change.status.as_str());
        self.started_at.push(change.started_at);
        self.ended_at.push(change.ended_at);
        self.output.push(change.output.as_ref());
        self.error.push(change.error.as_ref());
    }
}

impl<'a> Effects<'a> {
    fn add(&mut self, execution_id: Uuid, effect: &'a super::EffectChange) {
        self.key.push(&effect.key);
        self.execution_id.push(execution_id);
        self.step_id.push(&effect.step_id);
        self.kind.push(&effect.kind);
        self.state.push(effect.state.as_str());
        self.summary.push(&effect.summary);
        self.simulated.push(effect.simulated);
        self.request.push(effect.request.as_ref());
        self.response.push(effect.response.as_ref());
        self.provider_reference
            .push(effect.provider_reference.as_deref());
    }
}

/// The statement is prepared once for each connection and plan slot, and known by its text.
impl QueryId for Append<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Append<'_> {
    type SqlType = (SqlUuid, Bool, Nullable<Text>, Bool);
}

impl QueryFragment<Pg> for Append<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH c AS (SELECT * FROM unnest(");
        self.runs.walk(out.reborrow())?;
        // `lease_epoch <=` fences an older lease, `next_seq =` fences whoever does not know the
        // latest events.
        out.push_sql(
            ") AS c(id, epoch, base, next, status, started_at, ended_at, output, error)), \
             moved AS (UPDATE workflow_executions e SET next_seq = c.next, lease_epoch = c.epoch, \
             status = c.status, started_at = c.started_at, ended_at = c.ended_at, \
             output = c.output, error = c.error FROM c \
             WHERE e.id = c.id AND e.lease_epoch <= c.epoch AND e.next_seq = c.base \
             RETURNING e.id, e.cancel_requested_at IS NOT NULL AS cancelled, e.cancel_reason, \
             e.pause_requested_at IS NOT NULL AS paused), \
             marked AS (UPDATE execution_search s \
             SET words = s.words || array_to_tsvector(ARRAY['status:' || c.status]) \
             FROM c JOIN moved ON moved.id = c.id WHERE s.execution_id = c.id \
             AND c.ended_at IS NOT NULL AND c.status IN ('failed', 'cancelled')), \
             events AS (INSERT INTO execution_events \
             (execution_id, seq, created_at, step_id, attempt, kind, data) \
             SELECT x.id, x.seq, x.at, x.step_id, x.attempt, x.word, coalesce(x.data, '{}') FROM unnest(",
        );
        self.events.walk(out.reborrow())?;
        out.push_sql(
            ") AS x(id, seq, at, step_id, attempt, word, message, data) JOIN moved ON moved.id = x.id), \
             logs AS (INSERT INTO execution_logs \
             (execution_id, seq, created_at, step_id, level, message, data) \
             SELECT x.id, x.seq, x.at, x.step_id, x.word, x.message, x.data FROM unnest(",
        );
        self.logs.walk(out.reborrow())?;
        out.push_sql(
            ") AS x(id, seq, at, step_id, attempt, word, message, data) JOIN moved ON moved.id = x.id), \
             effects AS (INSERT INTO execution_effects AS f (key, execution_id, step_id, kind, \
             state, summary, simulated, request, response, provider_reference) \
             SELECT x.key, x.id, x.step_id, x.kind, x.state, x.summary, x.simulated, \
             coalesce(x.request, '{}'), x.response, x.provider_reference FROM unnest(",
        );
        self.effects.walk(out.reborrow())?;
        out.push_sql(
            ") AS x(key, id, step_id, kind, state, summary, simulated, request, response, \
             provider_reference) JOIN moved ON moved.id = x.id \
             ON CONFLICT (key) DO UPDATE SET state = excluded.state, \
             response = coalesce(excluded.response, f.response), settlement = CASE \
             WHEN excluded.state = 'intended' THEN NULL ELSE f.settlement END, \
             provider_reference = coalesce(excluded.provider_reference, f.provider_reference), \
             updated_at = now()) \
             SELECT id, cancelled, cancel_reason, paused FROM moved",
        );
        out.push_sql(self.slot);
        Ok(())
    }
}

macro_rules! bind {
    ($out:ident, $self:ident, $($field:ident: $type:ty),+ $(,)?) => {{
        let mut first = true;
        $(
            if !std::mem::take(&mut first) {
                $out.push_sql(", ");
            }
            $out.push_bind_param::<Array<$type>, _>(&$self.$field)?;
        )+
        Ok(())
    }};
}

impl Runs<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        bind!(out, self, id: SqlUuid, epoch: BigInt, base: BigInt, next: BigInt, status: Text,
            started_at: Nullable<Timestamptz>, ended_at: Nullable<Timestamptz>,
            output: Nullable<Jsonb>, error: Nullable<Jsonb>)
    }
}

impl Lines<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        bind!(out, self, execution_id: SqlUuid, seq: BigInt, at: Timestamptz,
            step_id: Nullable<Text>, attempt: Nullable<Integer>, word: Text, message: Text,
            data: Nullable<Jsonb>)
    }
}

impl Effects<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        bind!(out, self, key: Text, execution_id: SqlUuid, step_id: Text, kind: Text, state: Text,
            summary: Text, simulated: Bool, request: Nullable<Jsonb>, response: Nullable<Jsonb>,
            provider_reference: Nullable<Text>)
    }
}
