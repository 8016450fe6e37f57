"""The register in force: the file where it can be read, else the last valid one, which its ledger keeps; every change is an entry.

An account whose entry has errors, or is gone though it was not closed (a file cut in two, an id misspelt), is not captured: a gap. Where
the entry never was correct, nobody misses it once it is gone: the gap closes, and says so.

A file of another agency, or one in which more than half of the accounts in force are missing, is most likely
the register of another archive (a wrong RECORDROOM_REGISTER or RECORDROOM_BUCKET). Only a person puts it in
force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.errors import RegisterError
from recordroom.platforms import addresses, broken, names, readers
from recordroom.register import validation
from recordroom.register.models import ERROR, Account, Register
from recordroom.text import counted

NAME = "register"
REASON = "register-error"
Confirm = Callable[[str], bool]


def in_force(
    archive: Store, path: Path, *, record: bool = True, derived: Store | None = None, confirm: Confirm | None = None
) -> tuple[Register, str]:
    """(the register, an alarm in words or ""). RegisterError if the file cannot be read and none was ever valid.

    `record`: a change becomes an entry of the ledger; readers, who may not write, leave that to the next capture. `derived`: has what is
    known of the gaps; else these are read from their first one on. `confirm`: is called with the reason why this
    may be the register of another archive, and asks the person at the terminal; None: there is nobody to ask.
    """
    last = _last(Ledger(archive, NAME))
    try:
        register = _load(path, last)
    except RegisterError as problem:
        if last is None:
            raise
        return of_entry(last), f"{problem.message}. {_stays(last)}"
    doubt = doubt_about(register, of_entry(last), datetime.now(UTC)) if last else ""
    if last and doubt and not (record and confirm and confirm(f"{path}: {doubt}")):
        return of_entry(last), f"{path}: {doubt}. {_stays(last)}. {MEND}"
    if record:
        _commit(archive, register, path, derived)
    return register, ""


def _load(path: Path, last: Entry | None) -> Register:
    """Read the file, whether it is in force or not. RegisterError if it cannot be read."""
    platforms = last.body.get("platforms", {}) if last else {}
    return validation.load(path, names(), platforms, addresses(), broken(), messages=readers())


MEND = (
    "If RECORDROOM_REGISTER and RECORDROOM_BUCKET do not belong together, correct them. If this is the new"
    " register of the same archive, run `recordroom setup` on a terminal and answer yes"
)


def _stays(last: Entry) -> str:
    return f"The register of {last.at:%Y-%m-%d %H:%M} UTC stays in force"


def doubt_about(register: Register, last: Register, now: datetime) -> str:
    """Say why this is most likely the register of another archive; "" if nothing suggests it."""
    if register.agency.id != last.agency.id:
        return f"it is the register of agency {register.agency.id!r}, and this archive is of {last.agency.id!r}"
    known = {account.id for account in register.accounts} | set(register.stopped)
    open_ = [account.id for account in last.accounts if not account.is_closed(now)]
    missing = sum(name not in known for name in open_)
    return f"{missing} of {counted(len(open_), 'account')} in force are missing from it" if 2 * missing > len(open_) else ""


def of_entry(entry: Entry) -> Register:
    data = {"agency": entry.body["agency"], "accounts": entry.body["accounts"]}
    return validation.check(
        data, names(), f"ledger/{NAME} entry {entry.number}", addresses=addresses(), broken=broken(), messages=readers()
    )


def last_valid(archive: Store) -> Register | None:
    """The register of the newest entry, None before the first."""
    entry = _last(Ledger(archive, NAME))
    return None if entry is None else of_entry(entry)


def confidential(archive: Store, path: Path) -> frozenset[str]:
    """The accounts whose existence is not public. Also one whose entry has errors, and one that is gone from the register and was: what a
    mistake in a file takes away must not show it. A file that is not in force, because it may belong to another archive, can only add
    accounts: those that it marks confidential. RegisterError as `in_force`."""
    last = _last(Ledger(archive, NAME))
    register, alarm = in_force(archive, path, record=False)
    found = frozenset(_confidential(register, last))
    if not alarm:
        return found
    try:
        return found | _marked_confidential(_load(path, last))
    except RegisterError:  # the alarm says so already
        return found


def _last(ledger: Ledger) -> Entry | None:
    head = ledger.head()
    return ledger.read(head) if head else None


def _commit(archive: Store, register: Register, path: Path, derived: Store | None) -> None:
    """Append the register if it differs from the last entry; open and close the gaps of accounts that its errors stop."""
    ledger = Ledger(archive, NAME)
    body: dict[str, Any] = {
        "agency": asdict(register.agency),
        "accounts": register.raw,
        "problems": [asdict(p) | {"file": path.name} for p in register.problems],
        "file_sha256": sha256(path.read_bytes()),
    }
    mine = {account.id: account.platform for account in register.accounts}
    state: dict[str, Entry | None] = {"last": None}

    def load() -> Tail:
        state["last"] = last = _last(ledger)
        return tail_of(last) if last else Tail()

    def make() -> dict[str, Any] | None:
        last = state["last"]
        secret = [name for name in _confidential(register, last) if name in register.stopped or not validation.is_unnamed(name)]
        whole = body | {"platforms": {**(last.body.get("platforms", {}) if last else {}), **mine}, "confidential": secret}
        return None if last is not None and last.body == whole else whole

    load()
    if make() is not None:
        _note_stopped(Gaps(archive, derived), register, state["last"])  # before the entry: whoever dies in between does it again
        ledger.append_next("register", make, load)


def _confidential(register: Register, last: Entry | None) -> list[str]:
    """By any entry that says so, and of accounts that no entry without errors names by what was in force last: a key that is misspelt and
    an entry that stands twice say nothing."""
    said = _marked_confidential(register)
    known = last.body.get("confidential", ()) if last else ()
    return sorted(said.union(known) - ({account.id for account in register.accounts} - said))


def _marked_confidential(register: Register) -> frozenset[str]:
    return frozenset(name for name, entry in validation.name_entries(register.raw) if entry.get("confidential"))


def _note_stopped(gaps: Gaps, register: Register, last: Entry | None) -> None:
    for account in _gone(register, last):
        if not account.is_closed(datetime.now(UTC)):
            gaps.open_(
                account.id, REASON, "its entry is gone from the register, it is not captured; put it back, with closed_on where it ended"
            )
    for name in register.stopped:
        errors = (p for p in register.problems if p.account == name and p.level == ERROR)
        words = "; ".join(f"line {p.line}, {p.field}: {p.message}" for p in errors)
        gaps.open_(name, REASON, f"its entry in the register has errors, it is not captured: {words}")
    for account in register.accounts:
        gaps.close(account.id, REASON, "its entry was corrected")
    _forget(gaps, register, last)


def _forget(gaps: Gaps, register: Register, last: Entry | None) -> None:
    """Close the gaps of entries that are gone and never were correct. Of what once was, the archive may hold records: it is missed."""
    ever = {*register.stopped, *(account.id for account in register.accounts), *(last.body.get("platforms", ()) if last else ())}
    for gap in gaps.open_now():
        if gap.reason == REASON and gap.account not in ever:
            how = "the register has no such entry any more, and never had a correct one: nothing was ever captured of it"
            gaps.close(gap.account, REASON, how)


def _gone(register: Register, last: Entry | None) -> Iterator[Account]:
    """The accounts that could be captured by the last register and stand in this one no more."""
    known = {account.id for account in register.accounts} | set(register.stopped)
    yield from (account for account in (of_entry(last).accounts if last else ()) if account.id not in known)
