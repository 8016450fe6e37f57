"""What differs between a version and the one before it, in plain words. A file that the archive got late is no edit; a status is told as it
was and as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from recordroom.search.captions import captions_in
from recordroom.status import standing
from recordroom.text import counted

LATE_FILES = "media_bytes"  # in `changed`: a file that was lacking is here now
GOT_LATE = "the archive got files that it lacked"
COMPLETED = "completed"  # in `changed`: what the platform had given in part it gave whole
GIVEN_WHOLE = "the platform had given it in part, and gave it whole"
_NAMES: Mapping[str | None, str] = {"image": "picture", "video": "film", "audio": "sound"}

Record = Mapping[str, Any]


def changes(own: Record, before: Record | None = None, *, status: bool = True) -> str:
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


def renamed(own: Record, earlier: Record) -> str:
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
    return "first seen" if own["sequence"] == 1 else changes(own) or "read again, as it was"


def before(own: Record, versions: Iterable[Record]) -> Record | None:
    """Of all versions of the record the one with which that was compared."""
    seen = (one for one in versions if one["account"] == own["account"] and not one["late_arrival"])
    return max((one for one in seen if one["sequence"] < own["sequence"]), key=itemgetter("sequence"), default=None)


def _late(own: Record, earlier: Record | None) -> str:
    files = _new_files(own, earlier) if earlier is not None else []
    return (
        f"the archive got {counted(len(files), 'file')} that it lacked: {', '.join(_named(files, own['platform']))}" if files else GOT_LATE
    )


def _new_files(own: Record, earlier: Record) -> Sequence[Record]:
    had = {one["identity"] for one in earlier["media"] or () if one["sha256"]}
    return [one for one in own["media"] or () if one["sha256"] and one["identity"] not in had]


def _named(files: Iterable[Record], platform: str) -> Iterator[str]:
    for one in files:
        language = captions_in(one, platform)
        yield _NAMES.get(one["type"], "document") if language is None else f"captions {language}".rstrip()
