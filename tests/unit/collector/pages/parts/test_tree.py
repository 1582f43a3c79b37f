"""An event as a tree: any JSON, and to any depth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.html import render
from tracking_middleware.collector.pages.parts.tree import tree

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_a_tree(value):
    assert render(tree(value)).startswith(("<ul", "<span"))


def test_a_deep_tree_ends():
    value = "leaf"
    for _ in range(3000):
        value = [value]
    assert "{…}" in render(tree(value))
