"""The app: from its start on each page of django CMS carries an ``Article2``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from ...events.article import Article2
from ..backends.presets import describe_unless_the_site_does


class CMSTrackingConfig(AppConfig):
    """``INSTALLED_APPS = ["tracking_middleware.django.cms", …]``; needs django CMS (4 and later) itself."""

    name = "tracking_middleware.django.cms"
    label = "tracking_middleware_cms"
    verbose_name = "Tracking of django CMS's pages"

    def ready(self) -> None:
        """Describe pages; raises LookupError where django CMS is not installed."""
        describe_unless_the_site_does("cms.PageContent", article_of)


def article_of(content: Any) -> Article2:
    """What django CMS knows of a page in a language, without a query; the page's id is the same in all."""
    return Article2(id=str(content.page_id), headline=content.title, language=content.language)
