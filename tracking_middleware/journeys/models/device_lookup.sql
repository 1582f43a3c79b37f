-- One row a domain_userid, with the person that its browser belongs to, and what joined it to that person: itself,
-- or the identifier by which it is one browser with another domain_userid, on which the user_id was seen.
-- ``is_shared``: the browser had several user_ids, and this person is what nobody of them owns.
WITH own AS (
    SELECT DISTINCT domain_userid FROM sound_links WHERE user_id IS NOT NULL AND domain_userid IS NOT NULL
), handed AS (
    SELECT domain_userid FROM sound_links WHERE domain_userid <> token_domain_userid
    UNION
    SELECT token_domain_userid FROM sound_links WHERE domain_userid <> token_domain_userid
)
SELECT
    substr(g.node, 15) AS domain_userid,
    p.person_number,
    CASE
        WHEN coalesce(u.users, 0) <> 1 OR o.domain_userid IS NOT NULL OR s.anonymous = 'session' THEN 'device'
        WHEN h.domain_userid IS NOT NULL THEN 'token'
        ELSE 'network_userid'
    END AS how,
    coalesce(u.users, 0) > 1 AS is_shared
FROM device_groups AS g
CROSS JOIN journey_settings AS s
JOIN node_persons AS p ON p.node = g.device_group
LEFT JOIN group_users AS u ON u.device_group = g.device_group
LEFT JOIN own AS o ON o.domain_userid = substr(g.node, 15)
LEFT JOIN handed AS h ON h.domain_userid = substr(g.node, 15)
WHERE starts_with(g.node, 'domain_userid:')
