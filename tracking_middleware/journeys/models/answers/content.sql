-- One row an article as it was for a time: what its entity said on page views from ``valid_from`` on, until it said
-- something else (``valid_to``, NULL where it still does).
WITH told AS (
    SELECT
        event_id, number,
        min(CASE WHEN kind = 'id' THEN value END) AS article_id,
        string_agg(CASE WHEN kind = 'title' THEN value END, '; ' ORDER BY position) AS title,
        string_agg(CASE WHEN kind = 'author' THEN value END, '; ' ORDER BY position) AS authors,
        string_agg(CASE WHEN kind = 'section' THEN value END, '; ' ORDER BY position) AS sections,
        string_agg(CASE WHEN kind = 'subject' THEN value END, '; ' ORDER BY position) AS subject,
        string_agg(CASE WHEN kind = 'tag' THEN value END, '; ' ORDER BY position) AS tags
    FROM event_fields
    WHERE topic = 'article'
    GROUP BY event_id, number
), seen AS (
    SELECT
        t.event_id, t.number, t.article_id, t.title, t.authors, t.sections, t.subject, t.tags,
        coalesce(e.derived_tstamp, e.collector_tstamp) AS moment,
        coalesce(t.title, '') || chr(10) || coalesce(t.authors, '') || chr(10) || coalesce(t.sections, '') || chr(10)
            || coalesce(t.subject, '') || chr(10) || coalesce(t.tags, '') AS whole
    FROM told AS t
    JOIN events AS e ON e.event_id = t.event_id
    WHERE t.article_id IS NOT NULL
), compared AS (
    SELECT s.*, lag(s.whole) OVER (PARTITION BY s.article_id ORDER BY s.moment, s.event_id, s.number) AS whole_before
    FROM seen AS s
), changed AS (
    SELECT * FROM compared WHERE whole_before IS NULL OR whole_before <> whole
)
SELECT
    c.article_id, c.moment AS valid_from,
    lead(c.moment) OVER (PARTITION BY c.article_id ORDER BY c.moment, c.event_id, c.number) AS valid_to,
    c.title, c.authors, c.sections, c.subject, c.tags
FROM changed AS c
