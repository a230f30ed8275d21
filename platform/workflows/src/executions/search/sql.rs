//! The statements that find runs.

use super::Filter;
use crate::executions::queries::ListPosition;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use platform_engine::fold::ExecutionStatus;
use uuid::Uuid;

/// A statement in the making, with its values.
pub(super) struct Sql<'a> {
    filter: &'a Filter,
    after: Option<ListPosition>,
    text: String,
    values: Vec<Bound>,
}

pub(super) enum Bound {
    Id(Uuid),
    Text(String),
    Time(DateTime<Utc>),
}

impl<'a> Sql<'a> {
    pub(super) fn new(filter: &'a Filter, after: Option<ListPosition>) -> Self {
        Self {
            filter,
            after,
            text: String::new(),
            values: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn bind(&mut self, value: Bound) {
        self.values.push(value);
        self.text.push_str(&format!("${}", self.values.len()));
    }

    pub(super) fn words(&mut self, query: &str) {
        self.bind(Bound::Text(query.to_owned()));
        self.push("::text::tsquery");
    }

    /// Runs by everything but words, newest first. The states are written out, so that the planner
    /// knows their partial index, and each is read in its own order.
    pub(super) fn runs(&mut self, limit: i64) {
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
    pub(super) fn by_words(&mut self, query: &str, since: Option<DateTime<Utc>>, limit: i64) {
        self.push(
            "WITH hits AS MATERIALIZED (SELECT s.execution_id, s.created_at \
             FROM execution_search s WHERE s.words @@ ",
        );
        self.words(query);
        if let Some(since) = since {
            self.push(" AND s.created_at >= ");
            self.bind(Bound::Time(since));
        }
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

    pub(super) fn query(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
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
