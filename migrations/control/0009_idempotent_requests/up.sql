-- What a tenant's table of the same name holds, for callers who belong to no dealership.
CREATE TABLE control.idempotent_requests (
    key_hash     bytea CONSTRAINT pk_idempotent_requests PRIMARY KEY,
    request_hash bytea NOT NULL,
    answer       bytea,
    locked_until timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_idempotent_requests__expires_at ON control.idempotent_requests (expires_at);

-- It held answers of all dealerships in the clear. Processes of the version before still write to
-- it while they are replaced; the new ones keep emptying it, and a later step drops it.
TRUNCATE control.idempotency_keys;
