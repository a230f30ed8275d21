-- Upgrades of a group's workflows to a template's newer version, in stages.

CREATE TABLE control.template_rollouts (
    id             uuid PRIMARY KEY,
    group_id       uuid NOT NULL CONSTRAINT fk_template_rollouts__group_id REFERENCES control.groups (id),
    template_id    text NOT NULL,
    to_version     integer NOT NULL,
    -- Percent of the workflows that are upgraded once a stage is through; the last one is 100.
    stages         jsonb NOT NULL,
    stage          integer NOT NULL DEFAULT 0,
    stage_minutes  integer NOT NULL,
    -- Failed runs in all ended runs of the new version, from which on the rollout stops.
    max_error_rate double precision NOT NULL,
    -- Ended runs that a stage needs before the next one begins, and before an error rate counts.
    min_runs       integer NOT NULL,
    state          text NOT NULL DEFAULT 'running'
        CONSTRAINT ck_template_rollouts__state CHECK (state IN ('running', 'paused', 'halted', 'done', 'cancelled')),
    reason         text,
    stage_started_at timestamptz,
    created_by     uuid NOT NULL,
    created_by_name text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz
);
CREATE INDEX ix_template_rollouts__group_id ON control.template_rollouts (group_id, created_at DESC, id DESC);
-- One rollout of a template at a time in a group.
CREATE UNIQUE INDEX uq_template_rollouts__group_id_template_id ON control.template_rollouts (group_id, template_id)
    WHERE state IN ('running', 'paused', 'halted');

CREATE TABLE control.template_rollout_targets (
    rollout_id    uuid NOT NULL
        CONSTRAINT fk_template_rollout_targets__rollout_id REFERENCES control.template_rollouts (id) ON DELETE CASCADE,
    tenant_id     uuid NOT NULL,
    tenant_name   text NOT NULL,
    workflow_id   uuid NOT NULL,
    workflow_name text NOT NULL,
    position      integer NOT NULL,
    stage         integer NOT NULL,
    state         text NOT NULL DEFAULT 'pending'
        CONSTRAINT ck_template_rollout_targets__state CHECK (state IN ('pending', 'upgraded', 'skipped')),
    -- Why it was skipped.
    detail        text,
    version_id    uuid,
    runs          bigint NOT NULL DEFAULT 0,
    failed        bigint NOT NULL DEFAULT 0,
    upgraded_at   timestamptz,
    CONSTRAINT pk_template_rollout_targets PRIMARY KEY (rollout_id, tenant_id, workflow_id)
);
