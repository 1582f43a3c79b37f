-- One row an identifier on an event, of those that are to be kept apart from another: what carries it, how little of a
-- device that is, and the tracker's session, which carries what any of its events does.
WITH wanted AS (
    SELECT DISTINCT kind, value FROM apart
)
SELECT
    k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id) AS place,
    'domain_userid' AS kind, k.domain_userid AS value, 'domain_userid' AS carrier, 1 AS rank
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'domain_userid' AND w.value = k.domain_userid
UNION ALL
SELECT
    k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id), 'network_userid', k.network_userid, 'network_userid', 2
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'network_userid' AND w.value = k.network_userid
UNION ALL
SELECT k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id), 'domain_userid', k.token_domain_userid, 'token', 3
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'domain_userid' AND w.value = k.token_domain_userid
UNION ALL
SELECT k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id), 'token', k.token, 'token', 3
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'token' AND w.value = k.token
UNION ALL
SELECT k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id), 'user_id', k.user_id, 'user_id', 4
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'user_id' AND w.value = k.user_id
UNION ALL
SELECT k.event_id, coalesce(nullif(k.domain_sessionid, ''), k.event_id), 'transaction', k.transaction_id, 'transaction', 4
FROM carried_identifiers AS k JOIN wanted AS w ON w.kind = 'transaction' AND w.value = k.transaction_id
