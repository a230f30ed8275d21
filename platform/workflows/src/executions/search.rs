//! Finding runs among millions. What an index gives in order of time is read from the newest on,
//! and its words are looked at; where that finds too little, the word is rare and its own index
//! is asked. Figures and reasons: docs/decisions/0014-search-in-runs.md

use super::queries::ListPosition;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use platform_db::{QueryResult, TenantTx};
use platform_engine::fold::ExecutionStatus;
use platform_engine::search as words;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ExecutionId, WorkflowId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Runs whose words are looked at one by one to see how common they are.
const SAMPLE: i64 = 2_000;
/// Runs among these with the words, from which on reading on costs less than the index of words.
const COMMON: i64 = 8;
/// Most runs that are read on for.
const MOST_LOOKED_AT: i64 = 20_000;

/// Longest text of a filter, in characters.
const MAX_TEXT: usize = 200;

/// Which runs are meant; all that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    pub workflow_id: Option<WorkflowId>,
    /// Any of these.
    #[schema(value_type = Vec<ExecutionStatus>)]
    pub status: Vec<ExecutionStatus>,
    pub trigger_type: Option<String>,
    pub created_from: Option<DateTime<Utc>>,
    /// Runs before this time.
    pub created_to: Option<DateTime<Utc>>,
    pub business_key: Option<String>,
    /// Words of the runs' inputs, all of which must occur; `*` ends the beginning of a word.
    pub search: Option<String>,
}

impl Filter {
    /// What cannot be asked, with its place below `place`.
    pub(crate) fn faults(&self, place: &str) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, code: &str, detail: &str| {
            faults.push(FieldError {
                pointer: format!("{place}/{field}"),
                code: code.to_owned(),
                detail: detail.to_owned(),
            });
        };
        let texts = [
            ("trigger_type", &self.trigger_type),
            ("business_key", &self.business_key),
            ("search", &self.search),
        ];
        for (field, text) in texts {
            let Some(text) = text else { continue };
            if text.chars().count() > MAX_TEXT || text.contains('\0') {
                fault(
                    field,
                    "invalid",
                    "must have at most 200 characters, none of them NUL",
                );
            }
        }
        if self
            .search
            .as_deref()
            .is_some_and(|text| words::query(text).is_none())
        {
            fault(
                "search",
                "too_short",
                "must have a word of at least two letters or digits",
            );
        }
        if matches!((self.created_from, self.created_to), (Some(from), Some(to)) if to <= from) {
            fault("created_to", "invalid", "must be after created_from");
        }
        faults
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = BigInt)]
    looked_at: i64,
    #[diesel(sql_type = Array<SqlUuid>)]
    ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Timestamptz>)]
    times: Vec<DateTime<Utc>>,
    /// How many were to be looked at.
    #[diesel(sql_type = BigInt)]
    most: i64,
}

/// The newest runs after `after` that `filter` means, `limit` of them.
pub async fn find(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<ListPosition>> {
    let Some(query) = words_of(filter, false) else {
        let mut sql = Sql::new(filter, after);
        sql.runs(limit);
        let found: Vec<Found> = sql.query().load(tx.conn()).await?;
        return Ok(found.into_iter().map(Found::position).collect());
    };
    let mut looked = look(tx, filter, after, &query, (SAMPLE, limit)).await?;
    if let Some(more) = looked.worth_reading(limit) {
        // The planner's guess is so high that it would compile the query first.
        tx.conn().batch_execute("SET LOCAL jit = off").await?;
        looked = look(tx, filter, after, &query, (more, limit)).await?;
    }
    if looked.is_all(limit) {
        let ids = looked.ids.into_iter().map(ExecutionId);
        return Ok(looked.times.into_iter().zip(ids).collect());
    }
    let query = words_of(filter, true).unwrap_or(query);
    let mut sql = Sql::new(filter, after);
    sql.by_words(&query, limit);
    let found: Vec<Found> = sql.query().load(tx.conn()).await?;
    Ok(found.into_iter().map(Found::position).collect())
}

/// Reads the newest runs that the other conditions leave, and keeps those with the words.
async fn look(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<ListPosition>,
    query: &str,
    (most, limit): (i64, i64),
) -> QueryResult<Looked> {
    let mut sql = Sql::new(filter, after);
    sql.push("WITH runs AS MATERIALIZED (");
    sql.runs(most);
    // OFFSET 0 keeps the planner from asking the index of words after all.
    sql.push(
        "), found AS (SELECT r.id, r.created_at FROM runs r CROSS JOIN LATERAL \
         (SELECT s.words FROM execution_search s WHERE s.execution_id = r.id OFFSET 0) s \
         WHERE s.words @@ ",
    );
    sql.words(query);
    sql.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ");
    sql.push(&limit.to_string());
    sql.push(
        ") SELECT (SELECT count(*) FROM runs) AS looked_at, \
         ARRAY(SELECT id FROM found ORDER BY created_at DESC, id DESC) AS ids, \
         ARRAY(SELECT created_at FROM found ORDER BY created_at DESC, id DESC) AS times",
    );
    sql.push(&format!(", {most}::bigint AS most"));
    sql.query().get_result(tx.conn()).await
}

impl Looked {
    fn found(&self) -> i64 {
        i64::try_from(self.ids.len()).unwrap_or(i64::MAX)
    }

    /// Whether there is a page, or no run left to look at.
    fn is_all(&self, limit: i64) -> bool {
        self.found() >= limit || self.looked_at < self.most
    }

    /// How many runs to look at for a page, when the words are so common that this is soon done.
    fn worth_reading(&self, limit: i64) -> Option<i64> {
        if self.is_all(limit) || self.found() < COMMON {
            return None;
        }
        let more = self.looked_at.saturating_mul(limit) / self.found() * 3 / 2;
        (more <= MOST_LOOKED_AT).then_some(more)
    }
}

/// The words that are asked for. The type of the trigger is one of them, and for the index of
/// words the workflow too, because a common word is rare together with a rare one.
fn words_of(filter: &Filter, indexed: bool) -> Option<String> {
    let search = filter.search.as_deref().and_then(words::query);
    let trigger = filter.trigger_type.as_deref().map(words::trigger_word);
    let workflow = filter.workflow_id.filter(|_| indexed);
    let workflow = workflow.map(words::workflow_word);
    let marks = trigger
        .iter()
        .chain(&workflow)
        .map(|word| words::quote(word));
    let all: Vec<String> = search.into_iter().chain(marks).collect();
    (!all.is_empty()).then(|| all.join(" & "))
}

impl Found {
    fn position(self) -> ListPosition {
        (self.created_at, ExecutionId(self.id))
    }
}

/// A statement in the making, with its values.
struct Sql<'a> {
    filter: &'a Filter,
    after: Option<ListPosition>,
    text: String,
    values: Vec<Bound>,
}

enum Bound {
    Id(Uuid),
    Text(String),
    Time(DateTime<Utc>),
}

impl<'a> Sql<'a> {
    fn new(filter: &'a Filter, after: Option<ListPosition>) -> Self {
        Self {
            filter,
            after,
            text: String::new(),
            values: Vec::new(),
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: Bound) {
        self.values.push(value);
        self.text.push_str(&format!("${}", self.values.len()));
    }

    fn words(&mut self, query: &str) {
        self.bind(Bound::Text(query.to_owned()));
        self.push("::text::tsquery");
    }

    /// Runs by everything but words, newest first. The states are written out, so that the planner
    /// knows their partial index, and each is read in its own order.
    fn runs(&mut self, limit: i64) {
        let statuses = self.filter.status.clone();
        if statuses.is_empty() {
            self.runs_in(None, limit);
            return;
        }
        self.push("SELECT id, created_at FROM (");
        for (index, status) in statuses.iter().enumerate() {
            self.push(if index == 0 { "(" } else { " UNION ALL (" });
            self.runs_in(Some(*status), limit);
            self.push(")");
        }
        self.push(") AS any_of ORDER BY created_at DESC, id DESC LIMIT ");
        self.push(&limit.to_string());
    }

    fn runs_in(&mut self, status: Option<ExecutionStatus>, limit: i64) {
        self.push("SELECT e.id, e.created_at FROM workflow_executions e WHERE true");
        if let Some(status) = status {
            self.push(&format!(" AND e.status = '{}'", status.as_str()));
        }
        if let Some(workflow) = self.filter.workflow_id {
            self.push(" AND e.workflow_id = ");
            self.bind(Bound::Id(workflow.0));
        }
        self.business_key();
        self.times("e.created_at", "e.id");
        self.push(" ORDER BY e.created_at DESC, e.id DESC LIMIT ");
        self.push(&limit.to_string());
    }

    /// Runs that have the words, whatever else is asked of them, newest first.
    fn by_words(&mut self, query: &str, limit: i64) {
        self.push(
            "WITH hits AS MATERIALIZED (SELECT s.execution_id, s.created_at \
             FROM execution_search s WHERE s.words @@ ",
        );
        self.words(query);
        self.times("s.created_at", "s.execution_id");
        self.push(
            ") SELECT h.execution_id AS id, h.created_at FROM \
             (SELECT * FROM hits ORDER BY created_at DESC, execution_id DESC) AS h",
        );
        let states: Vec<String> = self.filter.status.iter().map(quoted).collect();
        if !states.is_empty() || self.filter.business_key.is_some() {
            self.push(
                " CROSS JOIN LATERAL (SELECT FROM workflow_executions e \
                 WHERE e.id = h.execution_id",
            );
            if !states.is_empty() {
                self.push(&format!(" AND e.status IN ({})", states.join(", ")));
            }
            self.business_key();
            self.push(" OFFSET 0) AS e");
        }
        self.push(" ORDER BY h.created_at DESC, h.execution_id DESC LIMIT ");
        self.push(&limit.to_string());
    }

    fn business_key(&mut self) {
        if let Some(key) = self.filter.business_key.clone() {
            self.push(" AND e.business_key = ");
            self.bind(Bound::Text(key));
        }
    }

    fn times(&mut self, at: &str, id: &str) {
        for (operator, time) in [
            (">=", self.filter.created_from),
            ("<", self.filter.created_to),
        ] {
            if let Some(time) = time {
                self.push(&format!(" AND {at} {operator} "));
                self.bind(Bound::Time(time));
            }
        }
        if let Some((time, last)) = self.after {
            self.push(&format!(" AND ({at}, {id}) < ("));
            self.bind(Bound::Time(time));
            self.push(", ");
            self.bind(Bound::Id(last.0));
            self.push(")");
        }
    }

    fn query(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        let mut query = diesel::sql_query(self.text).into_boxed();
        for value in self.values {
            query = match value {
                Bound::Id(id) => query.bind::<SqlUuid, _>(id),
                Bound::Text(text) => query.bind::<Text, _>(text),
                Bound::Time(time) => query.bind::<Timestamptz, _>(time),
            };
        }
        query
    }
}

fn quoted(status: &ExecutionStatus) -> String {
    format!("'{}'", status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_is_a_word_and_the_workflow_one_of_the_index() {
        let id = WorkflowId(Uuid::nil());
        let filter = Filter {
            workflow_id: Some(id),
            trigger_type: Some("manual".into()),
            search: Some("Toyota".into()),
            ..Filter::default()
        };
        assert_eq!(
            words_of(&filter, false).unwrap(),
            "'toyota' & 'trigger:manual'"
        );
        let indexed = format!("'toyota' & 'trigger:manual' & 'workflow:{id}'");
        assert_eq!(words_of(&filter, true).unwrap(), indexed);
        let filter = Filter {
            workflow_id: Some(id),
            ..Filter::default()
        };
        assert_eq!(words_of(&filter, false), None);
    }
}
