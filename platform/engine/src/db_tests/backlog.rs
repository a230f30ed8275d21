use super::support::TestDb;
use crate::Backlog;
use platform_db::jobs::Lane;
use platform_kernel::ErrorCode;
use platform_kernel::id::TenantId;

async fn wait(test: &TestDb, tenant: TenantId, lane: Lane, count: u32) {
    let (lane, tenant) = (lane as i16, tenant.0);
    test.control(&format!(
        "INSERT INTO control.jobs (kind, key, tenant_id, lane) \
         SELECT 'execution', gen_random_uuid(), '{tenant}', {lane} FROM generate_series(1, {count})"
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_limit_is_refused_and_people_may_start_twice_as_much() {
    let test = TestDb::new(0).await;
    let (acme, other) = (TenantId::new(), TenantId::new());
    wait(&test, acme, Lane::Event, 8).await;
    wait(&test, acme, Lane::Backfill, 2).await;
    let backlog = || Backlog::new(test.db.clone(), 10);
    backlog().check(acme, Lane::Event).await.unwrap();
    wait(&test, acme, Lane::Event, 1).await;
    for lane in [Lane::Event, Lane::Schedule, Lane::Backfill] {
        let error = backlog().check(acme, lane).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::BacklogFull);
        assert!(error.wait().is_some());
    }
    backlog().check(acme, Lane::Interactive).await.unwrap();
    backlog().check(other, Lane::Event).await.unwrap();
    wait(&test, acme, Lane::Interactive, 10).await;
    let refused = backlog().check(acme, Lane::Interactive).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::BacklogFull);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_rests_or_was_given_up_does_not_count() {
    let test = TestDb::new(0).await;
    let acme = TenantId::new();
    wait(&test, acme, Lane::Event, 40).await;
    let begun = "WITH numbered AS (SELECT id, row_number() OVER () AS n FROM control.jobs)
        UPDATE control.jobs AS j SET
            lease_epoch = CASE WHEN n <= 10 THEN 1 ELSE 0 END,
            run_at = CASE WHEN n BETWEEN 11 AND 20 THEN now() + interval '1 h' ELSE run_at END,
            dead_at = CASE WHEN n BETWEEN 21 AND 30 THEN now() END
        FROM numbered WHERE numbered.id = j.id";
    test.control(begun).await;
    let backlog = Backlog::new(test.db.clone(), 10);
    backlog.check(acme, Lane::Event).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_holds_for_a_moment() {
    let test = TestDb::new(0).await;
    let acme = TenantId::new();
    let backlog = Backlog::new(test.db.clone(), 1);
    backlog.check(acme, Lane::Event).await.unwrap();
    wait(&test, acme, Lane::Event, 5).await;
    while backlog.check(acme, Lane::Event).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What one process lets pass counts before anybody counts it in the queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_does_not_pass_by_the_limit() {
    let test = TestDb::new(0).await;
    let acme = TenantId::new();
    let backlog = Backlog::new(test.db.clone(), 10);
    let mut passed = 0;
    for _ in 0..100 {
        // Each that passes is in the queue a moment later, as after the commit of its run.
        if backlog.check(acme, Lane::Event).await.is_ok() {
            wait(&test, acme, Lane::Event, 1).await;
            passed += 1;
        }
    }
    assert_eq!(passed, 11);
}
