"""The app: from its start on each page of Wagtail's carries an ``Article2``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from ...events.article import Article2
from ..backends.presets import describe_unless_the_site_does


class WagtailTrackingConfig(AppConfig):
    """``INSTALLED_APPS = ["tracking_middleware.django.wagtail", …]``; needs Wagtail's own apps."""

    name = "tracking_middleware.django.wagtail"
    label = "tracking_middleware_wagtail"
    verbose_name = "Tracking of Wagtail's pages"

    def ready(self) -> None:
        """Describe pages; raises LookupError where Wagtail is not installed."""
        describe_unless_the_site_does("wagtailcore.Page", article_of)


def article_of(page: Any) -> Article2:
    """What Wagtail knows of a page without a query; ``content_type`` is its class: ``news.ArticlePage``.

    An owner is who made the page in the admin, which is no author.
    """
    locale = page._meta.get_field("locale")
    return Article2(
        id=str(page.pk),
        headline=page.title,
        published=page.first_published_at,
        modified=page.last_published_at,
        language=page.locale.language_code if locale.is_cached(page) else None,
        content_type=page._meta.label,
    )
