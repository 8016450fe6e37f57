"""Check whose file it is, by the pinned identity and the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from recordroom.errors import ImportRefused
from recordroom.imports.contract import About
from recordroom.platforms.http import site_of
from recordroom.register.models import Account

_OF_ADDRESSES = {
    "youtube": re.compile(r"/channel/(UC[\w-]+)"),
    "bluesky": re.compile(r"/profile/(did:[\w.:%-]+)"),
}


def refuse_other_account(about: About, account: Account, pinned: Mapping[str, Any] | None, name: str) -> bool:
    """Refuse a file of another account with ImportRefused.

    Returns whether there was anything to compare. pinned: the identity that the account's first capture
    recorded.
    """
    if about.native_id and pinned:
        if about.native_id != pinned["native_id"]:
            _refuse(name, about.native_id, account, pinned["native_id"])
        return True
    known = pinned or {}
    addresses = (account.url, *account.formerly)
    if about.native_id and (ids := _ids(account.platform, addresses)):
        if about.native_id not in ids:
            _refuse(name, about.native_id, account, " or ".join(sorted(ids)))
        return True
    handles = {_bare(urlsplit(a).path.rstrip("/").rpartition("/")[2]) for a in addresses} | {
        _bare(known.get("handle") or "")
    }
    servers = {_server(account.platform, a) for a in addresses} | {known.get("server", "").lower()}
    if about.handle and _bare(about.handle) not in handles:
        _refuse(name, about.handle, account, " or ".join(sorted(handles - {""})) or account.url)
    if about.server and about.server.lower() not in servers:
        _refuse(name, about.server, account, " or ".join(sorted(servers - {""})))
    return bool(about.handle or about.server)


def _ids(platform: str, addresses: Iterable[str]) -> set[str]:
    """Return the account ids in addresses, for platforms whose addresses have them.

    A name may pass to another account, an id never does.
    """
    form = _OF_ADDRESSES.get(platform)
    return {found[1] for address in addresses if form is not None and (found := form.search(address))}


def _server(platform: str, address: str) -> str:
    """Return the server of an address.

    A WordPress site may be one folder of a server.
    """
    return site_of(address) if platform == "wordpress" else urlsplit(address).netloc.lower()


def _refuse(name: str, theirs: str, account: Account, ours: str) -> None:
    words = f"{name} is a file of {theirs}, but the account {account.id} is {ours}"
    raise ImportRefused(
        words,
        "Import it into its own account, or correct the register (`formerly` if the account was renamed).",
    )


def _bare(handle: str) -> str:
    return handle.strip().removeprefix("@").lower()
