"""Set pages with Typst.

The template is ours, values are data, fonts are those of our packages alone, and tags are those of PDF/UA-1.
"""

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

from recordroom.exports.formats.pdf.fonts import FAMILIES, find_font_folders

TEMPLATE, PROGRAM = (Path(__file__).with_name(name) for name in ("pages.typ", "typst_worker.py"))


class TypstRefused(Exception):
    """Typst cannot make a document of this that PDF/UA allows."""


class Typesetter:
    """A process of Typst (typst_worker.py) until the end of the `with`."""

    def __init__(self, folder: Path, at: datetime) -> None:
        """Prepare the process, which the first document starts.

        folder: of the images.
        at: the date of the documents, to the second.
        """
        self._fixed = {
            "template": str(TEMPLATE),
            "root": str(folder),
            "fonts": find_font_folders(),
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

    def set_pages(self, part: Mapping[str, Any], to: Path) -> None:
        """Write the PDF of the values that pages.typ gets.

        Refused, also if the process of Typst ended; OSError if the file cannot be written.
        """
        if self._typst is None or self._typst.poll() is not None:
            # -P: no file next to the program is imported in place of a package
            self._typst = subprocess.Popen(
                [sys.executable, "-P", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        request = {**self._fixed, "to": str(to), "part": orjson.dumps({**part, "fonts": FAMILIES}).decode()}
        response = _send(self._typst, orjson.dumps(request) + b"\n")
        if "errno" in response:
            raise OSError(response["errno"], os.strerror(response["errno"]), str(to))
        if "refused" in response:
            raise TypstRefused(response["refused"])


def _send(typst: subprocess.Popen[bytes], line: bytes) -> dict[str, Any]:
    """Send a line to the process; return its response."""
    assert typst.stdin is not None and typst.stdout is not None  # noqa: S101, PT018 (they are pipes)
    with suppress(BrokenPipeError):
        typst.stdin.write(line)
        typst.stdin.flush()
    if response := typst.stdout.readline():
        return dict(orjson.loads(response))
    typst.wait()
    return {"refused": "Typst ended before it had set it"}
