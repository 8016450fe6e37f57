"""A record in words, for people who read it on paper or have it read to them: who, when, what, what became of it, its pictures.

What is made here is plain values, set on pages by pages.typ: texts in pieces (fonts.py), never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.exports.formats.columns import HELD_BACK
from recordroom.exports.formats.pdf.fonts import CJK, FAMILIES, Pen, direction
from recordroom.exports.formats.pdf.headings import Place, author
from recordroom.model import HELD, HIDDEN, REMOVED, SPAM, TRASHED, UNAVAILABLE, VISIBLE, clock, local
from recordroom.records.changes import COMPLETED, GIVEN_WHOLE, GOT_LATE, LATE_FILES, captions_in, event_times, renamed
from recordroom.status import AS_A_FILE_SAYS, BY, is_claim, made

SHOWN = (".jpg", ".png", ".gif", ".webp")  # as media.py names files by their first bytes
_END = b"\xff\xd9"  # of a JPEG; in the first half it may be that of a smaller one within
BYTES, PIXELS = 20_000_000, 50_000_000  # of one picture: what is larger takes too much memory to set


def reason_against(path: Path) -> str | None:
    """Why the picture in this file cannot be shown; None: it can, as far as its beginning tells."""
    import imagesize

    if path.suffix not in SHOWN:
        return "a file of this kind cannot be shown on a page"
    if path.stat().st_size > BYTES:
        return f"it is larger than {BYTES // 1_000_000} MB"
    try:
        width, height = imagesize.get(path)
    except (ValueError, OSError):
        width, height = -1, -1
    if width <= 0 or height <= 0:
        return "its bytes cannot be read as a picture"
    if path.suffix == ".jpg" and _END not in path.read_bytes()[path.stat().st_size // 2 :]:
        return "it breaks off before its end"
    return f"it has more than {PIXELS // 1_000_000} million pixels" if width * height > PIXELS else None


Row = Mapping[str, Any]

NEEDED = (
    "record_id", "sequence", "sequences", "account", "accounts", "platform", "kind", "parent_id", "root_id", "url", "author_id",
    "author_name", "author_handle", "author_is_account", "text", "title", "language", "published_at", "edited_at", "captured_at",
    "valid_from", "valid_from_source", "changed", "late_arrival", "repaired", "status", "acted_by", "status_reason", "visibility",
    "media", "paths", "links", "shared_id", "source", "current", "last_seen_at", "removal_noticed_at", "context", "published",
    "earlier", "conversation",
)  # fmt: skip
NO_DESCRIPTION = "No description was given for this picture."
KINDS = {"post": "Post", "comment": "Comment", "reply": "Reply", "story": "Story", "profile": "Profile", "message": "Private message"}
_FILES = {"image": "Picture", "video": "Film", "audio": "Sound"}
NAME = 80  # characters of a name in a heading
DEEPEST = 6  # steps that an answer is set in from the left

_STATUS = {
    HIDDEN: "Hidden on the platform", HELD: "Held back for review on the platform", SPAM: "Marked as spam on the platform",
    TRASHED: "In the platform's trash", REMOVED: "Removed from the platform",
    UNAVAILABLE: "No longer to be had on the platform",
}  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x1f]{3,2000}", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_EAST = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK"}


def when(moment: datetime) -> str:
    """`November 24, 2026, 12:30:00 a.m. PST (2026-11-24 08:30:00 UTC)`."""
    here = local(moment)
    noon = "a.m." if here.hour < 12 else "p.m."
    return f"{day(moment)}, {here.hour % 12 or 12}:{here:%M:%S} {noon} {here:%Z} ({clock(moment.astimezone(UTC))} UTC)"


def day(moment: datetime) -> str:
    here = local(moment)
    return f"{here:%B} {here.day}, {here.year:04}"


def told(row: Row, place: Place, folder: Path, pen: Pen, *, show: bool = True) -> dict[str, Any]:
    """The row for pages.typ. `folder`: in which its files are copied; `show`: pictures are shown. `missing`: characters that could not
    be drawn; `unshown`: pictures that could not be shown."""
    text, language = row["text"] or "", _LANGUAGE.fullmatch(row["language"] or "")
    files = [_file(n, row, folder, pen, show=show) for n in range(len(row["media"]))]
    found = {
        "heading": pen.line(_heading(row, place)),
        "level": place.level,
        "before": [[level, pen.line(heading)] for level, heading in place.before],
        "indent": min(place.depth, DEEPEST),
        "facts": [_fact(pen, *fact) for fact in (*_facts(row, place), *_happened(row))],
        "places": [_fact(pen, *fact) for fact in _places(row)],
        "title": pen.line(row["title"]) if row["title"] else [],
        "paragraphs": pen.paragraphs(text),
        "language": language[1].lower() if language else "en",
        "direction": direction(text),
        "fonts": _fonts(row["language"] or ""),
        "files": files,
    }
    return found | {"missing": pen.missing, "unshown": sum(file["unshown"] for file in files)}


def _heading(row: Row, place: Place) -> str:
    name = author(row)
    name = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    at = row["published_at"] or row["captured_at"]
    version = f", version {row['sequence']} of {row['sequences']}" if row["sequences"] > 1 else ""
    status = "" if row["status"] == VISIBLE else f", {row['status']}"
    return f"No. {place.number:,}: {KINDS.get(row['kind'], row['kind'])} by {name}, {day(at)}{version}{status}"


def _fact(pen: Pen, label: str, value: str) -> list[Any]:
    """Label, value, the address that it leads to."""
    return [label, pen.line(value), value if _ADDRESS.fullmatch(value) else None]


def _facts(row: Row, place: Place) -> Iterator[tuple[str, str]]:
    """Before the text: who, when, to whom. Labels are ours."""
    if row["context"]:
        yield "Included as", "context of what was found; the search itself did not find it"
    if is_claim(row):
        yield "Told by", f"a file that was handed in ({row['source']}); no capture saw it so"
    name, handle = row["author_name"], row["author_handle"]
    own = ", the account itself" if row["author_is_account"] else ""
    yield "Author", f"{author(row)}{f' ({handle})' if name and handle else ''}{own}"
    yield (
        "Published" if row["published"] else made(row["kind"]).capitalize(),
        when(row["published_at"]) if row["published_at"] else _untimed(row),
    )
    yield from ((label, when(at)) for label, at in event_times(row))
    if place.answers:
        yield "Answers", place.answers
    if row["visibility"]:
        yield "Audience, in the platform's word", row["visibility"]


def _untimed(row: Row) -> str:
    if is_claim(row):
        return f"the file gives no time; it came {when(row['captured_at'])}"
    return f"the platform gives no time; captured {when(row['captured_at'])}"


def _places(row: Row) -> Iterator[tuple[str, str]]:
    """Behind it: where it is, what it points at."""
    if row["url"]:
        yield "Address on the platform", row["url"]
    for link in row["links"] or ():
        yield "Points to", link
    if row["shared_id"]:
        yield "Shares or quotes", row["shared_id"]
    if row["accounts"] and len(row["accounts"]) > 1:
        yield "Held in the accounts", ", ".join(row["accounts"])
    yield "Document id", row["record_id"]


def _happened(row: Row) -> Iterator[tuple[str, str]]:
    """What became of it."""
    if row["status"] != VISIBLE:
        claimed = AS_A_FILE_SAYS if is_claim(row) else ""
        untold = ", which does not say why" if row["status"] == UNAVAILABLE and not claimed else ""
        yield "Status", f"{_STATUS.get(row['status'], row['status'])}{BY.get(row['acted_by'], untold)}{claimed}.{_between(row)}"
        if row["status_reason"]:
            yield "How this is known", row["status_reason"]
    if row["edited_at"]:
        yield "Edited on the platform", when(row["edited_at"])
    if row["sequences"] > 1:
        yield from _version(row)
    if row["repaired"]:
        yield "Repaired", "the text held something that Unicode cannot hold, shown as \ufffd; the original is in the evidence"


def _version(row: Row) -> Iterator[tuple[str, str]]:
    """Which of its versions it is, and what that is compared with the one before."""
    yield "Version", f"{row['sequence']} of the {row['sequences']} that the archive knows, {_standing(row)}"
    if differs := [name for name in row["changed"] or () if name not in (LATE_FILES, COMPLETED)]:
        yield "Differs from the version before in", ", ".join(differs)
    if row["earlier"] and (name := renamed(row, row["earlier"])):
        yield "Author's name", name
    if COMPLETED in (row["changed"] or ()):
        yield "Given in part before", f"With this version {GIVEN_WHOLE}. That is no change by its author."
    if LATE_FILES in (row["changed"] or ()):
        yield "Files that came late", f"From this version on {GOT_LATE}. That is no change by its author."
    if row["valid_from"]:
        yield "Stood there from", f"{when(row['valid_from'])}{_SINCE.get(row['valid_from_source'], '')}"


_SINCE = {"capture": ", when it was captured", "platform": ", as the platform says", "history": ", says the platform's list of edits"}


def _standing(row: Row) -> str:
    if row["current"]:
        return "the current one"
    return "an older state that became known later" if row["late_arrival"] else "superseded by a later one"


def _between(row: Row) -> str:
    if row["removal_noticed_at"] is None:
        return ""
    seen = f"was last seen there {when(row['last_seen_at'])} and" if row["last_seen_at"] else "was"
    return f" It {seen} found to be gone {when(row['removal_noticed_at'])}."


def _fonts(language: str) -> list[str]:
    """Han characters are drawn as the text's language writes them."""
    tag = language.lower().replace("_", "-")
    region = next((region for name, region in _EAST.items() if tag == name or tag.startswith(f"{name}-")), None)
    return [FAMILIES[0], f"{CJK} {region}", *FAMILIES[1:]] if region else list(FAMILIES)


def _file(n: int, row: Row, folder: Path, pen: Pen, *, show: bool) -> dict[str, Any]:
    """One of the row's files: `picture` is its path where it is shown."""
    media = row["media"][n]
    path = row["paths"][n] if row["paths"] else None
    name = f"{_FILES.get(media['type'] or '', 'File')} {n + 1} of {len(row['media'])}"
    given = _description(media, row["platform"])
    if path is None:
        return {"picture": None, "unshown": False, "alt": "", "lines": [pen.line(f"{name} {_absence(media)}."), pen.line(given)]}
    against = None
    if media["type"] == "image":
        against = reason_against(folder / path) if show else "its bytes cannot be drawn"
    picture = path if media["type"] == "image" and against is None else None
    lies = f"{name}{f', not shown: {against}' if against else ''}. The file beside this document: {path}"
    alt = "".join(Pen(plain=pen.plain).line(media["alt_text"] or NO_DESCRIPTION))  # its characters are counted where it is read
    return {"picture": picture, "unshown": against is not None, "alt": alt, "lines": [pen.line(given), pen.line(lies)]}


def _description(media: Mapping[str, Any], platform: str) -> str:
    """Captions are described by what they are."""
    if (language := captions_in(media, platform)) is not None:
        return f"Captions{f' in {language}' if language else ''}: what is said in the film, as text."
    return f"Described by its author: {media['alt_text']}" if media["alt_text"] else "Its author gave no description."


def _absence(media: Mapping[str, Any]) -> str:
    if media["sha256"]:
        return f"is {HELD_BACK}"
    return f"is not in the archive: {media['missing_reason'] or 'the reason is not known'}"
