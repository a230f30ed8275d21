//! Processors for expensive work, shared between networks.

use crate::network::Network;
use moka::sync::Cache;
use platform_kernel::compute;
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Who waits longer for a core is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests of one network that may wait at once.
const QUEUE: usize = 64;
/// How long a network's share is remembered after its last request.
const IDLE: Duration = Duration::from_secs(60);

/// Runs work on blocking threads, as much at once as there are cores. One network has at most
/// half of the cores and never more than that stands in the common queue, so the wait of one
/// caller grows with the number of networks, not with the requests of any of them.
#[derive(Clone)]
pub(super) struct Shares {
    cores: Arc<Semaphore>,
    of_network: usize,
    networks: Cache<Network, Arc<Share>>,
}

struct Share {
    queue: Semaphore,
    cores: Semaphore,
}

impl Shares {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            cores: Arc::new(Semaphore::new(cores.max(1))),
            of_network: (cores / 2).max(1),
            networks: Cache::builder()
                .max_capacity(100_000)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        network: &Network,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let share = self.networks.get_with_by_ref(network, || {
            Arc::new(Share {
                queue: Semaphore::new(QUEUE),
                cores: Semaphore::new(self.of_network),
            })
        });
        let _place = share.queue.try_acquire().map_err(|_full| busy())?;
        let turn = async {
            let of_network = share.cores.acquire().await.map_err(Error::internal)?;
            let core = Arc::clone(&self.cores).acquire_owned().await;
            Ok::<_, Error>((of_network, core.map_err(Error::internal)?))
        };
        let turn = tokio::time::timeout(PATIENCE, turn).await;
        let (_of_network, core) = turn.map_err(|_elapsed| busy())??;
        compute::run(move || {
            let _core = core;
            work()
        })
        .await
    }
}

fn busy() -> Error {
    ErrorCode::Unavailable.detail("too many sign-ins at once")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn network(last: u8) -> Network {
        Network::of(Some([10, 0, last, 1].into()))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stranger_who_fills_the_queue_makes_nobody_else_wait() {
        let shares = Shares::new(2);
        let done = Arc::new(AtomicUsize::new(0));
        let (stranger, honest) = (network(1), network(2));
        let flood = (0..50).map(|_| {
            let done = Arc::clone(&done);
            shares.run(&stranger, move || {
                let end = std::time::Instant::now() + Duration::from_millis(10);
                while std::time::Instant::now() < end {
                    std::hint::spin_loop();
                }
                done.fetch_add(1, Ordering::Relaxed)
            })
        });
        let one = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            shares.run(&honest, || ()).await.unwrap();
            done.load(Ordering::Relaxed)
        };
        let (flood, before) = tokio::join!(join_all(flood), one);
        assert!(before < 25, "{before} of the flood came first");
        assert!(flood.into_iter().all(|ran| ran.is_ok()));
    }

    #[tokio::test]
    async fn what_one_network_may_have_waiting_is_bounded() {
        let shares = Shares::new(1);
        let (stranger, honest) = (network(1), network(2));
        let flood = (0..QUEUE + 10).map(|_| shares.run(&stranger, || ()));
        let (flood, one) = tokio::join!(join_all(flood), shares.run(&honest, || ()));
        assert_eq!(flood.into_iter().filter(Result::is_err).count(), 10);
        one.unwrap();
    }
}
