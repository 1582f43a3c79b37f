-- One row a model, a conversion and a touch that the model credits: its share, a whole number, to be divided by the sum of
-- the conversion's. A conversion of which no touch is known has one without a session.
SELECT 'first' AS model, t.conversion_id, t.session_id, t.place, CAST(1 AS BIGINT) AS share
FROM conversion_touches AS t
WHERE t.place = 1
UNION ALL
SELECT 'last', t.conversion_id, t.session_id, t.place, CAST(1 AS BIGINT)
FROM conversion_touches AS t
WHERE t.place = t.last_place
UNION ALL
-- 40 % the first, 40 % the last, 20 % those between; half each where there are but two
SELECT
    'position', t.conversion_id, t.session_id, t.place,
    CAST(CASE WHEN t.touches <= 2 THEN 1 WHEN t.place IN (1, t.touches) THEN 2 * (t.touches - 2) ELSE 1 END AS BIGINT)
FROM conversion_touches AS t
UNION ALL
-- half for each half-life that a touch is older than the newest
SELECT
    'time_decay', t.conversion_id, t.session_id, t.place,
    CAST(floor(power(CAST(0.5 AS DOUBLE),
        CAST(t.age_seconds - t.least_age_seconds AS DOUBLE) / s.half_life_seconds) * CAST(1000000000000000 AS DOUBLE)) AS BIGINT)
FROM conversion_touches AS t
CROSS JOIN answer_settings AS s
UNION ALL
-- what a channel's removal would lose, over its touches
SELECT 'markov', t.conversion_id, t.session_id, t.place, r.effect // t.touches_of_channel
FROM conversion_touches AS t
JOIN removal_effects AS r ON r.channel = t.channel
UNION ALL
SELECT m.model, c.conversion_id, CAST(NULL AS VARCHAR), CAST(1 AS BIGINT), CAST(1 AS BIGINT)
FROM conversions AS c
CROSS JOIN attribution_models AS m
WHERE NOT EXISTS (SELECT 1 FROM conversion_touches AS t WHERE t.conversion_id = c.conversion_id)
