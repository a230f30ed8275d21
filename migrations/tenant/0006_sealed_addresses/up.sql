-- Addresses of hooks, found by a keyed hash. The address itself is sealed, for those who may edit
-- the workflow. The one without an end is the trigger's current address; others were rotated away
-- and still work until then. `workflow_triggers.key` holds those of before this step until
-- retention has moved them here.
CREATE TABLE hook_addresses (
    key_hash   bytea CONSTRAINT pk_hook_addresses PRIMARY KEY,
    trigger_id uuid NOT NULL
        CONSTRAINT fk_hook_addresses__trigger_id REFERENCES workflow_triggers (id) ON DELETE CASCADE,
    sealed     bytea NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_hook_addresses__trigger_id ON hook_addresses (trigger_id);
CREATE UNIQUE INDEX uq_hook_addresses__current ON hook_addresses (trigger_id) WHERE expires_at IS NULL;

-- Answers to requests with an `Idempotency-Key`, for repetition. Who asked under which key, and
-- what was asked, are keyed hashes; the answer is sealed.
CREATE TABLE idempotent_requests (
    key_hash     bytea CONSTRAINT pk_idempotent_requests PRIMARY KEY,
    request_hash bytea NOT NULL,
    answer       bytea,
    locked_until timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_idempotent_requests__expires_at ON idempotent_requests (expires_at);
