-- Ready work of one tenant in its order, so that a claim costs what it takes and not what is queued.
CREATE INDEX ix_jobs__tenant ON control.jobs (tenant_id, lane, run_at, id)
    WHERE lease_owner IS NULL AND dead_at IS NULL;
