"""The one tree of failures; each carries its data, and its words say what is wrong and how to mend it.

```
RecordroomError
├── UsageError                 the caller asked for something that cannot be (exit 2)
│   ├── QueryError             a query that cannot be read: where, and a corrected form
│   └── NotThere               what an id or an address names is not there, or not for whoever asks
├── SettingsError              a setting is missing, unknown or wrong (exit 2)
├── RegisterError              the register cannot be read as a whole, or an entry that is needed has errors (exit 1)
├── PlatformBroken             the file of a platform cannot be loaded (exit 1)
├── ImportRefused              a file is not taken in: another account's, no form that is known, or made to do harm (exit 1)
├── SignInRefused              the agency's provider knows somebody who may not come in, or tells what cannot be believed
├── SpoolFull                  the local disk is full (exit 3)
├── ServiceUnavailable         S3 or Elasticsearch cannot be reached (exit 3)
├── ArchiveError               the archive is not as it must be (exit 1)
│   ├── DerivedDamaged         rows, their catalog, or a snapshot cannot be read; captures go on without
│   ├── Busy                   another capture of the account runs on this machine
│   ├── LostRace               another writer took the ledger number; reload, compare, commit anew
│   ├── Tampered               stored bytes do not say what they must
│   ├── SecretFound            bytes about to be put hold a secret; they were not put
│   └── TooLargeToCheck        bytes about to be put unpack to too much to be checked for secrets; they were not put
└── PlatformFailure            a platform did not give what was asked (recorded in the manifest)
    ├── AccountUnavailable     suspended, renamed, gone, or another account answers
    ├── TokenExpired           the credential is dead: a person has to act
    ├── Throttled              come back at `until`
    ├── BudgetSpent            money may be spent again at `until`
    ├── Blocked                the platform refuses us, token or not
    └── UnexpectedResponse     nothing that its documentation promises; the bytes are kept
```
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from recordroom.exit_codes import ExitCode

if TYPE_CHECKING:
    from recordroom.model import Exchange


class RecordroomError(Exception):
    """`message` says what is wrong, `mend` what to do about it. `why` says which host, bucket, key or index: for whoever runs recordroom,
    and not for everybody in the room.


    code: the name of the failure where it is stored (`failure.type` of a manifest, the reason of a gap) and shown. It never changes.
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
        """All of what is wrong."""
        return f"{self.message}: {self.why}" if self.why else self.message

    @property
    def public_message(self) -> str:
        """What everybody may read."""
        return f"{self.message}. {self.mend}" if self.mend else self.message


class UsageError(RecordroomError):
    code = "UsageError"
    exit_code = ExitCode.WRONG_USE


class QueryError(UsageError):
    """`position` counts characters from 0; `suggestion` is a query that can be read, or empty."""

    code = "QueryError"

    def __init__(self, message: str, query: str, position: int, suggestion: str = "") -> None:
        super().__init__(message, f"Try: {suggestion}" if suggestion else "")
        self.query = query
        self.position = position
        self.suggestion = suggestion


class NotThere(UsageError):
    """The same words for what never was and for what somebody may not see."""

    code = "NotThere"


class SettingsError(RecordroomError):
    code = "SettingsError"
    exit_code = ExitCode.WRONG_USE


class RegisterError(RecordroomError):
    code = "RegisterError"


class PlatformBroken(RecordroomError):
    code = "PlatformBroken"


class ImportRefused(RecordroomError):
    code = "ImportRefused"


class SignInRefused(RecordroomError):
    """`message` and `mend` are for the person."""

    code = "SignInRefused"


class ServiceUnavailable(RecordroomError):
    code = "ServiceUnavailable"
    exit_code = ExitCode.UNREACHABLE


class SpoolFull(RecordroomError):
    code = "SpoolFull"
    exit_code = ExitCode.UNREACHABLE


class ArchiveError(RecordroomError):
    code = "ArchiveError"


class DerivedDamaged(ArchiveError):
    """Something of the derived bucket cannot be read. The archive is sound, and captures go on without it."""

    code = "DerivedDamaged"


class Busy(ArchiveError):
    code = "Busy"


class LostRace(ArchiveError):
    """Another writer's entry stands at `number` of `ledger`."""

    code = "LostRace"

    def __init__(self, ledger: str, number: int) -> None:
        super().__init__(f"another writer committed entry {number} of ledger {ledger} first")
        self.ledger = ledger
        self.number = number


class Tampered(ArchiveError):
    code = "Tampered"

    def __init__(self, key: str, problem: str, expected: str = "", found: str = "") -> None:
        mend = "Run `recordroom verify` and call whoever keeps the archive; nothing was written."
        super().__init__(f"the archive is not as it must be: {problem}", mend, key)
        self.key = key
        self.problem = problem
        self.expected = expected
        self.found = found

    @property
    def full_message(self) -> str:
        return f"{self.key}: {self.problem}"


class SecretFound(ArchiveError):
    code = "SecretFound"


class TooLargeToCheck(ArchiveError):
    code = "TooLargeToCheck"


class PlatformFailure(RecordroomError):
    """`exchange` is the response that told us, kept as evidence of the failure; None where nobody was reached. Where a server took a
    request and gave no whole answer its status is NO_ANSWER, and nothing is kept. `of_all`: it is no word about the one thing that was
    asked for, but what follows for all of the account."""

    code = "PlatformFailure"

    def __init__(
        self, message: str, mend: str = "", exchange: Exchange | None = None, *, of_all: bool = False
    ) -> None:
        super().__init__(message, mend)
        self.exchange = exchange
        self.of_all = of_all


class AccountUnavailable(PlatformFailure):
    code = "AccountUnavailable"


class TokenExpired(PlatformFailure):
    code = "TokenExpired"


class Throttled(PlatformFailure):
    """`until` is an aware UTC instant before which nothing more is asked of this credential."""

    code = "Throttled"

    def __init__(self, message: str, until: datetime, exchange: Exchange | None = None) -> None:
        super().__init__(
            message, f"Nothing to do: the account is skipped until {until:%Y-%m-%d %H:%M} UTC.", exchange
        )
        self.until = until


class BudgetSpent(PlatformFailure):
    """`until` is an aware UTC instant from which money may be spent again."""

    code = "BudgetSpent"

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(
            message,
            f"It goes on at {until:%Y-%m-%d %H:%M} UTC, or with a higher monthly_cap in the register.",
        )
        self.until = until


class Blocked(PlatformFailure):
    code = "Blocked"


class UnexpectedResponse(PlatformFailure):
    """`endless`: each answer was as it must be, and the list that they are of leads in a circle, or on and on. `misshapen`: it is not as it
    must be, and a mended connector may read it."""

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


FAILURES_OF_CAPTURES: tuple[
    type[RecordroomError], ...
] = (  # with which a capture may fail: a gap of that code opens, until one has succeeded
    AccountUnavailable,
    TokenExpired,
    Throttled,
    BudgetSpent,
    Blocked,
    UnexpectedResponse,
    SpoolFull,
)


def describe_mistake(mistake: BaseException) -> str:
    """A mistake of the code, for people: its kind, and its words where these name a thing of ours. Those about a value repeat it, and the
    value may be what somebody wrote: failures reach logs, the ledger, and every search that tells of gaps."""
    return type(mistake).__name__ + (
        f": {mistake}" if isinstance(mistake, (AttributeError, KeyError, NameError, TypeError)) else ""
    )
