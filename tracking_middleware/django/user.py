"""Who is logged in, for the setting ``user_id``: under WSGI and ASGI alike, without a query of its own."""

from __future__ import annotations

from typing import Any

from django.utils.functional import LazyObject, empty

from ..request.view import RequestView


def logged_in_user_id(view: RequestView) -> Any:
    """The primary key of the user that the application looked at in this request; ``None`` where it did not.

    ``TRACKING = {"user_id": "tracking_middleware.django.logged_in_user_id", …}``. A page that never asks who
    is logged in stays without a user, without a query and without a touched session.
    """
    request = view.native
    user = vars(request).get("user")
    if user is None or (isinstance(user, LazyObject) and user._wrapped is empty):
        user = getattr(request, "_acached_user", None)  # where await request.auser() keeps what it found
    return user.pk if user is not None and user.is_authenticated else None
