-- One row a day, browser, URL, who told, and why it was left out: how many of ``measured_views`` there are.
SELECT CAST(moment AS DATE) AS date_seen, br_family, page_url, seen_by, left_out, count(*) AS views
FROM measured_views
GROUP BY CAST(moment AS DATE), br_family, page_url, seen_by, left_out
