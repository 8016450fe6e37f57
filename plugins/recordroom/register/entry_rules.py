"""The rules for entries that the schema of the register cannot express.

Each function yields the problems of one rule. Fields may have any type here: the schema reports wrong types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import ZONE
from recordroom.register.document import RegisterDocument, RegisterEntry
from recordroom.register.models import CAPTURE, ERROR, WARNING, Account, RegisterProblem

# (key, (host, port)) of a server that captures refuse
Unallowed = Callable[[Account], tuple[str, tuple[str, int]] | None]
_NAME = re.compile("[a-z][a-z0-9]*")  # of a platform, as in keys and record_ids

# (fields, message, remedy) for entries in which one of the fields is empty
_WARNINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("approved_by", "approved_on", "approval_evidence"),
        "not approved by the Communications Department",
        "Enter who approved the account, when, and where the approval is documented.",
    ),
    (
        ("terms_reviewed_by", "terms_reviewed_on"),
        "the platform's terms were not reviewed",
        "Have counsel review the platform's retention clause, then enter who reviewed it and when.",
    ),
    (
        ("series",),
        "no records series, so everything is retained",
        "Have a records officer enter the disposition authority number.",
    ),
)
_CREDENTIAL = (
    ("token_holder", "backup_holder"),
    "no person is named who can renew its access",
    "Enter the person who holds the credential, and a second person.",
)
_PROGRAM = (
    ("justification", "review_on"),
    "a program account without a justification and a review date",
    "Enter why the program needs its own account, and when this is reviewed again.",
)


def find_repeated_ids(register: RegisterDocument) -> Iterator[RegisterProblem]:
    """Find ids that two entries have."""
    seen: dict[str, int] = {}
    for entry in register.list_entries():
        if entry.name in seen:
            first = register.find_line(["accounts", seen[entry.name], "id"])
            words = f"{entry.name} is used twice, first in line {first}"
            mend = "Give each account its own ID. Never reuse an ID."
            yield register.make_problem(entry, ["id"], ERROR, words, mend)
        seen.setdefault(entry.name, entry.index)


def check_entries(register: RegisterDocument) -> Iterator[RegisterProblem]:
    """Check the addresses, days, and missing fields of each entry."""
    for entry in register.list_entries():
        yield from _check_addresses(register, entry)
        yield from _check_days(register, entry)
        yield from _find_missing(register, entry)


def find_unknown_platforms(
    register: RegisterDocument, platforms: tuple[str, ...], broken: Mapping[str, str]
) -> Iterator[RegisterProblem]:
    """Find platforms that do not exist or cannot be loaded.

    broken: platform -> why it cannot be loaded.
    """
    for entry in register.list_entries():
        platform = entry.fields.get("platform")
        if not isinstance(platform, str) or platform in platforms:
            continue
        if entry.is_import_only and _NAME.fullmatch(platform):
            continue
        if platform in broken:
            words = f"the platform {platform} cannot be loaded: {broken[platform]}"
            mend = "Fix it in plugins/recordroom/platforms."
        else:
            words = f"there is no platform {platform!r}"
            mend = f"Use one of {', '.join(platforms)}, or set import_only."
        yield register.make_problem(entry, ["platform"], ERROR, words, mend)


def find_reused_ids(register: RegisterDocument, used: Mapping[str, str]) -> Iterator[RegisterProblem]:
    """Find ids that another account used; used: id -> its platform then.

    An id names one account forever: what the archive has under it must not be mixed with records of another
    account.
    """
    for entry in register.list_entries():
        platform = entry.fields.get("platform")
        if isinstance(platform, str) and used.get(entry.name, platform) != platform:
            words = f"{entry.name} was used for an account on {used[entry.name]}"
            yield register.make_problem(entry, ["id"], ERROR, words, "Give it its own ID.")


def find_misplaced_addresses(
    register: RegisterDocument, addresses: Mapping[str, tuple[str, str]]
) -> Iterator[RegisterProblem]:
    """Find addresses that are of no account on their platform.

    Import-only accounts may be what no API gives, such as a member's page on LinkedIn. addresses: platform ->
    the form of its accounts' addresses (Platform.address).
    """
    for entry in register.list_entries():
        platform, url = entry.fields.get("platform"), entry.fields.get("url")
        form = addresses.get(str(platform)) if not entry.is_import_only else None
        if form and isinstance(url, str) and _is_address(url) and not re.search(form[0], urlsplit(url).path):
            words = f"{url!r} is not the address of an account on {platform}"
            yield register.make_problem(entry, ["url"], ERROR, words, f"Its form is {form[1]}.")


def find_unreadable_messages(
    register: RegisterDocument, messages: Collection[str] | None
) -> Iterator[RegisterProblem]:
    """Find requests for private messages that nothing can read.

    Without a problem they would seem to be captured. messages: platforms whose private messages can be
    captured; None if that is unknown.
    """
    for entry in register.list_entries():
        given, platform = entry.fields.get("private_messages"), entry.fields.get("platform")
        if given == CAPTURE and messages is not None and platform not in messages:
            words = f"private messages of {platform} cannot be captured"
            mend = (
                "Enter how they are kept instead, or why there are none. docs/platforms lists what can be "
                "captured."
            )
        elif given == CAPTURE and entry.is_import_only:
            words = "an account with import_only is never captured"
            mend = "Enter how private messages are kept instead."
        elif (
            given != CAPTURE
            and isinstance(given, str)
            and re.fullmatch(r"\s*captur\w*\W*", given, re.IGNORECASE)
        ):
            words = f"{given!r} would end the gap without capturing anything"
            mend = f"To have private messages captured, write `{CAPTURE}`."
        else:
            continue
        yield register.make_problem(entry, ["private_messages"], ERROR, words, mend)


def find_repeated_addresses(register: RegisterDocument) -> Iterator[RegisterProblem]:
    """Find accounts at the same address, which a copied entry leaves behind.

    A closed account may have left its address to another one.
    """
    seen: dict[tuple[str, str, str, str], RegisterEntry] = {}
    for entry in register.list_entries():
        platform, url = entry.fields.get("platform"), entry.fields.get("url")
        if (
            not isinstance(platform, str)
            or not isinstance(url, str)
            or not _is_address(url)
            or entry.fields.get("closed_on")
        ):
            continue
        parts = urlsplit(url)
        first = seen.setdefault((platform, parts.netloc.lower(), parts.path.rstrip("/"), parts.query), entry)
        if first is not entry:
            where = f"{first.name} in line {register.find_line(['accounts', first.index, 'url'])}"
            words = f"the same address as {where}: its posts are captured and counted twice"
            mend = "Correct one of them, or set closed_on in the one that is no longer used."
            yield register.make_problem(entry, ["url"], WARNING, words, mend)


def find_refused_servers(
    register: RegisterDocument, accounts: Mapping[str, Account], unallowed: Unallowed
) -> Iterator[RegisterProblem]:
    """Find accounts with a server at a private address that the entry does not allow.

    accounts: name of an entry without errors -> its account.
    """
    for entry in register.list_entries():
        account = accounts.get(entry.name)
        found = None if account is None or account.import_only else unallowed(account)
        if found:
            key, (host, port) = found
            words = f"{host} (port {port}) is at a private address, to which captures do not connect"
            mend = (
                "If it is the account's own server, add `private_network: true`; if not, correct the address."
            )
            yield register.make_problem(entry, [key], WARNING, words, mend)


def _check_days(register: RegisterDocument, entry: RegisterEntry) -> Iterator[RegisterProblem]:
    opened, closed = entry.fields.get("opened_on"), entry.fields.get("closed_on")
    if isinstance(opened, str) and isinstance(closed, str) and closed < opened:
        words = f"closed on {closed}, before it was opened ({opened})"
        yield register.make_problem(entry, ["closed_on"], ERROR, words, "Correct one of them.")
    explained = entry.fields.get("explained")
    for reason, said in explained.items() if isinstance(explained, dict) else ():
        if isinstance(said, dict) and str(said.get("until")) > datetime.now(ZONE).date().isoformat():
            words = f"{said['until']} is in the future: it would end gaps that are not known yet"
            mend = "Enter the day up to which the gaps are known."
            yield register.make_problem(entry, ["explained", reason, "until"], ERROR, words, mend)


def _find_missing(register: RegisterDocument, entry: RegisterEntry) -> Iterator[RegisterProblem]:
    rules = [
        *_WARNINGS,
        *([] if entry.is_import_only else [_CREDENTIAL]),
        *([_PROGRAM] if entry.fields.get("class") == "program" else []),
    ]
    for fields, message, mend in rules:
        if missing := [field for field in fields if not entry.fields.get(field)]:
            words = f"{message} ({', '.join(missing)} missing)"
            yield register.make_problem(entry, [missing[0]], WARNING, words, mend)


def _check_addresses(register: RegisterDocument, entry: RegisterEntry) -> Iterator[RegisterProblem]:
    """Check addresses; the schema rejects those that are not http.

    A password in one would stay in the ledger and in all evidence.
    """
    former = entry.fields.get("formerly")
    given: list[tuple[list[str | int], Any]] = [
        (["url"], entry.fields.get("url")),
        (["api_url"], entry.fields.get("api_url")),
    ]
    given += [(["formerly", n], one) for n, one in enumerate(former if isinstance(former, list) else ())]
    for path, address in given:
        if not isinstance(address, str) or not address.startswith("http"):
            continue
        if not _is_address(address):
            words, mend = f"{address!r} is not a web address", "Its form is https://host/path."
            yield register.make_problem(entry, path, ERROR, words, mend)
        elif "@" in urlsplit(address).netloc:
            words = "an address must not contain a user name or password"
            mend = (
                "Remove it, and change that password, since the archive may have stored it. Secrets belong "
                "in the account's connection."
            )
            yield register.make_problem(entry, path, ERROR, words, mend)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
