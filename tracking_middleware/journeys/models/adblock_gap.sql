-- One row a day, a browser, a page, and one for all: how many page views of the server the browser did not tell of,
-- with the interval in which the share lies with 95 % certainty (E. B. Wilson, 1927);
-- ``z`` is 1.959964 times itself.
WITH kept AS (
    SELECT
        CAST(date_seen AS VARCHAR) AS day, coalesce(br_family, '') AS browser,
        coalesce(split_part(split_part(page_url, '#', 1), '?', 1), '') AS page, views,
        CASE WHEN seen_by = 'server' THEN views ELSE 0 END AS missed
    FROM measured_counts
    WHERE left_out IS NULL
), summed AS (
    SELECT 'all' AS dimension, 'all' AS value, sum(views) AS all_views, sum(missed) AS all_missed
    FROM kept HAVING count(*) > 0
    UNION ALL
    SELECT 'day', day, sum(views), sum(missed) FROM kept GROUP BY day
    UNION ALL
    SELECT 'browser', browser, sum(views), sum(missed) FROM kept GROUP BY browser
    UNION ALL
    SELECT 'page', page, sum(views), sum(missed) FROM kept GROUP BY page
), counted AS (
    SELECT dimension, value, CAST(all_views AS BIGINT) AS n, CAST(all_missed AS BIGINT) AS k FROM summed
), shares AS (
    SELECT *, CAST(k AS DOUBLE) / n AS share, CAST(3.841458881296 AS DOUBLE) AS z FROM counted
)
SELECT
    dimension, value, n AS server_page_views, k AS missing, share,
    greatest(0.0, (share + z / (2 * n) - sqrt(z * (share * (1 - share) / n + z / (4.0 * n * n)))) / (1 + z / n)) AS low,
    least(1.0, (share + z / (2 * n) + sqrt(z * (share * (1 - share) / n + z / (4.0 * n * n)))) / (1 + z / n)) AS high
FROM shares
