-- One row a step of a path, from a state to another, and how often it was made. A path is the channels of a conversion's
-- touches, or of those of a person's touches that are on no conversion's path, which ends in nothing. Staying on a channel
-- is no step: it changes nothing of where a path ends. Where nothing was converted, there are no paths to tell of.
WITH lone AS (
    SELECT t.person_id, t.session_id, t.channel, t.at AS moment
    FROM touches AS t
    CROSS JOIN (SELECT count(*) AS number FROM conversion_touches) AS n
    WHERE n.number > 0
      AND NOT EXISTS (SELECT 1 FROM conversion_touches AS c WHERE c.session_id = t.session_id)
), places AS (
    SELECT 'conversion ' || c.conversion_id AS path, '(conversion)' AS path_end, c.channel, c.moment, c.session_id
    FROM conversion_touches AS c
    UNION ALL
    SELECT 'person ' || l.person_id, '(nothing)', l.channel, l.moment, l.session_id
    FROM lone AS l
), steps AS (
    SELECT
        path, path_end, channel,
        lag(channel) OVER (PARTITION BY path ORDER BY moment, session_id) AS channel_before,
        lead(channel) OVER (PARTITION BY path ORDER BY moment, session_id) AS channel_after
    FROM places
), moves AS (
    SELECT coalesce(channel_before, '(start)') AS from_state, channel AS to_state
    FROM steps
    WHERE channel_before IS NULL OR channel_before <> channel
    UNION ALL
    SELECT channel, path_end
    FROM steps
    WHERE channel_after IS NULL
)
SELECT from_state, to_state, CAST(count(*) AS BIGINT) AS steps
FROM moves
GROUP BY from_state, to_state
