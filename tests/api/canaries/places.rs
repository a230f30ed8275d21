//! Where secrets could have been left.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use platform_server::config::LogFormat;
use platform_server::logging;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tests::TestApp;

/// What the process logs, from the start on.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(super) fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        logging::start_to(LogFormat::Json, "debug", move || writer.clone());
        log
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Data that a person or a sender gave the dealership to keep, and where it keeps it.
const DATA: [(&str, &[&str]); 1] = [(
    "customer of an Idempotency-Key'd body",
    &[
        "workflow_executions",
        "execution_events",
        "execution_logs",
        "execution_search",
    ],
)];

/// Looks for each secret in each row: as text, and as the bytes of `bytea` columns.
pub(super) async fn assert_in_no_table(
    app: &TestApp,
    schemas: &[&str],
    secrets: &[(&'static str, String)],
) {
    let mut connection = app.database.owner.connect().await.unwrap();
    let mut looked = 0;
    for schema in schemas {
        let tables: Vec<Table> = diesel::sql_query(
            "SELECT c.relname::text AS name FROM pg_class AS c \
             JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
        )
        .bind::<Text, _>(schema)
        .load(&mut connection)
        .await
        .unwrap();
        for Table { name: table } in tables {
            for (name, secret) in secrets {
                let data = DATA.iter().find(|(known, _)| known == name);
                if *schema != "control" && data.is_some_and(|(_, of)| of.contains(&table.as_str()))
                {
                    continue;
                }
                let sql = format!(
                    "SELECT count(*) FROM {schema}.{table} AS t \
                     WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0"
                );
                let hex = data_encoding::HEXLOWER.encode(secret.as_bytes());
                let found: Count = diesel::sql_query(sql)
                    .bind::<Text, _>(secret)
                    .bind::<Text, _>(hex)
                    .get_result(&mut connection)
                    .await
                    .unwrap();
                assert_eq!(found.count, 0, "the {name} is in {schema}.{table}");
                looked += 1;
            }
        }
    }
    assert!(looked > 500, "only {looked} places were looked at");
}
