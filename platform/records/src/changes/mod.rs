//! Telling workflows of records that were made or changed: a job in the transaction of the change,
//! as long as a published workflow listens to such records.

mod lead;
mod schema;

pub(crate) use lead::LeadWatch;
pub use schema::trigger_output_schema;

use crate::customers::{Customer, CustomerView};
use crate::vehicles::{Vehicle, VehicleView};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::jobs::{Lane, NewJob};
use platform_kernel::id::ExecutionId;
use platform_kernel::{Error, Result, clock};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The kind of job that tells workflows of one change; its key is the change's id.
pub const RECORD_CHANGED: &str = "record_changed";

/// What was made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Customer,
    Vehicle,
    Lead,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Vehicle => "vehicle",
            Self::Lead => "lead",
        }
    }
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordChange {
    pub id: Uuid,
    /// `customer`, `vehicle` or `lead`.
    pub record_type: String,
    pub record_id: Uuid,
    /// The record as it was; none of one that was made.
    pub before: Option<Value>,
    /// The record as it is now.
    pub record: Value,
    pub at: DateTime<Utc>,
    /// The run that changed it.
    pub execution_id: Option<ExecutionId>,
}

impl RecordChange {
    /// `created` or `updated`.
    pub fn on(&self) -> &'static str {
        match self.before {
            None => "created",
            Some(_) => "updated",
        }
    }

    /// What `trigger` is in the workflows that the change starts: see [`trigger_output_schema`].
    pub fn trigger_payload(&self) -> Value {
        let change = difference(self.before.as_ref(), &self.record);
        let names: Vec<&String> = change.keys().collect();
        json!({
            "record_type": self.record_type,
            "id": self.record_id,
            "on": self.on(),
            "record": self.record,
            "before": self.before,
            "changed_fields": names,
            "change": change,
            "at": self.at,
        })
    }
}

/// The fields that differ, each as it was and as it is; none for a record that was made.
fn difference(before: Option<&Value>, after: &Value) -> Map<String, Value> {
    let (Some(before), Some(fields)) = (before, after.as_object()) else {
        return Map::new();
    };
    fields
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| {
            let change = json!({ "before": before.get(name), "after": value });
            (name.clone(), change)
        })
        .collect()
}

#[derive(QueryableByName)]
struct Listens {
    #[diesel(sql_type = Bool)]
    listens: bool,
}

/// Whether any workflow listens to changes of such records.
pub(crate) async fn is_watched(tx: &mut TenantTx, kind: Kind) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM workflow_triggers \
        WHERE type = 'record' AND enabled AND config ->> 'record' = $1) AS listens";
    let found: Listens = diesel::sql_query(sql)
        .bind::<Text, _>(kind.as_str())
        .get_result(tx.conn())
        .await?;
    Ok(found.listens)
}

/// Tells of a customer that was made (without `before`) or written.
pub(crate) async fn customer(
    tx: &mut TenantTx,
    before: Option<Customer>,
    after: &Customer,
    by: Option<ExecutionId>,
) -> Result<()> {
    let value = |customer: Customer| serde_json::to_value(CustomerView::from(customer));
    let before = before.map(value).transpose().map_err(Error::internal)?;
    let record = value(after.clone()).map_err(Error::internal)?;
    report(tx, Kind::Customer, after.id.0, before, record, by).await
}

/// Tells of a vehicle that was made (without `before`) or written.
pub(crate) async fn vehicle(
    tx: &mut TenantTx,
    before: Option<&Vehicle>,
    after: &Vehicle,
    by: Option<ExecutionId>,
) -> Result<()> {
    let before = before.map(vehicle_value).transpose()?;
    let record = vehicle_value(after)?;
    report(tx, Kind::Vehicle, after.id.0, before, record, by).await
}

fn vehicle_value(vehicle: &Vehicle) -> Result<Value> {
    let view = VehicleView::new(vehicle.clone());
    let mut value = serde_json::to_value(view).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut value {
        fields.insert("price_minor".to_owned(), json!(vehicle.price_minor));
        fields.insert("price_currency".to_owned(), json!(vehicle.price_currency));
        fields.insert("odometer".to_owned(), json!(vehicle.odometer));
    }
    Ok(value)
}

async fn report(
    tx: &mut TenantTx,
    kind: Kind,
    id: Uuid,
    before: Option<Value>,
    record: Value,
    by: Option<ExecutionId>,
) -> Result<()> {
    let same = before.is_some() && difference(before.as_ref(), &record).is_empty();
    if same || !is_watched(tx, kind).await? {
        return Ok(());
    }
    enqueue(tx, kind, id, before, record, by).await
}

async fn enqueue(
    tx: &mut TenantTx,
    kind: Kind,
    record_id: Uuid,
    before: Option<Value>,
    record: Value,
    execution_id: Option<ExecutionId>,
) -> Result<()> {
    let change = RecordChange {
        id: Uuid::now_v7(),
        record_type: kind.as_str().to_owned(),
        record_id,
        before,
        record,
        at: clock::now(),
        execution_id,
    };
    let job = NewJob::new(RECORD_CHANGED, change.id, Lane::Event, &change)?;
    tx.enqueue(&job).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_what_is_different() {
        let change = RecordChange {
            id: Uuid::now_v7(),
            record_type: "lead".to_owned(),
            record_id: Uuid::now_v7(),
            before: Some(json!({"status": "new", "source": "Site"})),
            record: json!({"status": "sold", "source": "Site", "ai": null}),
            at: clock::now(),
            execution_id: None,
        };
        let payload = change.trigger_payload();
        assert_eq!(payload["on"], "updated");
        assert_eq!(payload["changed_fields"], json!(["ai", "status"]));
        assert_eq!(
            payload["change"]["status"],
            json!({"before": "new", "after": "sold"})
        );
        let made = RecordChange {
            before: None,
            ..change
        };
        assert_eq!(made.trigger_payload()["on"], "created");
        assert_eq!(made.trigger_payload()["changed_fields"], json!([]));
    }
}
