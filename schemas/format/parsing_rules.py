"""Computes the significant content of a record, and its version, from a stored response by the parsing rules.

It needs Python, jq (the package `jq`) and nh3, and nothing of recordroom.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import html_text
import jq


class Rules:
    """The rules of a connector, rules/<connector>.jq, as one of its parsers followed them."""

    def __init__(self, folder: Path, parser: str) -> None:
        """parser: `mastodon 2`. KeyError if the rules do not say what it did."""
        name, number = parser.rsplit(" ", 1)
        json.loads((folder / "parsers.json").read_bytes())[name][number]
        texts = ((folder / f"{file}.jq").read_text("utf-8") for file in ("common", name))
        defined = f"def parser: {number};\n{''.join(texts)}"
        self._html, self._content = (
            jq.compile(f".html as $html | {defined}\n{name}") for name in ("[base, html]", "content")
        )

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the significant content.

        given: item, body, context, url, and pointer of the record.
        """
        base, *texts = self._html.input_value({**given, "html": {}}).first()
        found = {one: html_text.read(one, base) for one in texts}
        content = self._content.input_value({**given, "html": found}).first()
        significant: dict[str, Any] = {"links": [], "media": []} | plain(content)
        return significant


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    return [plain(v) for v in value] if isinstance(value, list) else value


def version(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def follow(value: Any, pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901)."""
    for escaped in pointer.split("/")[1:]:
        step = escaped.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
