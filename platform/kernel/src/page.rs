//! Lists are read in pages with an opaque cursor; there are no page numbers and no totals.

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Pass as `cursor` to read on; `null` at the end.
    pub next_cursor: Option<String>,
}

/// The query of every list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl PageQuery {
    /// Rows to read for this page.
    pub fn limit(&self) -> Result<i64> {
        match self.limit {
            None => Ok(50),
            Some(n @ 1..=200) => Ok(n),
            Some(_) => Err(ErrorCode::BadRequest
                .detail("limit must be between 1 and 200")
                .field("/limit", "out_of_range", "must be between 1 and 200")),
        }
    }

    /// The position the cursor stands for.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let read = || {
            let bytes = data_encoding::BASE64URL_NOPAD
                .decode(cursor.as_bytes())
                .ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        read().map(Some).ok_or_else(|| {
            Error::from(ErrorCode::BadRequest).field(
                "/cursor",
                "invalid_cursor",
                "is not a cursor of this list",
            )
        })
    }
}

impl<T> Page<T> {
    /// Makes a page of `rows` that were read with `limit + 1`, so that the extra row tells
    /// whether there is more. `key` gives the position of a row.
    pub fn from_rows<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(last) if more => serde_json::to_vec(&key(last))
                .ok()
                .map(|bytes| data_encoding::BASE64URL_NOPAD.encode(&bytes)),
            _ => None,
        };
        Self {
            items: rows,
            next_cursor,
        }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_of_a_page_leads_to_the_row_after_it() {
        let page = Page::from_rows(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(page.items, [1, 2]);
        let query = PageQuery {
            cursor: page.next_cursor,
            limit: None,
        };
        assert_eq!(query.after::<i32>().unwrap(), Some(2));
    }

    #[test]
    fn the_last_page_has_no_cursor_and_nonsense_is_refused() {
        assert!(Page::from_rows(vec![1, 2], 2, |n| *n).next_cursor.is_none());
        let query = PageQuery {
            cursor: Some("%%%".into()),
            limit: None,
        };
        assert!(query.after::<i32>().is_err());
    }
}
