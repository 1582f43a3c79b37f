"""The docs' pictures are those that the script takes, and small."""

from __future__ import annotations

import re
import struct

import pytest

from tests.pictures import FOLDER, ROOT, SIZE, pictures

MOST_BYTES = 200_000


def test_there_is_a_picture_of_each_page_in_light_and_dark_and_no_other():
    assert sorted(FOLDER.iterdir()) == sorted(pictures())


@pytest.mark.parametrize("path", pictures(), ids=lambda path: path.stem)
def test_a_picture_is_a_small_one_of_the_whole_window(path):
    content = path.read_bytes()
    assert len(content) < MOST_BYTES
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (SIZE["width"], SIZE["height"])


def test_the_docs_show_no_picture_that_is_not_there():
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text())}
    assert shown <= {path.name for path in pictures()}
