"""Fetches the media files of records.

Files are fetched in the same run, since signed addresses expire. How each fetch ended is recorded. A server
may send something else with the status of a success: signed addresses that have expired, sign-ins, and
proxies answer 200 with a page of text. Files are told apart by their first bytes, since the declared type is
often wrong. An image that is made of text (SVG) is an image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from recordroom.archive import media
from recordroom.archive.secret_scan import scan_chunks
from recordroom.capture.budget import FILES, CaptureBudget
from recordroom.capture.http.client import HttpClient
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import Media, instant
from recordroom.stored_texts import text
from recordroom.text import replace_surrogates

UNJUDGED = "unjudged"  # apart from kept files: one of the same bytes may be kept, if no image was meant


@dataclass(frozen=True, slots=True)
class MediaFetcher:
    """Fetches the media files of records into the spool.

    With a budget, a file that costs much of a day's quota waits for another night, so that everything else
    that is due today can be read.
    """

    client: HttpClient
    limit: int  # bytes of the largest file
    budget: CaptureBudget | None = None

    def __call__(self, item: Media, folder: Path) -> dict[str, Any]:
        """Fetch a file; return its outcome as `fetch_file` does."""
        units = self.client.meter.cost_of_file(item)
        if self.budget is not None and units and self.budget.pressure(units) >= FILES:
            words = text("file-deferred", units=units)
            return {"identity": item.identity, "time": instant(datetime.now(UTC)), "missing_reason": words}
        self.client.meter.units += units
        return fetch_file(self.client, self.limit, item, folder)


def fetch_file(client: HttpClient, limit: int, item: Media, folder: Path) -> dict[str, Any]:
    """Fetch a file into a folder; never raises for what the network does.

    Returns {identity, url without query, time, status?, sha256, bytes}, or the same with missing_reason in
    place of the last two.
    """
    outcome: dict[str, Any] = {"identity": item.identity, "time": instant(datetime.now(UTC))}
    if item.url is None:
        return outcome | {"missing_reason": item.missing_reason or "the platform gives no address for it"}
    outcome["url"] = client.scrubber.text(_shown(item.url))
    try:
        with client.download(item.url, with_token=item.with_token) as response:
            outcome["status"] = response.status_code
            refused = _refused(response, limit)
            if refused:
                return outcome | {"missing_reason": refused}
            sha256, size = media.spool(folder / UNJUDGED, response.iter_bytes(), limit)
        came = folder / UNJUDGED / sha256
        try:
            refused = _unfit(client, came, item.type, response.headers.get("content-type", ""))
            if not refused:
                came.rename(folder / sha256)
        finally:
            came.unlink(missing_ok=True)
        if refused:
            return outcome | {"missing_reason": refused}
    except ArchiveError as problem:
        return outcome | {"missing_reason": text("file-too-large", why=problem.message)}
    except PlatformFailure as problem:
        return outcome | {"missing_reason": text("file-failed", why=problem.message)}
    return outcome | {"sha256": sha256, "bytes": size}


def _shown(url: str) -> str:
    """Return the address without sign-in, query, and fragment; "" if it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return replace_surrogates(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _unfit(client: HttpClient, path: Path, kind: str, declared: str) -> str:
    """Return why a received file is not kept; "" if it is."""
    if path.stat().st_size == 0:
        return text("file-empty")
    with path.open("rb") as file:
        if found := identify_substitute(kind, declared, file.read(FIRST_BYTES)):
            return text("file-other", what=found)
        file.seek(0)
        if scan_chunks(iter(lambda: file.read(1 << 20), b""), client.scrubber.forms):
            return text("file-secret")
    return ""


def _refused(response: httpx.Response, limit: int) -> str:
    """Return why a response is not the file; "" if it is."""
    if response.status_code != 200:
        return text("file-answered", status=response.status_code)
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        return text("file-too-large", why=f"{length} bytes, the limit is {limit}")
    return ""


FIRST_BYTES = 65_536  # a drawing may begin with a long license
_SEEN = frozenset({"image", "video", "audio"})  # types of files that are not text
_WORDS = re.compile(r"text/|application/(?:(?:[\w.-]+\+)?(?:json|xml)|javascript)$")
# Atomic: a comment ends at its first end. Otherwise each number of comments could match as one, for years.
_PAGE = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MARKUP = re.compile(rb"<[?!/a-z]|[\[{]\s*[\"\[{\]}]", re.IGNORECASE)
_DRAWN = re.compile(rb"<(?:[\w.-]+:)?svg\b", re.IGNORECASE)


def identify_substitute(kind: str, declared: str, head: bytes) -> str:
    """Return what was sent in place of a file; "" if it is the file.

    kind: Media.type.
    declared: Content-Type.
    head: the first bytes.
    """
    start, said = head.removeprefix(b"\xef\xbb\xbf").lstrip(), declared.partition(";")[0].strip().lower()
    if said in ("text/html", "application/xhtml+xml") or _PAGE.match(start):
        return "a web page"
    if kind not in _SEEN or _DRAWN.search(head):
        return ""
    if _MARKUP.match(start) or (_WORDS.match(said) and _is_text(head)):
        return "text"
    return ""


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as problem:
        # cut within a character
        text = head[: problem.start].decode("utf-8") if len(head) - problem.start < 4 else "\0"
    return text.isprintable() or not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
