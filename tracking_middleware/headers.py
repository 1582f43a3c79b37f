"""HTTP headers as the two protocols have them: pairs of text (WSGI) or of bytes (ASGI)."""

from __future__ import annotations

Header = tuple[str, str]
RawHeader = tuple[str, str] | tuple[bytes, bytes]


def header_text(value: str | bytes) -> str:
    """A header's name or value as text: ASGI has bytes, WSGI text (PEP 3333: latin-1)."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
