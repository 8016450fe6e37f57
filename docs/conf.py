"""Build the documents into the help pages of the records room: `make docs`.

The room's content security policy allows no inline script or style, and no image of another origin. So the
templates of the theme are overridden where they have any (docs/_templates), the colors of code are in
_static/help.css, and the icons in the theme's style sheet become files after the build.
tests/web/test_help.py checks the built pages.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from recordroom import __version__

project = "recordroom"
version = release = __version__
html_title = "Help for the records room"

extensions = ["myst_parser"]
exclude_patterns = ["pictures"]
myst_heading_anchors = 4
suppress_warnings: list[str] = []

html_theme = "furo"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["help.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_ICON = re.compile(r"""url\((["'])data:image/svg\+xml;charset=utf-8,(.*?)\1\)""")


def move_icons_to_files(app: Sphinx, failure: Exception | None) -> None:
    """Replace the icons within the theme's style sheet by files next to it."""
    if failure or app.builder.name != "html":
        return
    sheet = Path(app.outdir) / "_static/styles/furo.css"
    icons: dict[str, str] = {}

    def name_icon(match: re.Match[str]) -> str:
        name = icons.setdefault(unquote(match[2]), f"icon-{len(icons)}.svg")
        return f"url({name})"

    sheet.write_text(_ICON.sub(name_icon, sheet.read_text("utf-8")), "utf-8")
    for image, name in icons.items():
        (sheet.parent / name).write_text(image, "utf-8")


def add_dark_images(app: Sphinx, doctree: nodes.document) -> None:
    """Show `search-dark.png` in place of `search.png` where the page is dark.

    On GitHub, and wherever the pages are plain Markdown, the light image alone is shown.
    """
    for image in list(doctree.findall(nodes.image)):
        dark = image["uri"].replace(".png", "-dark.png")
        if (Path(app.srcdir) / Path(app.env.docname).parent / dark).exists():
            twin = image.deepcopy()
            twin["uri"], twin["classes"] = dark, [*image["classes"], "only-dark"]
            image["classes"].append("only-light")
            image.parent.insert(image.parent.index(image) + 1, twin)


def unlink_source_files(_app: Sphinx, doctree: nodes.document) -> None:
    """Leave the text of links to files of the repository, which the site does not have."""
    for link in list(doctree.findall(addnodes.download_reference)):
        link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", unlink_source_files, priority=400)  # before Sphinx copies the files
    app.connect("doctree-read", add_dark_images, priority=400)  # before Sphinx collects the images
    app.connect("build-finished", move_icons_to_files)
