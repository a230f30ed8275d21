//! Which vehicle on record one is, or a new one. The caller holds the locks of its VIN and stock
//! number (`crate::lock`).

use super::car::Car;
use super::model::{Vehicle, VehicleValues};
use super::queries;
use crate::changes;
use platform_db::TenantTx;
use platform_kernel::id::{ExecutionId, VehicleId};
use platform_kernel::text::Vin;
use platform_kernel::{Result, clock};

/// The vehicle that a lead is about: the one with this VIN or stock number, else a new one. One
/// known by year, make and model alone is new each time: there are many of the kind. A lead fills
/// in what a vehicle is where the record does not say; price, stock number, condition and mileage
/// of a vehicle on record are the dealership's, and a lead changes none of them.
pub(crate) async fn settle(tx: &mut TenantTx, car: &Car) -> Result<Vehicle> {
    let known = on_record(tx, car).await?;
    let vehicle = match &known {
        Some(known) => fill(tx, known, car).await?,
        None => insert(tx, car).await?,
    };
    changes::vehicle(tx, known.as_ref(), &vehicle, None).await?;
    Ok(vehicle)
}

async fn on_record(tx: &mut TenantTx, car: &Car) -> Result<Option<Vehicle>> {
    if let Some(vin) = &car.vin
        && let Some(known) = queries::find_by_vin(tx, vin.as_str()).await?
        && car.identity().is_on_record_as(&known.identity())
    {
        return Ok(Some(known));
    }
    let Some(stock_number) = &car.stock_number else {
        return Ok(None);
    };
    let candidates = queries::find_by_stock_number(tx, stock_number).await?;
    let mut candidates = candidates.into_iter();
    Ok(candidates.find(|known| car.identity().is_on_record_as(&known.identity())))
}

/// A new vehicle. A VIN that another vehicle has is left out; the lead keeps it in its own words.
async fn insert(tx: &mut TenantTx, car: &Car) -> Result<Vehicle> {
    let mut new = values(car);
    if let Some(vin) = new.vin
        && queries::find_by_vin(tx, vin).await?.is_some()
    {
        (new.vin, new.vin_valid) = (None, None);
    }
    Ok(queries::insert(tx, &new).await?)
}

async fn fill(tx: &mut TenantTx, known: &Vehicle, car: &Car) -> Result<Vehicle> {
    let new = values(car);
    let vin = new.vin.filter(|_| known.vin.is_none());
    let vin = match vin {
        Some(vin) if queries::find_by_vin(tx, vin).await?.is_some() => None,
        vin => vin,
    };
    let changes = VehicleValues {
        vin,
        vin_valid: new.vin_valid.filter(|_| vin.is_some()),
        year: new.year.filter(|_| known.year.is_none()),
        make: new.make.filter(|_| known.make.is_none()),
        model: new.model.filter(|_| known.model.is_none()),
        trim: new.trim.filter(|_| known.trim.is_none()),
        updated_at: new.updated_at,
        ..VehicleValues::default()
    };
    if changes.is_empty() {
        return Ok(known.clone());
    }
    Ok(queries::update(tx, known.id, &changes).await?)
}

/// Writes a vehicle for the dealership, whose word on what a VIN belongs to is the last: the one
/// with this VIN or stock number, else a new one. `by` is the run that does it.
pub(crate) async fn keep(tx: &mut TenantTx, car: &Car, by: Option<ExecutionId>) -> Result<Vehicle> {
    let by_vin = match &car.vin {
        Some(vin) => queries::find_by_vin(tx, vin.as_str()).await?,
        None => None,
    };
    let known = match by_vin {
        Some(known) => Some(known),
        None => on_record(tx, car).await?,
    };
    match known {
        Some(known) => overwrite(tx, &known, car, by).await,
        None => {
            let vehicle = insert(tx, car).await?;
            changes::vehicle(tx, None, &vehicle, by).await?;
            Ok(vehicle)
        }
    }
}

/// The vehicle with this VIN, else the latest with this stock number.
pub(crate) async fn find_by(
    tx: &mut TenantTx,
    vin: Option<&str>,
    stock_number: Option<&str>,
) -> Result<Option<Vehicle>> {
    if let Some(vin) = vin {
        return Ok(queries::find_by_vin(tx, vin).await?);
    }
    let Some(stock_number) = stock_number else {
        return Ok(None);
    };
    let found = queries::find_by_stock_number(tx, stock_number).await?;
    Ok(found.into_iter().next())
}

/// Whether another vehicle has the VIN.
pub(crate) async fn is_others_vin(tx: &mut TenantTx, vin: &Vin, own: VehicleId) -> Result<bool> {
    let bearer = queries::find_by_vin(tx, vin.as_str()).await?;
    Ok(bearer.is_some_and(|bearer| bearer.id != own))
}

/// Overwrites what `car` says; what it leaves out stays.
pub(crate) async fn overwrite(
    tx: &mut TenantTx,
    known: &Vehicle,
    car: &Car,
    by: Option<ExecutionId>,
) -> Result<Vehicle> {
    let new = values(car);
    let written = VehicleValues {
        condition: new.condition.filter(|c| *c != "unknown"),
        ..new
    };
    let vehicle = queries::update(tx, known.id, &written).await?;
    changes::vehicle(tx, Some(known), &vehicle, by).await?;
    Ok(vehicle)
}

fn values(car: &Car) -> VehicleValues<'_> {
    VehicleValues {
        vin: car.vin.as_ref().map(Vin::as_str),
        vin_valid: car.vin.as_ref().map(Vin::check_digit_matches),
        stock_number: car.stock_number.as_deref(),
        condition: Some(&car.condition),
        year: car.year,
        make: car.make.as_deref(),
        model: car.model.as_deref(),
        trim: car.trim.as_deref(),
        body_style: car.body_style.as_deref(),
        transmission: car.transmission.as_deref(),
        exterior_color: car.exterior_color.as_deref(),
        interior_color: car.interior_color.as_deref(),
        odometer: car.odometer.as_deref(),
        // What a customer wants for their own car is no price of ours.
        price_minor: car.price_minor.filter(|_| !car.is_trade_in()),
        price_currency: car.price_currency.as_deref(),
        updated_at: clock::now(),
    }
}
