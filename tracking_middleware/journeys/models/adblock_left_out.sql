-- One row a reason why page views of the server were left out of ``adblock_gap``, and how many.
SELECT left_out AS reason, count(*) AS server_page_views
FROM measured_views
WHERE left_out IS NOT NULL
GROUP BY left_out
