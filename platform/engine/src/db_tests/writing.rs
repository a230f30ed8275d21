use super::support::TestDb;
use crate::event::EventBody;
use crate::fold::ExecutionStatus;
use crate::log::{Change, Commit, Entry, EntryBody, EventWriter, Stop};
use crate::step::LogLevel;
use platform_kernel::id::{ExecutionId, VersionId};
use platform_kernel::tenant::TenantContext;
use serde_json::json;

fn commit(tenant: &TenantContext, id: ExecutionId, base: i64, epoch: i64, text: &str) -> Commit {
    let entry = |body| Entry {
        at: platform_kernel::clock::now(),
        step_id: None,
        attempt: None,
        body,
    };
    Commit {
        tenant: tenant.clone(),
        execution_id: id,
        epoch,
        base,
        entries: vec![
            entry(EntryBody::Event(EventBody::ExecutionStarted {})),
            entry(EntryBody::Log(LogLevel::Info, text.to_owned(), None)),
        ],
        change: Change {
            status: ExecutionStatus::Running,
            ..Change::default()
        },
        effects: Vec::new(),
        ends: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_latest_lease_that_knows_the_latest_event_may_write() {
    let test = TestDb::new(1).await;
    let writer = EventWriter::start(test.db.clone());
    let tenant = test.tenant();
    let id = test.accept(tenant, VersionId::new(), json!({})).await;
    writer
        .append(commit(tenant, id, 2, 5, "first"))
        .await
        .unwrap();
    let fenced = |result| matches!(result, Err(Stop::Fenced));
    assert!(fenced(
        writer
            .append(commit(tenant, id, 2, 5, "did not look"))
            .await
    ));
    assert!(fenced(
        writer.append(commit(tenant, id, 4, 4, "older lease")).await
    ));
    writer
        .append(commit(tenant, id, 4, 6, "newer lease"))
        .await
        .unwrap();
    let lines: Vec<String> = test
        .logs(id)
        .await
        .into_iter()
        .map(|log| log.message)
        .collect();
    assert_eq!(lines, ["first", "newer lease"]);
    assert_eq!(test.execution(id).await.next_seq, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_commit_does_not_fail_those_beside_it() {
    let mut test = TestDb::new(2).await;
    let writer = EventWriter::start(test.db.clone());
    let mut good = Vec::new();
    for _ in 0..20 {
        good.push(
            test.accept(test.tenant(), VersionId::new(), json!({}))
                .await,
        );
    }
    let bad = test
        .accept(test.tenant(), VersionId::new(), json!({}))
        .await;
    let stale = test
        .accept(test.tenant(), VersionId::new(), json!({}))
        .await;
    let other = test.tenants.pop().unwrap();
    let theirs = test.accept(&other, VersionId::new(), json!({})).await;
    let tenant = test.tenant().clone();
    let mut waiting = Vec::new();
    for id in &good {
        waiting.push(writer.append(commit(&tenant, *id, 2, 1, "good")));
    }
    // Postgres keeps no NUL in a text.
    waiting.push(writer.append(commit(&tenant, bad, 2, 1, "nul \0")));
    waiting.push(writer.append(commit(&tenant, stale, 99, 1, "stale")));
    waiting.push(writer.append(commit(&other, theirs, 2, 1, "theirs")));
    // A run of one tenant under another tenant's role is not there.
    waiting.push(writer.append(commit(&tenant, theirs, 2, 1, "stolen")));
    let results = futures_util::future::join_all(waiting).await;
    assert!(results[..20].iter().all(Result::is_ok));
    assert!(matches!(results[20], Err(Stop::Fault(_))));
    assert!(matches!(results[21], Err(Stop::Fenced)));
    assert!(results[22].is_ok());
    assert!(matches!(results[23], Err(Stop::Fenced)));
    test.tenants.push(other);
}
