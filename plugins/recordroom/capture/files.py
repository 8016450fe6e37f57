"""Media files of records: fetched in the same run (signed addresses expire), spooled, hashed; each fetch has an outcome on record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from recordroom.archive import media
from recordroom.capture.client import HttpClient
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import Media, instant


def fetch(client: HttpClient, limit: int, item: Media, folder: Path) -> dict[str, Any]:
    """{identity, url without query, time, status?, sha256, bytes} or {..., missing_reason}; never raises for what the network does."""
    outcome: dict[str, Any] = {"identity": item.identity, "time": instant(datetime.now(UTC))}
    if item.url is None:
        return outcome | {"missing_reason": item.missing_reason or "the platform gives no address for it"}
    parts = urlsplit(item.url)
    outcome["url"] = f"{parts.scheme}://{parts.netloc}{parts.path}"
    try:
        with client.download(item.url) as response:
            outcome["status"] = response.status_code
            refused = _refused(response, limit)
            if refused:
                return outcome | {"missing_reason": refused}
            sha256, size = media.spool(folder, response.iter_bytes(1 << 16), limit)
    except ArchiveError as problem:
        return outcome | {"missing_reason": f"too large: {problem.message}"}
    except PlatformFailure as problem:
        return outcome | {"missing_reason": f"not fetched: {problem.message}"}
    return outcome | {"sha256": sha256, "bytes": size}


def _refused(response: httpx.Response, limit: int) -> str:
    """Why an answer is not the file; "" if it is."""
    if response.status_code != 200:
        return f"not fetched: the server answers {response.status_code}"
    if response.headers.get("content-type", "").startswith("text/html"):
        return "not fetched: the server answers with a web page"
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        return f"too large: {length} bytes, the limit is {limit}"
    return ""
