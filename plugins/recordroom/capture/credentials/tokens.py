"""The token of a running capture: renewed in time, with warnings of its end.

- Only one renewal at a time is requested on a machine. A token that may be good for one use only is never
  spent unless its successor can be saved: the place is proved writable before. The new token is saved before
  it is first used.
- If a renewal fails while the token is valid, the capture goes on and says so. An expired token is
  TokenExpired, unless most can be read without one: then the capture goes on without it, and says so.
- No part of it is kept as evidence: neither a request for a token nor its response, and not as a failure
  either.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from recordroom.archive import disk
from recordroom.canonical import sha256
from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.airflow_secrets import SavedToken, digest_of_given, resolve
from recordroom.capture.http.client import HttpClient
from recordroom.errors import PlatformFailure, TokenExpired
from recordroom.model import ZONE, instant, moment
from recordroom.platforms.contract import Connector, Platform, Renewal, Renewing, Token
from recordroom.platforms.oauth import APP
from recordroom.platforms.registry import load
from recordroom.register.models import Account
from recordroom.text import counted

DAYS = (14, 7, 3, 1)  # days before its end when a token is warned of, each time with more people named
_PLAIN = re.compile(r"[\w.-]{1,200}", re.ASCII)
CLOCKS = timedelta(minutes=5)  # by which the clocks of two machines may differ
SELDOMEST = timedelta(days=1)  # a refused renewal is tried again after a tenth of `before`, at most this


class TokenManager:
    """Manages the token of one account during a capture."""

    def __init__(self, account: Account, connector: Connector, client: HttpClient, folder: Path) -> None:
        self.account, self.connector, self.client = account, connector, client
        self.problem = ""  # why the last renewal failed
        self._folder = folder
        self._given: Mapping[str, str] = {}
        self._saved = SavedToken("")
        self._inspected = False

    @property
    def renewal(self) -> Renewal | None:
        """How the platform renews what this connection gives; None if it does not."""
        return _renewal_of(self.connector.PLATFORM, {**self._given, **self._saved.values})

    def open(self) -> None:
        """Take the account's secrets, renew what is due, and let the client use them.

        TokenExpired: a person has to act.
        """
        self._given = resolve(self.account, self.connector.PLATFORM)
        self._know()
        self._use()
        if self.account.connection and self.missing_secrets and self.renewal is None:
            words = (
                f"the Airflow connection {self.account.connection!r} has no {', '.join(self.missing_secrets)}"
            )
            raise TokenExpired(words, f"{self._way} (docs/platforms/{self.account.platform}.md).")
        self.renew_in_time()

    @property
    def _way(self) -> str:
        """How a person provides what is missing."""
        if self.connector.PLATFORM.consent is not None and all(name in self._given for name in APP):
            return f"Run `recordroom connect {self.account.id}`"
        return f"Add it for account {self.account.id}"

    def renew_in_time(self) -> None:
        """Renew the token if it is missing or near its end.

        Called between requests, since a long capture may outlast it.
        """
        if not self._is_due():
            return
        with token_lock(self._folder, self.account.connection):
            self._know()  # another capture may have renewed it
            if (renewal := self.renewal) and self._is_due():
                self._renew(renewal)
            self._use()

    def describe(self) -> dict[str, str]:
        """Return what is known of the token, for the manifest: instants, and `problem`.

        `dies_at`: until when a person must have acted.
        """
        saved = self._saved
        ends = [saved.consent_until, *([] if self.renewal and not self.problem else [saved.expires_at])]
        times = {
            "renewed_at": saved.renewed_at,
            "expires_at": saved.expires_at,
            "consent_until": saved.consent_until,
        }
        times["dies_at"] = min((end for end in ends if end), default=None)
        told = {name: instant(value) for name, value in times.items() if value is not None}
        return told | ({"problem": self.problem} if self.problem else {})

    @property
    def is_fully_known(self) -> bool:
        """Whether `standing` has all that can be known.

        Everything is saved of a token that is renewed; the platform was asked about others.
        """
        return self._inspected or self.renewal is not None

    def inspect(self) -> None:
        """Ask the platform about a token that it does not renew, if it can be asked."""
        ask = getattr(self.connector, "inspect", None)
        if ask is None or self.renewal is not None or not self._given:
            return
        try:
            told: Token = ask(self.account, self.client)
        except PlatformFailure:  # not needed: its use shows whether the token is valid
            return
        self._saved = replace(self._saved, expires_at=told.expires_at, consent_until=told.consent_until)
        self._inspected = True

    # -------------------------------------------------------------------------------------------------------

    def _know(self) -> None:
        self._saved = _known(self.account, self.connector.PLATFORM, self._given)
        self.problem = self._saved.problem

    def _save(self) -> str:
        """Return why the token cannot be saved, or ""."""
        return airflow_secrets.save_token(self.account.connection or "", self._saved)

    def _use(self) -> None:
        self.client.authorize({**self._given, **self._saved.values})

    def _is_due(self) -> bool:
        renewal, saved, now = self.renewal, self._saved, datetime.now(UTC)
        if renewal is None:
            return False
        if (
            self.missing_secrets or (saved.expires_at is not None and saved.expires_at <= now)
        ) and not renewal.token_is_optional:
            return True
        tried, renewed = (
            at if at is not None and at <= now + CLOCKS else None for at in (saved.tried_at, saved.renewed_at)
        )
        if tried is not None and now < tried + min(renewal.lead_time / 10, SELDOMEST):
            return False
        if renewed is not None and now < renewed + renewal.minimum_age:
            return False
        if renewed != saved.renewed_at:  # a clock that was ahead wrote it, and the token's end
            return True
        return saved.expires_at is None or saved.expires_at <= now + renewal.lead_time

    @property
    def missing_secrets(self) -> list[str]:
        """Names of secrets that the platform wants and the connection does not give.

        If one of several is enough: all of them or none. A token that can be renewed is wanted too.
        """
        held, platform = {**self._given, **self._saved.values}, self.connector.PLATFORM
        names = [name for name in platform.secrets if name not in held]
        if not platform.any_secret:
            return names
        if self.renewal is not None:
            return [name for name in names if name == "token"]
        return names if len(names) == len(platform.secrets) else []

    def _renew(self, renewal: Renewal) -> None:
        may_be_young = self._saved.tried_at is None and bool(renewal.minimum_age) and not self.missing_secrets
        self._saved = replace(self._saved, tried_at=datetime.now(UTC))
        unsaved = self._save()
        if unsaved and not renewal.secrets_stay_valid:
            self._go_on_or_fail(
                TokenExpired(
                    unsaved, f"Make it writable, or have new tokens made for account {self.account.id}."
                )
            )
            return
        if may_be_young:  # a person may have made it a minute ago
            return
        try:
            fresh = cast(Renewing, self.connector).renew(self.account, self.client)
        except PlatformFailure as failure:
            failure.exchange = None  # it is no evidence, and may contain a token
            failure.message = self.client.scrubber.text(failure.message)  # an error may repeat what was sent
            self._go_on_or_fail(failure)
            return
        self.problem, now = "", datetime.now(UTC)
        values = {**self._saved.values, **fresh.values}
        until = fresh.consent_until or self._saved.consent_until
        self._saved = SavedToken(
            self._saved.of, values, fresh.expires_at, until, renewed_at=now, tried_at=now
        )
        if (unsaved := self._save()) and not renewal.secrets_stay_valid:
            self.problem = f"{unsaved}: the renewed token will be lost when this process ends"

    def _go_on_or_fail(self, failure: PlatformFailure) -> None:
        """Go on with a token that is still valid; its end is near, and warned of.

        An expired one that can be spared is used no longer; else the failure is raised.
        """
        end = self._saved.expires_at
        dead = bool(self.missing_secrets) or (end is not None and end <= datetime.now(UTC))
        if dead and not (self.renewal and self.renewal.token_is_optional):
            raise failure
        if dead:
            self._saved = replace(self._saved, values={}, expires_at=None)
        self.problem = f"the token could not be renewed: {failure}"
        # the captures until the next try are warned by it
        self._saved = replace(self._saved, problem=self.problem)
        self._save()


@contextmanager
def token_lock(folder: Path, connection: str | None) -> Iterator[None]:
    """Hold a connection's lock on this machine.

    If two processes saved a new token at once, one of the tokens would be lost.
    """
    disk.make(folder)
    with (folder / _lock_name(connection)).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_name(connection: str | None) -> str:
    """Return a file name for a connection's lock.

    Airflow allows `/` in the id of a connection.
    """
    name = f"{connection}"
    return f"{name if _PLAIN.fullmatch(name) else sha256(name.encode())}.lock"


def needs_saved_token(account: Account) -> bool:
    """Return whether the account's token is lost unless its successor is saved."""
    platform = load(account.platform).PLATFORM
    try:
        given = resolve(account, platform)
    except TokenExpired:  # it has expired already: its captures say so
        return False
    renewal = _renewal_of(platform, {**given, **_known(account, platform, given).values})
    return renewal is not None and not renewal.secrets_stay_valid


def _renewal_of(platform: Platform, held: Mapping[str, str]) -> Renewal | None:
    renewal = platform.renewal
    if renewal is None or not held or not all(name in held for name in renewal.secrets):
        return None
    return (
        None if renewal.exempt_prefix and held.get("token", "").startswith(renewal.exempt_prefix) else renewal
    )


def _known(account: Account, platform: Platform, given: Mapping[str, str]) -> SavedToken:
    """Return what was saved for the secrets that the connection gives."""
    of = digest_of_given(given)
    if account.connection is None or (platform.renewal is None and platform.consent is None):
        return SavedToken(of)
    found = airflow_secrets.load_saved_token(account.connection)
    return found if found is not None and found.of == of else SavedToken(of)


def token_warning(account: Account, standing: Mapping[str, str], now: datetime) -> str:
    """Return that the token expires soon and who must act.

    "" if it does not, or its end is unknown.
    """
    if "dies_at" not in standing:
        return standing.get("problem", "")
    end = moment(standing["dies_at"])
    passed = sum(end - now <= timedelta(days=days) for days in DAYS)
    if not passed:
        return ""
    left = max(0, (end - now).days)
    when = f"{end.astimezone(ZONE):%Y-%m-%d %H:%M}"
    ends = (
        f"the token of connection {account.connection} expires on {when} Pacific, in {counted(left, 'day')}"
    )
    words = f"{ends}: {people_to_ask(account, passed)} must replace it"
    return f"{words} (docs/platforms/{account.platform}.md)" + (
        f"; {standing['problem']}" if "problem" in standing else ""
    )


def people_to_ask(account: Account, urgency: int = len(DAYS)) -> str:
    """Return who can make another token.

    The holder first, from 3 days before its end also the holder's deputy, at the end the account's owner.
    """
    steps = ((account.token_holder, 1), (account.backup_holder, 3), (account.owner, 4))
    return ", ".join(dict.fromkeys(name for name, step in steps if name and urgency >= step)) or account.owner
