"""The people and words that an account blocks, as one record of kind `profile`.

The record has one sorted line for each entry (blocked or muted people, filtered words, who may comment). Each
block and unblock makes a new version; a changed order of the platform's list does not:

    blocked: @amy@example.org (Amy R.)
    filter: spam, scam (home, public)

All lines must be known together, so `fetch` collects the pages of the lists in one exchange. If one of the
lists is not given, there is no record, and nothing is concluded. An account whose list has become empty has a
record without lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordroom.model import MODERATION, Record
from recordroom.platforms.schema import Reading
from recordroom.text import to_one_line

TITLE = "Moderation"
WINDOWS = ("full", "history")  # kinds of windows that read it: it costs requests, and seldom changes


def make_blocklist(
    account: str, native: str, lines: Iterable[str], reading: Reading, *, public: bool = False
) -> Record:
    """Return the record of an account's blocklist.

    account: how record IDs name the account.
    native: its ID on the platform.
    public: whether the platform shows the list to everyone.
    """
    return Record(
        record_id=f"{account}{MODERATION}",
        kind="profile",
        native_id=f"{native}{MODERATION}",
        pointer="",
        author_id=native,
        author_is_account=None if reading.me is None else native == reading.me,
        text="\n".join(sorted(set(lines))),
        title=TITLE,
        visibility=None if public else "private",
        leftover=reading.take_leftover(),
    )


def describe_person(word: str, name: str, more: str | None = None) -> str:
    """Return a line of the record, such as `blocked: @amy (Amy R.)`."""
    return f"{word}: {to_one_line(name)}" + (f" ({to_one_line(more)})" if more else "")
