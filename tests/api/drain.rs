//! How a process leaves while people use it.

use std::time::{Duration, Instant};
use tests::{TestApp, eventually};

#[tokio::test]
async fn a_leaving_process_is_not_ready_at_once_and_serves_until_its_delay_is_over() {
    const DELAY: Duration = Duration::from_secs(3);
    let app = TestApp::start_with(|config| config.http.drain_delay = DELAY).await;
    app.anyone().get("/health/ready").await.assert(200);
    app.ask_to_stop();
    let asked = Instant::now();
    eventually("readiness failing", || async {
        let ready = app.anyone().get("/health/ready").await;
        (ready.status == 503).then_some(())
    })
    .await;
    assert!(asked.elapsed() < DELAY / 2, "{:?}", asked.elapsed());
    // Connections of their own, as late ones of a load balancer are.
    let reach = || async {
        let client = reqwest::Client::builder().build().unwrap();
        let url = format!("{}/health/live", app.url);
        client.get(url).send().await
    };
    tokio::time::sleep((DELAY / 2).saturating_sub(asked.elapsed())).await;
    assert_eq!(reach().await.unwrap().status(), 200);
    eventually("the port being closed", || async {
        reach().await.is_err().then_some(())
    })
    .await;
    assert!(asked.elapsed() >= DELAY, "{:?}", asked.elapsed());
}
