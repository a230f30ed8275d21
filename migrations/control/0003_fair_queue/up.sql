-- Whose turn a job takes: a tenant's, or, with no tenant, the platform's own.
ALTER TABLE control.jobs ADD COLUMN party uuid NOT NULL
    GENERATED ALWAYS AS (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED;

-- Ready work of one party in its order, so that a claim costs what it takes and not what is queued.
CREATE INDEX ix_jobs__party ON control.jobs (party, lane, run_at, id)
    WHERE lease_owner IS NULL AND dead_at IS NULL;

-- As before, and a job without a time may begin at once by this server's clock: no process's own
-- clock is compared with it.
CREATE OR REPLACE FUNCTION control.enqueue_job(job_kind text, job_key text, job_lane smallint, job_payload jsonb, job_run_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO control.jobs AS j (kind, key, tenant_id, lane, payload, run_at)
    VALUES (job_kind, job_key, control.current_tenant(), job_lane, job_payload, coalesce(job_run_at, now()))
    ON CONFLICT (kind, key) DO UPDATE
    SET run_at = least(j.run_at, excluded.run_at), wake = j.wake + 1, dead_at = NULL
    WHERE j.tenant_id = excluded.tenant_id
$$;

-- Gives a job of this transaction's tenant that still rests until `was` another time.
CREATE OR REPLACE FUNCTION control.postpone_job(job_kind text, job_key text, was timestamptz, job_run_at timestamptz)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH moved AS (
        UPDATE control.jobs SET run_at = job_run_at
        WHERE kind = job_kind AND key = job_key AND tenant_id = control.current_tenant()
          AND lease_owner IS NULL AND dead_at IS NULL AND run_at = was
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM moved)
$$;
REVOKE ALL ON FUNCTION control.postpone_job FROM PUBLIC;

-- How many days a dealership's plan keeps what its runs leave behind; the platform's own figures
-- where nothing is set.
ALTER TABLE control.tenants
    ADD COLUMN retention_events_days integer
        CONSTRAINT ck_tenants__retention_events_days CHECK (retention_events_days BETWEEN 1 AND 3650),
    ADD COLUMN retention_logs_days integer
        CONSTRAINT ck_tenants__retention_logs_days CHECK (retention_logs_days BETWEEN 1 AND 3650),
    ADD COLUMN retention_runs_days integer
        CONSTRAINT ck_tenants__retention_runs_days CHECK (retention_runs_days BETWEEN 1 AND 3650);
