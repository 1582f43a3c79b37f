-- One row a session in which a single user_id was seen, or told of by a token that was made in it.
WITH seen AS (
    SELECT session_id, user_id FROM sound_links WHERE user_id IS NOT NULL AND session_id IS NOT NULL
    UNION ALL
    SELECT token_sessionid, user_id FROM sound_links WHERE user_id IS NOT NULL AND token_sessionid IS NOT NULL
)
SELECT session_id, min(user_id) AS user_id
FROM seen
GROUP BY session_id
HAVING count(DISTINCT user_id) = 1
