-- Runs that wait for others, are replayed, paused, limited and found again. Rules: ../README.md

-- ---------------------------------------------------------------- runs

ALTER TABLE workflow_executions
    DROP CONSTRAINT ck_workflow_executions__status,
    ADD CONSTRAINT ck_workflow_executions__status
        CHECK (status IN ('queued', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'cancelled')),
    -- What the dealership calls the run by: a deal's number, a VIN. From `settings.business_key`.
    ADD COLUMN business_key text,
    -- Runs of one workflow with the same key share `settings.max_concurrency` places.
    ADD COLUMN concurrency_key text,
    ADD COLUMN holds_slot boolean NOT NULL DEFAULT false,
    -- When the run last asked for such a place; never, where its workflow has no limit.
    ADD COLUMN slot_asked_at timestamptz,
    ADD COLUMN pause_requested_at timestamptz,
    -- The run whose step started this one, and how deep that goes.
    ADD COLUMN parent_execution_id uuid,
    ADD COLUMN parent_step_id text,
    ADD COLUMN depth smallint NOT NULL DEFAULT 0,
    -- The run that this one repeats, and the step from which on.
    ADD COLUMN forked_from uuid,
    ADD COLUMN forked_step_id text;
DROP INDEX ix_workflow_executions__status;
CREATE INDEX ix_workflow_executions__status ON workflow_executions (status, created_at DESC, id DESC)
    WHERE status IN ('queued', 'running', 'waiting', 'paused', 'failed', 'cancelled');
CREATE INDEX ix_workflow_executions__business_key ON workflow_executions (business_key, created_at DESC)
    WHERE business_key IS NOT NULL;
-- Rare states of one workflow, without reading past all its other runs.
CREATE INDEX ix_workflow_executions__workflow_id_status
    ON workflow_executions (workflow_id, status, created_at DESC, id DESC);
CREATE INDEX ix_workflow_executions__slot_asked_at
    ON workflow_executions (workflow_id, coalesce(concurrency_key, ''), holds_slot, id)
    WHERE slot_asked_at IS NOT NULL AND status IN ('queued', 'running', 'waiting', 'paused');
CREATE INDEX ix_workflow_executions__parent_execution_id ON workflow_executions (parent_execution_id)
    WHERE parent_execution_id IS NOT NULL;

-- The words of a run's input, to find it by. Beside the run's row, because that one is written
-- anew at each step and these never change.
CREATE TABLE execution_search (
    execution_id uuid PRIMARY KEY,
    created_at   timestamptz NOT NULL,
    words        tsvector NOT NULL
);
-- A short pending list: every search reads it from end to end.
CREATE INDEX ix_execution_search__words ON execution_search USING gin (words)
    WITH (gin_pending_list_limit = 512);
-- Rows come in order of time, so this small index spares the index of words what is too old.
CREATE INDEX ix_execution_search__created_at ON execution_search USING brin (created_at)
    WITH (pages_per_range = 16, autosummarize = on);
INSERT INTO execution_search (execution_id, created_at, words)
    SELECT e.id, e.created_at, array_to_tsvector(found.words
            || ARRAY['workflow:' || e.workflow_id, 'trigger:' || e.trigger_type])
    FROM workflow_executions AS e
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT word), '{}') AS words
        FROM jsonb_path_query(e.input, 'strict $.**') AS value
        CROSS JOIN LATERAL regexp_split_to_table(lower(value #>> '{}'), '[^[:alnum:]]+') AS word
        WHERE jsonb_typeof(value) IN ('string', 'number') AND length(word) BETWEEN 2 AND 64
    ) AS found;

-- What a step of a run waits for: an event, a person's decision, a run that it started.
CREATE TABLE execution_waits (
    execution_id uuid NOT NULL,
    step_id      text NOT NULL,
    kind         text NOT NULL CONSTRAINT ck_execution_waits__kind CHECK (kind IN ('event', 'approval', 'child')),
    -- The event's name; the approval's or the child run's id.
    name         text NOT NULL,
    -- Which of the events of that name; empty where any will do.
    key          text NOT NULL DEFAULT '',
    request      jsonb NOT NULL DEFAULT '{}',
    -- What came of it, once; the run takes it up on its next turn.
    resolution   jsonb,
    resolved_at  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_execution_waits PRIMARY KEY (execution_id, step_id)
);
CREATE INDEX ix_execution_waits__name ON execution_waits (kind, name, key) WHERE resolved_at IS NULL;

-- What workflows and programs told: an event starts runs and ends waits, also of a run that began
-- before the event and waits for it only later.
CREATE TABLE workflow_events (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    key          text NOT NULL DEFAULT '',
    data         jsonb NOT NULL DEFAULT '{}',
    execution_id uuid,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_workflow_events__name ON workflow_events (name, key, created_at);
CREATE INDEX ix_workflow_events__created_at ON workflow_events (created_at);

-- ---------------------------------------------------------------- approvals

CREATE TABLE approvals (
    id           uuid PRIMARY KEY,
    execution_id uuid NOT NULL,
    workflow_id  uuid NOT NULL,
    step_id      text NOT NULL,
    title        text NOT NULL,
    body         text NOT NULL DEFAULT '',
    -- JSON Schema of what the decision asks for.
    form         jsonb,
    -- What the person sees to decide on, as pairs of label and value.
    facts        jsonb NOT NULL DEFAULT '[]',
    state        text NOT NULL DEFAULT 'pending'
        CONSTRAINT ck_approvals__state CHECK (state IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
    -- To whom it goes: everyone of a role, or one person.
    assignee_role text,
    assignee_id  uuid,
    claimed_by   uuid,
    claimed_at   timestamptz,
    escalation_level integer NOT NULL DEFAULT 0,
    due_at       timestamptz,
    values       jsonb,
    comment      text,
    decided_by   uuid,
    decided_by_name text,
    decided_via  text CONSTRAINT ck_approvals__decided_via CHECK (decided_via IN ('app', 'link')),
    decided_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_approvals__pending ON approvals (created_at DESC, id DESC) WHERE state = 'pending';
CREATE INDEX ix_approvals__created_at ON approvals (created_at DESC, id DESC);
CREATE INDEX ix_approvals__execution_id ON approvals (execution_id);

-- One-time links to one approval for one person. Only the token's hash is kept.
CREATE TABLE approval_links (
    token_hash  bytea PRIMARY KEY,
    approval_id uuid NOT NULL CONSTRAINT fk_approval_links__approval_id REFERENCES approvals (id) ON DELETE CASCADE,
    user_id     uuid NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_approval_links__approval_id ON approval_links (approval_id);

-- ---------------------------------------------------------------- triggers

ALTER TABLE workflow_triggers
    ADD COLUMN limits jsonb,
    -- When a schedule fires next.
    ADD COLUMN next_run_at timestamptz,
    ADD COLUMN last_run_at timestamptz;
CREATE INDEX ix_workflow_triggers__type ON workflow_triggers (type) WHERE enabled;

-- Runs that wait for the end of a burst, one for each trigger and key.
CREATE TABLE trigger_debounces (
    trigger_id   uuid NOT NULL,
    key          text NOT NULL,
    execution_id uuid NOT NULL,
    first_at     timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    CONSTRAINT pk_trigger_debounces PRIMARY KEY (trigger_id, key)
);

-- When the latest runs of a throttled trigger may begin, oldest first: as many of each key as the
-- limit counts, so that any period can be looked back upon exactly.
CREATE TABLE trigger_throttles (
    trigger_id uuid NOT NULL,
    key        text NOT NULL,
    starts     timestamptz[] NOT NULL,
    CONSTRAINT pk_trigger_throttles PRIMARY KEY (trigger_id, key)
);

-- What senders sign their deliveries with. Definitions name the row; nobody reads the secret again.
CREATE TABLE trigger_secrets (
    id         uuid PRIMARY KEY,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- ---------------------------------------------------------------- files

-- What workflows keep: small files, in the transaction of the step that made them.
CREATE TABLE files (
    id           uuid PRIMARY KEY,
    name         text NOT NULL CONSTRAINT ck_files__name CHECK (length(name) BETWEEN 1 AND 255),
    content_type text NOT NULL,
    size         bigint NOT NULL,
    sha256       bytea NOT NULL,
    content      bytea NOT NULL,
    execution_id uuid,
    step_id      text,
    lead_id      uuid,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_files__created_at ON files (created_at DESC, id DESC);
CREATE INDEX ix_files__execution_id ON files (execution_id) WHERE execution_id IS NOT NULL;

-- ---------------------------------------------------------------- backtests and replays of many

CREATE TABLE backtests (
    id           uuid PRIMARY KEY,
    workflow_id  uuid NOT NULL,
    draft_revision bigint NOT NULL,
    definition   jsonb NOT NULL,
    parameters   jsonb,
    requested    integer NOT NULL,
    state        text NOT NULL DEFAULT 'queued'
        CONSTRAINT ck_backtests__state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done         integer NOT NULL DEFAULT 0,
    summary      jsonb,
    runs         jsonb NOT NULL DEFAULT '[]',
    error        text,
    created_by   uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz
);
CREATE INDEX ix_backtests__workflow_id ON backtests (workflow_id, created_at DESC);

CREATE TABLE bulk_replays (
    id           uuid PRIMARY KEY,
    filter       jsonb NOT NULL,
    replay_from  text NOT NULL
        CONSTRAINT ck_bulk_replays__replay_from CHECK (replay_from IN ('start', 'failed_step')),
    state        text NOT NULL DEFAULT 'queued'
        CONSTRAINT ck_bulk_replays__state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    total        integer NOT NULL DEFAULT 0,
    started      integer NOT NULL DEFAULT 0,
    refused      integer NOT NULL DEFAULT 0,
    -- The last run that was looked at, newest first.
    cursor       uuid,
    cursor_at    timestamptz,
    error        text,
    created_by   uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz
);
CREATE INDEX ix_bulk_replays__created_at ON bulk_replays (created_at DESC, id DESC);
-- One at a time, so that a mistake is not made twice before anybody sees it.
CREATE UNIQUE INDEX uq_bulk_replays__open ON bulk_replays ((true)) WHERE state IN ('queued', 'running');

-- ---------------------------------------------------------------- templates

-- The template's definition as it was when the workflow was made or last upgraded: the common
-- ancestor of a three-way comparison.
ALTER TABLE workflows ADD COLUMN template_base jsonb;
CREATE INDEX ix_workflows__template_id ON workflows (template_id) WHERE template_id IS NOT NULL;
