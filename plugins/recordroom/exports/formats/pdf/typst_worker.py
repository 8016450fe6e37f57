"""Typst in a process of its own, started by typst.py as a script.

Images and texts of others can break only this process, and its end frees all memory that it took (Typst
itself keeps the results of the last ten documents).

Each line that it reads is a JSON object: `template` (path), `root` (folder that may be read), `fonts`
(folders), `part` (JSON as text), `at` (seconds), `to` (path of the PDF). It responds to each with a line of
JSON: `{}`; or `refused`, the message of Typst without the text that it quotes; or `errno` of the write. If
Typst breaks, the process ends. Its messages about that are discarded: record text belongs in no log.
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

MEMORY, SECONDS = 3 * 2**30, 300  # address space, processor time: a part takes some 300 MB and 2 seconds


def main() -> None:
    """Respond to each line of standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(_write_pdf(json.loads(line)))}\n")
        sys.stdout.flush()


def _write_pdf(request: dict[str, Any]) -> dict[str, Any]:
    try:
        data = typst.compile(
            Path(request["template"]).read_bytes(),
            root=request["root"],
            font_paths=_load_fonts(*request["fonts"]),
            ignore_system_fonts=True,
            sys_inputs={"part": request["part"]},
            pdf_standards=["ua-1"],
            timestamp=request["at"],
        )
    except typst.TypstError as problem:
        return {"refused": problem.message.partition("`")[0].strip()}
    try:
        Path(request["to"]).write_bytes(data)
    except OSError as problem:
        return {"errno": problem.errno}
    return {}


@cache
def _load_fonts(*folders: str) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(folders))


if __name__ == "__main__":
    main()
