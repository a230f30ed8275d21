use super::{Kind, difference, enqueue, is_watched};
use crate::leads::{Lead, LeadSummary, queries};
use platform_db::TenantTx;
use platform_kernel::id::{ExecutionId, LeadId};
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::{Value, json};

/// A lead that is about to be made or changed, by one statement or several.
pub(crate) struct LeadWatch {
    /// Whether any workflow listens.
    watched: bool,
    before: Option<Value>,
}

impl LeadWatch {
    /// Remembers the lead as it is; `None` for one that is about to be made.
    pub(crate) async fn begin(tx: &mut TenantTx, lead: Option<&Lead>) -> Result<Self> {
        let watched = is_watched(tx, Kind::Lead).await?;
        let before = match lead.filter(|_| watched) {
            Some(lead) => Some(value(tx, lead.id).await?),
            None => None,
        };
        Ok(Self { watched, before })
    }

    /// Tells of what has become of it, if that is something else.
    pub(crate) async fn end(
        self,
        tx: &mut TenantTx,
        id: LeadId,
        by: Option<ExecutionId>,
    ) -> Result<()> {
        if !self.watched {
            return Ok(());
        }
        let record = value(tx, id).await?;
        if self.before.is_some() && difference(self.before.as_ref(), &record).is_empty() {
            return Ok(());
        }
        enqueue(tx, Kind::Lead, id.0, self.before, record, by).await
    }
}

/// The lead as lists show it, with what people wrote; which run works on it is no news.
async fn value(tx: &mut TenantTx, id: LeadId) -> Result<Value> {
    let lead = queries::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let row = queries::summary(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let mut value = serde_json::to_value(LeadSummary::from(row)).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut value {
        fields.remove("execution_id");
        fields.insert("comments".to_owned(), json!(lead.comments));
        fields.insert("ai".to_owned(), json!(lead.ai));
        fields.insert("resend_count".to_owned(), json!(lead.resend_count));
    }
    Ok(value)
}
