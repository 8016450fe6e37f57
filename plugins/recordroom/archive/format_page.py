"""The format page as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt

_STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border: 1px solid #999; padding: .25rem .5rem; text-align: left; vertical-align: top; }
code, pre { font-family: monospace; font-size: .9em; overflow-wrap: anywhere; }
pre { background: #f3f3f3; padding: .5rem; white-space: pre-wrap; }
"""
_HEADING = re.compile(r"<h([1-4])>(.*?)</h\1>")


def render(text: str) -> str:
    """Return a page of Markdown as HTML. Headings have the anchors that its own links name."""
    body = MarkdownIt("commonmark").enable("table").render(text)
    title = text.partition("\n")[0].removeprefix("# ")
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>'
    body = _HEADING.sub(_anchored, body)
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}</body>\n</html>\n'


def _anchored(heading: re.Match[str]) -> str:
    words = re.sub(r"<[^>]*>", "", heading[2]).lower()
    name = re.sub(r"[^a-z0-9 _-]", "", words).replace(" ", "-")
    return f'<h{heading[1]} id="{name}">{heading[2]}</h{heading[1]}>'
