"""Titles of accounts and platforms, as people know them.

Pages show titles. Addresses, the archive, and the register use IDs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from recordroom import settings
from recordroom.errors import RecordroomError
from recordroom.platforms.registry import find_proper_name
from recordroom.rights import Right
from recordroom.status import name_status
from recordroom.web.auth import Person
from recordroom.yaml_file import read_yaml

# account ID -> title, for the page that is being made
_SHOWN: ContextVar[Mapping[str, str]] = ContextVar("titles", default={})  # noqa: B039 (never changed)


@contextmanager
def titles_for(person: Person | None) -> Iterator[None]:
    """Let the functions of this module use the titles that a person may see.

    Without a person, and for accounts that are not in the register's file, they return the ID.
    """
    token = _SHOWN.set(_read_titles(confidential=person.may(Right.RESTRICTED)) if person else {})
    try:
        yield
    finally:
        _SHOWN.reset(token)


def name_account(account_id: Any) -> str:
    """Return the title of an account, or its ID if there is none.

    A damaged event of the audit may have any value in place of an ID.
    """
    return _SHOWN.get().get(account_id, account_id) if isinstance(account_id, str) else str(account_id)


def name_value(name: str, value: str) -> str:
    """Return what people call a value of a filter; name: of the filter."""
    if name == "account":
        return name_account(value)
    if name == "platform":
        return find_proper_name(value)
    return name_status(value) if name == "status" else value


def _read_titles(*, confidential: bool) -> Mapping[str, str]:
    file = settings.load().register_file
    stamp = file.stat().st_mtime_ns if file.exists() else 0
    return _read_file(file, stamp, confidential)


@lru_cache(maxsize=8)
def _read_file(file: Path, stamp: int, confidential: bool) -> Mapping[str, str]:
    """Return the titles in the register's file; none if it cannot be read.

    stamp: the time of the file, for which the cached value is valid. The register in force may differ from
    the file, and a title is only a label: pages need no archive for it.
    """
    if not stamp:
        return {}
    try:
        loaded, _ = read_yaml(file)
    except RecordroomError:
        return {}
    entries = loaded.get("accounts") if isinstance(loaded, dict) else None
    found = entries if isinstance(entries, list) else []
    known = [one for one in found if isinstance(one, dict) and _has_title(one)]
    seen = {one["id"]: one for one in known if confidential or not one.get("confidential")}
    return _make_unique(seen)


def _has_title(entry: Mapping[str, Any]) -> bool:
    return all(isinstance(entry.get(name), str) and entry[name] for name in ("id", "title", "platform"))


def _make_unique(entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """Add the platform, or else the ID, to titles that several accounts have."""
    titles = Counter(entry["title"] for entry in entries.values())
    both = Counter((entry["title"], entry["platform"]) for entry in entries.values())
    found = {}
    for id_, entry in entries.items():
        title, platform = entry["title"], entry["platform"]
        if both[title, platform] > 1:
            title = f"{title} ({id_})"
        elif titles[title] > 1:
            title = f"{title} ({find_proper_name(platform)})"
        found[id_] = title
    return found
