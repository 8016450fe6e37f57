"""Media files of records: fetched in the same run (signed addresses expire), spooled, hashed; each fetch has an outcome on record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from recordroom.archive import media
from recordroom.archive.secret_scan import scan_chunks
from recordroom.capture.client import HttpClient
from recordroom.capture.file_kinds import HEAD, instead
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import Media, instant
from recordroom.stored_texts import text
from recordroom.text import replace_surrogates

UNJUDGED = "unjudged"  # apart from what is kept: another file of the same bytes may be, where what was meant is no picture


def fetch(client: HttpClient, limit: int, item: Media, folder: Path) -> dict[str, Any]:
    """{identity, url without query, time, status?, sha256, bytes} or {..., missing_reason}; never raises for what the network does."""
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
    """The address without sign-in, query and fragment; empty where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return replace_surrogates(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _unfit(client: HttpClient, path: Path, kind: str, declared: str) -> str:
    """Why a file that came is not kept; "" if it is."""
    if path.stat().st_size == 0:
        return text("file-empty")
    with path.open("rb") as file:
        if found := instead(kind, declared, file.read(HEAD)):
            return text("file-other", what=found)
        file.seek(0)
        if scan_chunks(iter(lambda: file.read(1 << 20), b""), client.scrubber.forms):
            return text("file-secret")
    return ""


def _refused(response: httpx.Response, limit: int) -> str:
    """Why an answer is not the file; "" if it is."""
    if response.status_code != 200:
        return text("file-answered", status=response.status_code)
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        return text("file-too-large", why=f"{length} bytes, the limit is {limit}")
    return ""
