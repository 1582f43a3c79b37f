"""Pages of Wagtail, described: ``INSTALLED_APPS = ["tracking_middleware.django.wagtail", …]``."""
