"""The length that a response says its body has, by either protocol's headers."""

from __future__ import annotations

import pytest

from tracking_middleware.headers import content_length


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ([], None),
        ([("Content-Type", "text/html"), ("CONTENT-LENGTH", " 12 ")], 12),
        ([(b"content-length", b"0")], 0),
        ([("Content-Length", "-1")], None),
        ([("Content-Length", "1_000")], None),
        ([("Content-Length", "٣")], None),
        ([("Content-Length", "9" * 16)], None),
        ([("Content-Length", None)], None),
        ([("Content-Length",)], None),
        (None, None),
    ],
)
def test_a_length_is_one_that_a_response_says(headers, length):
    assert content_length(headers) == length
