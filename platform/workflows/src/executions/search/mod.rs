//! Finding runs among millions. What an index gives in order of time is read from the newest on,
//! and its words are looked at; where that is no page, the index of words is asked, at first for
//! so far back as a page should reach. Figures and reasons: docs/decisions/0014-search-in-runs.md

mod sql;

use super::queries::ListPosition;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::{QueryResult, TenantTx};
use platform_engine::fold::ExecutionStatus;
use platform_engine::search as words;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ExecutionId, WorkflowId};
use serde::{Deserialize, Serialize};
use sql::Sql;
use utoipa::ToSchema;
use uuid::Uuid;

/// Runs whose words are looked at one by one before the index of words is asked. With a word in
/// every fortieth run that is a page.
const LOOKED_AT: i64 = 2_000;

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
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    newest: Option<DateTime<Utc>>,
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
    let looked = look(tx, filter, after, &query, limit).await?;
    if looked.is_all(limit) {
        let ids = looked.ids.into_iter().map(ExecutionId);
        return Ok(looked.times.into_iter().zip(ids).collect());
    }
    let query = words_of(filter, true).unwrap_or(query);
    if let Some(since) = looked.likely_since(limit) {
        let found = by_words(tx, filter, after, (&query, Some(since)), limit).await?;
        if i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit {
            return Ok(found);
        }
    }
    by_words(tx, filter, after, (&query, None), limit).await
}

/// Asks the index of words, for runs since a time or for all.
async fn by_words(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<ListPosition>,
    (query, since): (&str, Option<DateTime<Utc>>),
    limit: i64,
) -> QueryResult<Vec<ListPosition>> {
    let mut sql = Sql::new(filter, after);
    sql.by_words(query, since, limit);
    let found: Vec<Found> = sql.query().load(tx.conn()).await?;
    Ok(found.into_iter().map(Found::position).collect())
}

/// Reads the newest runs that the other conditions leave, and keeps those with the words.
async fn look(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<ListPosition>,
    query: &str,
    limit: i64,
) -> QueryResult<Looked> {
    let mut sql = Sql::new(filter, after);
    sql.push("WITH runs AS MATERIALIZED (");
    sql.runs(LOOKED_AT);
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
         (SELECT min(created_at) FROM runs) AS oldest, \
         (SELECT max(created_at) FROM runs) AS newest, \
         ARRAY(SELECT id FROM found ORDER BY created_at DESC, id DESC) AS ids, \
         ARRAY(SELECT created_at FROM found ORDER BY created_at DESC, id DESC) AS times",
    );
    sql.query().get_result(tx.conn()).await
}

impl Looked {
    fn found(&self) -> i64 {
        i64::try_from(self.ids.len()).unwrap_or(i64::MAX)
    }

    /// Whether there is a page, or no run left to look at.
    fn is_all(&self, limit: i64) -> bool {
        self.found() >= limit || self.looked_at < LOOKED_AT
    }

    /// Since when there should be twice a page, going by what was looked at.
    fn likely_since(&self, limit: i64) -> Option<DateTime<Utc>> {
        let (oldest, newest) = (self.oldest?, self.newest?);
        let times = i32::try_from(limit.saturating_mul(2) / self.found().max(1)).ok()?;
        oldest.checked_sub_signed((newest - oldest).checked_mul(times)?)
    }
}

/// The words that are asked for. The type of the trigger is one of them, and for the index of
/// words the workflow and a rare state too, because a common word is rare together with a rare one.
fn words_of(filter: &Filter, indexed: bool) -> Option<String> {
    let search = filter.search.as_deref().and_then(words::query);
    let trigger = filter.trigger_type.as_deref().map(words::trigger_word);
    let workflow = filter.workflow_id.filter(|_| indexed);
    let workflow = workflow.map(words::workflow_word);
    let marks = trigger
        .iter()
        .chain(&workflow)
        .map(|word| words::quote(word));
    let all: Vec<String> = search
        .into_iter()
        .chain(marks)
        .chain(indexed.then(|| rare_states(filter)).flatten())
        .collect();
    (!all.is_empty()).then(|| all.join(" & "))
}

/// The states that are asked for, where each of them has a word.
fn rare_states(filter: &Filter) -> Option<String> {
    let words: Option<Vec<String>> = filter
        .status
        .iter()
        .map(|status| words::status_word(*status).map(words::quote))
        .collect();
    let words = words.filter(|words| !words.is_empty())?;
    Some(format!("({})", words.join(" | ")))
}

impl Found {
    fn position(self) -> ListPosition {
        (self.created_at, ExecutionId(self.id))
    }
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
        let mut filter = Filter {
            search: Some("Toyota".into()),
            status: vec![ExecutionStatus::Failed, ExecutionStatus::Cancelled],
            ..Filter::default()
        };
        let indexed = "'toyota' & ('status:failed' | 'status:cancelled')";
        assert_eq!(words_of(&filter, true).unwrap(), indexed);
        assert_eq!(words_of(&filter, false).unwrap(), "'toyota'");
        filter.status.push(ExecutionStatus::Running);
        assert_eq!(words_of(&filter, true).unwrap(), "'toyota'");
    }
}
