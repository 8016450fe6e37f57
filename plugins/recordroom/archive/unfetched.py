"""Files that a platform gives and that did not come: what the `missing_reason` that stands with one says of it.

A failure (no connection, an error of the server, no room, a size over the limit) is a lack of ours: the file is there, and asking again
may bring it. What its server refuses (403, 404) or answers with something else is told, and is no lack; no more is what the platform gives
no address of, so that nobody can ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.model import REMOVED, UNAVAILABLE
from recordroom.stored_texts import code_of, parts_of

GONE = "the platform shows the record no more"  # among the reasons: then nobody can ask for its files again
TOO_LARGE = "file-too-large"  # the code of one over the limit of size
_FAILED = ("file-answered", "file-empty", "file-other", "file-no-room", "file-deferred", "file-failed", TOO_LARGE, "file-secret")
_TOLD = ("file-empty", "file-other", "file-secret")  # what came in its place, so that asking again brings no file
_PASSES = ("408", "425", "429")  # too slow, too early, too many: of answers that begin with 4 those that say to ask again


def failed(reason: str) -> bool:
    """Whether a file did not come which the platform gives; else it gives none."""
    return code_of(reason) in _FAILED


def is_lack(reason: str) -> bool:
    if code_of(reason) == "file-answered":
        status = parts_of(reason)["status"]
        return status in _PASSES or not (len(status) == 3 and status.startswith("4"))
    return failed(reason) and code_of(reason) not in _TOLD


def lacks(delta: Mapping[str, Any]) -> list[str]:
    """The reasons with which files of a record are lacking after a delta of a manifest, and GONE where it is."""
    reasons = sorted({one["missing_reason"] for one in delta.get("media", {}).values() if is_lack(one.get("missing_reason", ""))})
    return [*reasons, GONE] if reasons and delta["status"] in (REMOVED, UNAVAILABLE) else reasons
