"""Whom an account blocks or mutes, which words it filters, who may comment: one record of each account, of
kind `profile`.

One line for each of them, sorted, so that the order of a platform's lists makes no version and each block and
unblock does:

    blocked: @amy@example.org (Amy R.)
    filter: spam, scam (home, public)

All lines stand in one record, so they must be known together: `fetch` collects the pages of the lists into
one exchange, and where one of the lists is not given there is no record, and nothing is concluded. To an
account whose list has become empty the record says so: no lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordroom.model import MODERATION, Record
from recordroom.platforms.schema import Reading
from recordroom.text import to_one_line

TITLE = "Moderation"
WINDOWS = ("full", "history")  # whose captures read it: it costs a request or more, and changes seldom


def moderation(
    account: str, native: str, lines: Iterable[str], reading: Reading, *, public: bool = False
) -> Record:
    """`account`: as which the platform's records name it; `native`: its own id; `public`: whether the
    platform shows it to everybody.
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
        leftover=reading.taken(),
    )


def who(word: str, name: str, more: str | None = None) -> str:
    """`blocked: @amy (Amy R.)`"""
    return f"{word}: {to_one_line(name)}" + (f" ({to_one_line(more)})" if more else "")
