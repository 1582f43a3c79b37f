-- One row a model, what is counted by (``dimension``: all, a campaign, a channel, a landing page, the columns of the others
-- being NULL) and a currency: what was earned after returns. Money of two currencies is never added up. What a campaign cost
-- is that of the days from the first touch to the last, and what comes back of it its margin by that.
WITH days AS (
    SELECT
        min(CAST(t.at - to_milliseconds(z.behind_milliseconds) AS DATE)) AS first_day,
        max(CAST(t.at - to_milliseconds(z.behind_milliseconds) AS DATE)) AS last_day
    FROM touches AS t
    CROSS JOIN zone_offsets AS z
    WHERE t.at >= z.valid_from AND t.at < z.valid_to
), costs AS (
    SELECT m.model, s.campaign, s.currency, s.cost
    FROM spend AS s
    CROSS JOIN days AS d
    CROSS JOIN attribution_models AS m
    WHERE s.day >= d.first_day AND s.day <= d.last_day
), counted AS (
    SELECT 'all' AS dimension, model, CAST(NULL AS VARCHAR) AS channel, CAST(NULL AS VARCHAR) AS campaign,
        CAST(NULL AS VARCHAR) AS landing_url, currency, weight, value, margin, unknown_value, unknown_margin,
        CAST(NULL AS DECIMAL(18,6)) AS cost
    FROM credited
    UNION ALL
    SELECT 'campaign', model, NULL, campaign, NULL, currency, weight, value, margin, unknown_value, unknown_margin, NULL
    FROM credited
    UNION ALL
    SELECT 'channel', model, channel, NULL, NULL, currency, weight, value, margin, unknown_value, unknown_margin, NULL
    FROM credited
    UNION ALL
    SELECT 'landing_page', model, NULL, NULL, landing_url, currency, weight, value, margin, unknown_value, unknown_margin, NULL
    FROM credited
    UNION ALL
    SELECT 'all', model, NULL, NULL, NULL, currency, 0, 0, 0, 0, 0, cost FROM costs
    UNION ALL
    SELECT 'campaign', model, NULL, campaign, NULL, currency, 0, 0, 0, 0, 0, cost FROM costs
), summed AS (
    SELECT
        model, dimension, channel, campaign, landing_url, currency,
        CAST(sum(weight) AS DECIMAL(30,12)) AS conversions,
        CAST(coalesce(sum(value), 0) AS DECIMAL(30,6)) AS value,
        CAST(coalesce(sum(margin), 0) AS DECIMAL(30,6)) AS margin,
        CAST(sum(unknown_value) AS DECIMAL(30,12)) AS unknown_values,
        CAST(sum(unknown_margin) AS DECIMAL(30,12)) AS unknown_margins,
        CAST(sum(cost) AS DECIMAL(30,6)) AS cost
    FROM counted
    GROUP BY model, dimension, channel, campaign, landing_url, currency
)
SELECT
    s.model, s.dimension, s.channel, s.campaign, s.landing_url, s.currency, a.timezone, s.conversions, s.value, s.margin,
    s.unknown_values, s.unknown_margins, s.cost,
    CASE WHEN s.cost > 0 THEN CAST(s.margin AS DOUBLE) / CAST(s.cost AS DOUBLE) END AS return_on_spend
FROM summed AS s
CROSS JOIN answer_settings AS a
