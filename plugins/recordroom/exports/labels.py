"""Labels that people read in receipts and PDFs, in place of IDs and stored values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recordroom.dates import format_second
from recordroom.exports.counts import CLAIM, NARROWER
from recordroom.model import HELD, MESSAGE, moment
from recordroom.platforms.registry import list_names, load
from recordroom.search.filters import NONE
from recordroom.text import counted

STATUSES = {HELD: "awaiting moderation"}  # stored status -> label; the others are their own labels
_KINDS = {MESSAGE: "private message"}
_MOST = 10  # IDs of records or conversations that are listed; more are only counted


def make_account_labels(
    accounts: Iterable[str], entries: Mapping[str, Mapping[str, Any]], platforms: Mapping[str, str]
) -> dict[str, str]:
    """Return account ID -> label, such as `District News (WordPress)`.

    Labels that several accounts share end with the account ID.

    entries: the accounts of the register, by ID.
    platforms: account ID -> platform.
    """
    found: dict[str, str] = {}
    for account in sorted(accounts):
        title = entries.get(account, {}).get("title")
        name = title if isinstance(title, str) and title.strip() else account
        platform = platforms.get(account, "")
        found[account] = f"{name} ({label_platform(platform)})" if platform else name
    shared = Counter(found.values())
    return {
        account: _add_id(label, account, in_parentheses=bool(platforms.get(account)))
        if shared[label] > 1
        else label
        for account, label in found.items()
    }


def _add_id(label: str, account: str, *, in_parentheses: bool) -> str:
    return f"{label[:-1]}, account ID {account})" if in_parentheses else f"{label} (account ID {account})"


def label_platform(platform: str) -> str:
    """Return the title of a platform; its stored name if it has no connector."""
    return load(platform).PLATFORM.title if platform in list_names() else platform


def label_account(receipt: Mapping[str, Any], account: str) -> str:
    """Return the label of an account; its ID in receipts from before labels were added."""
    return str(receipt.get("account_names", {}).get(account, account))


def label_status(key: str) -> str:
    """Return the label of a key of `counts.by_status`."""
    status = key.removesuffix(CLAIM)
    label = "visible to a limited audience" if status == NARROWER else STATUSES.get(status, status)
    return label if status == key else f"{label} (according to a submitted file)"


def count_kind(count: int, kind: str) -> str:
    """Return, for example, `2 private messages`."""
    return counted(count, _KINDS.get(kind, kind))


def list_limits(receipt: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each filter of the search."""
    filters = receipt["filters"]
    values: list[tuple[str, Iterable[str]]] = [
        ("Accounts", (label_account(receipt, one) for one in filters.get("account", ()))),
        ("Platforms", map(label_platform, filters.get("platform", ()))),
        ("Kinds of record", (_KINDS.get(one, one) for one in filters.get("kind", ()))),
        ("Status on the platform", (STATUSES.get(one, one) for one in filters.get("status", ()))),
        ("Years of publication", filters.get("year", ())),
        ("Author IDs", filters.get("author", ())),
        ("File types", ("no file" if one == NONE else one for one in filters.get("media", ()))),
        ("Selected records", _list_ids(filters.get("record", ()), "record")),
        ("Selected conversations", _list_ids(filters.get("conversation", ()), "conversation")),
    ]
    for label, some in values:
        if listed := ", ".join(some):
            yield f"{label}: {listed}"
    if published := _describe_period(filters):
        yield f"Published: {published}"
    yield f"Versions: {'all versions' if filters['versions'] else 'the current version'} of each record"
    if not filters["messages"]:
        yield "Private messages: not included"
    if filters.get("quarantined"):
        yield "Records under quarantine: included"


def _list_ids(given: list[str], noun: str) -> list[str]:
    return given if len(given) <= _MOST else [counted(len(given), noun)]


def _describe_period(filters: Mapping[str, Any]) -> str:
    start, end = (
        format_second(moment(filters[name])) if filters.get(name) else "" for name in ("from", "to")
    )
    if start and end:
        return f"from {start} to {end}"
    return f"{start} or later" if start else f"{end} or earlier" if end else ""
