-- Everything one dealership does. Rules: ../README.md

CREATE TABLE tenant_marker (
    tenant_id uuid PRIMARY KEY
);

-- ---------------------------------------------------------------- records

CREATE TABLE customers (
    id           uuid PRIMARY KEY,
    first_name   text,
    last_name    text,
    full_name    text NOT NULL,
    is_business  boolean NOT NULL DEFAULT false,
    email        text,
    phone        text,
    phones       jsonb NOT NULL DEFAULT '[]',
    address      jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_customers__email ON customers (email) WHERE email IS NOT NULL;
CREATE INDEX ix_customers__phone ON customers (phone) WHERE phone IS NOT NULL;
CREATE INDEX ix_customers__created_at ON customers (created_at DESC, id DESC);

-- Every address and number a customer was ever known by, normalised, so that they are recognised
-- by an older one too. Households share: the same value may belong to several customers.
CREATE TABLE customer_contacts (
    kind        text NOT NULL CONSTRAINT ck_customer_contacts__kind CHECK (kind IN ('email', 'phone')),
    value       text NOT NULL,
    customer_id uuid NOT NULL CONSTRAINT fk_customer_contacts__customer_id REFERENCES customers (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_customer_contacts PRIMARY KEY (kind, value, customer_id)
);
CREATE INDEX ix_customer_contacts__customer_id ON customer_contacts (customer_id);

CREATE TABLE vehicles (
    id             uuid PRIMARY KEY,
    vin            text,
    vin_valid      boolean,
    stock_number   text,
    condition      text NOT NULL DEFAULT 'unknown' CONSTRAINT ck_vehicles__condition CHECK (condition IN ('new', 'used', 'unknown')),
    year           integer CONSTRAINT ck_vehicles__year CHECK (year BETWEEN 1886 AND 2200),
    make           text,
    model          text,
    trim           text,
    body_style     text,
    transmission   text,
    exterior_color text,
    interior_color text,
    odometer       text,
    price_minor    bigint,
    price_currency text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX uq_vehicles__vin ON vehicles (vin) WHERE vin IS NOT NULL;
CREATE INDEX ix_vehicles__stock_number ON vehicles (stock_number) WHERE stock_number IS NOT NULL;

CREATE TABLE leads (
    id                uuid PRIMARY KEY,
    status            text NOT NULL DEFAULT 'new'
        CONSTRAINT ck_leads__status CHECK (status IN ('new', 'contacted', 'working', 'sold', 'lost', 'needs_review')),
    source            text,
    provider_id       text,
    customer_id       uuid CONSTRAINT fk_leads__customer_id REFERENCES customers (id),
    interest          text,
    comments          text,
    timeframe         text,
    requested_at      timestamptz,
    received_at       timestamptz NOT NULL,
    first_response_at timestamptz,
    assigned_to       uuid,
    execution_id      uuid,
    review_reason     text,
    warnings          jsonb NOT NULL DEFAULT '[]',
    ai                jsonb,
    raw               text NOT NULL,
    raw_content_type  text,
    resend_count      integer NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_leads__received_at ON leads (received_at DESC, id DESC);
CREATE INDEX ix_leads__status ON leads (status, received_at DESC);
CREATE INDEX ix_leads__customer_id ON leads (customer_id);
CREATE INDEX ix_leads__provider_id ON leads (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE lead_vehicles (
    lead_id    uuid NOT NULL CONSTRAINT fk_lead_vehicles__lead_id REFERENCES leads (id) ON DELETE CASCADE,
    vehicle_id uuid NOT NULL CONSTRAINT fk_lead_vehicles__vehicle_id REFERENCES vehicles (id),
    position   integer NOT NULL DEFAULT 0,
    interest   text,
    CONSTRAINT pk_lead_vehicles PRIMARY KEY (lead_id, vehicle_id)
);
CREATE INDEX ix_lead_vehicles__vehicle_id ON lead_vehicles (vehicle_id);

-- What happened to a lead, for its timeline.
CREATE TABLE lead_events (
    id           uuid PRIMARY KEY,
    lead_id      uuid NOT NULL CONSTRAINT fk_lead_events__lead_id REFERENCES leads (id) ON DELETE CASCADE,
    kind         text NOT NULL,
    title        text NOT NULL,
    detail       text,
    execution_id uuid,
    actor_id     uuid,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_lead_events__lead_id ON lead_events (lead_id, created_at);

CREATE TABLE messages (
    id           uuid PRIMARY KEY,
    channel      text NOT NULL CONSTRAINT ck_messages__channel CHECK (channel IN ('email', 'sms')),
    direction    text NOT NULL DEFAULT 'outbound' CONSTRAINT ck_messages__direction CHECK (direction IN ('inbound', 'outbound')),
    status       text NOT NULL CONSTRAINT ck_messages__status CHECK (status IN ('queued', 'sent', 'failed', 'unknown')),
    recipient    text NOT NULL,
    subject      text,
    body_text    text NOT NULL,
    body_html    text,
    lead_id      uuid,
    customer_id  uuid,
    execution_id uuid,
    effect_key   text CONSTRAINT uq_messages__effect_key UNIQUE,
    provider_reference text,
    error        text,
    sent_at      timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_messages__lead_id ON messages (lead_id, created_at) WHERE lead_id IS NOT NULL;

CREATE TABLE notifications (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL,
    title        text NOT NULL,
    body         text NOT NULL,
    severity     text NOT NULL DEFAULT 'info' CONSTRAINT ck_notifications__severity CHECK (severity IN ('info', 'warning', 'critical')),
    link         text,
    execution_id uuid,
    dedup_key    text,
    read_at      timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_notifications__user_id_dedup_key UNIQUE (user_id, dedup_key)
);
CREATE INDEX ix_notifications__user_id ON notifications (user_id, created_at DESC, id DESC);

-- ---------------------------------------------------------------- workflows

CREATE TABLE workflows (
    id                  uuid PRIMARY KEY,
    name                text NOT NULL CONSTRAINT ck_workflows__name CHECK (length(name) BETWEEN 1 AND 200),
    description         text NOT NULL DEFAULT '',
    status              text NOT NULL DEFAULT 'draft' CONSTRAINT ck_workflows__status CHECK (status IN ('draft', 'active', 'archived')),
    draft               jsonb NOT NULL,
    draft_revision      bigint NOT NULL DEFAULT 1,
    draft_sha256        bytea NOT NULL,
    published_version   integer,
    template_id         text,
    template_version    integer,
    parameters          jsonb,
    created_by          uuid,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_workflows__updated_at ON workflows (updated_at DESC, id DESC);

CREATE TABLE workflow_versions (
    id           uuid PRIMARY KEY,
    workflow_id  uuid NOT NULL CONSTRAINT fk_workflow_versions__workflow_id REFERENCES workflows (id),
    version      integer NOT NULL,
    definition   jsonb NOT NULL,
    parameters   jsonb,
    sha256       bytea NOT NULL,
    published_by uuid,
    published_by_name text,
    published_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_workflow_versions__workflow_id_version UNIQUE (workflow_id, version)
);

-- The triggers of the published version. A trigger keeps its key over versions, so that the
-- address given to a lead provider stays.
CREATE TABLE workflow_triggers (
    id          uuid PRIMARY KEY,
    workflow_id uuid NOT NULL CONSTRAINT fk_workflow_triggers__workflow_id REFERENCES workflows (id),
    trigger_id  text NOT NULL,
    type        text NOT NULL,
    config      jsonb NOT NULL DEFAULT '{}',
    key         text CONSTRAINT uq_workflow_triggers__key UNIQUE,
    enabled     boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_workflow_triggers__workflow_id_trigger_id UNIQUE (workflow_id, trigger_id)
);

CREATE TABLE workflow_executions (
    id           uuid PRIMARY KEY,
    workflow_id  uuid NOT NULL,
    version_id   uuid NOT NULL,
    status       text NOT NULL
        CONSTRAINT ck_workflow_executions__status CHECK (status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
    trigger_id   text NOT NULL,
    trigger_type text NOT NULL,
    input        jsonb NOT NULL,
    output       jsonb,
    error        jsonb,
    lead_id      uuid,
    started_by   uuid,
    -- The next event's sequence number, and the lease that may write it.
    next_seq     bigint NOT NULL DEFAULT 1,
    lease_epoch  bigint NOT NULL DEFAULT 0,
    cancel_requested_at timestamptz,
    cancel_reason text,
    started_at   timestamptz,
    ended_at     timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX ix_workflow_executions__created_at ON workflow_executions (created_at DESC, id DESC);
CREATE INDEX ix_workflow_executions__workflow_id ON workflow_executions (workflow_id, created_at DESC, id DESC);
CREATE INDEX ix_workflow_executions__status ON workflow_executions (status, created_at DESC, id DESC)
    WHERE status IN ('queued', 'running', 'waiting', 'failed');

CREATE TABLE execution_events (
    execution_id uuid NOT NULL,
    seq          bigint NOT NULL,
    kind         text NOT NULL,
    step_id      text,
    attempt      integer,
    data         jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_execution_events PRIMARY KEY (execution_id, seq)
) PARTITION BY RANGE (execution_id);
CREATE TABLE execution_events_default PARTITION OF execution_events DEFAULT;

CREATE TABLE execution_logs (
    execution_id uuid NOT NULL,
    seq          bigint NOT NULL,
    level        text NOT NULL CONSTRAINT ck_execution_logs__level CHECK (level IN ('debug', 'info', 'warn', 'error')),
    step_id      text,
    message      text NOT NULL,
    data         jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_execution_logs PRIMARY KEY (execution_id, seq)
) PARTITION BY RANGE (execution_id);
CREATE TABLE execution_logs_default PARTITION OF execution_logs DEFAULT;

-- One row for everything an execution does to the outside world.
CREATE TABLE execution_effects (
    key          text PRIMARY KEY,
    execution_id uuid NOT NULL,
    step_id      text NOT NULL,
    kind         text NOT NULL,
    state        text NOT NULL
        CONSTRAINT ck_execution_effects__state CHECK (state IN ('intended', 'sending', 'confirmed', 'failed', 'unknown')),
    summary      text NOT NULL DEFAULT '',
    simulated    boolean NOT NULL DEFAULT false,
    request      jsonb NOT NULL,
    response     jsonb,
    provider_reference text,
    -- What a person found out about an unknown outcome; the run takes it up on its next turn.
    settlement   text CONSTRAINT ck_execution_effects__settlement CHECK (settlement IN ('sent', 'not_sent')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_execution_effects__execution_id ON execution_effects (execution_id);

-- What a provider delivered already, so that the same delivery starts one run.
CREATE TABLE trigger_deliveries (
    source       text NOT NULL,
    key          text NOT NULL,
    execution_id uuid,
    lead_id      uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_trigger_deliveries PRIMARY KEY (source, key)
);
CREATE INDEX ix_trigger_deliveries__created_at ON trigger_deliveries (created_at);

-- ---------------------------------------------------------------- audit

CREATE TABLE audit_events (
    id            uuid PRIMARY KEY,
    actor_id      uuid,
    actor_name    text,
    actor_role    text,
    action        text NOT NULL,
    resource_type text NOT NULL,
    resource_id   text,
    data          jsonb NOT NULL DEFAULT '{}',
    request_id    text,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_audit_events__created_at ON audit_events (created_at DESC, id DESC);
