"""Describe in plain words what differs between a version and the one before it.

A file that the archive received late is not an edit. A change of status names the old and the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from recordroom.model import moment
from recordroom.status import describe_status
from recordroom.text import counted

_TRACKS = {  # platform -> the identity of a track, with its language
    "youtube": re.compile(r".+/captions/(?P<language>[^/]*)/"),
    "vimeo": re.compile(r"texttracks/\d+/(?P<language>[^/]*)"),
    "facebook": re.compile(r"\d+/(?P<language>[a-z]{2,3}_[A-Z]{2})/"),
}


def captions_in(media: Mapping[str, Any], platform: str) -> str | None:
    """Return the language of a caption file, "" if it is not known.

    None for other files.
    """
    found = (
        _TRACKS[platform].match(str(media["identity"]))
        if platform in _TRACKS and media["type"] == "document"
        else None
    )
    return None if found is None else found["language"]


_EVENT = re.compile(r"linkedin:urn:li:event:")
_LINE = re.compile(r"^(Starts|Ends): (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$", re.MULTILINE)


def event_times(record: Mapping[str, Any]) -> list[tuple[str, datetime]]:
    """Return `[("Starts", ...), ("Ends", ...)]` of an event; empty for other records.

    Only the last paragraph of the text is ours; the author wrote the rest.
    """
    if not _EVENT.match(record["record_id"]):
        return []
    ours = (record["text"] or "").rpartition("\n\n")[2]
    return [(label, moment(at)) for label, at in _LINE.findall(ours)]


LATE_FILES = "media_bytes"  # in `changed`: a file that was missing is here now
GOT_LATE = "missing files were added to the archive"
COMPLETED = "completed"  # in `changed`: the platform gave an item completely that it had given in part
GIVEN_WHOLE = "the platform gave all of an item that it had given in part"
_NAMES: Mapping[str | None, str] = {"image": "image", "video": "video", "audio": "audio file"}

Record = Mapping[str, Any]


def describe_changes(own: Record, before: Record | None = None, *, status: bool = True) -> str:
    """Describe the changes of a version; "" for none.

    Example: `changed: text, title; status changed from visible to hidden by the agency`.
    before: the previous version, by which late files and the old status are named. status: whether to include
    a change of status.
    """
    names = [name for name in own["changed"] if name not in (LATE_FILES, COMPLETED, "status")]
    told = [f"changed: {', '.join(names)}"] if names else []
    if status and "status" in own["changed"]:
        told.append(
            f"status changed{f' from {describe_status(before)}' if before else ''} to {describe_status(own)}"
        )
    if COMPLETED in own["changed"]:
        told.append(GIVEN_WHOLE)
    if LATE_FILES in own["changed"]:
        told.append(_late(own, before))
    if own["changed"] in ([LATE_FILES], [COMPLETED]):
        told.append(f"the {own['kind']} itself did not change")
    return "; ".join(told)


def describe_renaming(own: Record, earlier: Record) -> str:
    """Describe a new name of the same author.

    "" if the name is the same, or a version has none.

    It is not a change of the record, and makes no version.
    """
    names = own["author_name"], earlier["author_name"]
    if own["author_id"] != earlier["author_id"] or not all(names) or names[0] == names[1]:
        return ""
    return f"the author's name on the platform differs: in the previous version it was {names[1]}"


def news(own: Record) -> str:
    """Describe why the current version is new to the archive."""
    if own["late_arrival"]:
        return "added to the archive"
    return "first captured" if own["sequence"] == 1 else describe_changes(own) or "captured again, unchanged"


def find_previous(own: Record, versions: Iterable[Record]) -> Record | None:
    """Return the version with which this one was compared, of all versions of the record."""
    seen = (one for one in versions if one["account"] == own["account"] and not one["late_arrival"])
    return max(
        (one for one in seen if one["sequence"] < own["sequence"]), key=itemgetter("sequence"), default=None
    )


def _late(own: Record, earlier: Record | None) -> str:
    files = _new_files(own, earlier) if earlier is not None else []
    return (
        f"{counted(len(files), 'missing file')} {'was' if len(files) == 1 else 'were'} added:"
        f" {', '.join(_named(files, own['platform']))}"
        if files
        else GOT_LATE
    )


def _new_files(own: Record, earlier: Record) -> Sequence[Record]:
    had = {one["identity"] for one in earlier["media"] or () if one["sha256"]}
    return [one for one in own["media"] or () if one["sha256"] and one["identity"] not in had]


def _named(files: Iterable[Record], platform: str) -> Iterator[str]:
    for one in files:
        language = captions_in(one, platform)
        yield _NAMES.get(one["type"], "document") if language is None else f"captions {language}".rstrip()
