-- One row an event without a session of the tracker's, with the session it belongs to: that of its device (else of
-- its user_id) that it falls into, the one before, within the time-out, else the next, within it. What is then left
-- is a session of its own wherever the pause is longer than that. Nothing off the browser falls into any.
WITH homeless AS (
    SELECT DISTINCT domain_userid, CASE WHEN domain_userid IS NULL THEN user_id END AS user_id
    FROM event_keys
    WHERE domain_sessionid IS NULL AND side <> 'off_browser' AND coalesce(domain_userid, user_id) IS NOT NULL
), visited AS (
    SELECT 'domain_userid:' || k.domain_userid AS visitor, k.event_id, k.moment, k.domain_sessionid
    FROM event_keys AS k
    WHERE k.side <> 'off_browser'
      AND k.domain_userid IN (SELECT h.domain_userid FROM homeless AS h WHERE h.domain_userid IS NOT NULL)
    UNION ALL
    SELECT 'user_id:' || k.user_id, k.event_id, k.moment, k.domain_sessionid
    FROM event_keys AS k
    WHERE k.side <> 'off_browser' AND k.domain_userid IS NULL
      AND k.user_id IN (SELECT h.user_id FROM homeless AS h WHERE h.user_id IS NOT NULL)
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY visitor ORDER BY moment, event_id) AS place FROM visited
), around AS (
    SELECT
        *,
        max(CASE WHEN domain_sessionid IS NOT NULL THEN place END) OVER (
            PARTITION BY visitor ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place_before,
        min(CASE WHEN domain_sessionid IS NOT NULL THEN place END) OVER (
            PARTITION BY visitor ORDER BY place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS place_after
    FROM placed
), fallen AS (
    SELECT
        a.event_id, a.visitor, a.moment, a.place,
        CASE
            WHEN date_diff('second', b.moment, a.moment) <= s.session_seconds THEN b.domain_sessionid
            WHEN date_diff('second', a.moment, c.moment) <= s.session_seconds THEN c.domain_sessionid
        END AS session_id
    FROM around AS a
    CROSS JOIN journey_settings AS s
    LEFT JOIN placed AS b ON b.visitor = a.visitor AND b.place = a.place_before
    LEFT JOIN placed AS c ON c.visitor = a.visitor AND c.place = a.place_after
    WHERE a.domain_sessionid IS NULL
), paused AS (
    SELECT
        f.event_id, f.visitor, f.moment, f.place,
        CASE WHEN date_diff('second', lag(f.moment) OVER (PARTITION BY f.visitor ORDER BY f.place), f.moment)
            <= s.session_seconds THEN 0 ELSE 1 END AS is_new
    FROM fallen AS f
    CROSS JOIN journey_settings AS s
    WHERE f.session_id IS NULL
), counted AS (
    SELECT
        *,
        sum(is_new) OVER (PARTITION BY visitor ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
            AS number
    FROM paused
), own AS (
    SELECT
        event_id,
        md5(visitor || ' ' || CAST(min(moment) OVER (PARTITION BY visitor, number) AS VARCHAR)) AS session_id
    FROM counted
)
SELECT event_id, session_id FROM fallen WHERE session_id IS NOT NULL
UNION ALL
SELECT event_id, session_id FROM own
