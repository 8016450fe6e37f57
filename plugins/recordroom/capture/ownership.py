"""Whose a file is: what it tells of its account against who was pinned, and against the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from recordroom.accounts import Account
from recordroom.errors import ImportRefused
from recordroom.imports import About


def refuse_others(about: About, account: Account, pinned: Mapping[str, Any] | None, name: str) -> bool:
    """ImportRefused where the file is another account's; whether there was anything to compare."""
    if about.native_id and pinned:
        if about.native_id != pinned["native_id"]:
            _refuse(name, about.native_id, account, pinned["native_id"])
        return True
    known = pinned or {}
    addresses = [urlsplit(address) for address in (account.url, *account.formerly)]
    handles = {_bare(part) for a in addresses for part in a.path.split("/")[-1:]} | {_bare(known.get("handle") or "")}
    servers = {a.netloc.lower() for a in addresses} | {known.get("server", "").lower()}
    if about.handle and _bare(about.handle) not in handles:
        _refuse(name, about.handle, account, " or ".join(sorted(handles - {""})) or account.url)
    if about.server and about.server.lower() not in servers:
        _refuse(name, about.server, account, " or ".join(sorted(servers - {""})))
    return bool(about.handle or about.server)


def _refuse(name: str, theirs: str, account: Account, ours: str) -> None:
    words = f"{name} is a file of {theirs}; the account {account.id} is {ours}"
    raise ImportRefused(words, "Import it into its own account, or correct the register (`formerly` where the account was renamed).")


def _bare(handle: str) -> str:
    return handle.strip().removeprefix("@").lower()
