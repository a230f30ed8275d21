use super::invalid;
use super::values::Values;
use crate::lock;
use crate::text::Cleaner;
use crate::vehicles::{Car, VehicleView, find, settle};
use platform_db::TenantTx;
use platform_engine::step::{StepContext, StepError};
use platform_kernel::id::VehicleId;
use platform_kernel::ports::IncomingVehicle;
use platform_kernel::text::read_year;
use platform_kernel::{Error, ErrorCode};
use serde_json::{Value, json};

/// Finds the vehicle by id, by what `match` says, else by the values' own VIN or stock number, or
/// makes one. What the values say is then the dealership's word on it.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<Value, StepError> {
    let mut cleaner = Cleaner::of(tx.tenant());
    let car = Car::read(&incoming(values, &mut cleaner), &mut cleaner);
    let wanted = Car::read(&matched(values), &mut cleaner);
    super::tell(context, cleaner);
    let id = values.id::<VehicleId>()?;
    if car.is_empty() && wanted.is_empty() && id.is_none() {
        return Err(invalid("a vehicle needs a VIN, a stock number or a model"));
    }
    lock::take(tx, &[car.lock_keys(), wanted.lock_keys()].concat()).await?;
    let by = Some(context.execution_id);
    let known = match id {
        Some(id) => {
            let known = find(tx, id).await?;
            Some(known.ok_or_else(|| Error::from(ErrorCode::NotFound))?)
        }
        None => settle::find_by(tx, wanted.vin(), wanted.stock_number.as_deref()).await?,
    };
    let vehicle = match known {
        Some(known) => {
            if let Some(vin) = &car.vin
                && settle::is_others_vin(tx, vin, known.id).await?
            {
                return Err(invalid(format!("another vehicle has the VIN {vin}")));
            }
            settle::overwrite(tx, &known, &car, by).await?
        }
        None => settle::keep(tx, &car, by).await?,
    };
    let view = VehicleView::new(vehicle);
    Ok(json!({ "id": view.id, "record": view }))
}

/// What `match` names.
fn matched(values: &Values<'_>) -> IncomingVehicle {
    IncomingVehicle {
        vin: values.matching("vin"),
        stock_number: values.matching("stock_number"),
        ..IncomingVehicle::default()
    }
}

fn incoming(values: &Values<'_>, cleaner: &mut Cleaner) -> IncomingVehicle {
    let year = values.text("year").and_then(|year| {
        let read = read_year(&year);
        cleaner.read("year", &year, read)
    });
    let price = values.money("price", cleaner);
    let currency = price.and_then(|price| price.currency).map(str::to_owned);
    IncomingVehicle {
        interest: None,
        condition: values.text("condition"),
        year,
        make: values.text("make"),
        model: values.text("model"),
        trim: values.text("trim"),
        vin: values.text("vin").or_else(|| values.matching("vin")),
        stock_number: values
            .text("stock_number")
            .or_else(|| values.matching("stock_number")),
        body_style: values.text("body_style"),
        transmission: values.text("transmission"),
        exterior_color: values.text("exterior_color"),
        interior_color: values.text("interior_color"),
        odometer: values.text("odometer"),
        price_minor: price.map(|price| price.minor),
        price_currency: values.text("price_currency").or(currency),
        offer_minor: None,
        comments: None,
    }
}
