"""The register of official accounts (infra/accounts.yaml): the agency, its accounts, and what is wrong with their entries.

An error stops only its own account; a warning is recorded in every manifest of that account and stops nothing. register/validation.py
reads and checks the file.
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
REASONS = (
    MESSAGES_MISSED,
    POSTS_MISSED,
    NOT_CAPTURED,
    COUNTS_DIFFER,
    PLATFORM_LIMIT,
    MASS_ABSENCE,
)  # of gaps that a person can explain


@dataclass(frozen=True, slots=True)
class Explanation:
    """`until`: a day, YYYY-MM-DD, where the agency is. `lacking`: how many, to `counts-differ` alone."""

    until: str
    why: str
    lacking: int | None = None

    @property
    def how(self) -> str:
        """What the ledger of gaps says of a gap that it closes."""
        return text("register-says", why=self.why)

    @property
    def said(self) -> str:
        """For whoever looks at what lacks."""
        return f"the register says ({self.until}): {self.why}"

    def covers(self, lacking: int) -> bool:
        """Whether no more lacks than was explained."""
        return self.lacking is not None and lacking <= self.lacking

    def day_of(self, when: datetime) -> int:
        """Below 0 where that was before its day, 0 on it, above 0 after it."""
        return (when.astimezone(ZONE).date() - date.fromisoformat(self.until)).days

    def matches_entry(self, entry: Any) -> bool:
        """Whether the register had it so: `entry` is what it says to that reason, whatever that is."""
        return bool(entry == {name: value for name, value in asdict(self).items() if value is not None})


def parse_explanations(entry: Mapping[str, Any] | None) -> dict[str, Explanation]:
    """Of the key of a sound entry."""
    return {reason: Explanation(**said) for reason, said in (entry or {}).items()}


ERROR, WARNING = "error", "warning"
CAPTURE = "capture"  # of `private_messages`: read them


@dataclass(frozen=True, slots=True)
class Agency:
    id: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Account:
    """One entry of the register. `import_only`: nobody captures it, imports and submissions are all there is; its platform may be one
    that recordroom has no connector for. `api_url` replaces the platform's usual address (tests, self-hosted servers);
    `private_network`: its servers may be at private addresses; `identity` is who answered at the start of the present
    capture; before that, who was pinned at the first one, None where nobody was."""

    id: str
    platform: str
    url: str
    title: str
    class_: str
    owner: str
    approved_by: str | None = None
    approved_on: str | None = None
    approval_evidence: str | None = None
    terms_reviewed_by: str | None = None
    terms_reviewed_on: str | None = None
    token_holder: str | None = None
    backup_holder: str | None = None
    series: str | None = None
    justification: str | None = None
    review_on: str | None = None
    private_messages: str | None = None
    explained: Mapping[str, Explanation] = field(
        default_factory=dict, hash=False
    )  # reason of a gap -> what the agency says to it
    connection: str | None = None
    monthly_cap: int | None = None
    opened_on: str | None = None
    closed_on: str | None = None
    confidential: bool = False
    import_only: bool = False
    formerly: tuple[str, ...] = ()
    api_url: str | None = None
    private_network: bool = False
    identity: Identity | None = None

    def with_identity(self, identity: Identity) -> Account:
        return replace(self, identity=identity)

    @property
    def known(self) -> Identity:
        """The identity; only asked for after `identify`."""
        if self.identity is None:
            raise ValueError(f"account {self.id} has not been identified in this capture")
        return self.identity

    def is_closed(self, now: datetime) -> bool:
        """Whether the last day is over, where the agency is."""
        return self.closed_on is not None and self.closed_on < now.astimezone(ZONE).date().isoformat()

    @property
    def reads_messages(self) -> bool:
        """Whether the register asks for private messages to be captured."""
        return self.private_messages == CAPTURE

    @property
    def ledger(self) -> str:
        """Name of the ledger of its captures."""
        return Chain(self.platform, self.id).ledger


@dataclass(frozen=True, slots=True)
class Chain:
    """An account as the archive knows it, in the register or not any more: what names its ledger and its derived data."""

    platform: str
    id: str

    @property
    def ledger(self) -> str:
        return f"capture/{self.platform}/{self.id}"


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; `account` is "" where the whole file is meant."""

    account: str
    file: str
    line: int
    field: str
    level: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Register:
    agency: Agency
    accounts: tuple[Account, ...]  # those without errors
    problems: tuple[Problem, ...]
    stopped: tuple[str, ...]  # what entries with errors are called: their ids, "entry 3" where that has none
    raw: list[Any]  # the list `accounts` as it stands in the file, days as text

    def account(self, account_id: str) -> Account:
        """The account of that id; UsageError where the register has none, RegisterError where its entry has errors."""
        for account in self.accounts:
            if account.id == account_id:
                return account
        known = ", ".join(a.id for a in self.accounts) or "none"
        if account_id in self.stopped:
            raise RegisterError(
                f"the entry of account {account_id!r} has errors", "`recordroom accounts` lists them."
            )
        raise UsageError(f"the register has no account {account_id!r}", f"Accounts: {known}.")

    def find_warnings(self, account_id: str) -> list[Problem]:
        """What the entry of an account lacks, though it is captured."""
        return [p for p in self.problems if p.account == account_id and p.level == WARNING]

    def warnings(self, account_id: str) -> list[str]:
        return [p.message for p in self.find_warnings(account_id)]


def names_account(words: str, accounts: Iterable[str]) -> bool:
    """Whether words name one of these accounts by its id."""
    return any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words) for name in accounts if name in words
    )
