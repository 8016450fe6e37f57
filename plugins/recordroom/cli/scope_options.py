"""The options by which commands of retention name records, conversations, authors, and accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from recordroom.errors import UsageError
from recordroom.retention.holds import HoldScope

Reason = Annotated[str, typer.Option("--reason", help="The reason; kept permanently.")]
Records = Annotated[list[str] | None, typer.Option("--record", help="Record ID; may be repeated.")]
Conversations = Annotated[
    list[str] | None, typer.Option("--conversation", help="Record ID of a root post; may be repeated.")
]
Authors = Annotated[
    list[str] | None,
    typer.Option("--author", help="PLATFORM:AUTHOR_ID, the author of records; may be repeated."),
]

Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="Account ID of the register; may be repeated.")
]


def make_lists(
    record: list[str] | None, conversation: list[str] | None, author: list[str] | None
) -> HoldScope:
    """Return the scope of these lists; UsageError for an author without a platform."""
    authors = [tuple(one.split(":", 1)) for one in author or ()]
    if any(len(one) != 2 or not all(one) for one in authors):
        raise UsageError("--author is not PLATFORM:AUTHOR_ID", "Write it as mastodon:112581902008320001.")
    return HoldScope(
        frozenset(record or ()),
        frozenset(conversation or ()),
        frozenset((platform, name) for platform, name in authors),
    )
