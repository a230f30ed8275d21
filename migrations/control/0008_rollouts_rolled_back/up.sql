-- A rollout acts for whoever began or last resumed it, counts runs since it was last resumed, and
-- rolls its upgrades back when too many runs fail.
ALTER TABLE control.template_rollouts
    ADD COLUMN authorized_by uuid,
    ADD COLUMN authorized_by_name text,
    ADD COLUMN counted_since timestamptz;
-- Rollouts of one group that reach different workflows have nothing to do with each other.
DROP INDEX control.uq_template_rollouts__group_id_template_id;

ALTER TABLE control.template_rollout_targets
    ADD COLUMN previous_version integer,
    ADD COLUMN previous_template_version integer,
    DROP CONSTRAINT ck_template_rollout_targets__state,
    ADD CONSTRAINT ck_template_rollout_targets__state
        CHECK (state IN ('pending', 'upgraded', 'skipped', 'rolling_back', 'rolled_back'));
