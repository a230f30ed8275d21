//! Searching people, vehicles and leads. Text is folded on both sides (no case, accents or kinds of
//! apostrophes) by functions of the schema, which also feed the indexes: docs/decisions/0025.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::{Error, ErrorCode, Result};

/// Rows that are looked at from the newest on before the index is asked: an index gives its rows
/// in no order, so what many rows have is found faster among the newest.
pub(crate) const NEWEST: i64 = 2_000;

/// What is looked for, folded.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) key: String,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    key: String,
}

impl Search {
    /// What a request asks for: trimmed; `None` when it is blank.
    pub(crate) async fn read(tx: &mut TenantTx, q: Option<&str>) -> Result<Option<Self>> {
        match text(q)? {
            Some(text) => Ok(Some(Self::of(tx, text).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn of(tx: &mut TenantTx, text: &str) -> QueryResult<Self> {
        let found: Key = diesel::sql_query("SELECT search_key($1) AS key")
            .bind::<Text, _>(text)
            .get_result(tx.conn())
            .await?;
        Ok(Self { key: found.key })
    }
}

/// A search's text: trimmed, `None` when blank.
pub(crate) fn text(q: Option<&str>) -> Result<Option<&str>> {
    let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) else {
        return Ok(None);
    };
    if q.chars().count() > 200 || q.contains('\0') {
        return Err(Error::from(ErrorCode::BadRequest).field(
            "/q",
            "invalid",
            "must have at most 200 characters",
        ));
    }
    Ok(Some(q))
}
