use super::support::TestDb;
use crate::jobs::depth::{Depth, depths, given_up};
use platform_db::jobs::Lane;

fn of(depths: &[Depth], lane: Lane) -> Depth {
    *depths.iter().find(|depth| depth.lane == lane).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_worker_what_waits_is_seen_with_its_age() {
    let test = TestDb::new(0).await;
    test.control(
        "INSERT INTO control.jobs (kind, key, tenant_id, lane, run_at) \
         SELECT 'execution', n::text, gen_random_uuid(), 1, now() - make_interval(secs => 30 + n) \
         FROM generate_series(1, 30) AS n",
    )
    .await;
    let depths = depths(&test.db).await.unwrap();
    let event = of(&depths, Lane::Event);
    assert_eq!(event.ready, 30);
    assert!((60.0..120.0).contains(&event.oldest_seconds), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_lane_says_zero_and_what_rests_is_held_or_was_given_up_does_not_wait() {
    let test = TestDb::new(0).await;
    test.control(
        "INSERT INTO control.jobs (kind, key, lane, run_at, lease_owner, dead_at) VALUES \
         ('a', 'rests', 0, now() + interval '1 h', NULL, NULL), \
         ('a', 'held', 1, now() - interval '1 h', gen_random_uuid(), NULL), \
         ('a', 'dead', 2, now() - interval '1 h', NULL, now())",
    )
    .await;
    let depths = depths(&test.db).await.unwrap();
    assert_eq!(depths.len(), 4);
    for depth in depths {
        assert_eq!((depth.ready, depth.oldest_seconds), (0, 0.0), "{depth:?}");
    }
    assert_eq!(given_up(&test.db).await.unwrap(), 1);
}
