-- One row what a campaign cost on a day, as the file said that was given last.
SELECT
    g.campaign, CAST(g.day AS DATE) AS day, CAST(g.cost AS DECIMAL(18,6)) AS cost, g.currency
FROM spend_given AS g
