"""The register of official accounts: the agency, its accounts, their problems.

The file is infra/accounts.yaml; register/validation.py reads and checks it. An error stops only its own
account. A warning is recorded in every manifest of that account and stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from recordroom.errors import RegisterError, UsageError
from recordroom.model import ZONE, Identity
from recordroom.stored_texts import text

MESSAGES_MISSED, POSTS_MISSED, NOT_CAPTURED = "messages-missed", "posts-missed", "not-captured"
COUNTS_DIFFER, PLATFORM_LIMIT, MASS_ABSENCE = "counts-differ", "platform-limit", "mass-absence"
# of gaps that an agency can explain
REASONS = (MESSAGES_MISSED, POSTS_MISSED, NOT_CAPTURED, COUNTS_DIFFER, PLATFORM_LIMIT, MASS_ABSENCE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The agency's explanation of a gap."""

    until: str  # last day that it covers, YYYY-MM-DD, local
    why: str  # the agency's words
    lacking: int | None = None  # how many records are missing; for `counts-differ` only

    @property
    def closing_text(self) -> str:
        """How the ledger of gaps says that the gap was closed."""
        return text("register-says", why=self.why)

    @property
    def description(self) -> str:
        """The explanation, for people who look at what is missing."""
        return f"the register says ({self.until}): {self.why}"

    def covers(self, lacking: int) -> bool:
        """Return whether no more records are missing than were explained."""
        return self.lacking is not None and lacking <= self.lacking

    def day_of(self, when: datetime) -> int:
        """Return the days from `until` to that time.

        They are negative before it, 0 on the day, and positive after it.
        """
        return (when.astimezone(ZONE).date() - date.fromisoformat(self.until)).days

    def matches_entry(self, entry: Any) -> bool:
        """Return whether a register had this explanation.

        entry: the register's value for the reason, of any type.
        """
        return bool(entry == {name: value for name, value in asdict(self).items() if value is not None})


def parse_explanations(entry: Mapping[str, Any] | None) -> dict[str, Explanation]:
    """Parse the key `explained` of a valid entry."""
    return {reason: Explanation(**said) for reason, said in (entry or {}).items()}


ERROR, WARNING = "error", "warning"
CAPTURE = "capture"  # the value of `private_messages` that has them captured


@dataclass(frozen=True, slots=True)
class Agency:
    """The agency that has the accounts."""

    id: str  # in the archive
    name: str  # for people
    contact: str  # sent to servers with each request (User-Agent)


@dataclass(frozen=True, slots=True)
class Account:
    """One entry of the register; docs/admin/accounts.md explains its keys.

    Days are local, as YYYY-MM-DD.
    """

    id: str  # names the account in records and keys, forever
    platform: str  # its name, as in keys
    url: str  # the public address
    title: str  # what people call the account
    class_: str  # official, program, or individual
    owner: str  # the department that is responsible for it
    approved_by: str | None = None  # a person
    approved_on: str | None = None  # a day
    approval_evidence: str | None = None  # where the approval is written
    terms_reviewed_by: str | None = None  # a person
    terms_reviewed_on: str | None = None  # a day
    token_holder: str | None = None  # who can renew the credential
    backup_holder: str | None = None  # who else can
    series: str | None = None  # disposition authority number; None: everything is retained
    justification: str | None = None  # why a program needs its own account
    review_on: str | None = None  # the day on which that is reviewed
    private_messages: str | None = None  # CAPTURE, or why they are not captured
    # reason of a gap -> the agency's explanation
    explained: Mapping[str, Explanation] = field(default_factory=dict, hash=False)
    connection: str | None = None  # Airflow connection with the secret; None: read without a credential
    monthly_cap: int | None = None  # US dollars for all accounts with the connection
    opened_on: str | None = None  # first day
    closed_on: str | None = None  # last day
    confidential: bool = False  # its existence is not public
    # nothing is captured; imports and submissions are all there is, and recordroom may have no connector for
    # the platform
    import_only: bool = False
    formerly: tuple[str, ...] = ()  # earlier addresses
    api_url: str | None = None  # replaces the platform's usual address (tests, self-hosted servers)
    private_network: bool = False  # its servers may be at private addresses
    # who responded at the start of the present capture; before that, who was pinned at the first capture, or
    # None
    identity: Identity | None = None

    def with_identity(self, identity: Identity) -> Account:
        """Return the account with the identity that responds."""
        return replace(self, identity=identity)

    @property
    def known(self) -> Identity:
        """The identity; only used after `identify`."""
        if self.identity is None:
            raise ValueError(f"account {self.id} has not been identified in this capture")
        return self.identity

    def is_closed(self, now: datetime) -> bool:
        """Return whether the last day is over, in local time."""
        return self.closed_on is not None and self.closed_on < now.astimezone(ZONE).date().isoformat()

    @property
    def reads_messages(self) -> bool:
        """Whether the register asks for private messages to be captured."""
        return self.private_messages == CAPTURE

    @property
    def ledger(self) -> str:
        """The name of the ledger of its captures."""
        return Chain(self.platform, self.id).ledger


@dataclass(frozen=True, slots=True)
class Chain:
    """An account as the archive knows it, also after it left the register.

    It names the ledger and the derived data of the account.
    """

    platform: str  # its name, as in keys
    id: str  # of the account in the register

    @property
    def ledger(self) -> str:
        """The name of the ledger of its captures."""
        return f"capture/{self.platform}/{self.id}"


@dataclass(frozen=True, slots=True)
class RegisterProblem:
    """A problem of the register."""

    account: str  # "" if it concerns the whole file
    file: str  # its path
    line: int  # counts from 1
    field: str  # path of the field, such as `explained.counts-differ.until`
    level: str  # ERROR or WARNING
    message: str  # what is wrong
    mend: str  # how to fix it


@dataclass(frozen=True, slots=True)
class Register:
    """The register in force."""

    agency: Agency  # that has the accounts
    accounts: tuple[Account, ...]  # those without errors
    problems: tuple[RegisterProblem, ...]  # of all entries, warnings included
    stopped: tuple[str, ...]  # entries with errors: their ids, or "entry 3" without an id
    raw: list[Any]  # the list `accounts` of the file, days as text

    def account(self, account_id: str) -> Account:
        """Return the account of that id.

        UsageError if the register has none; RegisterError if its entry has errors.
        """
        for account in self.accounts:
            if account.id == account_id:
                return account
        known = ", ".join(a.id for a in self.accounts) or "none"
        if account_id in self.stopped:
            raise RegisterError(
                f"the entry of account {account_id!r} has errors", "`recordroom accounts` lists them."
            )
        raise UsageError(f"the register has no account {account_id!r}", f"Accounts: {known}.")

    def find_warnings(self, account_id: str) -> list[RegisterProblem]:
        """Return what is missing in the entry of an account, which is captured anyway."""
        return [p for p in self.problems if p.account == account_id and p.level == WARNING]

    def warnings(self, account_id: str) -> list[str]:
        """Return the messages of `find_warnings`."""
        return [p.message for p in self.find_warnings(account_id)]


def names_account(words: str, accounts: Iterable[str]) -> bool:
    """Return whether a text names one of these accounts by its id."""
    return any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words) for name in accounts if name in words
    )
