-- One row a page view that a server told of: whether the browser told of it too, or why it says nothing of blocking.
-- It is too young as long as nothing came in that much later: a clock that is ahead says nothing of that.
WITH newest AS (
    SELECT max(e.collector_tstamp) AS moment
    FROM events AS e
    WHERE e.event = 'page_view' AND e.side IN ('browser', 'server')
)
SELECT
    v.at AS moment, v.page_url, v.br_family, v.seen_by, v.person_id,
    CASE
        WHEN v.agent_class NOT IN ('person', 'unknown') THEN 'agent'
        WHEN v.person_id IS NULL THEN 'nobody'
        WHEN date_diff('second', v.at, n.moment) < s.wait_seconds THEN 'too young'
        WHEN p.person_id IS NOT NULL THEN 'seen once'
    END AS left_out
FROM page_views AS v
CROSS JOIN newest AS n
CROSS JOIN journey_settings AS s
LEFT JOIN persons AS p ON p.person_id = v.person_id AND p.events = 1
WHERE v.seen_by <> 'browser'
