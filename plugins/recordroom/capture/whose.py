"""Whose the post of an address is. The platforms find a post by its number alone, whatever name stands before it: an address that names
somebody else leads to it too, and whoever typed that may have meant another post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.capture.content import Reader
from recordroom.model import Record
from recordroom.platforms import load, permalinks
from recordroom.platforms.permalinks import ANY, Link, Permalinks
from recordroom.register.models import Account


@dataclass(frozen=True, slots=True)
class Whose:
    """`record_id`: of what the address is. `by`: its author, as people know them. `address`: as the platform gives it. `names`: whom the
    address that was typed names, though its author was never called so as far as the archive knows; "" where it names nobody else.
    `unshown`: the address is of an answer that the platform did not show; the rest is then said of the post above it."""

    record_id: str
    by: str
    address: str
    names: str
    unshown: bool = False


def whose(account: Account, state: AccountState, url: str, held: Sequence[RecordState], reader: Reader) -> Whose | None:
    """None where nothing was captured. `held`: what was."""
    forms = load(account.platform).PLATFORM.permalinks
    link = permalinks.read(url, forms)
    post = _post(link, forms, held, reader)
    if post is None or post.content is None:
        return None
    below = permalinks.below_in(link, forms)
    answer = next((h for h in held if below and not h.is_root and _ends(h.native_id, below)), None)
    record, named = reader.content(post), permalinks.name_in(link, forms)
    known = {*_names_of(record, forms), *(_names_of_account(account, state) if record.author_is_account else ())}
    alike = {"", *(_compared(name, forms) for name in known)}
    names = "" if _compared(named, forms) in alike else named
    if answer is None or answer.content is None or names:  # who typed another's name means no answer to this post
        return Whose(record.record_id, _called(record), record.url or "", names, unshown=bool(below) and answer is None)
    meant = reader.content(answer)
    return Whose(meant.record_id, _called(meant), meant.url or "", "")


def _post(link: Link, forms: Permalinks, held: Sequence[RecordState], reader: Reader) -> RecordState | None:
    """Of which writing the address is, but for an answer that it names beside its post: else that which began the conversation."""
    own = permalinks.own_in(link, forms)
    found = next((h for h in held if own and _ends(h.native_id, own)), None)
    heads = [h for h in held if h.is_root]
    if found is None and len(heads) > 1:  # of a feed, which shows all its entries at once
        found = next((h for h in heads if h.content is not None and permalinks.is_at(link, reader.content(h).url)), None)
    return found or next(iter(heads), held[0] if held else None)


def _ends(native_id: str, end: str) -> bool:
    """LinkedIn's comments are urn:li:comment:(urn:li:activity:<number>,<number>)."""
    return re.search(rf"(?:^|[/:_,]){re.escape(end)}\)?$", native_id) is not None


def own_links(account: Account) -> Iterator[Link]:
    """The addresses of the account itself, earlier ones too."""
    for address in (account.url, *account.formerly, account.api_url):
        if address:
            yield permalinks.read(address, ANY)


def name_of(own: Link) -> str:
    """What the account is called in an address of its own."""
    return (own.query.get("id") or own.path.rpartition("/")[2].removeprefix("@")).lower()


def _names_of(record: Record, forms: Permalinks) -> Iterator[str]:
    """Not what the author is called beside: anybody may call themselves by the name that is somebody else's in addresses."""
    yield from filter(None, (record.author_handle, record.author_id))
    if record.url:
        yield permalinks.name_in(permalinks.read(record.url, ANY), forms)


def _names_of_account(account: Account, state: AccountState) -> Iterator[str]:
    pinned = state.sums.identity or {}
    yield from map(name_of, own_links(account))
    yield from filter(None, (pinned.get("native_id"), pinned.get("handle"), *(one["handle"] for one in state.sums.called)))


def _compared(name: str, forms: Permalinks) -> str:
    """As the platform tells names apart: john_doe and johndoe are two people. None of them looks at large and small letters."""
    return name.removeprefix("@").lower().translate(dict.fromkeys(map(ord, forms.silent)))


def _called(record: Record) -> str:
    handle = f"@{record.author_handle.removeprefix('@')}" if record.author_handle else ""
    if record.author_name:
        return f"{record.author_name} ({handle})" if handle else record.author_name
    return handle or record.author_id or "an author whom the platform does not name"
