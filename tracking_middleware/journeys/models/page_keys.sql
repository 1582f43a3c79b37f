-- One row a URL of a page, with what is the same in all URLs of the page (no fragment, the parameters in order) and
-- a number for that.
WITH whole AS (
    SELECT DISTINCT page_url AS url, split_part(page_url, '#', 1) AS kept
    FROM events
    WHERE event IN ('page_view', 'page_ping') AND page_url IS NOT NULL
), ordered AS (
    SELECT
        url,
        CASE WHEN strpos(kept, '&') = 0 THEN kept
            ELSE split_part(kept, '?', 1) || '?'
                || array_to_string(list_sort(string_split(substr(kept, strpos(kept, '?') + 1), '&')), '&')
        END AS page_key
    FROM whole
)
SELECT url, page_key, dense_rank() OVER (ORDER BY page_key) AS page_number
FROM ordered
