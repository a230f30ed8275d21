-- The distributed trace that a run belongs to, as `traceparent`: what its calls to the outside carry.
ALTER TABLE workflow_executions ADD COLUMN trace text;
