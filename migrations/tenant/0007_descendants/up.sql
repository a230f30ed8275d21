-- The first of the runs that started each other, so that all that came of it can be counted.
ALTER TABLE workflow_executions ADD COLUMN root_execution_id uuid;
CREATE INDEX ix_workflow_executions__root_execution_id ON workflow_executions (root_execution_id)
    WHERE root_execution_id IS NOT NULL;
