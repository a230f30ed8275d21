//! Events and log lines on their way from the turn to the log.

use super::Run;
use super::start::reported;
use crate::event::{Event, EventBody};
use crate::live;
use crate::log::{Appended, Change, Commit, Entry, EntryBody, Stop};
use crate::step::{LogLevel, Report};
use crate::store::Asked;
use crate::view::ExecutionChange;
use platform_db::jobs::JobRef;

impl Run {
    pub(super) fn run_event(&mut self, body: EventBody) {
        let entry = self.entry(None, None, EntryBody::Event(body));
        self.push(entry);
    }

    pub(super) fn step_event(&mut self, step_id: &str, attempt: Option<u32>, body: EventBody) {
        let entry = self.entry(Some(step_id), attempt, EntryBody::Event(body));
        self.push(entry);
    }

    pub(super) fn log(&mut self, step_id: Option<&str>, level: LogLevel, text: impl Into<String>) {
        let entry = self.entry(step_id, None, EntryBody::Log(level, text.into(), None));
        self.push(entry);
    }

    /// What a step reported while it ran.
    pub(super) fn report(&mut self, step_id: &str, attempt: u32, report: &Report) {
        let blank = EntryBody::Log(LogLevel::Info, String::new(), None);
        let like = self.entry(Some(step_id), Some(attempt), blank);
        for item in report.take() {
            self.push(reported(&like, item));
        }
    }

    pub(super) fn entry(
        &self,
        step_id: Option<&str>,
        attempt: Option<u32>,
        body: EntryBody,
    ) -> Entry {
        let known = step_id.and_then(|id| self.state.step(id));
        Entry {
            at: self.now(),
            step_id: step_id.map(str::to_owned),
            attempt: attempt.or_else(|| known.map(|step| step.attempt).filter(|n| *n > 0)),
            body,
        }
    }

    /// The entry counts from here on; it is durable with the next commit.
    pub(super) fn push(&mut self, entry: Entry) {
        let offset = i64::try_from(self.buffer.len()).unwrap_or(i64::MAX);
        if let EntryBody::Event(body) = &entry.body {
            let id = entry.step_id.as_deref();
            let had_ended = id.is_some_and(|id| self.state.step_status(id).has_ended());
            self.state.apply(&Event {
                seq: self.next_seq + offset,
                at: entry.at,
                step_id: entry.step_id.clone(),
                attempt: entry.attempt,
                body: body.clone(),
            });
            if let Some(id) = id {
                if matches!(body, EventBody::LoopStarted { .. }) {
                    self.frames.begin(id, &self.state);
                }
                if !had_ended && self.state.step_status(id).has_ended() {
                    self.step_ended(id);
                }
            }
            if let EventBody::VariablesSet { values } = body {
                self.scope.set_variables(values);
            }
        }
        self.buffer.push(entry);
    }

    /// What would be committed now.
    pub(super) fn draft(&self) -> Commit {
        let status = self.state.status();
        let error = self.state.error.as_ref().filter(|_| status.has_ended());
        Commit {
            tenant: self.turn.tenant.clone(),
            execution_id: self.execution.id,
            epoch: self.turn.job.lease_epoch,
            base: self.next_seq,
            entries: self.buffer.clone(),
            change: Change {
                status,
                started_at: self.state.started_at,
                ended_at: self.state.ended_at,
                output: self.state.output.clone(),
                error: error.and_then(|error| serde_json::to_value(error).ok()),
            },
            effects: self.effects.clone(),
            ends: None,
        }
    }

    /// Makes durable what is not yet.
    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        if !self.buffer.is_empty() {
            self.commit(None).await?;
        }
        Ok(())
    }

    pub(super) async fn commit(&mut self, ends: Option<JobRef>) -> Result<Appended, Stop> {
        let mut commit = self.draft();
        commit.ends = ends;
        let appended = self.turn.store.append(commit).await?;
        self.committed(&appended);
        Ok(appended)
    }

    /// The buffer is durable.
    pub(super) fn committed(&mut self, appended: &Appended) {
        self.next_seq += i64::try_from(self.buffer.len()).unwrap_or(i64::MAX);
        self.buffer.clear();
        self.effects.clear();
        #[cfg(test)]
        self.turn.store.witness(&self.state, &self.frames);
        self.show();
        self.note(Asked {
            cancel: appended.cancel.clone(),
            pause: appended.pause,
        });
    }

    /// Tells lists of runs when the status has changed.
    fn show(&mut self) {
        let status = self.state.status();
        if std::mem::replace(&mut self.shown, status) == status {
            return;
        }
        let Some(live) = &self.turn.live else {
            return;
        };
        let change = ExecutionChange {
            status,
            started_at: self.state.started_at,
            ended_at: self.state.ended_at,
            error: self.state.error.clone().filter(|_| status.has_ended()),
            ..ExecutionChange::from(&self.execution)
        };
        live::execution_changed(live, self.turn.tenant.id, &change);
    }
}
