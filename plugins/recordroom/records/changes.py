"""What differs between a version and the one before it, in plain words. A file that the archive got late is no edit; a status is told as it
was and as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from recordroom.model import moment
from recordroom.status import standing
from recordroom.text import counted

_TRACKS = {  # platform -> the identity of a track, with its language
    "youtube": re.compile(r".+/captions/(?P<language>[^/]*)/"),
    "vimeo": re.compile(r"texttracks/\d+/(?P<language>[^/]*)"),
    "facebook": re.compile(r"\d+/(?P<language>[a-z]{2,3}_[A-Z]{2})/"),
}


def captions_in(media: Mapping[str, Any], platform: str) -> str | None:
    """The language, "" where it is not known; None of what are no captions."""
    found = (
        _TRACKS[platform].match(str(media["identity"]))
        if platform in _TRACKS and media["type"] == "document"
        else None
    )
    return None if found is None else found["language"]


_EVENT = re.compile(r"linkedin:urn:li:event:")
_LINE = re.compile(r"^(Starts|Ends): (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$", re.MULTILINE)


def event_times(record: Mapping[str, Any]) -> list[tuple[str, datetime]]:
    """`[("Starts", ...), ("Ends", ...)]`; empty of what is no event. What stands above its last paragraph is its author's."""
    if not _EVENT.match(record["record_id"]):
        return []
    ours = (record["text"] or "").rpartition("\n\n")[2]
    return [(label, moment(at)) for label, at in _LINE.findall(ours)]


LATE_FILES = "media_bytes"  # in `changed`: a file that was lacking is here now
GOT_LATE = "the archive got files that it lacked"
COMPLETED = "completed"  # in `changed`: what the platform had given in part it gave whole
GIVEN_WHOLE = "the platform had given it in part, and gave it whole"
_NAMES: Mapping[str | None, str] = {"image": "picture", "video": "film", "audio": "sound"}

Record = Mapping[str, Any]


def describe_changes(own: Record, before: Record | None = None, *, status: bool = True) -> str:
    """`changed: text, title; status changed from visible to hidden by the agency`; "" where nothing did. `before`: the version before it,
    which names the files and the status from which that changed; `status`: whether to tell that its status changed."""
    names = [name for name in own["changed"] if name not in (LATE_FILES, COMPLETED, "status")]
    told = [f"changed: {', '.join(names)}"] if names else []
    if status and "status" in own["changed"]:
        told.append(f"status changed{f' from {standing(before)}' if before else ''} to {standing(own)}")
    if COMPLETED in own["changed"]:
        told.append(GIVEN_WHOLE)
    if LATE_FILES in own["changed"]:
        told.append(_late(own, before))
    if own["changed"] in ([LATE_FILES], [COMPLETED]):
        told.append(f"the {own['kind']} itself did not change")
    return "; ".join(told)


def describe_renaming(own: Record, earlier: Record) -> str:
    """What the same author was called in the version before; "" where the name is the same, or one of them has none. It is no change of the
    record, and no version is made of it."""
    names = own["author_name"], earlier["author_name"]
    if own["author_id"] != earlier["author_id"] or not all(names) or names[0] == names[1]:
        return ""
    return f"the author's name, as the platform gave it, differs too: in the version before it was {names[1]}"


def news(own: Record) -> str:
    """Of the current version, why it is new to the archive."""
    if own["late_arrival"]:
        return "became known"
    return "first seen" if own["sequence"] == 1 else describe_changes(own) or "read again, as it was"


def find_previous(own: Record, versions: Iterable[Record]) -> Record | None:
    """Of all versions of the record the one with which that was compared."""
    seen = (one for one in versions if one["account"] == own["account"] and not one["late_arrival"])
    return max(
        (one for one in seen if one["sequence"] < own["sequence"]), key=itemgetter("sequence"), default=None
    )


def _late(own: Record, earlier: Record | None) -> str:
    files = _new_files(own, earlier) if earlier is not None else []
    return (
        f"the archive got {counted(len(files), 'file')} that it lacked: {', '.join(_named(files, own['platform']))}"
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
