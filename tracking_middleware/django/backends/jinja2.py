"""A backend of ``TEMPLATES`` for Jinja that knows what pages show, for the functions of ``@describes``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.backends import jinja2 as backends

from ...metadata.objects.showing import show


class Jinja2(backends.Jinja2):
    """Django's own: ``"BACKEND": "tracking_middleware.django.backends.jinja2.Jinja2"``.

    What is rendered for a request, as ``render()`` does, is shown on its page; what is rendered without one,
    as the text of an e-mail, is not.
    """

    def from_string(self, template_code: str) -> _Template:
        """A template of a text."""
        return _Template(super().from_string(template_code).template, self)

    def get_template(self, template_name: str) -> _Template:
        """A template by its name; raises Django's TemplateDoesNotExist and TemplateSyntaxError."""
        return _Template(super().get_template(template_name).template, self)


class _Template(backends.Template):
    """A template that says what it is given."""

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        """See Django's."""
        if request is not None and context is not None:
            # Django puts the request and its own functions into the dict itself
            show(dict(context))
        return super().render(context, request)
