-- One row a browser on which any user_id was ever seen: which, where there is but one, and how many.
WITH seen AS (
    SELECT coalesce(d.device_group, n.device_group) AS device_group, l.user_id
    FROM sound_links AS l
    LEFT JOIN device_groups AS d ON d.node = 'domain_userid:' || l.domain_userid
    LEFT JOIN device_groups AS n ON n.node = 'network_userid:' || l.network_userid
    WHERE l.user_id IS NOT NULL
)
SELECT device_group, min(user_id) AS user_id, count(DISTINCT user_id) AS users
FROM seen
WHERE device_group IS NOT NULL
GROUP BY device_group
