"""What is said of a count whose caller says nothing more: what was wrong, and what would be right."""

from __future__ import annotations

ADVICE = {
    "malformed_cookie": "an _sp_ cookie cannot be read and is nobody's: it was changed by hand or is "
    "another tool's; if there are many, compare cookie_prefix with the tracker's cookieName",
    "twin_refused": "a signed copy of the cookie is not ours: it was changed, or secret_key was replaced; "
    "keep the old key in the list for a while, oldest first",
    "entity_invalid": "an entity cannot be encoded and was left out: attach an instance of an @entity "
    "class, or a dict of 'schema' and 'data'",
    "too_many_entities": "there are more entities than max_entities, and the rest was left out: attach "
    "fewer, or raise max_entities",
    "entity_too_large": "the entities of one event are larger than 400000 bytes together, and what was "
    "beyond was left out: attach less",
    "text_invalid": "a value's own str() raised, and it was left out: give text",
    "field_cut": "a text was longer than Snowplow's pipeline takes and was cut: shorten it",
    "field_too_long": "an id or language was longer than Snowplow's pipeline takes and was left out, since "
    "cut it would be another one",
    "url_invalid": "a URL cannot be read and was left out: give page.url and page.referrer a scheme and a "
    "host",
    "rewrite_failed": "the setting rewrite_url raised or gave no URL, and the field was left out: let it "
    "give a URL, or None",
    "user_id_failed": "the setting user_id raised, and nobody was named: let it give None where there is "
    "nobody",
    "user_id_invalid": "a user_id has more than 255 characters and was left out: give the id alone, not a "
    "token",
    "consent_failed": "the setting consent raised, or gave none of 'full', 'anonymous' and 'none', and "
    "nothing was collected: let it give one of them",
    "consent_invalid": "current_page().consent was set to none of 'full', 'anonymous' and 'none', and "
    "nothing is collected: set it to one of them",
    "consent_unknown": "the visitor's consent is not known yet: set current_page().consent before",
    "subject_invalid": "an id of a Subject cannot be used and was left out: domain_sessionid is a UUID, "
    "domain_userid and network_userid have 128 characters at the most",
    "late_write": "current_page() was written to when its response had ended, and nothing was kept: write "
    "before, or track() an event",
    "outbox_failed": "the outbox does not work, and events wait in memory: health() says why",
    "database_outbox_failed": "the database outbox does not work, and events wait in memory: health() says "
    "why",
    "seal_outside_request": "there is no visitor to seal outside a request: give the Subject",
    "visitor_forgotten": "the request had ended, and nobody knows its visitor any more",
}
"""By the name in ``stats()["errors"]``."""

PLACELESS = frozenset(
    {
        *("malformed_cookie", "twin_refused", "field_cut", "field_too_long", "url_invalid", "rewrite_failed"),
        *("host_invalid", "cookie_domain_missing", "cookie_domain_mismatch", "proxy_untrusted"),
        *("proxy_unclear", "outbox_failed", "database_outbox_failed", "task_subject_invalid"),
        *("consent_failed", "user_id_failed"),
    }
)
"""What a visitor, a proxy, a setting or a disk brings about: no line of the application is sought."""

TOLD_ONCE = frozenset({"host_invalid", "cookie_domain_missing", "cookie_domain_mismatch", "proxy_untrusted"})
"""Their advice has in it what a visitor may choose, who must not be able to fill a log."""
