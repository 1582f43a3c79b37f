-- One row a time in which a zone is behind UTC by so many milliseconds.
SELECT CAST(g.begins AS TIMESTAMP) AS valid_from, CAST(g.ends AS TIMESTAMP) AS valid_to, g.behind_milliseconds
FROM zone_given AS g
