"""Files of JSON Lines, the one form that any platform can have, for an account of the sandbox's Mastodon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.capture.stage import Play

SERVER = "social.test"


def line(native: str, text: str, **more: Any) -> dict[str, Any]:
    name = f"mastodon:{SERVER}/statuses/{native}"
    return {"kind": "post", "native_id": native, "record_id": name, "text": text} | more


def file_of(folder: Path, *lines: dict[str, Any] | str, name: str = "export.jsonl") -> Path:
    path = folder / name
    path.write_text(
        "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines), "utf-8"
    )
    return path


def post_of(play: Play) -> dict[str, Any]:
    return next(row for row in play.rows() if row["kind"] == "post")
