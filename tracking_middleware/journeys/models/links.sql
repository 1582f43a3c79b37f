-- One row a set of identifiers that were seen together on an event, with when, how often, and on which first.
SELECT
    user_id, domain_userid, network_userid, session_id, token, token_domain_userid, token_sessionid,
    transaction_id,
    min(moment) AS first_at,
    max(moment) AS last_at,
    count(*) AS events,
    min(CAST(moment AS VARCHAR) || ' ' || event_id) AS first_event
FROM placed_events
GROUP BY
    user_id, domain_userid, network_userid, session_id, token, token_domain_userid, token_sessionid,
    transaction_id
