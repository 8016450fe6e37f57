"""Anchors: a root over the heads of all chains. `anchor_copies` sends copies of them out of the archive.

A person who cuts off the end of a chain and forges another must also change every later anchor in the ledger
`anchor`, and cannot change the copies outside.

An anchor names every chain: `chains` has the heads of those that have grown since the anchor before, and
`unmoved` the number of the anchor that has the head of each other one. The root is the SHA-256 of {chains,
unmoved, previous_root} in canonical form. Anchors of earlier versions have no `unmoved`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordroom.archive.ledger import Entry, Ledger, Tail, decode, key_of, list_ledgers, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import ArchiveError, Tampered, UsageError

NAME = "anchor"
_FILE = re.compile(r"anchor-([0-9]{12})\.json")


def append(archive: Store) -> Entry:
    """Anchor every chain at its present head and return the entry."""
    ledger = Ledger(archive, NAME)
    known: dict[str, dict[str, Any]] = {}  # ledger -> its last entry that an anchor names
    named: dict[str, int] = {}  # ledger -> number of that anchor
    state: dict[str, Any] = {"root": None, "tail": Tail()}

    def load() -> Tail:
        for entry in ledger.entries(state["tail"]):
            known.update(entry.body["chains"])
            named.update(dict.fromkeys(entry.body["chains"], entry.number))
            state["root"], state["tail"] = entry.body["root"], tail_of(entry)
        tail: Tail = state["tail"]
        return tail

    def make() -> dict[str, Any]:
        moved = {
            name: head
            for name in sorted({*known, *list_ledgers(archive)})
            if name != NAME and (head := _find_head(archive, name, known)) and head != known.get(name)
        }
        unmoved = {name: number for name, number in named.items() if name not in moved}
        body = {"previous_root": state["root"], "chains": moved, "unmoved": unmoved}
        return {"root": root_of(body), **body}

    entry = ledger.append_next("anchor", make, load)
    if entry is None:
        raise ArchiveError("an anchor was not written")
    return entry


def file_name(number: int) -> str:
    """Return the name of the file with the stored bytes of an anchor, outside the archive."""
    return f"anchor-{number:012d}.json"


def number_of(name: str) -> int:
    """Return the number of the anchor in a file of this name, 0 if the name is of no anchor."""
    found = _FILE.fullmatch(name)
    return int(found[1]) if found else 0


def read_last(archive: Store) -> Entry | None:
    """Return the newest anchor; None before the first."""
    ledger = Ledger(archive, NAME)
    return ledger.read(ledger.head())


def _find_head(archive: Store, name: str, known: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return the last entry of a ledger; None if there is none.

    A folder without a first entry has objects of other names, which `verify` reports.
    """
    ledger = Ledger(archive, name)
    last = known.get(name, {"number": 0, "sha256": None})
    number = ledger.head(last["number"], last["sha256"])
    entry = ledger.read(number)
    if entry is None:
        if number == 0:
            return None
        raise Tampered(key_of(name, number), "the last entry of the ledger disappeared while it was read")
    return {"number": number, "sha256": entry.sha256}


def root_of(body: Mapping[str, Any]) -> str:
    """Return the hash of what an anchor names.

    That is its chains, and the previous root if there is one.
    """
    named = {name: body.get(name) for name in ("previous_root", "chains", "unmoved")}
    return sha256(encode_canonical({name: value for name, value in named.items() if value is not None}))


def read_file(file: Path) -> Entry:
    """Read an anchor that was kept outside; UsageError if the file is none."""
    try:
        entry = decode(NAME, int(file.stem.rpartition("-")[2]), file.read_bytes())
    except (OSError, ValueError, Tampered) as problem:
        raise _not_an_anchor(
            file, problem.problem if isinstance(problem, Tampered) else str(problem)
        ) from problem
    if entry.type != NAME:
        raise _not_an_anchor(file, "it is an entry of another type")
    if why := _find_flaw(entry.body):
        raise _not_an_anchor(file, why)
    return entry


def _find_flaw(body: Mapping[str, Any]) -> str:
    """Return why `verify` cannot use this body, or ""."""
    chains = body.get("chains")
    if not isinstance(body.get("root"), str):
        return "it has no root"
    if not isinstance(chains, dict):
        return "it names no ledgers"
    for name, head in chains.items():
        if (
            not isinstance(head, dict)
            or type(head.get("number")) is not int
            or not isinstance(head.get("sha256"), str)
        ):
            return f"it does not name the last entry of {name}"
    return ""


def _not_an_anchor(file: Path, why: str) -> UsageError:
    return UsageError(
        f"{file} is not an anchor: {why}", "Name a file anchor-<number>.json that `recordroom anchor` wrote."
    )
