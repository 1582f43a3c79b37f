"""Which segments of a path never leave."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracking_middleware.settings.path_masks import REDACTED, PathMasks, masks_of

SECRET = "MTIzNDU2"


def mask(path, *patterns):
    return PathMasks(patterns or ("/reset/<token>/",)).mask(path)


def test_what_was_masked_last_is_said_of_that_path_alone():
    patterns = ("/reset/<token>", "/reset/<token>/", "/a/*/<path:rest>")
    masks = PathMasks(patterns)
    for path in (
        "/reset/s",
        "/reset/t",
        "/news/s",
        "/news/s",
        "/RESET/s",
        "/a/b/s/t",
        "/a/b%2Fs",
        "/reset/s",
    ):
        assert masks.mask(path) == mask(path, *patterns)
    assert masks.mask("/a/b/s/t") == "/a/b/REDACTED/REDACTED"


@pytest.mark.parametrize(
    ("pattern", "path", "masked"),
    [
        ("/reset/<token>/", "/reset/s/", "/reset/REDACTED/"),
        ("/reset/<token>/", "/reset/s", "/reset/REDACTED"),
        ("/reset/<token>", "/reset/s/", "/reset/REDACTED/"),
        ("/reset/<token>/", "/reset/s/confirm", "/reset/REDACTED/confirm"),
        ("/reset/<uid>/<token>/", "/reset/u/s/", "/reset/REDACTED/REDACTED/"),
        ("/reset/<uid>/<token>/", "/reset/u/", "/reset/u/"),
        ("/reset/<uuid:token>/", "/reset/s/", "/reset/REDACTED/"),
        ("/files/<path:rest>", "/files/a/b//c/", "/files/REDACTED/REDACTED//REDACTED/"),
        ("/i-<code>", "/i-s/", "/REDACTED/"),
        ("/i-<code>", "/items/s/", "/items/s/"),
        ("/*/reset/<token>", "/en/reset/s", "/en/reset/REDACTED"),
        ("/*/reset/<token>", "/reset/s", "/reset/s"),
        ("**/reset/<token>", "/reset/s", "/reset/REDACTED"),
        ("**/reset/<token>", "/a/b/reset/s/reset/t", "/a/b/reset/REDACTED/reset/REDACTED"),
        ("/a/**/<token>/end", "/a/b/s/end", "/a/b/REDACTED/end"),
        ("/a/**/<token>/end", "/a/b/s/other", "/a/b/s/other"),
        ("/<token>", "/", "/"),
        ("/caf%C3%A9/<token>", "/CAF%C3%89/s", "/CAF%C3%89/REDACTED"),
        ("/a.b/<token>", "/axb/s", "/axb/s"),
    ],
)
def test_masks_the_segments_that_are_named(pattern, path, masked):
    assert mask(path, pattern) == masked


@pytest.mark.parametrize(
    "path",
    [
        "/re%73et/{}/",
        "/re%2573et/{}/",
        "/RESET/{}",
        "//reset//{}//",
        "/reset%2F{}",
        "/reset%252f{}",
        "\\reset\\{}",
        "/reset%5C{}",
        "/./reset/./{}",
        "/news/../reset/{}",
        "/news/%2e%2e/reset/{}",
        "/reset/{}/..",
        "/reset;v=1/{};w=2",
        "reset/{}",
        "!/reset/{}",
    ],
)
def test_masks_what_a_careless_router_would_take_for_the_same(path):
    masked = mask(path.format(SECRET))
    assert SECRET not in masked
    assert REDACTED in masked


@pytest.mark.parametrize("path", ["", "/", "/reset", "/reset/", "/resets/a", "/a/reset/b", "/a%20b/reset/c"])
def test_leaves_other_paths_as_they_are(path):
    assert mask(path) == path


slashes = st.sampled_from(["/", "//", "%2f", "/./", "/;/"])
escapes = st.sampled_from(["{}", "%{:02x}", "%{:02X}", "%25{:02x}"])


@given(st.lists(escapes, min_size=5, max_size=5), slashes, st.text())
def test_no_way_to_write_the_path_lets_the_secret_through(forms, slash, end):
    word = "".join(form.format(ord(c)) if "%" in form else c for form, c in zip(forms, "reset", strict=True))
    assert SECRET not in mask(f"{slash}{word}{slash}{SECRET}/{quote(end)}")


anything = st.text(alphabet="ab%2f5cE/;.\\é", max_size=40)
patterns = st.lists(
    st.sampled_from(["a", "b*", "*", "**", "<n>", "a<n>", "<path:n>"]), min_size=1, max_size=5
).map(lambda segments: "/" + "/".join([*segments, "<last>"]))


@given(anything, patterns)
@example("//", "/<last>")
def test_keeps_the_slashes_and_the_quick_look_is_right(path, pattern):
    masks = PathMasks([pattern])
    once = masks.mask(path)
    assert once.count("/") == path.count("/")
    if once != path:
        assert masks.may_match(path.lower()) or not path.isascii()


def test_a_long_hostile_path_takes_no_time():
    for path in ("/a" * 20_000, "/" * 40_000, "%25" * 10_000, "/%252f" * 5_000, ";" * 40_000):
        mask(path, "/**/<a>/**/<b>/x", "**/a/<path:n>")


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("/reset/", "masks nothing"),
        ("/reset/**", "masks nothing"),
        ("/reset/<>", "write names"),
        ("/reset/<token", "write names"),
        ("/reset/token>", "write names"),
        ("/reset**/<token>", "'\\*\\*' as a segment of its own"),
    ],
)
def test_a_pattern_that_would_not_mask_is_refused(pattern, problem):
    with pytest.raises(ValueError, match=problem):
        masks_of((pattern,))


def test_a_name_may_be_any_text():
    assert mask(f"/{string.ascii_letters}/s", f"/{string.ascii_letters}/<any name>") == (
        f"/{string.ascii_letters}/REDACTED"
    )
