"""Google Takeout for YouTube: the account's comments and live chat messages.

Comments, on any channel, are in `YouTube and YouTube Music/comments/comments*.csv`. Live chat messages (`live
chats/live chats*.csv`) become comments on their broadcasts. The columns are described in the archive's own
archive_browser.html and at https://support.google.com/accounts/answer/3024190. A text is written as JSON
objects, `{"text":"Nice "},{"text":"12:05","link":{"linkUrl":"https://..."}}`.

It never has: what others wrote, counts, edits. Videos are left to captures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from recordroom.imports.contract import About, Form, Found, ImportPiece, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import list_unread
from recordroom.imports.tables import csv_rows
from recordroom.model import Exchange, Record, moment
from recordroom.register.models import Account
from recordroom.text import replace_surrogates

FORM = Form(
    "takeout", "Google Takeout", parser=3, says=frozenset(("text", "author_id")), platforms=("youtube",)
)
item = csv_rows.item
_NO_WRITINGS = re.compile(  # lists, what was watched and searched, and the videos, which captures have
    r"(?:^|/)archive_browser\.html$"
    r"|/(?:channels?(?: [^/]*)?|history|music[^/]*|playlists|subscriptions|video [^/]*|videos)(?:/.*|\.csv)$",
    re.IGNORECASE,
)
_LOST = "\ufffd"  # replaces half an emoji, which the JSON of a text may contain
_COMMENT, _CHAT = "Comment", "Live Chat"
_COLUMNS = {sort: {f"{sort} ID", "Channel ID", "Video ID"} for sort in (_COMMENT, _CHAT)}
_KNOWN = {
    "Channel ID",
    "Video ID",
    "Parent Comment ID",
    "Top-Level Comment ID",
    "Post ID",
    "Price",
    "Currency Code",
} | {
    f"{sort} {name}"
    for sort in (_COMMENT, _CHAT)
    for name in ("ID", "Text", "Create Timestamp", "Create Time")
}


def recognize(files: ImportFiles) -> bool:
    return any(True for _ in _members(files))


def about(files: ImportFiles) -> About:
    for name in _members(files):
        with files.open(name) as file:
            for piece in csv_rows.pieces(file, name):
                if isinstance(piece, ImportPiece):
                    told = Exchange("", "", 0, (), piece.body, piece.context)
                    return About(
                        native_id=next(
                            (_titled(row)["Channel ID"] for _, row in csv_rows.read_named(told)), None
                        )
                        or None
                    )
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    taken = list(_members(files))
    for name in taken:
        with files.open(name) as file:
            yield from csv_rows.pieces(file, name)
    # a comment's path: `Takeout/YouTube and YouTube Music/comments/comments.csv`; other products may be next
    # to it
    if not files.alone:
        yield from list_unread(
            files, taken, _NO_WRITINGS, recognize, next(iter(taken)).rpartition("/")[0].rpartition("/")[0]
        )


def parse(exchange: Exchange) -> Iterator[Found]:
    for number, row in csv_rows.read_named(exchange):
        try:
            yield _comment(_titled(row), exchange, f"line/{number}")
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as problem:
            yield Reject(
                f"line {number} of {exchange.context['member']}",
                f"it is not a comment ({type(problem).__name__}: {problem})",
            )


def _titled(row: dict[str, str]) -> dict[str, str]:
    """Return the row with column names in title case.

    Takeout has written `Comment create timestamp` and `Comment Create Timestamp`.
    """
    return {
        " ".join(f"{word[:1].upper()}{word[1:]}" for word in name.split()).replace("-level", "-Level"): v
        for name, v in row.items()
    }


def _comment(row: dict[str, str], exchange: Exchange, pointer: str) -> Record:
    sort = _CHAT if f"{_CHAT} ID" in row else _COMMENT
    native = row[f"{sort} ID"]
    channel = row["Channel ID"]
    video = row.get("Video ID") or row.get("Post ID") or ""
    if not native:
        raise ValueError(f"it has no {sort} ID")
    parent = row.get("Parent Comment ID") or row.get("Top-Level Comment ID")
    me, parts = exchange.context.get("account"), _parts(row[f"{sort} Text"])
    said = "".join(part["text"] for part in parts)
    text = replace_surrogates(said)
    return Record(
        record_id=f"youtube:{native}",
        kind="reply" if parent else "comment",
        native_id=native,
        pointer=pointer,
        parent_id=f"youtube:{parent or video}" if parent or video else None,
        root_id=f"youtube:{video}" if video else None,
        url=f"https://www.youtube.com/watch?v={video}{f'&lc={native}' if sort == _COMMENT else ''}"
        if row.get("Video ID")
        else None,
        author_id=channel,
        author_is_account=None if me is None else channel == me,
        text=text,
        links=[part["link"]["linkUrl"] for part in parts if (part.get("link") or {}).get("linkUrl")],
        repaired=text.count(_LOST) > said.count(_LOST),
        published_at=moment(
            (row.get(f"{sort} Create Timestamp") or row.get(f"{sort} Create Time") or "").replace(
                " UTC", "+00:00"
            )
        ),
        leftover=tuple(sorted(name for name, value in row.items() if value and name not in _KNOWN)),
    )


def _parts(told: str) -> list[dict[str, Any]]:
    """Return the parts of a text; a text that is no JSON of parts is one part."""
    whole: list[dict[str, Any]] = [{"text": told}]
    try:
        found: Any = json.loads(f"[{told}]", strict=False)
    except (ValueError, RecursionError):
        return whole
    if len(found) == 1 and isinstance(found[0], dict) and "takeoutSegments" in found[0]:
        found = found[0]["takeoutSegments"]
    if not found or not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in found):
        return whole
    return list(found)


def _members(files: ImportFiles) -> Iterator[str]:
    for name in files.names():
        if name.lower().endswith(".csv"):
            with files.open(name) as file:
                names = set(_titled(dict.fromkeys(csv_rows.read_header(file), "")))
                if any(names >= columns for columns in _COLUMNS.values()):
                    yield name
