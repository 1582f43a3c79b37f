-- One row an article and what was read next in the session: another article, or none (``to_article_id`` NULL) where it
-- was the last. Loading the same one again is not going on. Agents are not in here.
WITH steps AS (
    SELECT
        r.article_id, r.person_id, r.session_id, r.at AS moment, r.page_view_id,
        lag(r.article_id) OVER (PARTITION BY r.session_id ORDER BY r.at, r.page_view_id, r.article_id) AS article_before
    FROM article_reads AS r
    WHERE r.session_id IS NOT NULL
), moves AS (
    SELECT
        article_id, person_id,
        lead(article_id) OVER (PARTITION BY session_id ORDER BY moment, page_view_id, article_id) AS next_article
    FROM steps
    WHERE article_before IS NULL OR article_before <> article_id
)
SELECT
    article_id AS from_article_id, next_article AS to_article_id,
    CAST(count(DISTINCT person_id) AS BIGINT) AS persons, CAST(count(*) AS BIGINT) AS moves
FROM moves
GROUP BY article_id, next_article
