-- One row an event: its keys, with the session it belongs to. The tracker's own id first; an event without one
-- joins the session of its device (else of its user_id) that it falls into: the one before, within the time-out,
-- else the next, within it. What is then left is a session of its own wherever the pause is longer than that.
-- An event off the browser has a session only where it names one.
WITH keyed AS (
    SELECT
        *,
        CASE WHEN side <> 'off_browser' THEN coalesce(
            'domain_userid:' || domain_userid, 'user_id:' || user_id, 'network_userid:' || network_userid
        ) END AS visitor
    FROM event_keys
), homeless AS (
    SELECT DISTINCT visitor FROM keyed WHERE domain_sessionid IS NULL AND visitor IS NOT NULL
), placed AS (
    SELECT
        k.event_id, k.visitor, k.moment, k.domain_sessionid,
        row_number() OVER (PARTITION BY k.visitor ORDER BY k.moment, k.event_id) AS place
    FROM keyed AS k
    JOIN homeless AS h ON h.visitor = k.visitor
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
), found AS (
    SELECT event_id, session_id FROM fallen WHERE session_id IS NOT NULL
    UNION ALL
    SELECT event_id, session_id FROM own
)
SELECT k.*, coalesce(k.domain_sessionid, f.session_id) AS session_id
FROM keyed AS k
LEFT JOIN found AS f ON f.event_id = k.event_id
