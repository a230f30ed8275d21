use super::{Appended, Commit, Stop, append};
use crate::gather::{self, BATCH};
use diesel_async::AsyncPgConnection;
use platform_db::Database;
use platform_db::jobs::{JobRef, delete_leased};
use platform_kernel::id::{ExecutionId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// Puts the commits of many runs, of several tenants, into few transactions. An answer comes
/// only after the commit.
#[derive(Clone)]
pub(crate) struct EventWriter {
    requests: mpsc::Sender<Request>,
}

struct Request {
    commit: Commit,
    answer: oneshot::Sender<Result<Appended, Stop>>,
}

impl EventWriter {
    /// Starts the writer's task; it ends when the last handle is dropped.
    pub(crate) fn start(db: Database) -> Self {
        let (requests, receiver) = mpsc::channel(4 * BATCH);
        platform_kernel::task::spawn(gather::serve(receiver, move |batch| {
            write_batch(db.clone(), batch)
        }));
        Self { requests }
    }

    /// Returns once `commit` is durable.
    pub(crate) async fn append(&self, commit: Commit) -> Result<Appended, Stop> {
        let (answer, answered) = oneshot::channel();
        let gone = |_| Stop::Fault(Error::internal("the event writer has ended"));
        self.requests
            .send(Request { commit, answer })
            .await
            .map_err(|_closed| Stop::Fault(Error::internal("the event writer has ended")))?;
        answered.await.map_err(gone)?
    }
}

impl gather::Request for Request {
    fn tenant(&self) -> TenantId {
        self.commit.tenant.id
    }
}

async fn write_batch(db: Database, batch: Vec<Request>) {
    metrics::histogram!("auterity_engine_batch_commits").record(batch.len() as f64);
    let commits: Vec<&Commit> = batch.iter().map(|request| &request.commit).collect();
    let together = commit_together(&db, &commits).await;
    match together {
        Ok(mut answers) => {
            for request in batch {
                let answer = answers
                    .remove(&request.commit.execution_id)
                    .ok_or(Stop::Fenced);
                // A turn that was dropped meanwhile does not wait for its answer any more.
                let _ = request.answer.send(answer);
            }
        }
        Err(error) => {
            tracing::warn!(%error, commits = batch.len(), "a batch failed; its commits go one by one");
            metrics::counter!("auterity_engine_batches_split_total").increment(1);
            for request in batch {
                let answer = commit_alone(&db, &request.commit).await;
                let _ = request.answer.send(answer);
            }
        }
    }
}

/// All commits in one transaction, each tenant's under the tenant's own role.
async fn commit_together(
    db: &Database,
    commits: &[&Commit],
) -> Result<HashMap<ExecutionId, Appended>> {
    let mut by_tenant: HashMap<TenantId, (&TenantContext, Vec<&Commit>)> = HashMap::new();
    for commit in commits {
        by_tenant
            .entry(commit.tenant.id)
            .or_insert_with(|| (&commit.tenant, Vec::new()))
            .1
            .push(commit);
    }
    let mut answers = HashMap::with_capacity(commits.len());
    let mut tx = db.pipelined().await?;
    for (tenant, commits) in by_tenant.values() {
        let appending = async |connection: &AsyncPgConnection| append(connection, commits).await;
        answers.extend(tx.enter_with(tenant, appending).await?);
    }
    let ended: Vec<(ExecutionId, JobRef)> = commits
        .iter()
        .filter(|commit| answers.contains_key(&commit.execution_id))
        .filter_map(|commit| Some((commit.execution_id, commit.ends?)))
        .collect();
    if ended.is_empty() {
        tx.commit().await?;
        return Ok(answers);
    }
    let leases: Vec<JobRef> = ended.iter().map(|(_, job)| *job).collect();
    tx.commit_with(&delete_leased(&leases)).await?;
    for (id, _) in &ended {
        if let Some(answer) = answers.get_mut(id) {
            answer.job_deleted = true;
        }
    }
    Ok(answers)
}

/// One commit in its tenant's own transaction; its job is left to the end of the turn.
async fn commit_alone(db: &Database, commit: &Commit) -> Result<Appended, Stop> {
    let mut tx = db.tenant(&commit.tenant).await?;
    let mut answers = append(tx.conn(), &[commit]).await?;
    let answer = answers.remove(&commit.execution_id).ok_or(Stop::Fenced)?;
    tx.commit().await?;
    Ok(answer)
}
