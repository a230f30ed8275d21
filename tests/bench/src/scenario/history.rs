//! S10: lists and searches over a million runs.

use super::Bench;
use crate::load::Times;
use crate::report::{PERCENTILES, Section, Table, number, percentiles};
use crate::workflows;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::time::Instant;

const RUNS: u32 = 1_000_000;
const ASKED: usize = 60;

pub async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s10",
        "lists and searches at 1 million runs",
        "A dealership with a million runs of the last 300 days over 20 workflows, with realistic inputs (customer, \
         vehicle, stock number, VIN), of which 3 % failed. Each question is asked 60 times over HTTP, one after the \
         other, with other values each time.",
        &bench.probe,
    )
    .await?;
    let definition = workflows::light_steps(1);
    let dealership = bench.server.dealership("S10").await?;
    let workflow = bench
        .server
        .workflow(&dealership, "S10", &definition)
        .await?;
    let schema = bench.probe.schema(&dealership.tenant).await?;
    let started = Instant::now();
    fill(bench, &schema, &workflow).await?;
    section.note(format!(
        "{RUNS} runs were written by SQL in {} s.",
        number(started.elapsed().as_secs_f64())
    ));
    let mut table = Table::new(
        &[
            &["question", "times asked", "rows in a page"],
            &PERCENTILES[..],
        ]
        .concat(),
    );
    let mut worst = 0.0_f64;
    for (what, paths) in questions(bench, &schema, &dealership.token, &workflow).await? {
        let mut times = Times::new()?;
        let mut rows = 0;
        let mut refusal = None;
        for path in paths {
            let started = Instant::now();
            let reply = bench.pool.get(&path, &dealership.token).await?;
            times.record(started.elapsed());
            let answer: Value = serde_json::from_slice(&reply.body)?;
            rows = answer["items"].as_array().map_or(rows, Vec::len);
            if reply.status != 200 {
                refusal = Some(format!("{path}: {} {answer}", reply.status));
                break;
            }
        }
        if let Some(refusal) = refusal {
            section.note(format!("Not measured, because refused: {what}: {refusal}"));
            continue;
        }
        worst = worst.max(times.at(95.0));
        let cells = [what.to_owned(), times.0.len().to_string(), rows.to_string()];
        table.row(cells.into_iter().chain(percentiles(&times)));
        section.keep(what, times.raw());
    }
    section.tables.push(table);
    let line = "n8n: list over 1 min at 3 M runs, over 5 min at 6 M";
    section.at_most("slowest question, p95", worst, 100.0, "ms", line);
    Ok(section)
}

/// Ids are UUIDv7 of the time at which the run was made, as the server makes them.
async fn fill(bench: &Bench, schema: &str, workflow: &str) -> anyhow::Result<()> {
    let version = bench
        .probe
        .text(&format!(
            "SELECT id::text FROM {schema}.workflow_versions WHERE workflow_id = '{workflow}'"
        ))
        .await?;
    let part = 100_000;
    for from in (0..RUNS).step_by(part as usize) {
        let sql = format!(
            "INSERT INTO {schema}.workflow_executions (id, workflow_id, version_id, status, trigger_id, \
                 trigger_type, input, output, error, next_seq, created_at, started_at, ended_at, business_key) \
             SELECT (substr(m, 1, 8) || '-' || substr(m, 9, 4) || '-7' || substr(r, 1, 3) || '-a' || substr(r, 4, 3) \
                     || '-' || substr(r, 7, 12))::uuid, \
                 CASE n % 20 WHEN 0 THEN '{workflow}'::uuid \
                     ELSE ('01936f0e-0000-7000-8000-' || lpad(to_hex(n % 20), 12, '0'))::uuid END, \
                 '{version}', CASE WHEN n % 33 = 7 THEN 'failed' WHEN n % 200 = 9 THEN 'cancelled' ELSE 'succeeded' END, \
                 'hook', CASE n % 5 WHEN 0 THEN 'schedule' WHEN 1 THEN 'adf_lead' ELSE 'webhook' END, \
                 jsonb_build_object('number', n, 'customer', jsonb_build_object( \
                     'first', (ARRAY['Pat','Maria','James','Wei','Aisha','Luca','Olga','Sam','Nina','Diego'])[1 + n % 10], \
                     'last', (ARRAY['Miller','Garcia','Chen','Okafor','Rossi','Novak','Smith','Haddad','Silva','Larsen','Weber'])[1 + n % 11] \
                         || n % 5000, 'email', 'customer' || n || '@mail.example', \
                     'phone', '+1555' || lpad((n % 10000000)::text, 7, '0')), \
                     'vehicle', jsonb_build_object('year', 2005 + n % 21, 'make', (ARRAY['Honda','Ford','Toyota','BMW'])[1 + n % 4], \
                     'model', (ARRAY['Civic','F-150','Camry','X3','Corolla','Bronco'])[1 + n % 6], 'stock', 'B' || n, \
                     'vin', '1HGCM' || lpad(to_hex(n), 12, '0')), 'comment', 'Is this one still available? I could come on ' \
                     || (ARRAY['Monday','Tuesday','Friday','Saturday'])[1 + n % 4] || ' afternoon.'), \
                 CASE WHEN n % 33 <> 7 THEN '{{\"set_1\": {{\"greeting\": \"Hello\"}}}}'::jsonb END, \
                 CASE WHEN n % 33 = 7 THEN '{{\"code\": \"http_status\", \"message\": \"502\"}}'::jsonb END, \
                 8, at, at, at + interval '20 ms', CASE WHEN n % 3 = 0 THEN 'D-' || n END \
             FROM (SELECT n, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS m, md5(n::text) AS r \
                 FROM (SELECT n, now() - make_interval(secs => ({RUNS} - n) * 25.92) AS at \
                     FROM generate_series({from}, {from} + {part} - 1) AS n) AS times) AS rows"
        );
        bench.probe.run(&sql).await?;
    }
    bench.probe.run(&workflows_of_the_others(schema)).await?;
    bench.probe.run(&words(schema)).await?;
    for table in ["workflow_executions", "execution_search"] {
        let sql = format!("VACUUM ANALYZE {schema}.{table}");
        bench.probe.run(&sql).await?;
    }
    Ok(())
}

/// The workflows that the other runs are of.
fn workflows_of_the_others(schema: &str) -> String {
    format!(
        "INSERT INTO {schema}.workflows (id, name, draft, draft_sha256) \
         SELECT DISTINCT e.workflow_id, 'Other ' || e.workflow_id, '{{}}'::jsonb, ''::bytea \
         FROM {schema}.workflow_executions AS e ON CONFLICT (id) DO NOTHING"
    )
}

/// The words that the runs are found by, as accepting a run writes them.
fn words(schema: &str) -> String {
    format!(
        "INSERT INTO {schema}.execution_search (execution_id, created_at, words) \
         SELECT e.id, e.created_at, array_to_tsvector(found.words \
             || ARRAY['workflow:' || e.workflow_id, 'trigger:' || e.trigger_type] \
             || CASE WHEN e.status IN ('failed', 'cancelled') THEN ARRAY['status:' || e.status] ELSE '{{}}' END) \
         FROM {schema}.workflow_executions AS e \
         CROSS JOIN LATERAL ( \
             SELECT coalesce(array_agg(DISTINCT word), '{{}}') AS words \
             FROM jsonb_path_query(e.input, 'strict $.**') AS value \
             CROSS JOIN LATERAL regexp_split_to_table(lower(value #>> '{{}}'), '[^[:alnum:]]+') AS word \
             WHERE jsonb_typeof(value) IN ('string', 'number') AND length(word) BETWEEN 2 AND 64 \
         ) AS found ORDER BY e.created_at ON CONFLICT (execution_id) DO NOTHING"
    )
}

type Question = (&'static str, Vec<String>);

async fn questions(
    bench: &Bench,
    schema: &str,
    token: &str,
    workflow: &str,
) -> anyhow::Result<Vec<Question>> {
    let list = "/api/v1/executions";
    let each = |path: &dyn Fn(usize) -> String| (0..ASKED).map(path).collect::<Vec<String>>();
    let ids = bench
        .probe
        .rows(
            &format!(
                "SELECT id::text FROM {schema}.workflow_executions TABLESAMPLE SYSTEM (0.1) LIMIT {ASKED}"
            ),
            &[],
        )
        .await?;
    let day = |n: usize| {
        let at = chrono::Utc::now() - chrono::TimeDelta::days(i64::try_from(n).unwrap_or(0) * 4);
        at.format("%Y-%m-%dT00:00:00Z").to_string()
    };
    Ok(vec![
        ("first page", each(&|_| list.to_owned())),
        ("pages 2 to 60, by cursor", pages(bench, list, token).await?),
        ("status failed", each(&|_| format!("{list}?status=failed"))),
        (
            "status running (none)",
            each(&|_| format!("{list}?status=running")),
        ),
        (
            "one workflow",
            each(&|_| format!("{list}?workflow_id={workflow}")),
        ),
        (
            "one workflow, failed",
            each(&|_| format!("{list}?workflow_id={workflow}&status=failed")),
        ),
        (
            "trigger type",
            each(&|n| {
                let word = if n % 2 == 0 { "schedule" } else { "adf_lead" };
                format!("{list}?trigger_type={word}")
            }),
        ),
        (
            "one day, 0 to 236 days ago",
            each(&|n| format!("{list}?created_from={}&created_to={}", day(n + 1), day(n))),
        ),
        (
            "business key",
            each(&|n| format!("{list}?business_key=D-{}", n * 15_003)),
        ),
        (
            "search: stock number",
            each(&|n| format!("{list}?search=B{}", n * 16_381)),
        ),
        (
            "search: e-mail address",
            each(&|n| format!("{list}?search=customer{}@mail.example", n * 9_377)),
        ),
        (
            "search: common name",
            each(&|n| {
                let names = ["Maria", "James", "Aisha", "Nina"];
                format!(
                    "{list}?search={}",
                    names.get(n % 4).copied().unwrap_or("Pat")
                )
            }),
        ),
        (
            "search: beginning of a name, failed",
            each(&|n| format!("{list}?status=failed&search=miller{}*", n % 50)),
        ),
        (
            "search: common name, one workflow",
            each(&|_| format!("{list}?workflow_id={workflow}&search=maria")),
        ),
        (
            "search: two names never together",
            each(&|_| format!("{list}?search=maria+james")),
        ),
        (
            "search: nothing found",
            each(&|n| format!("{list}?search=nobody{n}zz")),
        ),
        (
            "one run",
            ids.iter()
                .map(|row| format!("{list}/{}", row.get::<_, &str>(0)))
                .collect(),
        ),
    ])
}

/// The addresses of the pages after the first.
async fn pages(bench: &Bench, list: &str, token: &str) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut path = list.to_owned();
    while paths.len() < ASKED {
        let reply = bench.pool.get(&path, token).await?;
        ensure!(reply.status == 200, "{path}: {}", reply.status);
        let answer: Value = serde_json::from_slice(&reply.body)?;
        let cursor = answer["next_cursor"].as_str().context("no next page")?;
        path = format!("{list}?cursor={cursor}");
        paths.push(path.clone());
    }
    Ok(paths)
}
