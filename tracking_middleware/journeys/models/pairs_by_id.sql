-- One row a page view that both sides gave the same ``web_page`` id: the k-th of the one with the k-th of the other.
WITH both_sides AS (
    SELECT web_page_id
    FROM page_view_events
    WHERE web_page_id IS NOT NULL
    GROUP BY web_page_id
    HAVING min(side) <> max(side)
), placed AS (
    SELECT
        v.event_id, v.side, v.moment, v.domain_userid, v.web_page_id,
        row_number() OVER (PARTITION BY v.web_page_id, v.side ORDER BY v.moment, v.event_id) AS place
    FROM page_view_events AS v
    JOIN both_sides AS b ON b.web_page_id = v.web_page_id
)
SELECT
    s.event_id AS server_event_id, b.event_id AS browser_event_id,
    coalesce(b.domain_userid, s.domain_userid) AS domain_userid,
    date_diff('millisecond', s.moment, b.moment) AS lag_milliseconds
FROM placed AS s
JOIN placed AS b ON b.web_page_id = s.web_page_id AND b.place = s.place AND b.side = 'browser'
WHERE s.side = 'server'
