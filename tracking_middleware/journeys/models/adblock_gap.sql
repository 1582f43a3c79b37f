-- One row a day, a browser, a page, and one for all: how many page views of the server the browser did not tell of,
-- with the interval in which the share lies with 95 % certainty (E. B. Wilson, 1927);
-- ``z`` is 1.959964 times itself.
WITH kept AS (
    SELECT
        CAST(CAST(moment AS DATE) AS VARCHAR) AS day, coalesce(br_family, '') AS browser,
        coalesce(split_part(split_part(page_url, '#', 1), '?', 1), '') AS page,
        CASE WHEN seen_by = 'server' THEN 1 ELSE 0 END AS is_missing
    FROM measured_views
    WHERE left_out IS NULL
), counted AS (
    SELECT 'all' AS dimension, 'all' AS value, count(*) AS n, sum(is_missing) AS k FROM kept HAVING count(*) > 0
    UNION ALL
    SELECT 'day', day, count(*), sum(is_missing) FROM kept GROUP BY day
    UNION ALL
    SELECT 'browser', browser, count(*), sum(is_missing) FROM kept GROUP BY browser
    UNION ALL
    SELECT 'page', page, count(*), sum(is_missing) FROM kept GROUP BY page
), shares AS (
    SELECT *, CAST(k AS DOUBLE) / n AS share, CAST(3.841458881296 AS DOUBLE) AS z FROM counted
)
SELECT
    dimension, value, CAST(n AS BIGINT) AS server_page_views, CAST(k AS BIGINT) AS missing, share,
    greatest(0.0, (share + z / (2 * n) - sqrt(z * (share * (1 - share) / n + z / (4.0 * n * n)))) / (1 + z / n)) AS low,
    least(1.0, (share + z / (2 * n) + sqrt(z * (share * (1 - share) / n + z / (4.0 * n * n)))) / (1 + z / n)) AS high
FROM shares
