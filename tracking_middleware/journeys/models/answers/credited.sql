-- One row of ``attribution`` with its part of what the conversion earned after returns. Where the value (or the margin) of the
-- conversion or of a return of it is not known, neither is what is left: that is counted and not summed.
WITH taken AS (
    SELECT
        conversion_id, sum(value) AS value, sum(margin) AS margin,
        count(*) - count(value) AS unknown_values, count(*) - count(margin) AS unknown_margins
    FROM returns
    WHERE conversion_at IS NOT NULL
    GROUP BY conversion_id
), earned AS (
    SELECT
        c.conversion_id, c.currency,
        CASE WHEN coalesce(r.unknown_values, 0) = 0 THEN c.value - coalesce(r.value, CAST(0 AS DECIMAL(18,6))) END AS value,
        CASE WHEN coalesce(r.unknown_margins, 0) = 0 THEN c.margin - coalesce(r.margin, CAST(0 AS DECIMAL(18,6))) END
            AS margin
    FROM conversions AS c
    LEFT JOIN taken AS r ON r.conversion_id = c.conversion_id
)
SELECT
    a.model, a.channel, a.campaign, a.landing_url, e.currency, a.weight,
    CAST(e.value AS DECIMAL(22,6)) * a.weight AS value,
    CAST(e.margin AS DECIMAL(22,6)) * a.weight AS margin,
    CASE WHEN e.value IS NULL THEN a.weight ELSE CAST(0 AS DECIMAL(13,12)) END AS unknown_value,
    CASE WHEN e.margin IS NULL THEN a.weight ELSE CAST(0 AS DECIMAL(13,12)) END AS unknown_margin
FROM attribution AS a
JOIN earned AS e ON e.conversion_id = a.conversion_id
