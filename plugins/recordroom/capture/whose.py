"""Whose the post of an address is. The platforms find a post by its number alone, whatever name stands before it: an address that names
somebody else leads to it too, and whoever typed that may have meant another post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recordroom.accounts import Account
from recordroom.archive.held import Held
from recordroom.archive.state import State
from recordroom.capture.content import Reader
from recordroom.model import Record
from recordroom.platforms import load, permalinks
from recordroom.platforms.permalinks import ANY, Link, Permalinks

_STEP = re.compile(r"[/:_-]")


@dataclass(frozen=True, slots=True)
class Whose:
    """`record_id`: of what the address is. `by`: its author, as people know them. `address`: as the platform gives it. `names`: whom the
    address that was typed names, though its author was never called so as far as the archive knows; "" where it names nobody else."""

    record_id: str
    by: str
    address: str
    names: str


def whose(account: Account, state: State, url: str, held: Sequence[Held], reader: Reader) -> Whose | None:
    """None where nothing was captured. `held`: what was, the conversation's first post first."""
    forms = load(account.platform).PLATFORM.permalinks
    link = permalinks.read(url, forms)
    steps = set(_STEP.split(link.path))
    one = next((h for h in held if _STEP.split(h.native_id)[-1] in steps), held[0] if held else None)
    if one is None or one.content is None:
        return None
    record, named = reader.content(one), permalinks.name_in(link, forms)
    known = {*_names_of(record, forms), *(_names_of_account(account, state) if record.author_is_account else ())}
    return Whose(one.record_id, _called(record), record.url or "", "" if _same(named) in {"", *map(_same, known)} else named)


def own_links(account: Account) -> Iterator[Link]:
    """The addresses of the account itself, earlier ones too."""
    for address in (account.url, *account.formerly, account.api_url):
        if address:
            yield permalinks.read(address, ANY)


def name_of(own: Link) -> str:
    """What the account is called in an address of its own."""
    return (own.query.get("id") or own.path.rpartition("/")[2].removeprefix("@")).lower()


def _names_of(record: Record, forms: Permalinks) -> Iterator[str]:
    yield from filter(None, (record.author_handle, record.author_id, record.author_name))
    if record.url:
        yield permalinks.name_in(permalinks.read(record.url, ANY), forms)


def _names_of_account(account: Account, state: State) -> Iterator[str]:
    pinned = state.sums.identity or {}
    yield from map(name_of, own_links(account))
    yield from filter(None, (pinned.get("native_id"), pinned.get("handle"), *(one["handle"] for one in state.sums.called)))


def _same(name: str) -> str:
    """A name as it is compared: addresses have neither spaces nor signs of a name that is shown."""
    return re.sub(r"[^\w@]|_", "", name.removeprefix("@").lower())


def _called(record: Record) -> str:
    handle = f"@{record.author_handle.removeprefix('@')}" if record.author_handle else ""
    if record.author_name:
        return f"{record.author_name} ({handle})" if handle else record.author_name
    return handle or record.author_id or "an author whom the platform does not name"
