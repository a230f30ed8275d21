//! The two walls between dealerships, each taken away in turn, and the life of a dealership.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_db::TenantTx;
use platform_db::schema::tenant::customers;
use platform_kernel::id::{CustomerId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_testkit::TestDatabase;
use tenants::allowance::{self, Allowance, Limits};

async fn add_customer(db: &TestDatabase, tenant: &TenantContext, name: &str) {
    let mut tx = db.db.tenant(tenant).await.unwrap();
    diesel::insert_into(customers::table)
        .values((
            customers::id.eq(CustomerId::new()),
            customers::full_name.eq(name),
        ))
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn names(tx: &mut TenantTx) -> QueryResult<Vec<String>> {
    customers::table
        .select(customers::full_name)
        .load(tx.conn())
        .await
}

fn is_denied<T>(result: QueryResult<T>) -> bool {
    matches!(result, Err(error) if error.to_string().contains("permission denied"))
}

#[tokio::test]
async fn two_dealerships_with_equal_data_see_their_own() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (
        db.tenant("Acme Motors").await,
        db.tenant("Acme Motors").await,
    );
    assert_ne!(acme.slug, birch.slug);
    add_customer(&db, &acme, "Pat of Acme").await;
    add_customer(&db, &birch, "Pat of Birch").await;
    let mut tx = db.db.tenant(&acme).await.unwrap();
    assert_eq!(names(&mut tx).await.unwrap(), ["Pat of Acme"]);
    let mut tx = db.db.tenant(&birch).await.unwrap();
    assert_eq!(names(&mut tx).await.unwrap(), ["Pat of Birch"]);
}

/// In a batch the role travels together with the statement, and must still be there first.
#[tokio::test]
async fn in_a_batch_each_statement_has_the_rights_of_its_own_tenant_or_none() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    add_customer(&db, &acme, "Pat of Acme").await;
    add_customer(&db, &birch, "Pat of Birch").await;
    let all = async |mut connection: &AsyncPgConnection| {
        let names = customers::table.select(customers::full_name);
        Ok(names.load::<String>(&mut connection).await?)
    };
    let mut tx = db.db.pipelined().await.unwrap();
    for (tenant, name) in [(&acme, "Pat of Acme"), (&birch, "Pat of Birch")] {
        let found = tx.enter_with(tenant, all).await.unwrap();
        assert_eq!(found, [name]);
        // The application itself has no rights on a dealership's tables.
        let sql = format!("SELECT * FROM {}.customers", tenant.schema());
        assert!(tx.commit_with(&sql).await.is_err());
        tx = db.db.pipelined().await.unwrap();
    }
    // A role that is refused: what came with it is refused too, though it names the other's table.
    let mut nobody = acme.clone();
    nobody.id = TenantId::new();
    let sql = format!(
        "INSERT INTO {}.customers (id) VALUES (gen_random_uuid())",
        birch.schema()
    );
    let written = tx
        .enter_with(&nobody, async |mut connection: &AsyncPgConnection| {
            Ok(connection.batch_execute(&sql).await?)
        })
        .await;
    assert!(written.is_err());
    drop(tx);
    let mut tx = db.db.tenant(&birch).await.unwrap();
    assert_eq!(names(&mut tx).await.unwrap(), ["Pat of Birch"]);
}

/// It is sent in two parts, and is one transaction all the same.
#[tokio::test]
async fn what_is_pipelined_is_committed_whole_or_not_at_all() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    let insert = async |mut connection: &AsyncPgConnection| {
        let values = (
            customers::id.eq(CustomerId::new()),
            customers::full_name.eq("Pat"),
        );
        let insert = diesel::insert_into(customers::table).values(values);
        Ok(insert.execute(&mut connection).await?)
    };
    let known = async || {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        names(&mut tx).await.unwrap().len()
    };
    let mut dropped = db.db.pipelined().await.unwrap();
    dropped.enter_with(&acme, insert).await.unwrap();
    drop(dropped);
    let mut refused = db.db.pipelined().await.unwrap();
    refused.enter_with(&acme, insert).await.unwrap();
    assert!(refused.commit_with("SELECT 1 / 0").await.is_err());
    let mut broken = db.db.pipelined().await.unwrap();
    let fail = async |mut connection: &AsyncPgConnection| {
        Ok(connection.batch_execute("SELECT 1 / 0").await?)
    };
    assert!(broken.enter_with(&acme, insert).await.is_ok());
    assert!(broken.enter_with(&acme, fail).await.is_err());
    assert!(broken.commit().await.is_err());
    assert_eq!(known().await, 0);
    let mut tx = db.db.pipelined().await.unwrap();
    tx.enter_with(&acme, insert).await.unwrap();
    let nobody = "SELECT 1 / (current_user LIKE 't\\_%')::integer";
    assert!(
        tx.commit_with(nobody).await.is_err(),
        "it acts as the application again"
    );
    let mut tx = db.db.pipelined().await.unwrap();
    tx.enter_with(&acme, insert).await.unwrap();
    tx.commit_with("SELECT 1").await.unwrap();
    assert_eq!(known().await, 1);
}

#[tokio::test]
async fn without_the_first_wall_the_role_still_refuses_another_schema() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    add_customer(&db, &birch, "Pat of Birch").await;
    let mut tx = db.db.tenant(&acme).await.unwrap();
    // A bug that names the other schema, or moves the search path there.
    let sql = format!("SELECT full_name FROM {}.customers", birch.schema());
    assert!(is_denied(tx.conn().batch_execute(&sql).await));
    let mut tx = db.db.tenant(&acme).await.unwrap();
    let sql = format!(
        "SELECT set_config('search_path', '{}', true)",
        birch.schema()
    );
    tx.conn().batch_execute(&sql).await.unwrap();
    let refused = names(&mut tx).await;
    assert!(
        refused.is_err(),
        "another dealership's rows were read: {refused:?}"
    );
}

#[tokio::test]
async fn without_the_second_wall_the_search_path_still_shows_only_ones_own() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    add_customer(&db, &acme, "Pat of Acme").await;
    add_customer(&db, &birch, "Pat of Birch").await;
    // The roles' rights are no wall any more: Acme's role may read everything.
    db.run_as_owner(&format!(
        "GRANT USAGE ON SCHEMA {birch} TO {acme}; GRANT SELECT ON ALL TABLES IN SCHEMA {birch} TO {acme}",
        acme = acme.schema(),
        birch = birch.schema()
    ))
    .await;
    let mut tx = db.db.tenant(&acme).await.unwrap();
    assert_eq!(names(&mut tx).await.unwrap(), ["Pat of Acme"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_role_leaves_no_connection_behind_that_others_could_get() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    let role = acme.schema();
    let login = login_of(&db);
    db.run_as_owner(&format!("REVOKE {role} FROM {login}"))
        .await;
    for _ in 0..8 {
        assert!(db.db.tenant(&acme).await.is_err());
    }
    db.run_as_owner(&format!("GRANT {role} TO {login}")).await;
    for _ in 0..8 {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        names(&mut tx).await.unwrap();
    }
}

/// The application's login role.
fn login_of(db: &TestDatabase) -> String {
    let (_, rest) = db.app_url.split_once("://").unwrap();
    rest.split(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_login_role_alone_can_read_no_tenant_and_keeps_nothing_of_the_last_one() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    add_customer(&db, &acme, "Pat of Acme").await;
    for _ in 0..8 {
        let mut tx = db.db.control().await.unwrap();
        let sql = format!("SELECT full_name FROM {}.customers", acme.schema());
        assert!(is_denied(tx.conn().batch_execute(&sql).await));
        let mut tx = db.db.control().await.unwrap();
        let unqualified = customers::table
            .select(customers::full_name)
            .load::<String>(tx.conn())
            .await;
        assert!(unqualified.is_err());
    }
}

/// What only operators and whole deletions need, the application's login may not do.
#[tokio::test]
async fn the_application_can_neither_delete_people_nor_keys_nor_move_memberships() {
    let db = TestDatabase::create().await;
    db.tenant("Acme").await;
    for sql in [
        "DELETE FROM control.signing_keys",
        "UPDATE control.signing_keys SET public_jwk = '{}'",
        "UPDATE control.signing_keys SET private_sealed = ''",
        "DELETE FROM control.memberships",
        "UPDATE control.memberships SET user_id = gen_random_uuid()",
        "UPDATE control.memberships SET tenant_id = gen_random_uuid()",
        "DELETE FROM control.users",
        "DELETE FROM control.groups",
        "DELETE FROM control.tenants",
        "DELETE FROM control.invitations",
    ] {
        let mut tx = db.db.control().await.unwrap();
        let done = diesel::sql_query(sql).execute(tx.conn()).await;
        assert!(is_denied(done), "{sql}");
    }
    let mut tx = db.db.control().await.unwrap();
    diesel::sql_query("UPDATE control.memberships SET role = 'user', status = 'disabled'")
        .execute(tx.conn())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_tenant_can_enqueue_for_itself_and_touch_nothing_else_in_control() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    for forbidden in [
        "SELECT * FROM control.users",
        "SELECT * FROM control.jobs",
        "INSERT INTO control.jobs (kind, key) VALUES ('x', 'y')",
        "DELETE FROM audit_events",
        "UPDATE execution_events SET kind = 'x'",
        "UPDATE audit_events SET action = 'x'",
        "UPDATE workflow_versions SET version = 2",
        "CREATE TABLE mine (id int)",
        "DROP TABLE customers",
    ] {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        let result = tx.conn().batch_execute(forbidden).await;
        assert!(result.is_err(), "{forbidden} was allowed");
    }
    let job = platform_db::jobs::NewJob::new("schedule", "1", platform_db::jobs::Lane::Event, &())
        .unwrap();
    let mut tx = db.db.tenant(&acme).await.unwrap();
    tx.enqueue(&job).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.db.control().await.unwrap();
    use platform_db::schema::control::jobs;
    let owner = jobs::table
        .filter(jobs::kind.eq("schedule"))
        .select(jobs::tenant_id)
        .first::<Option<uuid::Uuid>>(tx.conn())
        .await
        .unwrap();
    assert_eq!(owner, Some(acme.id.0));
}

#[tokio::test]
async fn provisioning_again_after_a_crash_changes_nothing() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    add_customer(&db, &acme, "Pat").await;
    db.provision(acme.id).await;
    let mut tx = db.db.tenant(&acme).await.unwrap();
    assert_eq!(names(&mut tx).await.unwrap(), ["Pat"]);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_no_trace() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        diesel::insert_into(customers::table)
            .values((
                customers::id.eq(CustomerId::new()),
                customers::full_name.eq("Ghost"),
            ))
            .execute(tx.conn())
            .await
            .unwrap();
    }
    let mut tx = db.db.tenant(&acme).await.unwrap();
    assert!(names(&mut tx).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fleet_behind_is_migrated_and_a_broken_tenant_is_reported_alone() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    let nothing = tenants::fleet::migrate(&db.owner, Default::default())
        .await
        .unwrap();
    assert_eq!((nothing.migrated, nothing.failed.len()), (0, 0));
    // Acme: a schema that was never made. Birch: tables that are in the way of step 1.
    db.run_as_owner(&format!(
        "DROP SCHEMA {acme} CASCADE; CREATE SCHEMA {acme};
         UPDATE control.tenants SET schema_version = 0 WHERE id IN ('{a}', '{b}')",
        acme = acme.schema(),
        a = acme.id,
        b = birch.id
    ))
    .await;
    let options = tenants::fleet::FleetOptions {
        workers: 2,
        attempts: 1,
    };
    let report = tenants::fleet::migrate(&db.owner, options).await.unwrap();
    assert_eq!(report.migrated, 1);
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].tenant_id, birch.id);
    add_customer(&db, &acme, "Pat").await;
    add_customer(&db, &birch, "Still here").await;
}

/// What a tenant's role may enqueue, and what acts with more rights than a tenant has.
const OF_TENANTS: [&str; 7] = [
    "execution",
    "schedule",
    "record_changed",
    "send_approval_mail",
    "send_invitation_mail",
    "bulk_replay",
    "backtest",
];
const OF_THE_PLATFORM: [&str; 7] = [
    "apply_tenant_rights",
    "provision_tenant",
    "note_signup",
    "retention",
    "send_signup_mail",
    "send_password_reset_mail",
    "template_rollout",
];

#[tokio::test]
async fn a_tenant_s_role_enqueues_jobs_of_its_own_alone() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    for kind in OF_THE_PLATFORM {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        let payload = format!(r#"{{"tenant_id": "{}"}}"#, birch.id);
        let forged = format!(
            "SELECT control.enqueue_job('{kind}', 'forged/1', 0::smallint, '{payload}', NULL)"
        );
        let refused = tx
            .conn()
            .batch_execute(&forged)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("may not enqueue"), "{kind}: {refused}");
    }
    for kind in OF_TENANTS {
        let enqueue = |key: &str| {
            format!("SELECT control.enqueue_job('{kind}', '{key}', 0::smallint, '{{}}', NULL)")
        };
        let mut tx = db.db.tenant(&birch).await.unwrap();
        tx.conn().batch_execute(&enqueue("shared")).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.db.tenant(&acme).await.unwrap();
        tx.conn().batch_execute(&enqueue("own")).await.unwrap();
        // Another tenant's job of the same name is neither taken over nor woken.
        tx.conn().batch_execute(&enqueue("shared")).await.unwrap();
        let later = format!(
            "SELECT control.postpone_job('{kind}', 'shared', run_at, now() + interval '1 day') \
             FROM (SELECT now() AS run_at) AS moment"
        );
        tx.conn().batch_execute(&later).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.db.control().await.unwrap();
        let untouched = format!(
            "SELECT 1 / (count(*) = 1)::integer FROM control.jobs WHERE kind = '{kind}' AND key = 'shared' \
             AND tenant_id = '{}' AND wake = 0 AND run_at <= now()",
            birch.id
        );
        tx.conn().batch_execute(&untouched).await.unwrap();
    }
}

#[tokio::test]
async fn jobs_of_the_platform_have_no_tenant_and_all_others_have_one() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    for (kind, tenant) in [
        ("template_rollout", format!("'{}'", acme.id)),
        ("send_signup_mail", format!("'{}'", acme.id)),
        ("send_password_reset_mail", format!("'{}'", acme.id)),
        ("execution", "NULL".to_owned()),
        ("provision_tenant", "NULL".to_owned()),
    ] {
        let mut tx = db.db.control().await.unwrap();
        let insert = format!(
            "INSERT INTO control.jobs (kind, key, tenant_id) VALUES ('{kind}', 'a', {tenant})"
        );
        let refused = tx
            .conn()
            .batch_execute(&insert)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("ck_jobs__tenant_id"), "{kind}: {refused}");
    }
}

#[tokio::test]
async fn a_tenant_s_role_makes_no_scratch_tables() {
    let db = TestDatabase::create().await;
    let acme = db.tenant("Acme").await;
    // A clone of a database has none of its template's rights.
    let mut owner = db.owner.connect().await.unwrap();
    let role = platform_testkit::APP_ROLE;
    platform_db::migrations::migrate_control(&mut owner, role, None)
        .await
        .unwrap();
    let mut tx = db.db.tenant(&acme).await.unwrap();
    assert!(is_denied(
        tx.conn()
            .batch_execute("CREATE TEMP TABLE scratch (a integer)")
            .await
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_day_s_allowance_exactly_as_much_is_taken_as_there_is() {
    let db = TestDatabase::create().await;
    let (acme, birch) = (db.tenant("Acme").await, db.tenant("Birch").await);
    let five = Limits {
        texts_per_day: 5,
        mails_per_day: 200,
        text_countries: vec!["US".to_owned()],
    };
    let by = platform_db::audit::Actor::default();
    allowance::set_limits(&db.db, &acme, &five, &by)
        .await
        .unwrap();
    assert_eq!(allowance::limits(&db.db, &acme).await.unwrap(), five);
    let fresh = allowance::limits(&db.db, &birch).await.unwrap();
    assert_eq!((fresh.texts_per_day, fresh.mails_per_day), (50, 200));
    let take = |tenant: TenantContext, amount: i32| {
        let db = db.db.clone();
        async move {
            let mut tx = db.tenant(&tenant).await.unwrap();
            let taken = allowance::take(&mut tx, Allowance::Texts, amount)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            taken.is_ok()
        }
    };
    let all = futures_util::future::join_all((0..40).map(|_| take(acme.clone(), 1))).await;
    assert_eq!(all.iter().filter(|taken| **taken).count(), 5);
    assert!(take(birch.clone(), 50).await);
    assert!(!take(birch.clone(), 1).await);
    // What is rolled back was not taken, and the next day begins anew.
    let yesterday = "UPDATE control.daily_counts SET day = day - 1";
    db.run_as_owner(yesterday).await;
    let mut undone = db.db.tenant(&acme).await.unwrap();
    assert!(
        allowance::take(&mut undone, Allowance::Texts, 5)
            .await
            .unwrap()
            .is_ok()
    );
    drop(undone);
    assert!(take(acme.clone(), 4).await);
    assert!(!take(acme.clone(), 2).await);
    assert!(take(acme.clone(), 1).await);
    assert!(!take(acme.clone(), 6).await);
    // The tenant's own role can neither lift its limits nor give itself back what it took.
    for forbidden in [
        "UPDATE control.tenants SET texts_per_day = 1000000",
        "DELETE FROM control.daily_counts",
        "SELECT control.take_allowance('texts', -5)",
        "SELECT control.take_allowance('anything', 1)",
    ] {
        let mut tx = db.db.tenant(&acme).await.unwrap();
        assert!(
            tx.conn().batch_execute(forbidden).await.is_err(),
            "{forbidden}"
        );
    }
}
