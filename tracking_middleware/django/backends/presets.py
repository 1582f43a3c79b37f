"""Models of other packages, described by our apps unless the site describes them itself."""

from __future__ import annotations

from django.apps import apps

from ...metadata.objects.declaring import Describing, described_models, describes


def describe_unless_the_site_does(name: str, function: Describing) -> None:
    """Describe the model ``"app.Model"``; raises LookupError where its app is not installed."""
    model = apps.get_model(name)
    if model not in described_models():
        describes(model)(function)
