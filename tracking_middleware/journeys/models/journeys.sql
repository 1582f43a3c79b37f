-- One row an event of a person, in the order it happened, over browser, server and whatever is off the browser.
SELECT
    p.person_id,
    row_number() OVER (
        PARTITION BY p.person_id ORDER BY coalesce(e.derived_tstamp, e.collector_tstamp), e.event_id
    ) AS position,
    e.event_id,
    coalesce(e.derived_tstamp, e.collector_tstamp) AS at,
    e.side, e.event_name, e.page_url, p.session_id, p.how
FROM event_persons AS p
JOIN events AS e ON e.event_id = p.event_id
