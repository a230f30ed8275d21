-- The words of a run change once more when it ends in a rare state, so that such runs are found
-- by the index of words: see docs/decisions/0014-search-in-runs.md.
UPDATE execution_search AS s
    SET words = s.words || array_to_tsvector(ARRAY['status:' || e.status])
    FROM workflow_executions AS e
    WHERE e.id = s.execution_id AND e.status IN ('failed', 'cancelled');
