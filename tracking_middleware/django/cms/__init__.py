"""Pages of django CMS, described: ``INSTALLED_APPS = ["tracking_middleware.django.cms", …]``."""
