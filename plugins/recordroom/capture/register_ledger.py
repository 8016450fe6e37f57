"""The register in force: the file if it can be read, else the last valid one.

The ledger of the register keeps each valid version: every change is an entry. An account whose entry has
errors, or is missing although it was not closed (a file cut in two, a misspelled id), is not captured: a gap.
If an entry never was correct, nothing was captured of it, and its gap closes once the entry is removed, with
that reason.

A file of another agency, or one in which more than half of the accounts in force are missing, is most likely
the register of another archive (a wrong RECORDROOM_REGISTER or RECORDROOM_BUCKET). Only a person puts it in
force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.archive.gaps import OF_A_CAPTURE, WHOLE, Gap, Gaps
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.errors import RegisterError
from recordroom.model import moment
from recordroom.platforms.registry import list_address_forms, list_broken, list_message_readers, list_names
from recordroom.register import validation
from recordroom.register.models import COUNTS_DIFFER, ERROR, MASS_ABSENCE, Account, Explanation, Register
from recordroom.text import counted

NAME = "register"
REASON = "register-error"
Confirm = Callable[[str], bool]


def in_force(
    archive: Store,
    path: Path,
    *,
    record: bool = True,
    derived: Store | None = None,
    confirm: Confirm | None = None,
) -> tuple[Register, str]:
    """Return (the register, an alarm or ""); RegisterError if none was ever valid.

    record: a change becomes an entry of the ledger; readers, who may not write, leave that to the next
    capture.
    derived: has what is known of the gaps; without it they are read from their first entry on.
    confirm: called with the reason why this may be the register of another archive; asks the person at the
    terminal. None: there is no person to ask.
    """
    last = _last(Ledger(archive, NAME))
    if last is not None and (unchanged := _read_unchanged(path, last)):
        return unchanged, ""
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


def _read_unchanged(path: Path, last: Entry) -> Register | None:
    """Return the register of the last entry if this file made it, and would make it again.

    Each task of a run needs the register, and YAML of a thousand accounts takes half a second to parse. None
    if the file changed, if an entry of it has an error, or if this version words its warnings otherwise.
    """
    try:
        is_same = sha256(path.read_bytes()) == last.body["file_sha256"]
    except OSError:  # to read it as a register says what is wrong
        return None
    stored = last.body["problems"]
    if not is_same or any(problem["level"] == ERROR for problem in stored):
        return None
    register = of_entry(last)
    if [_without_place(asdict(problem)) for problem in register.problems] != list(
        map(_without_place, stored)
    ):
        return None
    problems = tuple(
        replace(problem, file=str(path), line=place["line"])
        for problem, place in zip(register.problems, stored, strict=True)
    )
    return replace(register, problems=problems)


def _without_place(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in ("file", "line")}


def _load(path: Path, last: Entry | None) -> Register:
    """Read the file, whether it is in force or not.

    RegisterError if it cannot be read.
    """
    platforms = last.body.get("platforms", {}) if last else {}
    return validation.load_register(
        path, list_names(), platforms, list_address_forms(), list_broken(), messages=list_message_readers()
    )


MEND = (
    "If RECORDROOM_REGISTER and RECORDROOM_BUCKET do not belong together, correct them. If this is a new"
    " register of the same archive, run `recordroom setup` in a terminal and answer yes"
)


def _stays(last: Entry) -> str:
    return f"The register of {last.at:%Y-%m-%d %H:%M} UTC stays in force"


def doubt_about(register: Register, last: Register, now: datetime) -> str:
    """Return why this is most likely another archive's register, or ""."""
    if register.agency.id != last.agency.id:
        return (
            f"it is the register of agency {register.agency.id!r}, but the archive is of {last.agency.id!r}"
        )
    known = {account.id for account in register.accounts} | set(register.stopped)
    open_ = [account.id for account in last.accounts if not account.is_closed(now)]
    missing = sum(name not in known for name in open_)
    return (
        f"{missing} of {counted(len(open_), 'account')} in force are missing from it"
        if 2 * missing > len(open_)
        else ""
    )


def of_entry(entry: Entry) -> Register:
    """Return the register of a ledger entry."""
    data = {"agency": entry.body["agency"], "accounts": entry.body["accounts"]}
    return validation.check_register(
        data,
        list_names(),
        f"ledger/{NAME} entry {entry.number}",
        addresses=list_address_forms(),
        broken=list_broken(),
        messages=list_message_readers(),
    )


def last_valid(archive: Store) -> Register | None:
    """Return the register of the newest entry; None before the first."""
    entry = _last(Ledger(archive, NAME))
    return None if entry is None else of_entry(entry)


def confidential(archive: Store, path: Path) -> frozenset[str]:
    """Return the accounts whose existence is not public.

    That includes one whose entry has errors, and one that was removed from the register and was confidential:
    a mistake in a file must not show what it hid. A file that is not in force, because it may belong to
    another archive, can only add accounts: those that it marks confidential. RegisterError as `in_force`.
    """
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
    """Append the register if it changed; open and close the gaps of stopped accounts."""
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
        secret = [
            name
            for name in _confidential(register, last)
            if name in register.stopped or not validation.is_unnamed(name)
        ]
        whole = body | {
            "platforms": {**(last.body.get("platforms", {}) if last else {}), **mine},
            "confidential": secret,
        }
        return None if last is not None and _compared(last.body) == _compared(whole) else whole

    load()
    if make() is not None:
        # before the entry: after an interruption it is done again
        _note_stopped(Gaps(archive, derived), register, state["last"])
        ledger.append_next("register", make, load)


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's body without the wording of problems: another version may word them otherwise."""
    plain = [
        {name: value for name, value in problem.items() if name not in ("message", "mend")}
        for problem in body["problems"]
    ]
    return {**body, "problems": plain}


def _confidential(register: Register, last: Entry | None) -> list[str]:
    """Return the ids of confidential accounts.

    Those that any entry marks, and those that were confidential in force last and that no correct entry
    names: a misspelled key and an entry that is there twice say nothing.
    """
    said = _marked_confidential(register)
    known = last.body.get("confidential", ()) if last else ()
    return sorted(said.union(known) - ({account.id for account in register.accounts} - said))


def _marked_confidential(register: Register) -> frozenset[str]:
    return frozenset(
        name for name, entry in validation.name_entries(register.raw) if entry.get("confidential")
    )


def _note_stopped(gaps: Gaps, register: Register, last: Entry | None) -> None:
    for account in _gone(register, last):
        if not account.is_closed(datetime.now(UTC)):
            gaps.open_(
                account.id,
                REASON,
                "the account is missing from the register, so it is not captured; put its entry back, with"
                " closed_on if the account was closed",
            )
    for name in register.stopped:
        errors = (p for p in register.problems if p.account == name and p.level == ERROR)
        words = "; ".join(f"line {p.line}, {p.field}: {p.message}" for p in errors)
        gaps.open_(name, REASON, f"its entry in the register has errors, so it is not captured: {words}")
    for account in register.accounts:
        gaps.close(account.id, REASON, "its entry was corrected")
    _forget(gaps, register, last)


def _forget(gaps: Gaps, register: Register, last: Entry | None) -> None:
    """Close the gaps of entries that were removed and never were correct.

    If an entry once was correct, the archive may have records of its account, and it is missing.
    """
    ever = {
        *register.stopped,
        *(account.id for account in register.accounts),
        *(last.body.get("platforms", ()) if last else ()),
    }
    for gap in gaps.open_now():
        if gap.reason == REASON and gap.account not in ever:
            how = (
                "the entry was removed from the register and was never correct, so nothing was ever captured"
                " for it"
            )
            gaps.close(gap.account, REASON, how)


def _gone(register: Register, last: Entry | None) -> Iterator[Account]:
    """Yield the accounts of the last register that are missing from this one."""
    known = {account.id for account in register.accounts} | set(register.stopped)
    yield from (account for account in (of_entry(last).accounts if last else ()) if account.id not in known)


class Explanations:
    """The agency's explanations of an account's gaps in the register.

    An explanation covers gaps that existed up to its day, and before it was entered. Such a gap is known and
    accepted, until a capture that could close it leaves it open.
    """

    def __init__(self, archive: Store, account: Account) -> None:
        self._archive, self._account = archive, account

    def of(self, reason: str) -> Explanation | None:
        """Return the explanation of a reason, None if there is none."""
        return self._account.explained.get(reason)

    def reaches(self, reason: str, when: datetime) -> bool:
        """Return whether what existed at `when` is explained.

        A day in the future is refused, so that only on the explanation's own day something could follow after
        it was entered.
        """
        word = self.of(reason)
        if word is None or (days := word.day_of(when)) > 0:
            return False
        return days < 0 or not word.matches_entry(self._said_at(reason, when))

    def accepts(self, gap: Gap, sums: AccountSummary) -> Explanation | None:
        """Return the explanation of an open gap, or None.

        sums: of the account now.
        """
        reason = gap.reason.removesuffix(WHOLE).partition(": ")[0]
        word = self.of(reason)
        if word is None or not self.reaches(reason, gap.opened_at):
            return None
        number = (sums.completeness or {}).get("lacking")
        if reason == COUNTS_DIFFER and (number is None or not word.covers(number)):
            return None
        by_sweeps = (
            gap.reason.endswith(WHOLE) or gap.reason.startswith(OF_A_CAPTURE) or reason == MASS_ABSENCE
        )
        kinds = ("full",) if by_sweeps else ("full", "recent", "history")
        ends = [
            moment(final["time"])
            for kind, final in sums.finals.items()
            if final["time"] and kind.startswith(kinds)
        ]
        judged = any(word.matches_entry(self._said_at(reason, end)) for end in ends if end > gap.opened_at)
        return None if judged else word

    def _said_at(self, reason: str, when: datetime) -> object:
        """Return what the register that was in force at `when` said of that reason."""
        entry = Ledger(self._archive, NAME).last_by(when)
        for account in entry.body["accounts"] if entry else ():
            if (
                isinstance(account, dict)
                and account.get("id") == self._account.id
                and isinstance(account.get("explained"), dict)
            ):
                return account["explained"].get(reason)
        return None
