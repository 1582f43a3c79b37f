"""The pages of the sites behind a cache, by the first part of their path, with their headers."""

from __future__ import annotations

LATER = "Thu, 01 Jan 2099 00:00:00 GMT"
PAGES = {
    "plain": [],
    "max-age": [("Cache-Control", "max-age=60")],
    "public": [("Cache-Control", "public, max-age=60"), ("Vary", "Accept-Encoding")],
    "s-maxage": [("Cache-Control", "private, s-maxage=60")],
    "private": [("Cache-Control", "private")],
    "no-store": [("Cache-Control", "no-store")],
    "two-lines": [("Cache-Control", "max-age=60"), ("Cache-Control", "private")],
    "qualified": [("Cache-Control", 'private="set-cookie", max-age=60')],
    "expires": [("Expires", LATER)],
    "varied": [("Vary", "Accept-Encoding")],
    "accel": [("X-Accel-Expires", "60")],
    "accel-private": [("Cache-Control", "private"), ("X-Accel-Expires", "60")],
    "surrogate": [("Surrogate-Control", "max-age=60")],
}
