"""The keys of `Exchange.context` that the core reads, and that several platforms share.

A connector adds its own keys in a TypedDict of its schema module, and reads them through it. Contexts are
stored with their exchanges: no key changes its name.
"""

from __future__ import annotations

from typing import TypedDict


class Context(TypedDict, total=False):
    """Keys of any platform. Each is present only where it says something.

    account: native ID of the captured account.
    server: identity of its server.
    root: record ID of the root post of a page of comments.
    short: what the platform did not give so far, in words; the last one of a crawl becomes a gap.
    unread: record ID of the root post of a conversation that was not given.
    not_given: nothing is read from the response, which only says that something is not given.
    untold: record IDs about which a lookup concludes nothing.
    validator: the response has a validator (etag, last-modified) for the next request (Window.validators).
    missed: which posts may have appeared and disappeared unseen, in words; a gap that no capture closes.
    messages_refused: why private messages are not given, in words.
    messages_missed: which private messages no later capture can read, in words.
    elsewhere: native IDs of the items that are read from another response.
    """

    account: str
    server: str
    root: str
    short: str
    unread: str
    not_given: bool
    untold: list[str]
    validator: bool
    missed: str
    messages_refused: str
    messages_missed: str
    elsewhere: list[str]
