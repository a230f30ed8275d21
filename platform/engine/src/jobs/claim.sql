WITH RECURSIVE ask AS MATERIALIZED (
    SELECT $1::uuid AS worker, $2::text[] AS kinds, $3::integer AS free, $4::uuid AS start,
        $5::boolean AS aged, $6::float8 AS usual_cost, greatest(64, $3::integer + 1) AS look
), known AS MATERIALIZED (
    SELECT * FROM unnest($7::uuid[], $8::float8[], $9::float8[], $10::integer[])
        AS k(party, credit, cost, in_hand)
), lanes AS MATERIALIZED (
    SELECT unnest('{0,1,2,3}'::smallint[]) AS lane

-- What is due longest in each lane, more than this claim can take. Where that is all there is, it
-- names every party.
), head AS MATERIALIZED (
    SELECT l.lane, h.party
    FROM lanes AS l
    CROSS JOIN LATERAL (
        SELECT j.party FROM control.jobs AS j
        WHERE j.lane = l.lane AND j.lease_owner IS NULL AND j.dead_at IS NULL AND j.run_at <= now()
        ORDER BY j.run_at, j.id LIMIT (SELECT look FROM ask)) AS h

-- Else the parties are looked for by jumping from one to the next: what it costs depends on how
-- many they are and not on how much each has queued.
), scanned AS (
    (SELECT j.party, 1 AS n FROM control.jobs AS j
    WHERE j.lease_owner IS NULL AND j.dead_at IS NULL AND j.party >= (SELECT start FROM ask)
        AND EXISTS (SELECT FROM head GROUP BY lane HAVING count(*) >= (SELECT look FROM ask))
    ORDER BY j.party LIMIT 1)
    UNION ALL
    SELECT (SELECT j.party FROM control.jobs AS j
        WHERE j.lease_owner IS NULL AND j.dead_at IS NULL AND j.party > s.party
        ORDER BY j.party LIMIT 1), s.n + 1
    FROM scanned AS s WHERE s.party IS NOT NULL AND s.n < 128

-- Who has due work, where he stands, and for how many turns he has room: nobody holds more than
-- three times what is left free, but one turn anybody may have.
), ready AS MATERIALIZED (
    SELECT p.party, coalesce(k.credit, 0) AS credit, coalesce(k.cost, a.usual_cost) AS cost,
        coalesce(k.in_hand, 0) AS in_hand,
        greatest((3 * a.free - coalesce(k.in_hand, 0)) / 4,
            CASE WHEN coalesce(k.in_hand, 0) = 0 THEN 1 ELSE 0 END) AS room
    FROM (
        SELECT party FROM head
        UNION
        SELECT s.party FROM scanned AS s WHERE EXISTS (
            SELECT FROM lanes AS l CROSS JOIN LATERAL (
                SELECT FROM control.jobs AS j
                WHERE j.party = s.party AND j.lane = l.lane AND j.lease_owner IS NULL
                    AND j.dead_at IS NULL AND j.run_at <= now()
                LIMIT 1) AS due)) AS p
    CROSS JOIN ask AS a
    LEFT JOIN known AS k ON k.party = p.party

-- When there are more parties than slots, nobody gets two at once.
), depth AS MATERIALIZED (
    SELECT CASE WHEN count(*) < a.free THEN a.free ELSE 1 END AS n
    FROM ready CROSS JOIN ask AS a GROUP BY a.free

-- Each slot goes to whoever has had the least, counting what he is about to get.
), quota AS MATERIALIZED (
    SELECT party, count(*) AS n
    FROM (
        SELECT r.party
        FROM ready AS r CROSS JOIN ask AS a CROSS JOIN depth AS d
        CROSS JOIN LATERAL (
            SELECT row_number() OVER () AS n
            FROM (
                SELECT FROM lanes AS l CROSS JOIN LATERAL (
                    SELECT FROM control.jobs AS j
                    WHERE j.party = r.party AND j.lane = l.lane AND j.lease_owner IS NULL
                        AND j.dead_at IS NULL AND j.run_at <= now() AND j.kind = ANY(a.kinds)
                    LIMIT least(r.room, d.n)) AS due
                LIMIT least(r.room, d.n)) AS several) AS c
        WHERE r.room > 0
        ORDER BY r.credit - (r.in_hand + c.n - 1) * r.cost DESC, random()
        LIMIT (SELECT free FROM ask)) AS best
    GROUP BY party

-- Rows that another worker is just claiming are skipped, not waited for.
), picked AS MATERIALIZED (
    SELECT o.id
    FROM quota AS q CROSS JOIN ask AS a
    CROSS JOIN LATERAL (
        SELECT c.id
        FROM lanes AS l CROSS JOIN LATERAL (
            SELECT j.id, j.lane, j.run_at FROM control.jobs AS j
            WHERE j.party = q.party AND j.lane = l.lane AND j.lease_owner IS NULL
                AND j.dead_at IS NULL AND j.run_at <= now() AND j.kind = ANY(a.kinds)
            ORDER BY j.run_at, j.id LIMIT q.n FOR UPDATE SKIP LOCKED) AS c
        ORDER BY CASE WHEN a.aged THEN 0 ELSE c.lane END, c.run_at, c.id LIMIT q.n) AS o

), claimed AS (
    UPDATE control.jobs AS j SET lease_owner = a.worker, lease_epoch = j.lease_epoch + 1
    FROM picked AS p CROSS JOIN ask AS a WHERE j.id = p.id
    RETURNING j.id, j.kind, j.key, j.tenant_id, j.lane, j.payload, j.wake, j.attempts, j.takeovers,
        j.lease_epoch, extract(epoch FROM now() - j.run_at)::float8 AS waited

), seen AS (
    SELECT (SELECT count(*) FROM ready) AS parties, (SELECT count(*) FROM head) AS due,
        (SELECT party::text FROM scanned WHERE n = 128) AS stopped_at,
        (SELECT extract(epoch FROM min(n.run_at) - now())::float8
        FROM lanes AS l CROSS JOIN LATERAL (
            SELECT j.run_at FROM control.jobs AS j
            WHERE j.lane = l.lane AND j.lease_owner IS NULL AND j.dead_at IS NULL
                AND j.run_at > now() AND j.kind = ANY((SELECT kinds FROM ask)::text[])
            ORDER BY j.run_at LIMIT 1) AS n) AS due_in
)
SELECT seen.*, claimed.* FROM seen LEFT JOIN claimed ON true
