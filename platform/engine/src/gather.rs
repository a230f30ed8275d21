//! What many callers want written goes into few transactions, and who asks for little never waits
//! for who asks for much.

use crate::calm::{self, Quiet};
use platform_kernel::id::TenantId;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

/// Requests that go into one transaction at most.
pub(crate) const BATCH: usize = 200;
/// Transactions under way at once: while one is written, another can begin.
const UNDER_WAY: usize = 2;
/// A tenant is busy while it has asked for more than this within about [`RECENT`] and asks again
/// before the last was written.
const QUIET: f64 = 8.0;
const RECENT: Duration = Duration::from_millis(100);
/// Tenants whose recent requests are remembered before those that have faded are forgotten.
const REMEMBERED: usize = 1_000;
/// How long a busy tenant's requests wait for more of them; a quiet tenant's never wait.
const WAIT: Duration = Duration::from_millis(40);
/// So many of one tenant's requests wait no longer.
const ENOUGH: usize = 24;

/// Something that a tenant wants written.
pub(crate) trait Request: Send + 'static {
    fn tenant(&self) -> TenantId;
}

/// Passes what comes in on to `write`, batch by batch, until the senders are gone and everything
/// is written.
pub(crate) async fn serve<R, W>(mut requests: mpsc::Receiver<R>, write: impl Fn(Vec<R>) -> W)
where
    R: Request,
    W: Future<Output = ()> + Send + 'static,
{
    let mut lines: Lines<R> = Lines::default();
    let mut arrived = Vec::with_capacity(BATCH);
    let mut writing = JoinSet::new();
    let mut open = true;
    while open || !lines.waiting.is_empty() || !writing.is_empty() {
        let due = lines.due().filter(|_| writing.len() < UNDER_WAY);
        tokio::select! {
            count = requests.recv_many(&mut arrived, BATCH), if open => {
                open = count > 0;
                let now = Instant::now();
                arrived.drain(..).for_each(|request| lines.push(request, now));
            }
            () = until(due), if due.is_some() => {
                // What has come meanwhile may go with it.
                while arrived.len() < BATCH && let Ok(request) = requests.try_recv() {
                    arrived.push(request);
                }
                let now = Instant::now();
                arrived.drain(..).for_each(|request| lines.push(request, now));
                let batch = lines.take(Instant::now());
                let tenants = batch.requests.iter().map(R::tenant).collect();
                let written = write(batch.requests);
                let task = match batch.quiet {
                    quiet if quiet.is_empty() => writing.spawn(calm::yielding(written)),
                    quiet => writing.spawn(async move {
                        written.await;
                        drop(quiet);
                    }),
                };
                lines.under_way.insert(task.id(), tenants);
            }
            Some(ended) = writing.join_next_with_id() => {
                let id = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
                lines.under_way.remove(&id);
            }
        }
    }
}

/// At once when the time has come: a timer would take its next millisecond.
async fn until(due: Option<Instant>) {
    if let Some(due) = due.filter(|due| *due > Instant::now()) {
        tokio::time::sleep_until(due).await;
    }
}

/// What waits to be written.
struct Lines<R> {
    waiting: HashMap<TenantId, Line<R>>,
    /// How much each tenant has asked for lately, and when that was so.
    recent: HashMap<TenantId, (f64, Instant)>,
    /// Whose requests are just being written.
    under_way: HashMap<Id, HashSet<TenantId>>,
}

struct Line<R> {
    requests: Vec<R>,
    /// For whom the busy ones stand still; who is busy has none.
    quiet: Option<Quiet>,
    due: Instant,
}

/// What goes into one transaction.
struct Batch<R> {
    requests: Vec<R>,
    quiet: Vec<Quiet>,
}

impl<R> Default for Lines<R> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            recent: HashMap::new(),
            under_way: HashMap::new(),
        }
    }
}

impl<R: Request> Lines<R> {
    fn push(&mut self, request: R, now: Instant) {
        let tenant = request.tenant();
        // Who asks for one thing after the other has nothing to gather, however fast he is.
        let beside = self.under_way.values().any(|all| all.contains(&tenant));
        let busy = self.count(tenant, now) > QUIET && beside;
        let line = self.waiting.entry(tenant).or_insert_with(|| Line {
            requests: Vec::new(),
            quiet: (!busy).then(calm::quiet),
            due: if busy { now + WAIT } else { now },
        });
        line.requests.push(request);
        if line.requests.len() >= ENOUGH {
            line.due = line.due.min(now);
        }
    }

    fn count(&mut self, tenant: TenantId, now: Instant) -> f64 {
        if self.recent.len() >= REMEMBERED {
            self.recent
                .retain(|_, (count, at)| faded(*count, now - *at) > 0.1);
        }
        let (count, at) = self.recent.entry(tenant).or_insert((0.0, now));
        *count = 1.0 + faded(*count, now - *at);
        *at = now;
        *count
    }

    /// When the next batch may begin.
    fn due(&self) -> Option<Instant> {
        self.waiting.values().map(|line| line.due).min()
    }

    /// What is due: the quiet tenants' requests by themselves, unless a busy one has been held up
    /// by that for as long as it waits anyway.
    fn take(&mut self, now: Instant) -> Batch<R> {
        let mut due: Vec<(TenantId, bool, Instant)> = self
            .waiting
            .iter()
            .filter(|(_, line)| line.due <= now)
            .map(|(tenant, line)| (*tenant, line.quiet.is_none(), line.due))
            .collect();
        let late = due.iter().any(|(_, busy, at)| *busy && *at + WAIT <= now);
        if !late && due.iter().any(|(_, busy, _)| !busy) {
            due.retain(|(_, busy, _)| !busy);
        }
        due.sort_by_key(|(_, _, at)| *at);
        let mut batch = Batch {
            requests: Vec::new(),
            quiet: Vec::new(),
        };
        for (tenant, ..) in due {
            let Some(line) = self.waiting.get_mut(&tenant) else {
                continue;
            };
            let room = BATCH - batch.requests.len();
            let count = line.requests.len().min(room);
            batch.requests.extend(line.requests.drain(..count));
            if line.requests.is_empty() {
                let line = self.waiting.remove(&tenant);
                batch.quiet.extend(line.and_then(|line| line.quiet));
            }
        }
        batch
    }
}

fn faded(count: f64, after: Duration) -> f64 {
    count * (-after.as_secs_f64() / RECENT.as_secs_f64()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::task;
    use std::sync::Arc;
    use tokio::sync::Notify;

    struct Wish(TenantId, u32);

    impl Request for Wish {
        fn tenant(&self) -> TenantId {
            self.0
        }
    }

    type Written = mpsc::UnboundedReceiver<(Instant, Vec<Wish>)>;

    /// What is written, and when; each writing takes five milliseconds, or until `go` ends it.
    fn serving(go: Option<Arc<Notify>>) -> (mpsc::Sender<Wish>, Written) {
        let (sender, receiver) = mpsc::channel(1_000);
        let (written, seen) = mpsc::unbounded_channel();
        task::spawn(serve(receiver, move |batch| {
            let (written, go) = (written.clone(), go.clone());
            async move {
                written.send((Instant::now(), batch)).ok();
                match go {
                    Some(go) => go.notified().await,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        }));
        (sender, seen)
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_tenant_never_waits_and_a_busy_one_is_gathered() {
        let (requests, mut written) = serving(None);
        let (busy, quiet) = (TenantId::new(), TenantId::new());
        let begin = Instant::now();
        let asking = async {
            for n in 0..500 {
                requests.send(Wish(busy, n)).await.ok();
                if n % 50 == 49 {
                    requests.send(Wish(quiet, n)).await.ok();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            drop(requests);
        };
        let mut batches = 0;
        let mut order = Vec::new();
        let reading = async {
            while let Some((at, batch)) = written.recv().await {
                batches += 1;
                for Wish(tenant, n) in batch {
                    let asked = begin + Duration::from_millis(2) * n;
                    let waited = at - asked;
                    if tenant == quiet {
                        assert_eq!(waited, Duration::ZERO);
                    } else {
                        // It stands still for the quiet one, which takes five milliseconds.
                        let most = WAIT + Duration::from_millis(5);
                        assert!(waited <= most, "{n} waited {waited:?}");
                        order.push(n);
                    }
                }
            }
        };
        tokio::join!(asking, reading);
        assert_eq!(order, (0..500).collect::<Vec<_>>());
        // What comes every two milliseconds goes every forty, but for what came before it was busy
        // and the quiet one's ten.
        assert!((25..60).contains(&batches), "{batches} batches");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_busy_tenant_writes_stands_still_while_a_quiet_one_writes() {
        let (requests, receiver) = mpsc::channel(1_000);
        let (stepped, mut steps) = mpsc::unbounded_channel();
        let (busy, quiet) = (TenantId::new(), TenantId::new());
        task::spawn(serve(receiver, move |batch: Vec<Wish>| {
            let stepped = stepped.clone();
            async move {
                for step in 0..3 {
                    stepped.send((batch[0].0, step)).ok();
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        }));
        // The first ones go at once; what comes beside them is a busy tenant's.
        for _ in 0..2 {
            for n in 0..30 {
                requests.send(Wish(busy, n)).await.ok();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for step in [0, 1, 2, 0] {
            assert_eq!(steps.recv().await, Some((busy, step)));
        }
        requests.send(Wish(quiet, 0)).await.ok();
        let mut order = Vec::new();
        while order.len() < 5 {
            order.extend(steps.recv().await);
        }
        let quiet = (0..3).map(|step| (quiet, step));
        assert_eq!(
            order,
            quiet.chain([(busy, 1), (busy, 2)]).collect::<Vec<_>>()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_thing_after_the_other_never_waits() {
        let (requests, mut written) = serving(None);
        let tenant = TenantId::new();
        for n in 0..100 {
            let asked = Instant::now();
            requests.send(Wish(tenant, n)).await.ok();
            let (at, _) = written.recv().await.expect("it is written");
            assert_eq!(at, asked);
            tokio::time::sleep(Duration::from_millis(6)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_writing_that_takes_long_stands_in_nobodys_way() {
        let go = Arc::new(Notify::new());
        let (requests, mut written) = serving(Some(Arc::clone(&go)));
        let (slow, other) = (TenantId::new(), TenantId::new());
        requests.send(Wish(slow, 0)).await.ok();
        assert_eq!(written.recv().await.map(|(_, batch)| batch.len()), Some(1));
        requests.send(Wish(other, 0)).await.ok();
        let (_, batch) = written
            .recv()
            .await
            .expect("it is written beside the slow one");
        assert!(batch.iter().all(|wish| wish.0 == other));
        // Two are under way; the next ones wait together.
        requests.send(Wish(slow, 1)).await.ok();
        requests.send(Wish(other, 1)).await.ok();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(written.try_recv().is_err());
        go.notify_one();
        assert_eq!(written.recv().await.map(|(_, batch)| batch.len()), Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_has_its_limit_and_nothing_is_left_behind() {
        let (requests, mut written) = serving(None);
        let tenant = TenantId::new();
        for n in 0..1_000 {
            requests.try_send(Wish(tenant, n)).ok();
        }
        drop(requests);
        let mut seen = Vec::new();
        while let Some((_, batch)) = written.recv().await {
            assert!(batch.len() <= BATCH);
            seen.extend(batch.into_iter().map(|wish| wish.1));
        }
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
    }
}
