"""A record in words, for readers on paper and listeners.

The words say who, when, what, and what became of it; its images follow.
The result is plain values, which pages.typ sets on pages: texts in pieces (fonts.py), never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recordroom.dates import format_day, format_second
from recordroom.exports.formats.columns import HELD_BACK
from recordroom.exports.formats.pdf.fonts import CJK, FAMILIES, Pen, direction_of
from recordroom.exports.formats.pdf.headings import RecordPlace, name_author
from recordroom.exports.labels import STATUSES
from recordroom.model import (
    HELD,
    HIDDEN,
    REMOVED,
    SPAM,
    TRASHED,
    UNAVAILABLE,
    VISIBLE,
    to_local,
)
from recordroom.records.changes import (
    COMPLETED,
    LATE_FILES,
    captions_in,
    describe_renaming,
    event_times,
)
from recordroom.status import BY, choose_creation_label, is_claim

SHOWN = (".jpg", ".png", ".gif", ".webp")  # media.py names files by their first bytes
_END = b"\xff\xd9"  # of a JPEG; in its first half it may be the end of a thumbnail
BYTES, PIXELS = 20_000_000, 50_000_000  # of one image: a larger one takes too much memory to set


def find_obstacle(path: Path) -> str | None:
    """Return why the image in this file cannot be shown.

    None: it can, as far as its beginning shows.
    """
    import imagesize

    if path.suffix not in SHOWN:
        return "this type of file cannot be shown on a page"
    if path.stat().st_size > BYTES:
        return f"it is larger than {BYTES // 1_000_000} MB"
    try:
        width, height = imagesize.get(path)
    except (ValueError, OSError):
        width, height = -1, -1
    if width <= 0 or height <= 0:
        return "the file cannot be read as an image"
    if path.suffix == ".jpg" and _END not in path.read_bytes()[path.stat().st_size // 2 :]:
        return "the file is incomplete"
    return f"it has more than {PIXELS // 1_000_000} million pixels" if width * height > PIXELS else None


Row = Mapping[str, Any]

NEEDED = (
    "record_id", "sequence", "sequences", "account", "accounts", "platform", "kind", "parent_id",
    "root_id", "url", "author_id", "author_name", "author_handle", "author_is_account", "text",
    "title", "language", "published_at", "edited_at", "captured_at", "valid_from",
    "valid_from_source", "changed", "late_arrival", "repaired", "status", "acted_by",
    "status_reason", "visibility", "media", "paths", "links", "shared_id", "source", "current",
    "last_seen_at", "removal_noticed_at", "context", "published", "earlier", "conversation",
)  # fmt: skip
NO_DESCRIPTION = "No description was given for this image."
KINDS = {
    "post": "Post",
    "comment": "Comment",
    "reply": "Reply",
    "story": "Story",
    "profile": "Profile",
    "message": "Private message",
}
_FILES = {"image": "Image", "video": "Video", "audio": "Audio"}
_CREATED = {"made": "Created", "written": "Written"}
NAME = 80  # characters of a name in a heading
DEEPEST = 6  # steps by which a reply is indented

_STATUS = {
    HIDDEN: "Hidden on the platform", HELD: "Awaiting moderation on the platform",
    SPAM: "Marked as spam on the platform",
    TRASHED: "In the platform's trash", REMOVED: "Removed from the platform",
    UNAVAILABLE: "Unavailable on the platform",
}  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x1f]{3,2000}", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_EAST = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK"}


def describe_record(
    row: Row, place: RecordPlace, folder: Path, pen: Pen, *, names: Mapping[str, str], show: bool = True
) -> dict[str, Any]:
    """Return the values of a record for pages.typ.

    folder: in which its media files are copied.
    names: account -> its label.
    show: show images.
    The values `missing` and `unshown` count characters and images that could not be drawn.
    """
    text, language = row["text"] or "", _LANGUAGE.fullmatch(row["language"] or "")
    files = [_file(n, row, folder, pen, show=show) for n in range(len(row["media"]))]
    found = {
        "heading": pen.line(_heading(row, place)),
        "level": place.level,
        "before": [[level, pen.line(heading)] for level, heading in place.before],
        "indent": min(place.depth, DEEPEST),
        "facts": [_fact(pen, *fact) for fact in (*_facts(row, place), *_happened(row))],
        "places": [_fact(pen, *fact) for fact in _places(row, names)],
        "title": pen.line(row["title"]) if row["title"] else [],
        "paragraphs": pen.paragraphs(text),
        "language": language[1].lower() if language else "en",
        "direction": direction_of(text),
        "fonts": _order_fonts(row["language"] or ""),
        "files": files,
    }
    return found | {"missing": pen.missing, "unshown": sum(file["unshown"] for file in files)}


def _heading(row: Row, place: RecordPlace) -> str:
    name = name_author(row)
    name = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    at = row["published_at"] or row["captured_at"]
    version = f", version {row['sequence']} of {row['sequences']}" if row["sequences"] > 1 else ""
    status = "" if row["status"] == VISIBLE else f", {STATUSES.get(row['status'], row['status'])}"
    kind = KINDS.get(row["kind"], row["kind"])
    return f"Item {place.number:,}: {kind} by {name}, {format_day(to_local(at))}{version}{status}"


def _fact(pen: Pen, label: str, value: str) -> list[Any]:
    """Return label, value, and the address that it links to."""
    return [label, pen.line(value), value if _ADDRESS.fullmatch(value) else None]


def _facts(row: Row, place: RecordPlace) -> Iterator[tuple[str, str]]:
    """Yield the facts before the text: who, when, to whom."""
    if row["context"]:
        yield "Included as", "context; it does not match the search itself"
    if is_claim(row):
        yield "Source", f"a submitted file ({row['source']}); no capture confirms it"
    name, handle = row["author_name"], row["author_handle"]
    own = ", the account itself" if row["author_is_account"] else ""
    yield "Author", f"{name_author(row)}{f' ({handle})' if name and handle else ''}{own}"
    yield (
        "Published" if row["published"] else _CREATED[choose_creation_label(row["kind"])],
        format_second(row["published_at"]) if row["published_at"] else _untimed(row),
    )
    yield from ((label, format_second(at)) for label, at in event_times(row))
    if place.replies_to:
        yield "Reply to", place.replies_to
    if row["visibility"]:
        yield "Audience, as the platform calls it", row["visibility"]


def _untimed(row: Row) -> str:
    if is_claim(row):
        return f"no time in the file, which was received {format_second(row['captured_at'])}"
    return f"no time from the platform; captured {format_second(row['captured_at'])}"


def _places(row: Row, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the facts after the text: where the record is, and what it links to."""
    if row["url"]:
        yield "Address on the platform", row["url"]
    for link in row["links"] or ():
        yield "Link", link
    if row["shared_id"]:
        yield "Shares or quotes", row["shared_id"]
    if row["accounts"] and len(row["accounts"]) > 1:
        yield "Archived in accounts", ", ".join(names.get(one, one) for one in row["accounts"])
    yield "Record ID", row["record_id"]


def _happened(row: Row) -> Iterator[tuple[str, str]]:
    """Yield what became of the record."""
    if row["status"] != VISIBLE:
        status = _STATUS.get(row["status"], row["status"])
        claimed = ", according to a submitted file" if is_claim(row) else ""
        untold = "; the platform gives no reason" if row["status"] == UNAVAILABLE and not claimed else ""
        yield (
            "Status",
            f"{status}{BY.get(row['acted_by'], untold)}{claimed}.{_between(row)}",
        )
        if row["status_reason"]:
            yield "How this is known", row["status_reason"]
    if row["edited_at"]:
        yield "Edited on the platform", format_second(row["edited_at"])
    if row["sequences"] > 1:
        yield from _version(row)
    if row["repaired"]:
        yield (
            "Repaired",
            "an invalid character in the text is shown as \ufffd; the original is in the evidence",
        )


def _version(row: Row) -> Iterator[tuple[str, str]]:
    """Yield which version it is, and how it differs from the one before."""
    yield (
        "Version",
        f"{row['sequence']} of {row['sequences']} in the archive; {_version_state(row)}",
    )
    if differs := [name for name in row["changed"] or () if name not in (LATE_FILES, COMPLETED)]:
        yield "Changed since the previous version", ", ".join(differs)
    if row["earlier"] and describe_renaming(row, row["earlier"]):
        yield "Author's name in the previous version", row["earlier"]["author_name"]
    if COMPLETED in (row["changed"] or ()):
        yield (
            "Completed",
            "The platform gave only a part before, and now the rest. This is not an edit by the author.",
        )
    if LATE_FILES in (row["changed"] or ()):
        yield (
            "Files added",
            "The archive now has files that were missing before. This is not an edit by the author.",
        )
    if row["valid_from"]:
        yield (
            "In effect from",
            f"{format_second(row['valid_from'])}{_SINCE.get(row['valid_from_source'], '')}",
        )


_SINCE = {
    "capture": ", the time of the capture",
    "platform": ", according to the platform",
    "history": ", according to the platform's edit history",
}


def _version_state(row: Row) -> str:
    if row["current"]:
        return "the current version"
    return (
        "an older version that was archived later" if row["late_arrival"] else "replaced by a later version"
    )


def _between(row: Row) -> str:
    if row["removal_noticed_at"] is None:
        return ""
    noticed = f"found {row['status']} {format_second(row['removal_noticed_at'])}"
    if row["last_seen_at"]:
        return f" It was last seen there {format_second(row['last_seen_at'])} and first {noticed}."
    return f" It was first {noticed}."


def _order_fonts(language: str) -> list[str]:
    """Return the font families of a text, in order.

    Han characters are drawn as its language writes them.
    """
    tag = language.lower().replace("_", "-")
    region = next(
        (region for name, region in _EAST.items() if tag == name or tag.startswith(f"{name}-")), None
    )
    return [FAMILIES[0], f"{CJK} {region}", *FAMILIES[1:]] if region else list(FAMILIES)


def _file(n: int, row: Row, folder: Path, pen: Pen, *, show: bool) -> dict[str, Any]:
    """Return the values of one media file; `picture`: its path, if it is shown."""
    media = row["media"][n]
    path = row["paths"][n] if row["paths"] else None
    name = f"{_FILES.get(media['type'] or '', 'File')} {n + 1} of {len(row['media'])}"
    given = _description(media, row["platform"])
    if path is None:
        return {
            "picture": None,
            "unshown": False,
            "alt": "",
            "lines": [pen.line(f"{name} {_absence(media)}."), pen.line(given)],
        }
    obstacle = None
    if media["type"] == "image":
        obstacle = find_obstacle(folder / path) if show else "the file cannot be displayed"
    picture = path if media["type"] == "image" and obstacle is None else None
    where = f"{name}{f', not shown: {obstacle}' if obstacle else ''}. File: {path}"
    # its characters are counted where it is read
    alt = "".join(Pen(plain=pen.plain).line(media["alt_text"] or NO_DESCRIPTION))
    return {
        "picture": picture,
        "unshown": obstacle is not None,
        "alt": alt,
        "lines": [pen.line(given), pen.line(where)],
    }


def _description(media: Mapping[str, Any], platform: str) -> str:
    """Return the description by the author, or what the captions are."""
    if (language := captions_in(media, platform)) is not None:
        return f"Captions{f' in {language}' if language else ''}: the spoken words of the video, as text."
    return (
        f"Author's description: {media['alt_text']}"
        if media["alt_text"]
        else "The author gave no description."
    )


def _absence(media: Mapping[str, Any]) -> str:
    if media["sha256"]:
        return f"is {HELD_BACK}"
    return f"is not in the archive: {media['missing_reason'] or 'reason unknown'}"
