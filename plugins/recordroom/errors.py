"""The one tree of errors.

Each carries its data and says what is wrong and how to fix it.

```
RecordroomError
├── UsageError                 the caller asked for something impossible (exit 2)
│   ├── QueryError             a query that cannot be read: where, and a corrected form
│   └── NotThere               an id or address names nothing, or nothing that this person may see
├── SettingsError              a setting is missing, unknown, or wrong (exit 2)
├── RegisterError              the register, or an entry that is needed, cannot be used (exit 1)
├── RetentionError             a retention schedule or the agency's retention file cannot be used (exit 1)
├── PlatformBroken             the package of a platform cannot be loaded (exit 1)
├── ImportRefused              a file of another account, of no known form, or made to do harm (exit 1)
├── SignInRefused              the agency's provider refuses a person, or its response is not credible
├── SpoolFull                  the local disk is full (exit 3)
├── ServiceUnavailable         S3 or Elasticsearch cannot be reached (exit 3)
├── ArchiveError               the archive is not as it must be (exit 1)
│   ├── DerivedDamaged         rows, their catalog, or a snapshot cannot be read; captures continue
│   ├── Busy                   another capture of the account runs on this machine
│   ├── LostRace               another writer took the ledger number; reload, compare, commit again
│   ├── Tampered               stored bytes are not what they must be
│   ├── SecretFound            bytes contain a secret; they were not stored
│   └── TooLargeToCheck        bytes unpack to too much to be checked for secrets; they were not stored
└── PlatformFailure            a platform did not give what was requested (recorded in the manifest)
    ├── AccountUnavailable     suspended, renamed, removed, or another account responds
    ├── TokenExpired           the credential no longer works: a person must act
    ├── Throttled              come back at `until`
    ├── BudgetSpent            money may be spent again at `until`
    ├── Blocked                the platform refuses us, with or without a token
    └── UnexpectedResponse     not what its documentation promises; the bytes are archived
```
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from recordroom.exit_codes import ExitCode

if TYPE_CHECKING:
    from recordroom.model import Exchange


class RecordroomError(Exception):
    """The base of all errors.

    message: what is wrong.
    `mend`: how to fix it.
    why: which host, bucket, key, or index; for administrators, not for everyone in the records room.
    code: the name of the error where it is stored (`failure.type` of a manifest, the reason of a gap) and
        shown. It never changes.
    """

    code: ClassVar[str] = "RecordroomError"
    exit_code = ExitCode.BROKEN

    def __init__(self, message: str, mend: str = "", why: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.why = why

    def __str__(self) -> str:
        return f"{self.full_message}. {self.mend}" if self.mend else self.full_message

    @property
    def full_message(self) -> str:
        """Everything that is wrong, for administrators."""
        return f"{self.message}: {self.why}" if self.why else self.message

    @property
    def public_message(self) -> str:
        """What everyone may read."""
        return f"{self.message}. {self.mend}" if self.mend else self.message


class UsageError(RecordroomError):
    """The caller asked for something impossible."""

    code = "UsageError"
    exit_code = ExitCode.WRONG_USE


class QueryError(UsageError):
    """A query that cannot be read.

    position: counts characters from 0.
    suggestion: a query that can be read, or "".
    """

    code = "QueryError"

    def __init__(self, message: str, query: str, position: int, suggestion: str = "") -> None:
        super().__init__(message, f"Try: {suggestion}" if suggestion else "")
        self.query = query
        self.position = position
        self.suggestion = suggestion


class NotThere(UsageError):
    """An id or address names nothing, or nothing that this person may see.

    The message is the same in both cases.
    """

    code = "NotThere"


class SettingsError(RecordroomError):
    """A setting is missing, unknown, or wrong."""

    code = "SettingsError"
    exit_code = ExitCode.WRONG_USE


class RegisterError(RecordroomError):
    """The register, or an entry that is needed, cannot be used."""

    code = "RegisterError"


class RetentionError(RecordroomError):
    """A retention schedule, or the agency's retention file, cannot be used."""

    code = "RetentionError"


class PlatformBroken(RecordroomError):
    """The package of a platform cannot be loaded."""

    code = "PlatformBroken"


class ImportRefused(RecordroomError):
    """A file belongs to another account, has no known form, or was made to do harm."""

    code = "ImportRefused"


class SignInRefused(RecordroomError):
    """A person may not sign in; `message` and `mend` are shown to that person."""

    code = "SignInRefused"


class ServiceUnavailable(RecordroomError):
    """S3, Elasticsearch, or Airflow's database cannot be reached."""

    code = "ServiceUnavailable"
    exit_code = ExitCode.UNREACHABLE


class SpoolFull(RecordroomError):
    """The local disk is full."""

    code = "SpoolFull"
    exit_code = ExitCode.UNREACHABLE


class ArchiveError(RecordroomError):
    """The archive is not as it must be."""

    code = "ArchiveError"


class NotDelivered(RecordroomError):
    """An anchor did not reach a destination outside the archive."""

    code = "NotDelivered"
    exit_code = ExitCode.ACT_SOON


class DerivedDamaged(ArchiveError):
    """Something in the derived bucket cannot be read.

    The archive is sound, and captures continue.
    """

    code = "DerivedDamaged"


class Busy(ArchiveError):
    """Another capture of the account runs on this machine."""

    code = "Busy"


class LostRace(ArchiveError):
    """Another writer's entry already has `number` in `ledger`."""

    code = "LostRace"

    def __init__(self, ledger: str, number: int) -> None:
        super().__init__(f"another writer committed entry {number} of ledger {ledger} first")
        self.ledger = ledger
        self.number = number


class Tampered(ArchiveError):
    """Stored bytes are not what they must be.

    key: of the object. expected, found: hashes or other values, for reports.
    """

    code = "Tampered"

    def __init__(self, key: str, problem: str, expected: str = "", found: str = "") -> None:
        mend = "Run `recordroom verify`, and inform the administrator of the archive. Nothing was written."
        super().__init__(f"the archive is damaged or was altered: {problem}", mend, key)
        self.key = key
        self.problem = problem
        self.expected = expected
        self.found = found

    @property
    def full_message(self) -> str:
        return f"{self.key}: {self.problem}"


class SecretFound(ArchiveError):
    """Bytes contain a secret; they were not stored."""

    code = "SecretFound"


class TooLargeToCheck(ArchiveError):
    """Bytes unpack to too much to be checked for secrets; they were not stored."""

    code = "TooLargeToCheck"


class PlatformFailure(RecordroomError):
    """A platform did not give what was requested.

    exchange: the response, archived as evidence of the failure; None if no server was reached. If a server
        accepted a request and gave no complete response, the status is NO_ANSWER and nothing is archived.
    of_all: the failure concerns the whole account, not the one item that was requested.
    """

    code = "PlatformFailure"

    def __init__(
        self, message: str, mend: str = "", exchange: Exchange | None = None, *, of_all: bool = False
    ) -> None:
        super().__init__(message, mend)
        self.exchange = exchange
        self.of_all = of_all


class AccountUnavailable(PlatformFailure):
    """The account is suspended, renamed, or removed, or another one responds."""

    code = "AccountUnavailable"


class TokenExpired(PlatformFailure):
    """The credential no longer works: a person must act."""

    code = "TokenExpired"


class Throttled(PlatformFailure):
    """The credential must not be used before `until`, an aware UTC instant."""

    code = "Throttled"

    def __init__(self, message: str, until: datetime, exchange: Exchange | None = None) -> None:
        super().__init__(
            message, f"No action is needed: captures skip it until {until:%Y-%m-%d %H:%M} UTC.", exchange
        )
        self.until = until


class BudgetSpent(PlatformFailure):
    """No money may be spent before `until`, an aware UTC instant."""

    code = "BudgetSpent"

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(
            message,
            f"Captures continue at {until:%Y-%m-%d %H:%M} UTC, or with a higher monthly_cap in the register.",
        )
        self.until = until


class Blocked(PlatformFailure):
    """The platform refuses us, with or without a token."""

    code = "Blocked"


class UnexpectedResponse(PlatformFailure):
    """A response that the platform's documentation does not allow.

    endless: each response was valid, but their list runs in a circle or without end.
    misshapen: the response is not valid; a fixed connector may be able to read it.
    """

    code = "UnexpectedResponse"

    def __init__(
        self,
        message: str,
        mend: str = "",
        exchange: Exchange | None = None,
        *,
        endless: bool = False,
        misshapen: bool = False,
    ) -> None:
        super().__init__(message, mend, exchange)
        self.endless = endless
        self.misshapen = misshapen


# If a capture fails with one of these, a gap of that code is open until a capture succeeds.
FAILURES_OF_CAPTURES: tuple[type[RecordroomError], ...] = (
    AccountUnavailable,
    TokenExpired,
    Throttled,
    BudgetSpent,
    Blocked,
    UnexpectedResponse,
    SpoolFull,
)


def describe_mistake(mistake: BaseException) -> str:
    """Describe a mistake in the code, for people.

    That is its type, and its message if that names code of ours. Other messages repeat a value, which may be
    what a person wrote: failures reach logs, the ledger, and every search that reports gaps.
    """
    return type(mistake).__name__ + (
        f": {mistake}" if isinstance(mistake, (AttributeError, KeyError, NameError, TypeError)) else ""
    )
