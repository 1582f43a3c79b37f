-- One row a model, a conversion and a touch: how much of the conversion is the touch's. The weights of a conversion add up
-- to 1 exactly: the last one is what the others leave.
WITH shared AS (
    SELECT
        s.model, s.conversion_id, s.session_id, s.place,
        CAST(CAST(s.share AS DOUBLE) / CAST(sum(s.share) OVER (PARTITION BY s.model, s.conversion_id) AS DOUBLE)
            AS DECIMAL(13,12)) AS weight,
        max(s.place) OVER (PARTITION BY s.model, s.conversion_id) AS last_place
    FROM touch_shares AS s
    WHERE s.share > 0
), others AS (
    SELECT
        h.*,
        sum(CASE WHEN h.place < h.last_place THEN h.weight ELSE CAST(0 AS DECIMAL(13,12)) END)
            OVER (PARTITION BY h.model, h.conversion_id) AS of_others
    FROM shared AS h
)
SELECT
    o.model, o.conversion_id, o.session_id,
    CASE WHEN o.session_id IS NULL THEN 'unknown' ELSE t.channel END AS channel, t.campaign, t.landing_url,
    CAST(CASE WHEN o.place = o.last_place THEN 1 - o.of_others ELSE o.weight END AS DECIMAL(13,12)) AS weight
FROM others AS o
LEFT JOIN touches AS t ON t.session_id = o.session_id
