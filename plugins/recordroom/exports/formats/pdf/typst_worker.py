"""Typst in a process of its own, started by typst.py as a script: pictures and texts of others can break nothing but it, and all
memory that it took is given back when it ends (Typst itself keeps what it made of the last ten documents).

Each line that it reads is a JSON object: `template` (path), `root` (folder that may be read), `fonts` (folders), `part` (JSON as text),
`at` (seconds), `to` (path of the PDF). It answers each with a line of JSON: `{}`; or `refused`, what Typst said but for what it quotes; or
`errno` of the write. Where Typst breaks, the process ends. Nobody hears what it says of that: record text belongs in no log.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from functools import cache
from pathlib import Path
from typing import Any

import typst

MEMORY, SECONDS = 3 * 2**30, 300  # bytes of addresses; of a processor: a part takes some 300 MB and 2 seconds


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(_set(json.loads(line)))}\n")
        sys.stdout.flush()


def _set(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        data = typst.compile(
            Path(asked["template"]).read_bytes(), root=asked["root"], font_paths=_fonts(*asked["fonts"]), ignore_system_fonts=True,
            sys_inputs={"part": asked["part"]}, pdf_standards=["ua-1"], timestamp=asked["at"],
        )  # fmt: skip
    except typst.TypstError as problem:
        return {"refused": problem.message.partition("`")[0].strip()}
    try:
        Path(asked["to"]).write_bytes(data)
    except OSError as problem:
        return {"errno": problem.errno}
    return {}


@cache
def _fonts(*folders: str) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(folders))


if __name__ == "__main__":
    main()
