-- One row an event_id: the canonical columns, from which side it came, and who read the page: by the
-- entity that says it where there is one, else by the user agent.
-- ``side`` is ``off_browser`` where a server tells of somebody who is not there: with a hand-off token, or with
-- neither a session nor a page.
SELECT
    e.app_id, e.platform, e.etl_tstamp, e.collector_tstamp, e.dvce_created_tstamp,
    e.event, e.event_id, e.txn_id, e.name_tracker, e.v_tracker,
    e.v_collector, e.v_etl, e.user_id, e.user_ipaddress, e.user_fingerprint,
    e.domain_userid, e.domain_sessionidx, e.network_userid, e.geo_country, e.geo_region,
    e.geo_city, e.geo_zipcode, e.geo_latitude, e.geo_longitude, e.geo_region_name,
    e.ip_isp, e.ip_organization, e.ip_domain, e.ip_netspeed, e.page_url,
    e.page_title, e.page_referrer, e.page_urlscheme, e.page_urlhost, e.page_urlport,
    e.page_urlpath, e.page_urlquery, e.page_urlfragment, e.refr_urlscheme, e.refr_urlhost,
    e.refr_urlport, e.refr_urlpath, e.refr_urlquery, e.refr_urlfragment, e.refr_medium,
    e.refr_source, e.refr_term, e.mkt_medium, e.mkt_source, e.mkt_term,
    e.mkt_content, e.mkt_campaign, e.contexts, e.se_category, e.se_action,
    e.se_label, e.se_property, e.se_value, e.unstruct_event, e.tr_orderid,
    e.tr_affiliation, e.tr_total, e.tr_tax, e.tr_shipping, e.tr_city,
    e.tr_state, e.tr_country, e.ti_orderid, e.ti_sku, e.ti_name,
    e.ti_category, e.ti_price, e.ti_quantity, e.pp_xoffset_min, e.pp_xoffset_max,
    e.pp_yoffset_min, e.pp_yoffset_max, e.useragent, e.br_name, e.br_family,
    e.br_version, e.br_type, e.br_renderengine, e.br_lang, e.br_features_pdf,
    e.br_features_flash, e.br_features_java, e.br_features_director, e.br_features_quicktime, e.br_features_realplayer,
    e.br_features_windowsmedia, e.br_features_gears, e.br_features_silverlight, e.br_cookies, e.br_colordepth,
    e.br_viewwidth, e.br_viewheight, e.os_name, e.os_family, e.os_manufacturer,
    e.os_timezone, e.dvce_type, e.dvce_ismobile, e.dvce_screenwidth, e.dvce_screenheight,
    e.doc_charset, e.doc_width, e.doc_height, e.tr_currency, e.tr_total_base,
    e.tr_tax_base, e.tr_shipping_base, e.ti_currency, e.ti_price_base, e.base_currency,
    e.geo_timezone, e.mkt_clickid, e.mkt_network, e.etl_tags, e.dvce_sent_tstamp,
    e.refr_domain_userid, e.refr_dvce_tstamp, e.derived_contexts, e.domain_sessionid, e.derived_tstamp,
    e.event_vendor, e.event_name, e.event_format, e.event_version, e.event_fingerprint,
    e.true_tstamp,
    CASE
        WHEN e.platform IS DISTINCT FROM 'srv' THEN 'browser'
        WHEN strpos(e.contexts, '/cross_navigation/jsonschema/') > 0
            AND strpos(e.contexts, '"hand_off"') > 0 THEN 'off_browser'
        WHEN e.domain_sessionid IS NULL AND e.page_url IS NULL AND e.event <> 'page_view' THEN 'off_browser'
        ELSE 'server'
    END AS side,
    CASE WHEN a.event_id IS NULL THEN u.agent_class ELSE a.agent_class END AS agent_class,
    nullif(CASE WHEN a.event_id IS NULL THEN u.operator ELSE a.operator END, '') AS agent_operator,
    nullif(CASE WHEN a.event_id IS NULL THEN u.product ELSE a.product END, '') AS agent_product,
    CASE WHEN a.event_id IS NULL THEN u.proof ELSE a.proof END AS agent_proof,
    e.source, e.line
FROM (
    SELECT s.app_id, s.platform, s.etl_tstamp, s.collector_tstamp, s.dvce_created_tstamp,
        s.event, s.event_id, s.txn_id, s.name_tracker, s.v_tracker,
        s.v_collector, s.v_etl, s.user_id, s.user_ipaddress, s.user_fingerprint,
        s.domain_userid, s.domain_sessionidx, s.network_userid, s.geo_country, s.geo_region,
        s.geo_city, s.geo_zipcode, s.geo_latitude, s.geo_longitude, s.geo_region_name,
        s.ip_isp, s.ip_organization, s.ip_domain, s.ip_netspeed, s.page_url,
        s.page_title, s.page_referrer, s.page_urlscheme, s.page_urlhost, s.page_urlport,
        s.page_urlpath, s.page_urlquery, s.page_urlfragment, s.refr_urlscheme, s.refr_urlhost,
        s.refr_urlport, s.refr_urlpath, s.refr_urlquery, s.refr_urlfragment, s.refr_medium,
        s.refr_source, s.refr_term, s.mkt_medium, s.mkt_source, s.mkt_term,
        s.mkt_content, s.mkt_campaign, s.contexts, s.se_category, s.se_action,
        s.se_label, s.se_property, s.se_value, s.unstruct_event, s.tr_orderid,
        s.tr_affiliation, s.tr_total, s.tr_tax, s.tr_shipping, s.tr_city,
        s.tr_state, s.tr_country, s.ti_orderid, s.ti_sku, s.ti_name,
        s.ti_category, s.ti_price, s.ti_quantity, s.pp_xoffset_min, s.pp_xoffset_max,
        s.pp_yoffset_min, s.pp_yoffset_max, s.useragent, s.br_name, s.br_family,
        s.br_version, s.br_type, s.br_renderengine, s.br_lang, s.br_features_pdf,
        s.br_features_flash, s.br_features_java, s.br_features_director, s.br_features_quicktime, s.br_features_realplayer,
        s.br_features_windowsmedia, s.br_features_gears, s.br_features_silverlight, s.br_cookies, s.br_colordepth,
        s.br_viewwidth, s.br_viewheight, s.os_name, s.os_family, s.os_manufacturer,
        s.os_timezone, s.dvce_type, s.dvce_ismobile, s.dvce_screenwidth, s.dvce_screenheight,
        s.doc_charset, s.doc_width, s.doc_height, s.tr_currency, s.tr_total_base,
        s.tr_tax_base, s.tr_shipping_base, s.ti_currency, s.ti_price_base, s.base_currency,
        s.geo_timezone, s.mkt_clickid, s.mkt_network, s.etl_tags, s.dvce_sent_tstamp,
        s.refr_domain_userid, s.refr_dvce_tstamp, s.derived_contexts, s.domain_sessionid, s.derived_tstamp,
        s.event_vendor, s.event_name, s.event_format, s.event_version, s.event_fingerprint,
        s.true_tstamp, s.source, s.line
    FROM staged_events AS s
    WHERE s.problem IS NULL AND NOT EXISTS (SELECT 1 FROM repeated_ids AS r WHERE r.event_id = s.event_id)
    UNION ALL
    SELECT r.app_id, r.platform, r.etl_tstamp, r.collector_tstamp, r.dvce_created_tstamp,
        r.event, r.event_id, r.txn_id, r.name_tracker, r.v_tracker,
        r.v_collector, r.v_etl, r.user_id, r.user_ipaddress, r.user_fingerprint,
        r.domain_userid, r.domain_sessionidx, r.network_userid, r.geo_country, r.geo_region,
        r.geo_city, r.geo_zipcode, r.geo_latitude, r.geo_longitude, r.geo_region_name,
        r.ip_isp, r.ip_organization, r.ip_domain, r.ip_netspeed, r.page_url,
        r.page_title, r.page_referrer, r.page_urlscheme, r.page_urlhost, r.page_urlport,
        r.page_urlpath, r.page_urlquery, r.page_urlfragment, r.refr_urlscheme, r.refr_urlhost,
        r.refr_urlport, r.refr_urlpath, r.refr_urlquery, r.refr_urlfragment, r.refr_medium,
        r.refr_source, r.refr_term, r.mkt_medium, r.mkt_source, r.mkt_term,
        r.mkt_content, r.mkt_campaign, r.contexts, r.se_category, r.se_action,
        r.se_label, r.se_property, r.se_value, r.unstruct_event, r.tr_orderid,
        r.tr_affiliation, r.tr_total, r.tr_tax, r.tr_shipping, r.tr_city,
        r.tr_state, r.tr_country, r.ti_orderid, r.ti_sku, r.ti_name,
        r.ti_category, r.ti_price, r.ti_quantity, r.pp_xoffset_min, r.pp_xoffset_max,
        r.pp_yoffset_min, r.pp_yoffset_max, r.useragent, r.br_name, r.br_family,
        r.br_version, r.br_type, r.br_renderengine, r.br_lang, r.br_features_pdf,
        r.br_features_flash, r.br_features_java, r.br_features_director, r.br_features_quicktime, r.br_features_realplayer,
        r.br_features_windowsmedia, r.br_features_gears, r.br_features_silverlight, r.br_cookies, r.br_colordepth,
        r.br_viewwidth, r.br_viewheight, r.os_name, r.os_family, r.os_manufacturer,
        r.os_timezone, r.dvce_type, r.dvce_ismobile, r.dvce_screenwidth, r.dvce_screenheight,
        r.doc_charset, r.doc_width, r.doc_height, r.tr_currency, r.tr_total_base,
        r.tr_tax_base, r.tr_shipping_base, r.ti_currency, r.ti_price_base, r.base_currency,
        r.geo_timezone, r.mkt_clickid, r.mkt_network, r.etl_tags, r.dvce_sent_tstamp,
        r.refr_domain_userid, r.refr_dvce_tstamp, r.derived_contexts, r.domain_sessionid, r.derived_tstamp,
        r.event_vendor, r.event_name, r.event_format, r.event_version, r.event_fingerprint,
        r.true_tstamp, r.source, r.line
    FROM repeated_events AS r
    WHERE r.place = 1
) AS e
LEFT JOIN user_agents AS u ON u.useragent = e.useragent
LEFT JOIN event_agents AS a ON a.event_id = e.event_id
