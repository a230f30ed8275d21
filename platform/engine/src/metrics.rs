//! What each metric of this crate says.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// Tells the process's recorder; call it once it is installed.
pub fn describe() {
    describe_counter!(
        "auterity_engine_executions_accepted_total",
        "Runs written to be done"
    );
    describe_counter!(
        "auterity_engine_executions_ended_total",
        "Runs that ended, by status"
    );
    describe_histogram!(
        "auterity_engine_execution_seconds",
        "Time from acceptance to the end of a run, waits included"
    );
    describe_counter!(
        "auterity_engine_steps_started_total",
        "Attempts at steps, by type"
    );
    describe_counter!(
        "auterity_engine_steps_failed_total",
        "Attempts at steps that failed, by type"
    );
    describe_counter!(
        "auterity_engine_effects_unknown_total",
        "Effects that a person has to settle"
    );
    describe_counter!(
        "auterity_engine_jobs_claimed_total",
        "Jobs leased from the queue"
    );
    describe_counter!(
        "auterity_engine_jobs_seated_total",
        "Runs begun where they were accepted, without the queue"
    );
    describe_counter!(
        "auterity_engine_jobs_given_up_total",
        "Jobs that failed too often and are tried no more, by kind"
    );
    describe_histogram!(
        "auterity_engine_claim_lag_seconds",
        "Time from when a job was due to its lease, by lane"
    );
    describe_gauge!(
        "auterity_engine_parties_ready",
        "Tenants with work that was due at the last claim; the platform counts as one"
    );
    describe_gauge!(
        "auterity_queue_ready",
        "Jobs that are due and that no worker has, by lane, up to 20,000; from the database"
    );
    describe_gauge!(
        "auterity_queue_oldest_seconds",
        "How long the oldest ready job has been due, by lane; zero when there is none"
    );
    describe_gauge!(
        "auterity_queue_given_up",
        "Jobs that failed too often and wait for a person; from the database, once a minute"
    );
    describe_counter!(
        "auterity_engine_backlog_refused_total",
        "Runs refused because too many of the dealership wait to begin, by lane"
    );
    describe_histogram!(
        "auterity_engine_turn_seconds",
        "Length of a turn at a job, by kind"
    );
    describe_gauge!("auterity_engine_turns_in_hand", "Jobs leased now");
    describe_counter!(
        "auterity_engine_takeovers_total",
        "Jobs taken from workers that were lost"
    );
    describe_counter!(
        "auterity_engine_strays_total",
        "Leases given back that their own worker did not know of"
    );
    describe_counter!(
        "auterity_engine_fenced_total",
        "Writes refused because the lease had gone to another worker"
    );
    describe_histogram!(
        "auterity_engine_batch_accepts",
        "Deliveries taken in one transaction"
    );
    describe_histogram!(
        "auterity_engine_batch_commits",
        "Commits of runs written in one transaction"
    );
    describe_counter!(
        "auterity_engine_batches_split_total",
        "Such transactions that failed and were written one by one"
    );
    describe_counter!(
        "auterity_engine_live_dropped_total",
        "Live messages to other processes dropped because too many waited"
    );
}
