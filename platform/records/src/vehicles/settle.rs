//! Which vehicle on record one is, or a new one. The caller holds the locks of its VIN and stock
//! number (`crate::lock`).

use super::car::Car;
use super::model::{Vehicle, VehicleValues};
use super::queries;
use crate::changes;
use platform_db::TenantTx;
use platform_kernel::id::ExecutionId;
use platform_kernel::text::Vin;
use platform_kernel::{Result, clock};

/// Finds the vehicle by VIN, else by stock number, or makes one, and notes what is new about it.
/// One known by year, make and model alone is new each time: there are many of the kind.
/// `by` is the run that does it.
pub(crate) async fn settle(
    tx: &mut TenantTx,
    car: &Car,
    by: Option<ExecutionId>,
) -> Result<Vehicle> {
    let known = on_record(tx, car).await?;
    let vehicle = match &known {
        Some(known) => update(tx, known, car).await?,
        None => queries::insert(tx, &values(car)).await?,
    };
    changes::vehicle(tx, known.as_ref(), &vehicle, by).await?;
    Ok(vehicle)
}

async fn on_record(tx: &mut TenantTx, car: &Car) -> Result<Option<Vehicle>> {
    if let Some(vin) = &car.vin
        && let Some(known) = queries::find_by_vin(tx, vin.as_str()).await?
    {
        return Ok(Some(known));
    }
    let Some(stock_number) = &car.stock_number else {
        return Ok(None);
    };
    let candidates = queries::find_by_stock_number(tx, stock_number).await?;
    Ok(candidates.into_iter().find(|known| is_that_one(known, car)))
}

/// Whether the vehicle with the same stock number is the one meant, and not the number's next
/// bearer.
fn is_that_one(known: &Vehicle, car: &Car) -> bool {
    let agree = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    };
    let vin = match (&known.vin, &car.vin) {
        (Some(a), Some(b)) => a == b.as_str(),
        _ => true,
    };
    vin && agree(&known.make, &car.make)
}

/// Adds what `car` says. What a vehicle is stays as it was first told; where it stands today
/// (price, stock number, mileage, condition) is what was told last.
async fn update(tx: &mut TenantTx, known: &Vehicle, car: &Car) -> Result<Vehicle> {
    let new = values(car);
    let changes = VehicleValues {
        vin: new.vin.filter(|_| known.vin.is_none()),
        vin_valid: new.vin_valid.filter(|_| known.vin.is_none()),
        condition: new.condition.filter(|c| *c != "unknown"),
        year: new.year.filter(|_| known.year.is_none()),
        make: new.make.filter(|_| known.make.is_none()),
        model: new.model.filter(|_| known.model.is_none()),
        trim: new.trim.filter(|_| known.trim.is_none()),
        ..new
    };
    Ok(queries::update(tx, known.id, &changes).await?)
}

/// Overwrites what `car` says, for those who know better than the record.
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
        price_minor: car.price_minor,
        price_currency: car.price_currency.as_deref(),
        updated_at: clock::now(),
    }
}
