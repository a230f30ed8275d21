use crate::{LiveBus, LiveMessage, Wake};
use platform_db::Redis;
use platform_kernel::id::TenantId;
use platform_kernel::secret::SecretString;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[expect(
    clippy::disallowed_methods,
    reason = "tests read their own environment"
)]
fn redis() -> Redis {
    let url = std::env::var("AUTERITY_TEST_REDIS_URL")
        .expect("AUTERITY_TEST_REDIS_URL is not set; run the tests with `make test`");
    Redis::new(&SecretString::from(url), &platform_db::Transport::default()).unwrap()
}

fn message(seq: i64) -> LiveMessage {
    LiveMessage {
        topic: "leads".into(),
        seq,
        type_: "lead".into(),
        data: json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_message_reaches_every_process_once() {
    let (here, there) = (LiveBus::new(Some(redis())), LiveBus::new(Some(redis())));
    let stop = CancellationToken::new();
    for bus in [&here, &there] {
        platform_kernel::task::spawn(bus.clone().listen(stop.clone()));
    }
    let (mut at_home, mut abroad) = (here.subscribe(), there.subscribe());
    let tenant = TenantId::new();
    // Until the other side has subscribed, messages pass it by.
    let mut sent = 0;
    let first = loop {
        sent += 1;
        here.publish(tenant, message(sent));
        let heard = async {
            loop {
                let delivery = abroad.recv().await.unwrap();
                if delivery.tenant == tenant {
                    return delivery.message.seq;
                }
            }
        };
        if let Ok(seq) = tokio::time::timeout(Duration::from_millis(100), heard).await {
            break seq;
        }
        assert!(sent < 100, "nothing was heard");
    };
    here.publish(tenant, message(1_000));
    let mut heard = vec![first];
    while heard.last() != Some(&1_000) {
        let delivery = abroad.recv().await.unwrap();
        if delivery.tenant == tenant {
            heard.push(delivery.message.seq);
        }
    }
    assert!(heard.is_sorted_by(|a, b| a < b), "{heard:?}");
    let mut own = 0;
    while let Ok(delivery) = at_home.try_recv() {
        own += i64::from(delivery.tenant == tenant);
    }
    assert_eq!(own, sent + 1, "its own messages do not come back to it");
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_wakes_another() {
    let (here, there) = (Wake::new(Some(redis())), Wake::new(Some(redis())));
    let stop = CancellationToken::new();
    platform_kernel::task::spawn(there.clone().listen(stop.clone()));
    for tries in 0.. {
        here.wake();
        let woken = tokio::time::timeout(Duration::from_millis(100), there.woken());
        if woken.await.is_ok() {
            break;
        }
        assert!(tries < 100, "nobody woke up");
    }
    stop.cancel();
}
