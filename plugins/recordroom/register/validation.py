"""Read and check the register.

Each problem has its line and its fix. If the file as a whole cannot be used, RegisterError is raised. The
last valid register, which the ledger `register` stores, then stays in force.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from recordroom import yaml_file
from recordroom.errors import RegisterError
from recordroom.register import entry_rules
from recordroom.register.document import RegisterDocument, name_entry
from recordroom.register.entry_rules import Unallowed
from recordroom.register.models import ERROR, Account, Agency, Register, parse_explanations
from recordroom.register.schema_errors import find_schema_problems


def load_register(
    path: Path,
    platforms: Iterable[str],
    used: Mapping[str, str] | None = None,
    addresses: Mapping[str, tuple[str, str]] | None = None,
    broken: Mapping[str, str] | None = None,
    *,
    messages: Collection[str] | None = None,
    unallowed: Unallowed | None = None,
) -> Register:
    """Read and check a register.

    platforms: names of the platforms that exist.
    used: id of an account -> the platform on which the id was used before.
    addresses: platform -> the form of its accounts' addresses (Platform.address).
    broken: platform -> why it cannot be used.
    messages: platforms whose private messages can be captured.
    unallowed: returns which server of an account is at a private address without permission; it resolves
        names.

    RegisterError if the file as a whole cannot be used.
    """
    data, node = yaml_file.read_yaml(path)
    return check_register(
        data,
        platforms,
        str(path),
        node,
        used=used,
        addresses=addresses,
        broken=broken,
        messages=messages,
        unallowed=unallowed,
    )


def check_register(
    data: Any,
    platforms: Iterable[str],
    file: str = "register",
    node: yaml.Node | None = None,
    *,
    used: Mapping[str, str] | None = None,
    addresses: Mapping[str, tuple[str, str]] | None = None,
    broken: Mapping[str, str] | None = None,
    messages: Collection[str] | None = None,
    unallowed: Unallowed | None = None,
) -> Register:
    """Return the register of parsed YAML, in which days are text.

    The other arguments are those of `load`. RegisterError names every problem outside `accounts`.
    """
    document = RegisterDocument(data, file, node)
    problems = [
        *find_schema_problems(document),
        *entry_rules.find_repeated_ids(document),
        *entry_rules.check_entries(document),
        *entry_rules.find_unknown_platforms(document, tuple(platforms), broken or {}),
        *entry_rules.find_reused_ids(document, used or {}),
        *entry_rules.find_misplaced_addresses(document, addresses or {}),
        *entry_rules.find_unreadable_messages(document, messages),
        *entry_rules.find_repeated_addresses(document),
    ]
    of_file = [p for p in problems if p.level == ERROR and not p.account]
    if of_file:
        words = "; ".join(f"{p.file}:{p.line} {p.field}: {p.message}" for p in of_file)
        raise RegisterError(words, "Correct the file. The last valid register stays in force.")
    bad = {p.account for p in problems if p.level == ERROR}
    sound = {e.name: _make_account(e.fields) for e in document.list_entries() if e.name not in bad}
    problems += entry_rules.find_refused_servers(document, sound, unallowed) if unallowed else ()
    names = (name_entry(entry, index) for index, entry in enumerate(data["accounts"] or ()))
    stopped = tuple(dict.fromkeys(name for name in names if name in bad))
    return Register(
        Agency(**data["agency"]), tuple(sound.values()), tuple(problems), stopped, data["accounts"] or []
    )


def name_entries(raw: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the entries of a list, each with the name that problems use for it."""
    document = RegisterDocument({"accounts": raw}, "register")
    yield from ((entry.name, entry.fields) for entry in document.list_entries())


def list_account_ids(register: Register) -> list[str]:
    """Return the IDs of all accounts of a register, those whose entry has errors too."""
    return list(dict.fromkeys(name for name, _ in name_entries(register.raw) if not is_unnamed(name)))


def is_unnamed(name: str) -> bool:
    """Return whether this is the name of an entry without an id.

    In the next register it may be the name of another entry.
    """
    return re.fullmatch(r"entry \d+", name) is not None


def _make_account(entry: Mapping[str, Any]) -> Account:
    fields = {("class_" if k == "class" else k): v for k, v in entry.items()}
    fields |= {
        "formerly": tuple(entry.get("formerly") or ()),
        "explained": parse_explanations(entry.get("explained")),
    }
    return Account(**fields)
