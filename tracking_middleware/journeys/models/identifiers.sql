-- One row an identifier that was ever seen: when first and last, and on how many events.
WITH seen AS (
    SELECT 'user_id' AS kind, user_id AS value, first_at, last_at, events FROM links
    UNION ALL
    SELECT 'domain_userid', domain_userid, first_at, last_at, events FROM links
    UNION ALL
    SELECT 'network_userid', network_userid, first_at, last_at, events FROM links
    UNION ALL
    SELECT 'token', token, first_at, last_at, events FROM links
    UNION ALL
    SELECT 'transaction', transaction_id, first_at, last_at, events FROM links
)
SELECT kind, value, min(first_at) AS first_at, max(last_at) AS last_at, CAST(sum(events) AS BIGINT) AS events
FROM seen
WHERE value IS NOT NULL
GROUP BY kind, value
