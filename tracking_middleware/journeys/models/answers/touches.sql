-- One row a session of a person: where it came from. The channel is the campaign's medium (``campaign`` where it names
-- none), else what the referrer is, else ``direct``; a session that an agent made is none.
SELECT
    s.person_id, s.session_id, s.started_at AS at,
    CASE
        WHEN coalesce(s.mkt_medium, '') <> '' THEN lower(s.mkt_medium)
        WHEN coalesce(s.mkt_source, '') <> '' OR coalesce(s.mkt_campaign, '') <> '' THEN 'campaign'
        WHEN s.refr_medium IS NULL OR s.refr_medium IN ('', 'internal') THEN 'direct'
        WHEN s.refr_medium = 'unknown' THEN 'referral'
        ELSE lower(s.refr_medium)
    END AS channel,
    CASE WHEN s.mkt_campaign <> '' THEN s.mkt_campaign END AS campaign,
    split_part(split_part(s.entry_url, '#', 1), '?', 1) AS landing_url,
    s.mkt_source AS source
FROM sessions AS s
WHERE s.person_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM page_views AS v WHERE v.session_id = s.session_id AND v.agent_class NOT IN ('person', 'unknown'))
