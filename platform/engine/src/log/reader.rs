use crate::model::{self, Execution};
use platform_db::Database;
use platform_kernel::id::{ExecutionId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Runs that are read in one transaction at most.
const BATCH: usize = 100;
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the rows of runs whose turns begin: what is asked for while a read is under way is read
/// together, so that under load a turn does not cost a transaction before it has done anything.
#[derive(Clone)]
pub(crate) struct RunReader {
    requests: mpsc::Sender<Request>,
}

struct Request {
    tenant: TenantContext,
    id: ExecutionId,
    answer: oneshot::Sender<Result<Option<Execution>>>,
}

impl RunReader {
    /// Starts the reader's task; it ends when the last handle is dropped.
    pub(crate) fn start(db: Database) -> Self {
        let (requests, receiver) = mpsc::channel(4 * BATCH);
        platform_kernel::task::spawn(read(db, receiver));
        Self { requests }
    }

    /// The run as it is now.
    pub(crate) async fn find(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
    ) -> Result<Option<Execution>> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            tenant: tenant.clone(),
            id,
            answer,
        };
        let gone = || Error::internal("the reader of runs has ended");
        self.requests
            .send(request)
            .await
            .map_err(|_closed| gone())?;
        answered.await.map_err(|_closed| gone())?
    }
}

async fn read(db: Database, mut requests: mpsc::Receiver<Request>) {
    let mut batch = Vec::with_capacity(BATCH);
    while requests.recv_many(&mut batch, BATCH).await > 0 {
        let mut found = match batch.len() {
            1 => None,
            _ => find_together(&db, &batch).await.ok(),
        };
        for request in batch.drain(..) {
            let answer = match &mut found {
                Some(found) => Ok(found.remove(&request.id)),
                // One fault is not everybody's.
                None => find_alone(&db, &request).await,
            };
            // A turn that was dropped meanwhile does not wait for its answer any more.
            let _ = request.answer.send(answer);
        }
    }
}

/// The runs of several tenants in one transaction, each tenant's under the tenant's own role.
async fn find_together(
    db: &Database,
    requests: &[Request],
) -> Result<HashMap<ExecutionId, Execution>> {
    let mut by_tenant: HashMap<TenantId, (&TenantContext, Vec<ExecutionId>)> = HashMap::new();
    for request in requests {
        let of_tenant = by_tenant.entry(request.tenant.id);
        let (_, ids) = of_tenant.or_insert_with(|| (&request.tenant, Vec::new()));
        ids.push(request.id);
    }
    let mut found = HashMap::with_capacity(requests.len());
    let mut tx = db.batch().await?;
    for (tenant, ids) in by_tenant.values() {
        tx.enter(tenant, STATEMENT_TIMEOUT).await?;
        let runs = model::find_executions(tx.conn(), ids).await?;
        found.extend(runs.into_iter().map(|run| (run.id, run)));
    }
    tx.commit().await?;
    Ok(found)
}

async fn find_alone(db: &Database, request: &Request) -> Result<Option<Execution>> {
    let mut tx = db.tenant(&request.tenant).await?;
    let found = model::find_execution(&mut tx, request.id).await?;
    tx.commit().await?;
    Ok(found)
}
