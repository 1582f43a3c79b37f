-- One row an article, author, section, subject, tag or all (``dimension``, ``value``), and a day of the time zone that is
-- named, NULL for all days: persons of two days are not those of both. Of an article with several authors or tags each
-- counts whole, so that rows of one dimension do not add up to ``all``. Agents are not in here.
WITH views AS (
    SELECT
        page_view_id, person_id, day, is_server, is_browser, engaged_seconds, is_finished, is_entry, is_new,
        is_observed, is_returning,
        row_number() OVER (PARTITION BY page_view_id ORDER BY article_id, number) AS place
    FROM article_reads
), counted AS (
    SELECT w.dimension, w.value, v.*
    FROM article_words AS w
    JOIN views AS v ON v.page_view_id = w.page_view_id AND v.place = 1
), by_day AS (
    SELECT dimension, value, day, person_id, is_server, is_browser, engaged_seconds, is_finished, is_entry, is_new,
        is_observed, is_returning
    FROM counted
    UNION ALL
    SELECT dimension, value, CAST(NULL AS DATE), person_id, is_server, is_browser, engaged_seconds, is_finished,
        is_entry, is_new, is_observed, is_returning
    FROM counted
), summed AS (
    SELECT
        dimension, value, day,
        CAST(count(*) AS BIGINT) AS views,
        CAST(sum(is_server) AS BIGINT) AS server_views,
        CAST(sum(is_browser) AS BIGINT) AS browser_views,
        CAST(count(DISTINCT person_id) AS BIGINT) AS persons,
        CAST(count(DISTINCT CASE WHEN is_new = 1 THEN person_id END) AS BIGINT) AS new_persons,
        CAST(sum(engaged_seconds) AS BIGINT) AS engaged_seconds,
        CAST(sum(is_finished) AS BIGINT) AS finished_views,
        CAST(sum(is_entry) AS BIGINT) AS entry_views,
        CAST(count(DISTINCT CASE WHEN is_observed = 1 THEN person_id END) AS BIGINT) AS observed_persons,
        CAST(count(DISTINCT CASE WHEN is_returning = 1 THEN person_id END) AS BIGINT) AS returning_persons
    FROM by_day
    GROUP BY dimension, value, day
)
SELECT
    s.dimension, s.value, s.day, a.timezone, s.views, s.server_views, s.browser_views, s.persons, s.new_persons,
    s.engaged_seconds, s.finished_views,
    CAST(s.finished_views AS DOUBLE) / nullif(s.browser_views, 0) AS finished_share,
    s.entry_views, CAST(s.entry_views AS DOUBLE) / s.views AS entry_share,
    s.observed_persons, s.returning_persons,
    CAST(s.returning_persons AS DOUBLE) / nullif(s.observed_persons, 0) AS returning_share
FROM summed AS s
CROSS JOIN answer_settings AS a
