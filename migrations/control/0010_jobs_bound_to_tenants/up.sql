-- A tenant's role may enqueue the kinds of jobs that act as that tenant. Whatever acts on the control
-- schema or with the owner's login is enqueued by the application itself.
CREATE OR REPLACE FUNCTION control.enqueue_job(job_kind text, job_key text, job_lane smallint, job_payload jsonb, job_run_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF job_kind <> ALL (ARRAY['execution', 'schedule', 'record_changed', 'send_approval_mail',
                              'send_invitation_mail', 'bulk_replay', 'backtest']) THEN
        RAISE EXCEPTION 'a tenant may not enqueue %', job_kind USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO control.jobs AS j (kind, key, tenant_id, lane, payload, run_at)
    VALUES (job_kind, job_key, control.current_tenant(), job_lane, job_payload, coalesce(job_run_at, now()))
    ON CONFLICT (kind, key) DO UPDATE
    SET run_at = least(j.run_at, excluded.run_at), wake = j.wake + 1, dead_at = NULL
    WHERE j.tenant_id = excluded.tenant_id;
END
$$;

-- Handlers take the tenant from the row, so it must be there, and be nobody's for the platform's own.
ALTER TABLE control.jobs
    ADD CONSTRAINT ck_jobs__tenant_id CHECK (CASE
        WHEN kind IN ('send_signup_mail', 'send_password_reset_mail', 'template_rollout') THEN tenant_id IS NULL
        WHEN kind IN ('execution', 'schedule', 'record_changed', 'send_approval_mail', 'send_invitation_mail',
                      'bulk_replay', 'backtest', 'apply_tenant_rights', 'provision_tenant', 'note_signup',
                      'retention') THEN tenant_id IS NOT NULL
        ELSE true END);
