-- One row an event without a session of the tracker's, with the session it belongs to: that of its device (else of
-- its user_id) that it falls into, the one before, within the time-out, else the next, within it. What is then left
-- is a session of its own wherever the pause is longer than that. Nothing off the browser falls into any.
WITH homeless AS (
    SELECT DISTINCT visitor_number FROM identifier_sets WHERE domain_sessionid = '' AND visitor_number IS NOT NULL
), visiting AS (
    SELECT s.set_number, s.visitor_number, CASE WHEN s.domain_sessionid <> '' THEN 1 ELSE 0 END AS is_placed
    FROM identifier_sets AS s
    JOIN homeless AS h ON h.visitor_number = s.visitor_number
), around AS (
    SELECT
        k.event_number, k.set_number, k.moment, v.visitor_number, v.is_placed,
        max(CASE WHEN v.is_placed = 1 THEN k.event_number END) OVER (PARTITION BY v.visitor_number
            ORDER BY k.event_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number_before,
        max(CASE WHEN v.is_placed = 1 THEN k.moment END) OVER (PARTITION BY v.visitor_number
            ORDER BY k.event_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS moment_before,
        min(CASE WHEN v.is_placed = 1 THEN k.event_number END) OVER (PARTITION BY v.visitor_number
            ORDER BY k.event_number ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS number_after,
        min(CASE WHEN v.is_placed = 1 THEN k.moment END) OVER (PARTITION BY v.visitor_number
            ORDER BY k.event_number ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS moment_after
    FROM event_keys AS k
    JOIN visiting AS v ON v.set_number = k.set_number
), fallen AS (
    SELECT
        a.event_number, a.set_number, a.moment, a.visitor_number,
        CASE
            WHEN date_diff('second', a.moment_before, a.moment) <= s.session_seconds THEN a.number_before
            WHEN date_diff('second', a.moment, a.moment_after) <= s.session_seconds THEN a.number_after
        END AS into_number
    FROM around AS a
    CROSS JOIN journey_settings AS s
    WHERE a.is_placed = 0
), paused AS (
    SELECT
        f.event_number, f.set_number, f.moment, f.visitor_number,
        CASE WHEN date_diff(
            'second', lag(f.moment) OVER (PARTITION BY f.visitor_number ORDER BY f.event_number), f.moment
        ) <= s.session_seconds THEN 0 ELSE 1 END AS is_new
    FROM fallen AS f
    CROSS JOIN journey_settings AS s
    WHERE f.into_number IS NULL
), counted AS (
    SELECT
        *,
        sum(is_new) OVER (PARTITION BY visitor_number ORDER BY event_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM paused
), own AS (
    SELECT
        event_number, set_number,
        min(moment) OVER (PARTITION BY visitor_number, number) AS started_at
    FROM counted
)
SELECT f.event_number, f.set_number, s.domain_sessionid AS session_id
FROM fallen AS f
JOIN event_keys AS k ON k.event_number = f.into_number
JOIN identifier_sets AS s ON s.set_number = k.set_number
UNION ALL
SELECT o.event_number, o.set_number, md5(s.visitor || ' ' || CAST(o.started_at AS VARCHAR))
FROM own AS o
JOIN identifier_sets AS s ON s.set_number = o.set_number
