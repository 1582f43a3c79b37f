-- One row a pair of nodes that are one person: a browser and the only user_id it ever had (unless sessions are
-- to be judged alone), and the owners of what carries one transaction's number.
WITH carried AS (
    SELECT DISTINCT transaction_id, owner, is_left FROM owned_links WHERE transaction_id IS NOT NULL
), owned AS (
    SELECT DISTINCT transaction_id FROM carried
    WHERE NOT is_left AND owner <> 'transaction:' || transaction_id
)
SELECT g.device_group AS a, 'user_id:' || g.user_id AS b
FROM group_users AS g
CROSS JOIN journey_settings AS s
WHERE g.users = 1 AND s.anonymous = 'device'
UNION
SELECT 'transaction:' || c.transaction_id, c.owner
FROM carried AS c
LEFT JOIN owned AS o ON o.transaction_id = c.transaction_id
WHERE c.owner <> 'transaction:' || c.transaction_id AND (NOT c.is_left OR o.transaction_id IS NULL)
