-- The shared schema: who there is, where their data lies, and what is to be done.
-- Everything here is written qualified (control.users). Rules: ../README.md

CREATE TABLE control.groups (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CONSTRAINT ck_groups__name CHECK (length(name) BETWEEN 1 AND 200),
    is_platform boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX uq_groups__is_platform ON control.groups (is_platform) WHERE is_platform;

CREATE TABLE control.users (
    id            uuid PRIMARY KEY,
    group_id      uuid NOT NULL CONSTRAINT fk_users__group_id REFERENCES control.groups (id),
    email         text NOT NULL,
    name          text NOT NULL CONSTRAINT ck_users__name CHECK (length(name) BETWEEN 1 AND 200),
    password_hash text,
    status        text NOT NULL DEFAULT 'active' CONSTRAINT ck_users__status CHECK (status IN ('active', 'disabled')),
    -- Raised to end every access token at once.
    auth_epoch    bigint NOT NULL DEFAULT 0,
    last_seen_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_users__group_id_email UNIQUE (group_id, email)
);

CREATE TABLE control.tenants (
    id             uuid PRIMARY KEY,
    group_id       uuid NOT NULL CONSTRAINT fk_tenants__group_id REFERENCES control.groups (id),
    slug           text NOT NULL CONSTRAINT uq_tenants__slug UNIQUE,
    name           text NOT NULL CONSTRAINT ck_tenants__name CHECK (length(name) BETWEEN 1 AND 200),
    time_zone      text NOT NULL DEFAULT 'America/New_York',
    status         text NOT NULL DEFAULT 'provisioning'
        CONSTRAINT ck_tenants__status CHECK (status IN ('provisioning', 'active', 'suspended', 'deleting', 'deleted')),
    schema_version integer NOT NULL DEFAULT 0,
    auth_epoch     bigint NOT NULL DEFAULT 0,
    suspended_reason text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_tenants__group_id ON control.tenants (group_id);
CREATE INDEX ix_tenants__schema_version ON control.tenants (schema_version) WHERE status <> 'deleted';

CREATE TABLE control.domains (
    host        text PRIMARY KEY,
    tenant_id   uuid NOT NULL CONSTRAINT fk_domains__tenant_id REFERENCES control.tenants (id),
    verified_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE control.memberships (
    user_id    uuid NOT NULL CONSTRAINT fk_memberships__user_id REFERENCES control.users (id),
    tenant_id  uuid NOT NULL CONSTRAINT fk_memberships__tenant_id REFERENCES control.tenants (id),
    role       text NOT NULL CONSTRAINT ck_memberships__role CHECK (role IN ('dealership_admin', 'manager', 'user')),
    status     text NOT NULL DEFAULT 'active' CONSTRAINT ck_memberships__status CHECK (status IN ('active', 'disabled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_memberships PRIMARY KEY (user_id, tenant_id)
);
CREATE INDEX ix_memberships__tenant_id ON control.memberships (tenant_id);

CREATE TABLE control.signups (
    id              uuid PRIMARY KEY,
    group_name      text NOT NULL,
    dealership_name text NOT NULL,
    name            text NOT NULL,
    email           text NOT NULL,
    password_hash   text NOT NULL,
    token_hash      bytea CONSTRAINT uq_signups__token_hash UNIQUE,
    mails_sent      integer NOT NULL DEFAULT 0,
    expires_at      timestamptz NOT NULL,
    verified_at     timestamptz,
    tenant_id       uuid,
    user_id         uuid,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_signups__email ON control.signups (email, created_at);

CREATE TABLE control.invitations (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL CONSTRAINT fk_invitations__tenant_id REFERENCES control.tenants (id),
    email       text NOT NULL,
    name        text,
    role        text NOT NULL CONSTRAINT ck_invitations__role CHECK (role IN ('dealership_admin', 'manager', 'user')),
    invited_by  uuid NOT NULL CONSTRAINT fk_invitations__invited_by REFERENCES control.users (id),
    token_hash  bytea CONSTRAINT uq_invitations__token_hash UNIQUE,
    expires_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX uq_invitations__tenant_id_email ON control.invitations (tenant_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE control.password_resets (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL CONSTRAINT fk_password_resets__user_id REFERENCES control.users (id),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_password_resets__user_id ON control.password_resets (user_id, created_at);

CREATE TABLE control.sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL CONSTRAINT fk_sessions__user_id REFERENCES control.users (id),
    tenant_id    uuid CONSTRAINT fk_sessions__tenant_id REFERENCES control.tenants (id),
    user_agent   text,
    ip           text,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_reason text,
    last_used_at timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_sessions__user_id ON control.sessions (user_id);

-- One family of refresh tokens for each session. `successor_sealed` lets a repeated request
-- within the grace get the same successor, encrypted so that a dump of the table is useless.
CREATE TABLE control.refresh_tokens (
    token_hash       bytea PRIMARY KEY,
    session_id       uuid NOT NULL CONSTRAINT fk_refresh_tokens__session_id REFERENCES control.sessions (id) ON DELETE CASCADE,
    used_at          timestamptz,
    successor_sealed bytea,
    expires_at       timestamptz NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_refresh_tokens__session_id ON control.refresh_tokens (session_id);

CREATE TABLE control.signing_keys (
    kid            text PRIMARY KEY,
    private_sealed bytea NOT NULL,
    public_jwk     jsonb NOT NULL,
    status         text NOT NULL CONSTRAINT ck_signing_keys__status CHECK (status IN ('active', 'retiring', 'retired')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    retired_at     timestamptz
);
CREATE UNIQUE INDEX uq_signing_keys__active ON control.signing_keys (status) WHERE status = 'active';

CREATE TABLE control.idempotency_keys (
    scope         text NOT NULL,
    key           text NOT NULL,
    request_hash  bytea NOT NULL,
    status        integer,
    body          text,
    location      text,
    locked_until  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope, key)
);
CREATE INDEX ix_idempotency_keys__expires_at ON control.idempotency_keys (expires_at);

CREATE TABLE control.migration_runs (
    id             uuid PRIMARY KEY,
    target_version integer NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz
);
CREATE TABLE control.migration_results (
    run_id      uuid NOT NULL CONSTRAINT fk_migration_results__run_id REFERENCES control.migration_runs (id),
    tenant_id   uuid NOT NULL,
    from_version integer NOT NULL,
    to_version  integer,
    error       text,
    duration_ms bigint NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_migration_results PRIMARY KEY (run_id, tenant_id)
);

-- ---------------------------------------------------------------- background work

-- One row per process that claims jobs. A worker is alive until `alive_until`; what a dead one
-- had leased may be taken over.
CREATE TABLE control.workers (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    alive_until timestamptz NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now()
);

-- The one queue: executions, provisioning, mails. `key` makes a job unique within its kind; a
-- parked execution is a job whose `run_at` lies in the future. Rows are deleted when done.
CREATE TABLE control.jobs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    key          text NOT NULL,
    tenant_id    uuid,
    lane         smallint NOT NULL DEFAULT 1,
    payload      jsonb NOT NULL DEFAULT '{}',
    run_at       timestamptz NOT NULL DEFAULT now(),
    -- Raised whenever somebody wants the job to look again; a worker that finds it raised at
    -- the end of its turn takes another turn.
    wake         bigint NOT NULL DEFAULT 0,
    attempts     integer NOT NULL DEFAULT 0,
    -- How many workers in a row were lost with the job in their hands.
    takeovers    integer NOT NULL DEFAULT 0,
    lease_owner  uuid,
    lease_epoch  bigint NOT NULL DEFAULT 0,
    last_error   text,
    dead_at      timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_jobs__kind_key UNIQUE (kind, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 100);
CREATE INDEX ix_jobs__ready ON control.jobs (lane, run_at, id) WHERE lease_owner IS NULL AND dead_at IS NULL;
CREATE INDEX ix_jobs__lease_owner ON control.jobs (lease_owner) WHERE lease_owner IS NOT NULL;

-- ---------------------------------------------------------------- what a tenant's role may do here

-- The tenant whose role is set in this transaction. `role` keeps its value inside SECURITY
-- DEFINER, so a tenant can speak for itself alone.
CREATE FUNCTION control.current_tenant() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    found uuid;
BEGIN
    SELECT id INTO found FROM control.tenants
    WHERE id = control.decode_tenant_role(pg_catalog.current_setting('role'));
    IF found IS NULL THEN
        RAISE EXCEPTION 'no tenant role is set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN found;
END $$;

-- The UUID behind `t_<base32>`.
CREATE FUNCTION control.decode_tenant_role(role_name text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE SET search_path = '' AS $$
DECLARE
    alphabet constant text := 'abcdefghijklmnopqrstuvwxyz234567';
    bits bit varying := B'';
    hex text := '';
    digit integer;
BEGIN
    IF role_name !~ '^t_[a-z2-7]{26}$' THEN
        RETURN NULL;
    END IF;
    FOR i IN 3..28 LOOP
        digit := pg_catalog.strpos(alphabet, pg_catalog.substr(role_name, i, 1)) - 1;
        bits := bits || digit::bit(5);
    END LOOP;
    FOR i IN 0..31 LOOP
        hex := hex || pg_catalog.to_hex(pg_catalog.substring(bits, i * 4 + 1, 4)::bit(4)::integer);
    END LOOP;
    RETURN hex::uuid;
END $$;

-- Enqueues a job for the tenant of this transaction, or wakes the one that has the key.
CREATE FUNCTION control.enqueue_job(job_kind text, job_key text, job_lane smallint, job_payload jsonb, job_run_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO control.jobs AS j (kind, key, tenant_id, lane, payload, run_at)
    VALUES (job_kind, job_key, control.current_tenant(), job_lane, job_payload, job_run_at)
    ON CONFLICT (kind, key) DO UPDATE
    SET run_at = least(j.run_at, excluded.run_at), wake = j.wake + 1, dead_at = NULL
    WHERE j.tenant_id = excluded.tenant_id
$$;
REVOKE ALL ON FUNCTION control.enqueue_job FROM PUBLIC;

-- Who works at the dealership of this transaction: active people, of one role or of all.
CREATE FUNCTION control.members_of_current_tenant(wanted_role text DEFAULT NULL)
RETURNS TABLE (user_id uuid, role text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT m.user_id, m.role, u.name
    FROM control.memberships m
    JOIN control.users u ON u.id = m.user_id
    WHERE m.tenant_id = control.current_tenant()
      AND m.status = 'active' AND u.status = 'active'
      AND (wanted_role IS NULL OR m.role = wanted_role)
    ORDER BY m.created_at, m.user_id
$$;
REVOKE ALL ON FUNCTION control.members_of_current_tenant FROM PUBLIC;
