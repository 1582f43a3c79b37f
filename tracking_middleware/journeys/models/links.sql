-- One row a set of identifiers that were seen together in a session, with when, how often, and on which event first.
WITH seen AS (
    SELECT
        link_number, min(moment) AS first_at, max(moment) AS last_at, count(*) AS events,
        min(event_number) AS first_number
    FROM placed_events
    GROUP BY link_number
)
SELECT
    p.link_number, s.is_off_browser, s.visitor_number, p.session_id,
    nullif(s.user_id, '') AS user_id,
    nullif(s.domain_userid, '') AS domain_userid,
    nullif(s.network_userid, '') AS network_userid,
    nullif(s.token, '') AS token,
    nullif(s.token_domain_userid, '') AS token_domain_userid,
    nullif(s.token_sessionid, '') AS token_sessionid,
    nullif(s.transaction_id, '') AS transaction_id,
    n.first_at, n.last_at, n.events, n.first_number
FROM seen AS n
JOIN placed_sets AS p ON p.link_number = n.link_number
JOIN identifier_sets AS s ON s.set_number = p.set_number
