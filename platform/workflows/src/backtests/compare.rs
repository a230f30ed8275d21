//! One run beside what a draft would have made of it.

use super::dto::{
    BacktestAi, BacktestRun, BacktestSummary, BacktestTally, Difference, DifferenceKind,
};
use platform_engine::definition::Definition;
use platform_engine::event::{Event, EventBody};
use platform_engine::fold::StepStatus;
use platform_engine::rehearsal::{Answered, Past, PastEffect, Rehearsed, RehearsedEffect};
use platform_kernel::id::ExecutionId;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A past run, as far as comparing it goes.
pub(super) struct Before<'a> {
    pub(super) id: ExecutionId,
    pub(super) status: &'a str,
    pub(super) definition: &'a Definition,
    pub(super) events: &'a [Event],
    pub(super) past: &'a Past,
}

/// What is different, and what the models cost before and after.
pub(super) fn compare(
    before: &Before<'_>,
    draft: &Definition,
    after: &Rehearsed,
) -> (BacktestRun, BacktestAi) {
    let mut differences = Vec::new();
    let status_after = after.status.as_str();
    if before.status != status_after {
        let why = after
            .error
            .as_ref()
            .map(|error| format!(": {}", error.message));
        differences.push(Difference {
            kind: DifferenceKind::Status,
            step_id: after.error.as_ref().and_then(|error| error.step_id.clone()),
            before: Some(json!(before.status)),
            after: Some(json!(status_after)),
            summary: format!(
                "It {} then and would have {status_after} now{}",
                before.status,
                why.unwrap_or_default()
            ),
        });
    }
    branches(before, draft, after, &mut differences);
    effects(before, after, &mut differences);
    approvals(before, after, &mut differences);
    if differences.is_empty() {
        outputs(before, after, &mut differences);
    }
    let run = BacktestRun {
        execution_id: before.id,
        status_before: before.status.to_owned(),
        status_after: status_after.to_owned(),
        differences,
    };
    (run, ai(before, after))
}

/// Adds a run to the summary.
pub(super) fn add(summary: &mut BacktestSummary, run: &BacktestRun, ai: &BacktestAi) {
    summary.runs += 1;
    if run.differences.is_empty() {
        summary.same += 1;
    } else {
        summary.different += 1;
    }
    if run.status_after == "failed" && run.status_before != "failed" {
        summary.failed += 1;
    }
    let has = |kind| {
        run.differences
            .iter()
            .any(|difference| difference.kind == kind)
    };
    if has(DifferenceKind::Branch) {
        summary.branches_changed += 1;
    }
    for difference in &run.differences {
        match difference.kind {
            DifferenceKind::Message => tally(&mut summary.messages, difference),
            DifferenceKind::Approval => tally(&mut summary.approvals, difference),
            _ => {}
        }
    }
    let sum = &mut summary.ai;
    sum.calls_before += ai.calls_before;
    sum.calls_after += ai.calls_after;
    sum.input_tokens_before += ai.input_tokens_before;
    sum.input_tokens_after += ai.input_tokens_after;
    sum.output_tokens_before += ai.output_tokens_before;
    sum.output_tokens_after += ai.output_tokens_after;
}

fn tally(tally: &mut BacktestTally, difference: &Difference) {
    match (&difference.before, &difference.after) {
        (None, _) => tally.added += 1,
        (_, None) => tally.removed += 1,
        _ => tally.changed += 1,
    }
}

/// Where steps that both have left through another way out.
fn branches(
    before: &Before<'_>,
    draft: &Definition,
    after: &Rehearsed,
    differences: &mut Vec<Difference>,
) {
    for (id, then) in &before.past.state.steps {
        let known = |definition: &Definition| {
            definition
                .step(platform_engine::instance::definition_id(id))
                .is_some()
        };
        if !known(before.definition) || !known(draft) {
            continue;
        }
        let now = after.state.step(id);
        let port_now = now.and_then(|step| step.port.as_deref());
        let ran_now =
            now.is_some_and(|step| step.status == StepStatus::Succeeded || port_now.is_some());
        let port_then = then.port.as_deref();
        if !then.status.has_ended() || (port_then == port_now) {
            continue;
        }
        let way = |ran: bool, port: Option<&str>| match (ran, port) {
            (true, Some(port)) => format!("“{port}”"),
            _ => "not at all".to_owned(),
        };
        differences.push(Difference {
            kind: DifferenceKind::Branch,
            step_id: Some(id.clone()),
            before: port_then.map(|port| json!(port)),
            after: port_now.map(|port| json!(port)),
            summary: format!(
                "{}: it went on through {} then, {} now",
                title(draft, id),
                way(port_then.is_some(), port_then),
                way(ran_now, port_now)
            ),
        });
    }
}

fn title(definition: &Definition, id: &str) -> String {
    let step = definition.step(platform_engine::instance::definition_id(id));
    let name = step
        .map(|step| step.name.as_str())
        .filter(|name| !name.is_empty());
    format!("“{}”", name.unwrap_or(id))
}

/// What would have been done outside more, less, or otherwise.
fn effects(before: &Before<'_>, after: &Rehearsed, differences: &mut Vec<Difference>) {
    let now: BTreeMap<&str, &RehearsedEffect> = after
        .effects
        .iter()
        .map(|effect| (effect.step_id.as_str(), effect))
        .collect();
    let then = &before.past.effects;
    let ids: BTreeSet<&str> = then
        .keys()
        .map(String::as_str)
        .chain(now.keys().copied())
        .collect();
    for id in ids {
        let (then, now) = (then.get(id), now.get(id).copied());
        let difference = match (then, now) {
            (Some(_), Some(now)) if now.answered == Answered::Past => continue,
            (then, now) => effect_difference(id, then, now),
        };
        differences.push(difference);
    }
}

fn effect_difference(
    id: &str,
    then: Option<&PastEffect>,
    now: Option<&RehearsedEffect>,
) -> Difference {
    let kind = now
        .map(|now| now.kind.as_str())
        .or(then.map(|then| then.kind.as_str()));
    let kind = match kind.unwrap_or_default() {
        "email" | "sms" => DifferenceKind::Message,
        "ai" => DifferenceKind::Ai,
        _ => DifferenceKind::Effect,
    };
    let summary = match (then, now) {
        (None, Some(now)) => format!("New: {}", now.summary),
        (Some(then), None) => format!("No more: {}", then.summary),
        (Some(then), Some(now)) if then.summary == now.summary => {
            format!("With other contents: {}", now.summary)
        }
        (Some(then), Some(now)) => format!("{} instead of: {}", now.summary, then.summary),
        (None, None) => String::new(),
    };
    Difference {
        kind,
        step_id: Some(id.to_owned()),
        before: now
            .and_then(|now| now.request_then.clone())
            .or_else(|| then.map(|then| then.request.clone())),
        after: now.map(|now| now.request.clone()),
        summary,
    }
}

/// Who would have been asked more, less, or something else.
fn approvals(before: &Before<'_>, after: &Rehearsed, differences: &mut Vec<Difference>) {
    let (then, now) = (asked(before.events), asked(&after.events));
    let ids: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    for id in ids {
        let (then, now) = (then.get(id), now.get(id));
        if then == now {
            continue;
        }
        let summary = match (then, now) {
            (None, Some(now)) => format!("Somebody would be asked: {now}"),
            (Some(then), None) => format!("Nobody would be asked any more: {then}"),
            (Some(then), Some(now)) => format!("Asked otherwise: {now} instead of {then}"),
            (None, None) => String::new(),
        };
        differences.push(Difference {
            kind: DifferenceKind::Approval,
            step_id: Some(id.clone()),
            before: then.map(|text| json!(text)),
            after: now.map(|text| json!(text)),
            summary,
        });
    }
}

/// What people were asked, by step.
fn asked(events: &[Event]) -> BTreeMap<String, String> {
    let asked = events.iter().filter_map(|event| match &event.body {
        EventBody::WaitOpened(wait) if wait.kind == "approval" => {
            Some((event.step_id.clone()?, wait.summary.clone()))
        }
        _ => None,
    });
    asked.collect()
}

/// Runs that did the same may still have given something else.
fn outputs(before: &Before<'_>, after: &Rehearsed, differences: &mut Vec<Difference>) {
    let then = before.past.state.output.as_ref();
    let now = after.output.as_ref();
    if then != now {
        differences.push(Difference {
            kind: DifferenceKind::Output,
            step_id: None,
            before: then.cloned(),
            after: now.cloned(),
            summary: "The run would have given something else".to_owned(),
        });
    }
}

fn ai(before: &Before<'_>, after: &Rehearsed) -> BacktestAi {
    let calls = before.events.iter().filter_map(|event| match &event.body {
        EventBody::AiCall(call) => Some(call),
        _ => None,
    });
    let mut ai = BacktestAi::default();
    for call in calls {
        ai.calls_before += 1;
        ai.input_tokens_before += i64::from(call.input_tokens);
        ai.output_tokens_before += i64::from(call.output_tokens);
    }
    let asks = after
        .effects
        .iter()
        .filter(|effect| effect.kind == "ai")
        .count();
    ai.calls_after = i64::try_from(asks).unwrap_or(i64::MAX);
    let share = |tokens: i64| match ai.calls_before {
        0 => 0,
        calls => tokens * ai.calls_after / calls,
    };
    ai.input_tokens_after = share(ai.input_tokens_before);
    ai.output_tokens_after = share(ai.output_tokens_before);
    ai
}
