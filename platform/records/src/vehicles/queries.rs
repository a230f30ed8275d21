use super::car::{Identity, is_trade_in};
use super::model::{Vehicle, VehicleValues};
use super::stated::Stated;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{lead_vehicles, vehicles};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{LeadId, VehicleId};
use serde_json::Value;

pub(crate) async fn find(tx: &mut TenantTx, id: VehicleId) -> QueryResult<Option<Vehicle>> {
    vehicles::table
        .find(id)
        .select(Vehicle::as_select())
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn find_by_vin(tx: &mut TenantTx, vin: &str) -> QueryResult<Option<Vehicle>> {
    vehicles::table
        .filter(vehicles::vin.eq(vin))
        .select(Vehicle::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// Newest first: stock numbers are used again.
pub(super) async fn find_by_stock_number(
    tx: &mut TenantTx,
    stock_number: &str,
) -> QueryResult<Vec<Vehicle>> {
    vehicles::table
        .filter(vehicles::stock_number.eq(stock_number))
        .order((vehicles::created_at.desc(), vehicles::id.desc()))
        .limit(10)
        .select(Vehicle::as_select())
        .load(tx.conn())
        .await
}

pub(super) async fn insert(tx: &mut TenantTx, values: &VehicleValues<'_>) -> QueryResult<Vehicle> {
    diesel::insert_into(vehicles::table)
        .values((vehicles::id.eq(VehicleId::new()), values))
        .returning(Vehicle::as_returning())
        .get_result(tx.conn())
        .await
}

pub(super) async fn update(
    tx: &mut TenantTx,
    id: VehicleId,
    values: &VehicleValues<'_>,
) -> QueryResult<Vehicle> {
    diesel::update(vehicles::table.find(id))
        .set(values)
        .returning(Vehicle::as_returning())
        .get_result(tx.conn())
        .await
}

/// A vehicle of a lead.
#[derive(Clone, Debug)]
pub(crate) struct LeadVehicle {
    pub(crate) lead_id: LeadId,
    pub(crate) interest: Option<String>,
    /// As the lead names it.
    pub(crate) stated: Stated,
    /// As it is on record.
    pub(crate) vehicle: Vehicle,
}

impl LeadVehicle {
    pub(crate) fn label(&self) -> String {
        self.stated.label_with(&self.vehicle.named())
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        self.stated.identity_with(&self.vehicle)
    }

    pub(crate) fn is_trade_in(&self) -> bool {
        is_trade_in(self.interest.as_deref())
    }
}

/// The vehicles of these leads, in each lead's order.
pub(crate) async fn of_leads(tx: &mut TenantTx, leads: &[LeadId]) -> QueryResult<Vec<LeadVehicle>> {
    let rows: Vec<(LeadId, Option<String>, Value, Vehicle)> = lead_vehicles::table
        .inner_join(vehicles::table.on(vehicles::id.eq(lead_vehicles::vehicle_id)))
        .filter(lead_vehicles::lead_id.eq_any(leads))
        .order((
            lead_vehicles::lead_id,
            lead_vehicles::position,
            vehicles::id,
        ))
        .select((
            lead_vehicles::lead_id,
            lead_vehicles::interest,
            lead_vehicles::stated,
            Vehicle::as_select(),
        ))
        .load(tx.conn())
        .await?;
    let vehicles = rows
        .into_iter()
        .map(|(lead_id, interest, stated, vehicle)| LeadVehicle {
            lead_id,
            interest,
            stated: Stated::from_value(&stated),
            vehicle,
        });
    Ok(vehicles.collect())
}
