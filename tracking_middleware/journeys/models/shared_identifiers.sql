-- One row an identifier of more persons than the configuration allows: a bot's, a test account, a kiosk.
-- Nothing merges through it. ``persons`` counts the other identifiers that it would have joined.
WITH counted AS (
    SELECT 'domain_userid' AS kind, domain_userid AS value, count(DISTINCT user_id) AS persons
    FROM links WHERE domain_userid IS NOT NULL GROUP BY domain_userid
    UNION ALL
    SELECT 'user_id', user_id, count(DISTINCT domain_userid)
    FROM links WHERE user_id IS NOT NULL GROUP BY user_id
    UNION ALL
    SELECT 'network_userid', network_userid, count(DISTINCT domain_userid)
    FROM links WHERE network_userid IS NOT NULL GROUP BY network_userid
    UNION ALL
    SELECT 'token', token, count(DISTINCT domain_userid)
    FROM links WHERE token IS NOT NULL GROUP BY token
    UNION ALL
    SELECT 'transaction', transaction_id, count(DISTINCT coalesce(user_id, domain_userid, network_userid))
    FROM links WHERE transaction_id IS NOT NULL GROUP BY transaction_id
)
SELECT c.kind, c.value, c.persons
FROM counted AS c
CROSS JOIN journey_settings AS s
WHERE c.persons > s.max_persons_per_identifier
