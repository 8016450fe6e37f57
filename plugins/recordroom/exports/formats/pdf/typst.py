"""Sets pages with Typst: a template of ours, values as data, fonts of our packages alone, every page tagged as PDF/UA-1 demands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from recordroom.exports.formats.pdf.fonts import FAMILIES, folders

TEMPLATE, PROGRAM = (Path(__file__).with_name(name) for name in ("pages.typ", "typst_worker.py"))


class Refused(Exception):
    """Typst cannot make a document of this that PDF/UA allows."""


class Typesetter:
    """A process of Typst (typst_worker.py) until the end of the `with`. `folder`: pictures lie in it; `at`: the documents' date, to the
    second."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self._fixed = {
            "template": str(TEMPLATE),
            "root": str(folder),
            "fonts": folders(),
            "at": int(at.timestamp()),
        }
        self._typst: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Typesetter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._typst is not None:
            self._typst.kill()
            self._typst.communicate()

    def pages(self, part: Mapping[str, Any], to: Path) -> None:
        """Write the PDF of what pages.typ is given. Refused, also where Typst ended of it; OSError where it cannot be written."""
        if self._typst is None or self._typst.poll() is not None:
            # -P: no file of ours beside the program stands for a module of another name
            self._typst = subprocess.Popen(
                [sys.executable, "-P", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        asked = {**self._fixed, "to": str(to), "part": orjson.dumps({**part, "fonts": FAMILIES}).decode()}
        answer = _asked(self._typst, orjson.dumps(asked) + b"\n")
        if "errno" in answer:
            raise OSError(answer["errno"], os.strerror(answer["errno"]), str(to))
        if "refused" in answer:
            raise Refused(answer["refused"])


def _asked(typst: subprocess.Popen[bytes], line: bytes) -> dict[str, Any]:
    """What it answers to a line."""
    assert typst.stdin is not None and typst.stdout is not None  # noqa: S101, PT018 (they are pipes)
    with suppress(BrokenPipeError):
        typst.stdin.write(line)
        typst.stdin.flush()
    said = typst.stdout.readline()
    if said:
        return dict(orjson.loads(said))
    typst.wait()
    return {"refused": "Typst ended before it had set it"}
