-- One row an event: its number in the order of time, its set of identifiers, and what else is needed to join it.
-- A row is as narrow as can be before all are put in order.
WITH keyed AS (
    SELECT
        CAST(i.event_id AS UUID) AS event_id, i.moment, i.side,
        CASE WHEN i.event IN ('page_view', 'page_ping') THEN i.event END AS page_event,
        s.set_number, p.page_number, i.web_page_key
    FROM event_identifiers AS i
    JOIN identifier_sets AS s ON s.domain_sessionid = i.domain_sessionid AND s.domain_userid = i.domain_userid
        AND s.user_id = i.user_id AND s.network_userid = i.network_userid AND s.token = i.token
        AND s.token_domain_userid = i.token_domain_userid AND s.token_sessionid = i.token_sessionid
        AND s.transaction_id = i.transaction_id AND s.is_off_browser = i.is_off_browser
    LEFT JOIN page_keys AS p ON p.url = i.page_url AND i.event IN ('page_view', 'page_ping')
)
SELECT
    row_number() OVER (ORDER BY moment, event_id) AS event_number,
    event_id, moment, side, page_event, set_number, page_number, web_page_key
FROM keyed
