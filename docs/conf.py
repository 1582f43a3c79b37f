"""How the documentation is built: ``tox run -e docs``, which fetches nothing and fails at the first doubt.

Why Sphinx with Furo and MyST (November 2026): MkDocs had no release since August 2024, and Material
for MkDocs ends with it; Zensical, its successor, was at 0.1. Sphinx is released every few months,
holds every link and heading while it builds, searches without a service, and Furo's pages load
nothing from elsewhere. The pages are plain Markdown, which reads as well where it lies.
"""

from __future__ import annotations

import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "tracking_middleware"
author = "The tracking_middleware developers"
html_title = "tracking middleware"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**", "*.md", "example_apps/README.md"]
exclude_patterns = ["build", ".tox", "**/node_modules"]
source_suffix = {".md": "markdown"}
nitpicky = True
myst_heading_anchors = 4

_START = """<!doctype html>
<meta http-equiv="refresh" content="0; url=docs/index.html">
<title>Documentation</title>
<a href="docs/index.html">Documentation</a>
"""

html_theme = "furo"
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


def navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """The lists of links on the first page are the navigation, a group for each of its headings."""
    if name != root_doc:
        return
    for title, section in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", source[0], re.DOTALL | re.MULTILINE):
        pages = re.findall(r"\]\(([^)#:]+)\.md\)", section)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n" + "\n".join(pages) + "\n```\n"


def lead_to_the_start(app: Sphinx, failure: Exception | None) -> None:
    """The pages keep the project's folders, so that each link holds in both; the top leads to the first."""
    if failure is None and app.builder.format == "html":
        (Path(app.outdir) / "index.html").write_text(_START)


def setup(app: Sphinx) -> None:
    """Show the architecture's picture as its text, instead of loading what draws it from elsewhere."""
    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", navigation)
    app.connect("build-finished", lead_to_the_start)
