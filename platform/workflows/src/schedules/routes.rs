use super::describe::describe;
use super::schedule::Schedule;
use actix_web::{post, web};
use chrono::{DateTime, Utc};
use platform_http::{ApiResult, Authorized, Problem, ValidJson, Validate};
use platform_kernel::error::FieldError;
use platform_kernel::{Error, clock};
use policies::markers::WorkflowsRead;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::iter::successors;
use utoipa::ToSchema;

/// How many fire times are told.
const TOLD: usize = 5;

/// A schedule to try out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSchedule {
    /// Five fields: minute, hour, day of the month, month, day of the week.
    #[schema(example = "0 9 * * MON-FRI")]
    pub cron: String,
    /// The dealership's unless given.
    #[serde(default)]
    #[schema(example = "America/Chicago")]
    pub time_zone: Option<String>,
}

impl Validate for PreviewSchedule {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// When a schedule fires.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchedulePreview {
    /// In whose time it is read.
    pub time_zone: String,
    /// The next five fire times.
    pub next: Vec<DateTime<Utc>>,
    /// The pattern in words, where there are short ones.
    pub description: Option<String>,
}

/// Tells when a schedule would fire, and changes nothing.
#[utoipa::path(
    tag = "workflows", operation_id = "preview_schedule",
    request_body = PreviewSchedule,
    responses(
        (status = 200, description = "Its next fire times", body = SchedulePreview),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/schedules/preview")]
pub async fn preview_schedule(
    auth: Authorized<WorkflowsRead>,
    body: ValidJson<PreviewSchedule>,
) -> ApiResult<web::Json<SchedulePreview>> {
    let body = body.into_inner();
    let config = json!({ "cron": body.cron, "time_zone": body.time_zone });
    let schedule = Schedule::read(&config, &auth.tenant.time_zone)
        .map_err(|(place, message)| Error::invalid(place, "invalid", message))?;
    let first = schedule.next_after(clock::now());
    let fires = successors(first, |fire| schedule.next_after(*fire));
    Ok(web::Json(SchedulePreview {
        time_zone: schedule.zone.name().to_owned(),
        next: fires.take(TOLD).collect(),
        description: describe(&body.cron),
    }))
}
