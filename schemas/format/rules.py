"""Computes the significant content of a record, and its version, from a stored response and the parsing rules.

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
    """The rules of one connector and parser, schemas/rules/<connector>-<number>.jq."""

    def __init__(self, folder: Path, parser: str) -> None:
        own = folder / f"{parser.replace(' ', '-')}.jq"
        self.program = (folder / "common.jq").read_text("utf-8") + own.read_text("utf-8")

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the significant content.

        given: item, body, context, url, and pointer of the record.
        """
        base, *texts = self._run("[base, html]", given, {})
        found = self._run("content", given, {one: html_text.read(one, base) for one in texts})
        return {"links": [], "media": []} | plain(found)

    def _run(self, name: str, given: dict[str, Any], html: dict[str, Any]) -> Any:
        return jq.compile(f"{self.program}\n{name}", args={"html": html}).input_value(given).first()


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    return [plain(v) for v in value] if isinstance(value, list) else value


def version(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def follow(value: Any, pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
