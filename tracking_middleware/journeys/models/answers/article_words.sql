-- One row a page view and what it counts for: the article, each of its authors, sections, subjects and tags as they were
-- then, and all. A view counts once for each, however often that is said of it.
SELECT DISTINCT r.page_view_id, f.kind AS dimension, f.value
FROM article_reads AS r
JOIN event_fields AS f ON f.event_id = r.event_id AND f.number = r.number AND f.topic = 'article'
WHERE f.kind IN ('author', 'section', 'subject', 'tag')
UNION
SELECT r.page_view_id, 'article' AS dimension, r.article_id
FROM article_reads AS r
UNION
SELECT r.page_view_id, 'all' AS dimension, 'all'
FROM article_reads AS r
