"""Write the generated pages: `python -m docs.generate`."""

from __future__ import annotations

from pathlib import Path

from docs.generate import commands, fields, performance, platforms, settings

DOCS = Path(__file__).parents[1]
PAGES = {
    "platforms/index.md": platforms.write_page,
    "reference/commands.md": commands.write_page,
    "reference/fields.md": fields.write_page,
    "reference/performance.md": performance.write_page,
    "reference/settings.md": settings.write_page,
}


def main() -> None:
    for name, write in PAGES.items():
        path, text = DOCS / name, write()
        # an unchanged page keeps its time, so that Sphinx does not read it again
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
