//! What a load costs: processor time from /proc, transactions and WAL from Postgres.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};

/// A connection of the database's owner, beside the server's own.
#[derive(Clone)]
pub struct Probe {
    pub sql: Arc<Client>,
    server: Option<u32>,
    postmaster: u32,
    metrics: Option<String>,
}

/// Counters at one moment.
#[derive(Clone, Debug)]
struct Reading {
    at: Instant,
    server: f64,
    postgres: f64,
    generator: f64,
    machine: f64,
    transactions: f64,
    wal: f64,
    syncs: f64,
    /// Sums and counts of the server's histograms of batch sizes.
    batches: HashMap<String, (f64, f64)>,
}

/// What a load cost in all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Costs {
    pub seconds: f64,
    pub server_cpu: f64,
    pub postgres_cpu: f64,
    pub generator_cpu: f64,
    /// Everything else on the machine, Redis and strangers alike.
    pub others_cpu: f64,
    pub transactions: f64,
    pub syncs: f64,
    pub wal_bytes: f64,
    /// Mean sizes of the server's own batches, by metric.
    pub batches: HashMap<String, f64>,
}

/// Takes a first reading; the second gives the costs.
pub struct Meter {
    probe: Probe,
    begin: Reading,
}

impl Probe {
    pub async fn connect(
        url: &str,
        server: Option<u32>,
        metrics: Option<String>,
    ) -> anyhow::Result<Self> {
        let (sql, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(async move {
            // The client's calls fail when the connection does.
            let _ = connection.await;
        });
        // Tables that begin empty would keep a plan that reads them whole, at the expense of what
        // is measured; whatever is asked for here is found by its key.
        sql.batch_execute("SET enable_seqscan = off").await?;
        let row = sql
            .query_one(
                "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)",
                &[],
            )
            .await?;
        Ok(Self {
            postmaster: row.get::<_, &str>(0).trim().parse()?,
            sql: Arc::new(sql),
            server,
            metrics,
        })
    }

    pub async fn one(&self, sql: &str) -> anyhow::Result<Row> {
        Ok(self.sql.query_one(sql, &[]).await?)
    }

    pub async fn rows(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> anyhow::Result<Vec<Row>> {
        Ok(self.sql.query(sql, values).await?)
    }

    pub async fn run(&self, sql: &str) -> anyhow::Result<()> {
        Ok(self.sql.batch_execute(sql).await?)
    }

    pub async fn text(&self, sql: &str) -> anyhow::Result<String> {
        Ok(self.one(sql).await?.get(0))
    }

    /// The schema of a dealership.
    pub async fn schema(&self, tenant: &str) -> anyhow::Result<String> {
        let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^t_[a-z2-7]{26}$' \
             AND control.decode_tenant_role(nspname::text) = $1::text::uuid";
        let rows = self.rows(sql, &[&tenant]).await?;
        Ok(rows
            .first()
            .context("a dealership without a schema")?
            .get(0))
    }

    pub async fn meter(&self) -> anyhow::Result<Meter> {
        Ok(Meter {
            begin: self.read().await?,
            probe: self.clone(),
        })
    }

    async fn read(&self) -> anyhow::Result<Reading> {
        let row = self
            .one(
                "SELECT xact_commit::float8, (pg_current_wal_lsn() - '0/0')::float8, \
                 (SELECT wal_sync::float8 FROM pg_stat_wal) \
                 FROM pg_stat_database WHERE datname = current_database()",
            )
            .await?;
        Ok(Reading {
            at: Instant::now(),
            server: self.server.and_then(cpu_of).unwrap_or(0.0),
            postgres: cpu_of_family(self.postmaster),
            generator: cpu_of(std::process::id()).unwrap_or(0.0),
            machine: cpu_of_machine(),
            transactions: row.get(0),
            wal: row.get(1),
            syncs: row.get(2),
            batches: self.batches().await,
        })
    }

    async fn batches(&self) -> HashMap<String, (f64, f64)> {
        let mut found: HashMap<String, (f64, f64)> = HashMap::new();
        let Some(url) = &self.metrics else {
            return found;
        };
        let Ok(answer) = reqwest::get(url).await else {
            return found;
        };
        for line in answer.text().await.unwrap_or_default().lines() {
            let Some((name, value)) = line.split_once(' ') else {
                continue;
            };
            let value: f64 = value.parse().unwrap_or(0.0);
            for (suffix, sum) in [("_sum", true), ("_count", false)] {
                if let Some(metric) = name.strip_suffix(suffix)
                    && metric.starts_with("auterity_engine_batch_")
                {
                    let entry = found.entry(metric.to_owned()).or_default();
                    *(if sum { &mut entry.0 } else { &mut entry.1 }) = value;
                }
            }
        }
        found
    }
}

impl Meter {
    /// Postgres publishes its counters up to a second late, so this waits that long first.
    pub async fn stop(self) -> anyhow::Result<Costs> {
        let seconds = self.begin.at.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let end = self.probe.read().await?;
        let begin = self.begin;
        let (server, postgres) = (end.server - begin.server, end.postgres - begin.postgres);
        let generator = end.generator - begin.generator;
        let machine = end.machine - begin.machine;
        let batches = end.batches.into_iter().filter_map(|(name, (sum, count))| {
            let (sum0, count0) = begin.batches.get(&name).copied().unwrap_or_default();
            let count = count - count0;
            (count > 0.0).then(|| (name, (sum - sum0) / count))
        });
        Ok(Costs {
            seconds,
            server_cpu: server,
            postgres_cpu: postgres,
            generator_cpu: generator,
            others_cpu: (machine - server - postgres - generator).max(0.0),
            transactions: end.transactions - begin.transactions,
            syncs: end.syncs - begin.syncs,
            wal_bytes: end.wal - begin.wal,
            batches: batches.collect(),
        })
    }
}

/// Clock ticks are hundredths of a second on every Linux.
const TICKS: f64 = 100.0;

/// Fields of /proc/<pid>/stat after the name: parent, and processor time of itself and of the
/// children that have ended.
fn stat_of(pid: u32) -> Option<(u32, f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    let parent = fields.get(1)?.parse().ok()?;
    Some((
        parent,
        (number(11)? + number(12)?) / TICKS,
        (number(13)? + number(14)?) / TICKS,
    ))
}

fn cpu_of(pid: u32) -> Option<f64> {
    stat_of(pid).map(|(_, own, _)| own)
}

fn cpu_of_family(parent: u32) -> f64 {
    let own = stat_of(parent).map_or(0.0, |(_, own, ended)| own + ended);
    let pids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = pids
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(stat_of)
        .filter(|(of, ..)| *of == parent);
    own + children.map(|(_, own, _)| own).sum::<f64>()
}

/// What all processors have spent, idling and waiting apart.
fn cpu_of_machine() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let fields: Vec<f64> = first
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    let all: f64 = fields.iter().take(8).sum();
    let idle: f64 = fields.iter().skip(3).take(2).sum();
    (all - idle) / TICKS
}

impl Costs {
    /// Seconds of processor time of the parts, for each thousand of `runs`.
    pub fn per_thousand(&self, runs: u32) -> [f64; 3] {
        let thousands = f64::from(runs.max(1)) / 1_000.0;
        [self.server_cpu, self.postgres_cpu, self.generator_cpu].map(|cpu| cpu / thousands)
    }

    /// The mean of one of the server's batches.
    pub fn batch(&self, metric: &str) -> Option<f64> {
        self.batches
            .get(&format!("auterity_engine_batch_{metric}"))
            .copied()
    }
}
