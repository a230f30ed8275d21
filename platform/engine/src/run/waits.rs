//! Waits for what others do: their row is written with the event that opens them, and what came
//! of them is taken up from the row, whoever woke the run or nobody.

use super::Run;
use super::start::{Resolved, check_size, ended_well, reported, timeout};
use crate::event::{EventBody, WaitOpened};
use crate::fold::StepStatus;
use crate::graph::Instance;
use crate::log::{Entry, EntryBody, Stop};
use crate::plan::Plan;
use crate::step::{LogLevel, Opened, StepContext, StepError, StepKind, StepOutput, WaitingStep};
use crate::steps::wait::EventWait;
use crate::store::Attended;
use chrono::TimeDelta;
use platform_kernel::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// What a wait is told when nothing has come in its time: never sooner than this.
const SHORTEST_ROUND: TimeDelta = TimeDelta::seconds(1);

impl Run {
    /// Opens a wait, in the transaction that records that the step waits.
    pub(super) async fn open_wait(
        &mut self,
        step: &Instance,
        attempt: u32,
        waiting: &Arc<dyn WaitingStep>,
        resolved: Resolved,
    ) -> Result<(), Stop> {
        let context = self.context(step, attempt);
        let input = resolved.shown();
        let body = EventBody::StepStarted {
            input: input.clone(),
        };
        let started = self.entry(Some(&step.id), Some(attempt), EntryBody::Event(body));
        let draft = self.draft();
        let waits = self.state.status_if(&step.id, StepStatus::Waiting);
        let done = self.state.status_if(&step.id, StepStatus::Succeeded);
        let made: Mutex<Vec<Entry>> = Mutex::default();
        let report = context.report.clone();
        let build = |opened: &Opened| {
            let mut commit = draft.clone();
            let mut entries = vec![started.clone()];
            let told = report.take().into_iter();
            entries.extend(told.map(|item| reported(&started, item)));
            match opened {
                Opened::Done(output) => {
                    entries.extend(ended_well(&started, step, check_size(output.clone())?));
                    commit.change.status = done;
                }
                Opened::Waiting(wait) => {
                    let entry = |body| Entry {
                        body,
                        ..started.clone()
                    };
                    let opened = EventBody::WaitOpened(WaitOpened {
                        kind: wait.kind.to_owned(),
                        name: wait.name.clone(),
                        key: wait.key.clone(),
                        summary: wait.summary.clone(),
                        until: wait.until,
                    });
                    let message = format!("Waiting: {}.", wait.summary.trim_end_matches('.'));
                    entries.push(entry(EntryBody::Event(opened)));
                    entries.push(entry(EntryBody::Log(LogLevel::Info, message, None)));
                    commit.change.status = waits;
                }
            }
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&entries);
            commit.entries.extend(entries);
            Ok(commit)
        };
        let store = Arc::clone(&self.turn.store);
        let time = timeout(step);
        let ran = store
            .open(waiting, &context, resolved.config, time, &build)
            .await?;
        match ran {
            Ok((_, appended)) => {
                let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
                made.into_iter().for_each(|entry| self.push(entry));
                self.committed(&appended);
            }
            Err(error) => {
                self.started(step, attempt, input);
                self.report(&step.id, attempt, &context.report);
                self.fail_step(step, attempt, &error);
            }
        }
        Ok(())
    }

    /// Takes up what was resolved, and what is due; answers whether anything was.
    pub(super) async fn attend_waits(&mut self, plan: &Plan) -> Result<bool, Stop> {
        let mut moved = false;
        if std::mem::take(&mut self.look_at_waits) && !self.state.waits.is_empty() {
            let open: Vec<String> = self.state.waits.iter().cloned().collect();
            let store = Arc::clone(&self.turn.store);
            let resolved = store
                .resolved(&self.turn.tenant, self.execution.id, open)
                .await?;
            for key in resolved {
                if let Some(step) = self.graph.instance_of(&key) {
                    moved |= self.attend(&step, false).await?;
                }
            }
        }
        for step in &plan.due {
            if self.state.waits.contains(&step.id) {
                moved |= self.attend(step, true).await?;
            }
        }
        Ok(moved)
    }

    async fn attend(&mut self, step: &Instance, due: bool) -> Result<bool, Stop> {
        let known = self.state.step(&step.id);
        let attempt = known.map_or(1, |known| known.attempt);
        let rounds = known.and_then(|known| Some(known.wait.as_ref()?.prolonged));
        let Some(waiting) = self.waiting_step(step) else {
            let message = format!("There is no step type `{}` any more.", step.type_);
            self.fail_step(
                step,
                attempt,
                &StepError::fatal("unknown_step_type", message),
            );
            return Ok(true);
        };
        let context = self.context(step, attempt);
        let like = self.entry(
            Some(&step.id),
            Some(attempt),
            EntryBody::Log(LogLevel::Info, String::new(), None),
        );
        let mut draft = self.draft();
        let waits = draft.change.status;
        draft.change.status = self.state.status_if(&step.id, StepStatus::Succeeded);
        let soonest = self.now() + SHORTEST_ROUND;
        let made: Mutex<Vec<Entry>> = Mutex::default();
        let report = context.report.clone();
        let build = |attended: &Attended| {
            let mut commit = draft.clone();
            if let Attended::Prolonged(_) = attended {
                commit.change.status = waits;
            }
            let told = report.take().into_iter();
            let mut entries: Vec<Entry> = told.map(|item| reported(&like, item)).collect();
            entries.extend(match attended {
                Attended::Resolved(resolution, output) => {
                    let resolution = resolution.clone();
                    let body = EventBody::WaitResolved { resolution };
                    over(&like, step, body, output)?
                }
                Attended::Expired(output) => over(&like, step, EventBody::WaitExpired {}, output)?,
                Attended::Prolonged(at) => {
                    let at = (*at).max(soonest);
                    let body = EntryBody::Event(EventBody::WaitProlonged { at });
                    vec![Entry {
                        body,
                        ..like.clone()
                    }]
                }
            });
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&entries);
            commit.entries.extend(entries);
            Ok(commit)
        };
        let store = Arc::clone(&self.turn.store);
        let round = rounds.filter(|_| due).map(|rounds| rounds + 1);
        let Some(attended) = store.attend(&waiting, &context, round, &build).await? else {
            return Ok(false);
        };
        match attended {
            Ok((_, appended)) => {
                let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
                made.into_iter().for_each(|entry| self.push(entry));
                self.committed(&appended);
            }
            // What was waited for has come; only taking it up is tried again.
            Err(error) if error.retryable => {
                return Err(Stop::Fault(Error::internal(error.to_string())));
            }
            Err(error) => {
                self.report(&step.id, attempt, &context.report);
                self.fail_step(step, attempt, &error);
            }
        }
        Ok(true)
    }

    /// The waits that are open, to be closed.
    pub(super) fn open_waits(&self) -> Vec<(Option<Arc<dyn WaitingStep>>, StepContext)> {
        let open = self.state.waits.iter();
        open.filter_map(|key| {
            let step = self.graph.instance_of(key)?;
            let attempt = self.state.step(key).map_or(1, |known| known.attempt);
            Some((self.waiting_step(&step), self.context(&step, attempt)))
        })
        .collect()
    }

    fn waiting_step(&self, step: &Instance) -> Option<Arc<dyn WaitingStep>> {
        match &self.turn.registry.step(&step.type_)?.kind {
            StepKind::Waiting(waiting) => Some(Arc::clone(waiting)),
            StepKind::Wait => Some(Arc::new(EventWait)),
            _ => None,
        }
    }
}

/// The entries of a wait that is over.
fn over(
    like: &Entry,
    step: &Instance,
    body: EventBody,
    output: &StepOutput,
) -> Result<Vec<Entry>, StepError> {
    let output = check_size(output.clone())?;
    let mut entries = vec![Entry {
        body: EntryBody::Event(body),
        ..like.clone()
    }];
    entries.extend(ended_well(like, step, output));
    Ok(entries)
}
