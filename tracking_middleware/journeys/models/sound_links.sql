-- One row of ``links`` with only the identifiers that may join anything.
SELECT
    l.link_number, l.is_off_browser, l.visitor_number,
    CASE WHEN u.value IS NULL THEN l.user_id END AS user_id,
    CASE WHEN d.value IS NULL THEN l.domain_userid END AS domain_userid,
    CASE WHEN n.value IS NULL THEN l.network_userid END AS network_userid,
    l.session_id,
    CASE WHEN t.value IS NULL THEN l.token END AS token,
    CASE WHEN t.value IS NULL AND o.value IS NULL THEN l.token_domain_userid END AS token_domain_userid,
    CASE WHEN t.value IS NULL THEN l.token_sessionid END AS token_sessionid,
    CASE WHEN x.value IS NULL THEN l.transaction_id END AS transaction_id,
    l.first_at, l.last_at, l.events, l.first_number
FROM links AS l
LEFT JOIN shared_identifiers AS u ON u.kind = 'user_id' AND u.value = l.user_id
LEFT JOIN shared_identifiers AS d ON d.kind = 'domain_userid' AND d.value = l.domain_userid
LEFT JOIN shared_identifiers AS n ON n.kind = 'network_userid' AND n.value = l.network_userid
LEFT JOIN shared_identifiers AS t ON t.kind = 'token' AND t.value = l.token
LEFT JOIN shared_identifiers AS o ON o.kind = 'domain_userid' AND o.value = l.token_domain_userid
LEFT JOIN shared_identifiers AS x ON x.kind = 'transaction' AND x.value = l.transaction_id
