-- One row a reason why page views of the server were left out of ``adblock_gap``, and how many.
SELECT left_out AS reason, CAST(sum(views) AS BIGINT) AS server_page_views
FROM measured_counts
WHERE left_out IS NOT NULL
GROUP BY left_out
