WITH d AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        AS d(id, trigger, stamp, source, name, workflow_id, version_id, trigger_id, trigger_type,
            input, at, business_key, concurrency_key, accepted, words)
),
current AS (
    SELECT d.* FROM d
    JOIN workflow_triggers AS t ON t.id = d.trigger
    JOIN workflows AS w ON w.id = t.workflow_id
    WHERE t.xmin::text || ':' || w.xmin::text = d.stamp
),
claimed AS (
    INSERT INTO trigger_deliveries AS t (source, key, created_at, execution_id)
    SELECT source, name, at, id FROM current ORDER BY source, name
    ON CONFLICT (source, key) DO UPDATE
    SET created_at = excluded.created_at, execution_id = excluded.execution_id
    WHERE t.created_at < excluded.created_at - $16
    RETURNING t.execution_id AS id
),
accepted AS (SELECT current.* FROM current JOIN claimed USING (id)),
runs AS (
    INSERT INTO workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type,
        input, next_seq, created_at, business_key, concurrency_key, trace)
    SELECT id, workflow_id, version_id, 'queued', trigger_id, trigger_type, input, 2, at,
        business_key, concurrency_key, accepted ->> 'trace'
    FROM accepted
),
events AS (
    INSERT INTO execution_events (execution_id, seq, kind, data, created_at)
    SELECT id, 1, 'execution_accepted', accepted, at FROM accepted
),
search AS (
    INSERT INTO execution_search (execution_id, created_at, words)
    SELECT id, at, array_to_tsvector(string_to_array(words, E'\n')) FROM accepted
)
SELECT d.id, current.id IS NOT NULL AS current, claimed.id IS NOT NULL AS accepted,
    earlier.execution_id AS earlier
FROM d
LEFT JOIN current USING (id)
LEFT JOIN claimed ON claimed.id = d.id
LEFT JOIN trigger_deliveries AS earlier ON claimed.id IS NULL AND current.id IS NOT NULL
    AND earlier.source = d.source AND earlier.key = d.name
