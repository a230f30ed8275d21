use super::invalid;
use super::values::Values;
use crate::lock;
use crate::text::Cleaner;
use crate::vehicles::{Car, VehicleView, find, settle};
use platform_db::TenantTx;
use platform_engine::step::{StepContext, StepError};
use platform_kernel::id::VehicleId;
use platform_kernel::ports::IncomingVehicle;
use platform_kernel::{Error, ErrorCode};
use serde_json::{Value, json};

/// Finds the vehicle by id, VIN or stock number, or makes one.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<Value, StepError> {
    let mut cleaner = Cleaner::default();
    let car = Car::read(&incoming(values), &mut cleaner);
    super::tell(context, cleaner);
    let id = values.id::<VehicleId>()?;
    if car.is_empty() && id.is_none() {
        return Err(invalid("a vehicle needs a VIN, a stock number or a model"));
    }
    lock::take(tx, &car.lock_keys()).await?;
    let by = Some(context.execution_id);
    let vehicle = match id {
        Some(id) => {
            let known = find(tx, id)
                .await?
                .ok_or_else(|| Error::from(ErrorCode::NotFound))?;
            settle::overwrite(tx, &known, &car, by).await?
        }
        None => settle::settle(tx, &car, by).await?,
    };
    let view = VehicleView::new(vehicle, None);
    Ok(json!({ "id": view.id, "record": view }))
}

fn incoming(values: &Values<'_>) -> IncomingVehicle {
    let year = values
        .integer("year")
        .and_then(|year| i32::try_from(year).ok());
    let price = values.number("price").filter(|price| *price < 1e12);
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
        price_minor: price.map(|price| (price * 100.0).round() as i64),
        price_currency: values.text("price_currency"),
        comments: None,
    }
}
