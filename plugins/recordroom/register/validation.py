"""Reads and checks the register; reports each problem with its line and fix.

If the file as a whole cannot be used, RegisterError is raised. The last valid register, which the ledger
`register` stores, then stays in force.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from recordroom.errors import RegisterError
from recordroom.model import SCHEMAS, ZONE
from recordroom.register import yaml_file
from recordroom.register.models import (
    CAPTURE,
    ERROR,
    REASONS,
    WARNING,
    Account,
    Agency,
    Problem,
    Register,
    parse_explanations,
)

_MENDS = {
    "additionalProperties": "Remove the key, or correct its spelling.",
    "required": "Add it.",
    "enum": "Use one of the words named.",
    "format": "Write a day as YYYY-MM-DD.",
    "pattern": "Correct it; ids are lower-case letters, digits and hyphens, addresses begin with https://, "
    "a contact is plain ASCII.",
    "type": "Correct the value.",
    "minLength": "Fill it in.",
    r"\S": "Fill it in.",
}

_TYPES = {
    "array": "a list",
    "object": "keys with values",
    "string": "text (in quotes)",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}

_WARNINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("approved_by", "approved_on", "approval_evidence"),
        "not approved by the Communications Department",
        "Enter who approved the account, when, and where that is written.",
    ),
    (
        ("terms_reviewed_by", "terms_reviewed_on"),
        "the platform's terms were not reviewed",
        "Let counsel weigh the platform's retention clause; enter who and when.",
    ),
    (
        ("series",),
        "no records series: everything is retained",
        "A records officer enters the disposition authority number.",
    ),
)
_CREDENTIAL = (
    ("token_holder", "backup_holder"),
    "nobody is named who can renew its access",
    "Enter the person who holds the credential and a second one.",
)
# (key, (host, port)) of a server that captures refuse
Unallowed = Callable[[Account], tuple[str, tuple[str, int]] | None]
_NAME = re.compile("[a-z][a-z0-9]*")  # of a platform, as in keys and record_ids
_PROGRAM = (
    ("justification", "review_on"),
    "a program account without its justification and review date",
    "Enter why the program needs an account of its own, and when that is looked at again.",
)


def load(
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
    data, node = yaml_file.read(path)
    return check(
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


def check(
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

    RegisterError names every problem outside `accounts`.
    """
    problems = [
        *_find_problems(data, file, node),
        *_find_unusable(data, tuple(platforms), broken or {}, file, node),
        *_find_reused(data, used or {}, file, node),
        *_find_misplaced(data, addresses or {}, file, node),
        *_find_unreadable(data, messages, file, node),
        *_find_doubled(data, file, node),
    ]
    whole = [p for p in problems if p.level == ERROR and not p.account]
    if whole:
        words = "; ".join(f"{p.file}:{p.line} {p.field}: {p.message}" for p in whole)
        raise RegisterError(words, "Correct the file; the last valid register stays in force.")
    bad = {p.account for p in problems if p.level == ERROR}
    sound = {i: _make_account(e) for i, e in _list_entries(data) if _entry_name(e, i) not in bad}
    problems += _find_refused(sound, unallowed, file, node) if unallowed else ()
    stopped = tuple(
        dict.fromkeys(
            name for i, e in enumerate(data["accounts"] or ()) if (name := _entry_name(e, i)) in bad
        )
    )
    return Register(
        Agency(**data["agency"]), tuple(sound.values()), tuple(problems), stopped, data["accounts"] or []
    )


def name_entries(raw: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the entries of a list, each with the name that problems use for it."""
    yield from ((_entry_name(entry, index), entry) for index, entry in _list_entries({"accounts": raw}))


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


def _entry_name(entry: Any, index: int) -> str:
    """Return what problems call an entry: its id, or its place if it has none."""
    given = entry.get("id") if isinstance(entry, dict) else None
    return given if isinstance(given, str) and given else f"entry {index + 1}"


def _find_problems(data: Any, file: str, node: yaml.Node | None) -> Iterator[Problem]:
    schema = json.loads((SCHEMAS / "accounts.schema.json").read_text("utf-8"))
    for error in sorted(
        Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data),
        key=lambda e: list(map(str, e.absolute_path)),
    ):
        path = list(error.absolute_path)
        for field, message, mend in _describe_error(error):
            owner = (
                _entry_name(data["accounts"][path[1]], cast(int, path[1]))
                if len(path) > 1 and path[0] == "accounts"
                else ""
            )
            where = [*path, field] if field else path
            shown = ".".join(str(p) for p in where[2:] or where) or "file"
            yield Problem(owner, file, _find_line(node, where), shown, ERROR, message, mend)
    yield from _find_repeated(data, file, node)
    for index, entry in _list_entries(data):
        yield from _check_entry(entry, index, file, node)


def _find_repeated(data: Any, file: str, node: yaml.Node | None) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in _list_entries(data):
        name = _entry_name(entry, index)
        if name in seen:
            first = _find_line(node, ["accounts", seen[name], "id"])
            words = f"{name} is used twice, first in line {first}"
            mend = "Give each account an id of its own; an id is never used again."
            yield Problem(name, file, _find_line(node, ["accounts", index, "id"]), "id", ERROR, words, mend)
        seen.setdefault(name, index)


def _list_entries(data: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (place, entry) of each item that is an entry at all."""
    found = data.get("accounts") if isinstance(data, dict) else None
    yield from (
        (index, entry)
        for index, entry in enumerate(found if isinstance(found, list) else ())
        if isinstance(entry, dict)
    )


def _find_unusable(
    data: Any, platforms: tuple[str, ...], broken: Mapping[str, str], file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    """Find platforms that do not exist or cannot be loaded."""
    for index, entry in _list_entries(data):
        platform = entry.get("platform")
        if (
            isinstance(platform, str)
            and platform not in platforms
            and not (entry.get("import_only") is True and _NAME.fullmatch(platform))
        ):
            words, mend = (
                f"there is no platform {platform!r}",
                f"Use one of {', '.join(platforms)}, or set import_only.",
            )
            if platform in broken:
                words, mend = (
                    f"the platform {platform} cannot be loaded: {broken[platform]}",
                    "Mend it in plugins/recordroom/platforms.",
                )
            yield Problem(
                _entry_name(entry, index),
                file,
                _find_line(node, ["accounts", index, "platform"]),
                "platform",
                ERROR,
                words,
                mend,
            )


def _find_reused(data: Any, used: Mapping[str, str], file: str, node: yaml.Node | None) -> Iterator[Problem]:
    """Find ids that another account used.

    An id names one account forever: what the archive has under it must not be mixed with records of another
    account.
    """
    for index, entry in _list_entries(data):
        name, platform = _entry_name(entry, index), entry.get("platform")
        if isinstance(platform, str) and used.get(name, platform) != platform:
            line = _find_line(node, ["accounts", index, "id"])
            yield Problem(
                name,
                file,
                line,
                "id",
                ERROR,
                f"{name} was used for an account on {used[name]}",
                "Give it an id of its own.",
            )


def _find_misplaced(
    data: Any, addresses: Mapping[str, tuple[str, str]], file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    """Find addresses that are of no account on their platform.

    Import-only accounts may be what no API gives, such as a member's page on LinkedIn.
    """
    for index, entry in _list_entries(data):
        platform, url = entry.get("platform"), entry.get("url")
        form = addresses.get(str(platform)) if entry.get("import_only") is not True else None
        if form and isinstance(url, str) and _is_address(url) and not re.search(form[0], urlsplit(url).path):
            line = _find_line(node, ["accounts", index, "url"])
            words = f"{url!r} is not the address of an account on {platform}"
            yield Problem(_entry_name(entry, index), file, line, "url", ERROR, words, f"It reads {form[1]}.")


def _find_unreadable(
    data: Any, messages: Collection[str] | None, file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    """Find requests for private messages that nothing can read.

    Without a problem they would seem to be captured.
    """
    for index, entry in _list_entries(data):
        given, platform = entry.get("private_messages"), entry.get("platform")
        line = _find_line(node, ["accounts", index, "private_messages"])
        if given == CAPTURE and messages is not None and platform not in messages:
            words = f"private messages of {platform} cannot be captured"
            mend = (
                "Say how they are kept instead, or why there are none; docs/platforms has a table of what "
                "can be captured."
            )
            yield Problem(_entry_name(entry, index), file, line, "private_messages", ERROR, words, mend)
        elif given == CAPTURE and entry.get("import_only") is True:
            words, mend = (
                "an account that is only imported into is never captured",
                "Say how private messages are kept instead.",
            )
            yield Problem(_entry_name(entry, index), file, line, "private_messages", ERROR, words, mend)
        elif (
            given != CAPTURE
            and isinstance(given, str)
            and re.fullmatch(r"\s*captur\w*\W*", given, re.IGNORECASE)
        ):
            words, mend = (
                f"{given!r} would end the gap, and capture nothing",
                f"Write `{CAPTURE}` to have private messages captured.",
            )
            yield Problem(_entry_name(entry, index), file, line, "private_messages", ERROR, words, mend)


def _find_refused(
    accounts: Mapping[int, Account], unallowed: Unallowed, file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    """Find accounts with a server at a private address that the entry does not allow."""
    for index, account in accounts.items():
        found = None if account.import_only else unallowed(account)
        if found:
            key, (host, port) = found
            words = f"{host} (port {port}) is at a private address: captures refuse to connect to it"
            mend = "If it is the account's own server, add `private_network: true`; else correct the address."
            yield Problem(
                account.id, file, _find_line(node, ["accounts", index, key]), key, WARNING, words, mend
            )


def _find_doubled(data: Any, file: str, node: yaml.Node | None) -> Iterator[Problem]:
    """Find accounts at the same address, which a copied entry leaves behind.

    A closed account may have left its address to another one.
    """
    seen: dict[tuple[str, str, str, str], int] = {}
    for index, entry in _list_entries(data):
        platform, url = entry.get("platform"), entry.get("url")
        if (
            not isinstance(platform, str)
            or not isinstance(url, str)
            or not _is_address(url)
            or entry.get("closed_on")
        ):
            continue
        parts = urlsplit(url)
        first = seen.setdefault((platform, parts.netloc.lower(), parts.path.rstrip("/"), parts.query), index)
        if first != index:
            line = _find_line(node, ["accounts", first, "url"])
            where = f"{_entry_name(data['accounts'][first], first)} in line {line}"
            words = f"the same address as {where}: whatever is published there is captured and counted twice"
            mend = "Correct one of them, or set closed_on where one of them is to end."
            yield Problem(
                _entry_name(entry, index),
                file,
                _find_line(node, ["accounts", index, "url"]),
                "url",
                WARNING,
                words,
                mend,
            )


def _check_entry(
    entry: Mapping[str, Any], index: int, file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    name = _entry_name(entry, index)
    yield from _check_addresses(entry, index, file, node)
    opened, closed = entry.get("opened_on"), entry.get("closed_on")
    if isinstance(opened, str) and isinstance(closed, str) and closed < opened:
        line = _find_line(node, ["accounts", index, "closed_on"])
        yield Problem(
            name,
            file,
            line,
            "closed_on",
            ERROR,
            f"closed on {closed}, before it was opened ({opened})",
            "Correct one of them.",
        )
    explained = entry.get("explained")
    for reason, said in explained.items() if isinstance(explained, dict) else ():
        if isinstance(said, dict) and str(said.get("until")) > datetime.now(ZONE).date().isoformat():
            where = ["explained", reason, "until"]
            line, words = (
                _find_line(node, ["accounts", index, *where]),
                f"{said['until']} lies ahead: it would end gaps that nobody knows yet",
            )
            yield Problem(
                name,
                file,
                line,
                ".".join(map(str, where)),
                ERROR,
                words,
                "Name the day on which that is known.",
            )
    rules = [
        *_WARNINGS,
        *([] if entry.get("import_only") is True else [_CREDENTIAL]),
        *([_PROGRAM] if entry.get("class") == "program" else []),
    ]
    for fields, message, mend in rules:
        missing = [f for f in fields if not entry.get(f)]
        if missing:
            line = _find_line(node, ["accounts", index, missing[0]])
            yield Problem(
                name, file, line, missing[0], WARNING, f"{message} ({', '.join(missing)} missing)", mend
            )


def _check_addresses(
    entry: Mapping[str, Any], index: int, file: str, node: yaml.Node | None
) -> Iterator[Problem]:
    """Check addresses; the schema rejects those that are not http.

    A password in one would stay in the ledger and in all evidence.
    """
    former = entry.get("formerly")
    given: list[tuple[list[str | int], Any]] = [
        (["url"], entry.get("url")),
        (["api_url"], entry.get("api_url")),
    ]
    given += [(["formerly", n], one) for n, one in enumerate(former if isinstance(former, list) else ())]
    for where, address in given:
        if not isinstance(address, str) or not address.startswith("http"):
            continue
        field, line = ".".join(map(str, where)), _find_line(node, ["accounts", index, *where])
        if not _is_address(address):
            yield Problem(
                _entry_name(entry, index),
                file,
                line,
                field,
                ERROR,
                f"{address!r} is no address",
                "It reads https://host/path.",
            )
        elif "@" in urlsplit(address).netloc:
            mend = (
                "Take it out, and change that password: what stood here is kept. Secrets go into the "
                "account's connection."
            )
            yield Problem(
                _entry_name(entry, index),
                file,
                line,
                field,
                ERROR,
                "an address must hold no user name or password",
                mend,
            )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _describe_error(error: Any) -> list[tuple[str | None, str, str]]:
    """Return (field or None, message, mend) of a schema error, in our own words."""
    if error.validator == "additionalProperties" and list(error.absolute_path)[2:] == ["explained"]:
        known = ", ".join(REASONS)
        mend = (
            f"Those that it can end are {known}; for private messages there is a key of its own, "
            "private_messages."
        )
        return [
            (str(k), f"no word in the register ends a gap {k!r}", mend)
            for k in error.instance
            if k not in REASONS
        ]
    mend = _MENDS.get(str(error.validator_value)) or _MENDS.get(str(error.validator), "Correct it.")
    return [(field, message, mend) for field, message in _describe_fields(error)]


def _describe_fields(error: Any) -> list[tuple[str | None, str]]:
    """Return (field or None, message) of a schema error."""
    if error.validator == "required":  # there is one error for each missing key
        field = next(f for f in error.validator_value if error.message.startswith(f"{f!r} "))
        return [(field, f"{field} is missing")]
    if error.validator == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        return [(k, f"unknown key {k!r}") for k in error.instance if k not in known]
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    if error.validator == "enum":
        return [(None, f"{shown} is none of {', '.join(map(str, error.validator_value))}")]
    if error.validator == "format":
        return [(None, f"{shown} is not a day")]
    if error.validator == "type":
        wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        return [(None, f"{shown} must be {' or '.join(_TYPES.get(name, name) for name in wanted)}")]
    return [(None, f"{shown} is not allowed here")]


def _find_line(node: yaml.Node | None, path: list[Any]) -> int:
    """Return the line (from 1) of the deepest part of `path` that is in the file."""
    line = 1
    for step in path:
        if node is None:
            return line
        child = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        node = child
    return line
