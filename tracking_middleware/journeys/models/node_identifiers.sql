-- One row an identifier with the node of the graph of persons that it stands for.
SELECT i.kind, i.value, i.first_at, i.kind || ':' || i.value AS node
FROM identifiers AS i
LEFT JOIN shared_identifiers AS s ON s.kind = i.kind AND s.value = i.value
WHERE i.kind IN ('user_id', 'transaction') AND s.value IS NULL
UNION ALL
SELECT i.kind, i.value, i.first_at, g.device_group
FROM identifiers AS i
JOIN device_groups AS g ON g.node = i.kind || ':' || i.value
WHERE i.kind IN ('domain_userid', 'network_userid')
UNION ALL
SELECT 'domain_userid', substr(g.node, 15), min(l.first_at), g.device_group
FROM device_groups AS g
JOIN sound_links AS l ON 'domain_userid:' || l.token_domain_userid = g.node
LEFT JOIN identifiers AS i ON i.kind = 'domain_userid' AND i.value = l.token_domain_userid
WHERE i.value IS NULL
GROUP BY g.node, g.device_group
UNION ALL
SELECT 'session', substr(owner, 9), min(first_at), owner
FROM owned_links
WHERE starts_with(owner, 'session:')
GROUP BY owner
