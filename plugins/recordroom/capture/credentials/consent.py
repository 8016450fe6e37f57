"""The consent of an account's administrator, so that no person handles a token.

```
flow = ConsentFlow(workspace, register, account, redirect)   # refuses at once what could not be completed
flow.address                                 # to be opened in the browser of the account's administrator
flow.finish(landed)                          # the address that the browser was redirected to
```
The account that was consented for must be the account of the register. Its token then goes where renewed ones
are (airflow_secrets.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hmac import compare_digest
from typing import cast
from urllib.parse import parse_qs, urlsplit

from recordroom.archive.state.account_state import AccountState
from recordroom.capture import budget
from recordroom.capture.budget import Meter
from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.airflow_secrets import SavedToken, resolve
from recordroom.capture.credentials.tokens import token_lock
from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.capture.identity import verify_identity, with_pinned_identity
from recordroom.capture.workspace import Workspace
from recordroom.errors import (
    PlatformFailure,
    SettingsError,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Identity
from recordroom.platforms import oauth
from recordroom.platforms.contract import ConsentCode, Consenting
from recordroom.platforms.registry import load
from recordroom.register.models import Account, Register


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """The account that was connected, and what is known of its token's end."""

    identity: Identity
    saved: SavedToken


class ConsentFlow:
    """One consent for one account."""

    def __init__(self, workspace: Workspace, register: Register, account: Account, redirect: str) -> None:
        """Prepare the consent; say before anybody is asked why it could not be completed.

        UsageError and SettingsError.
        """
        self.workspace, self.register, self.account, self.redirect = workspace, register, account, redirect
        self.connector = load(account.platform)
        consent, page = self.connector.PLATFORM.consent, f"docs/platforms/{account.platform}.md"
        if consent is None:
            raise UsageError(
                f"{self.connector.PLATFORM.title} does not give tokens by consent",
                f"{page} explains how to make a token.",
            )
        if account.connection is None:
            raise UsageError(
                f"account {account.id} has no `connection` in the register",
                f"Add one, and set it up as {page} explains.",
            )
        self.given: Mapping[str, str] = resolve(account, self.connector.PLATFORM)
        if lacking := [name for name in oauth.APP if name not in self.given]:
            raise SettingsError(
                f"the Airflow connection {account.connection!r} has no {', '.join(lacking)} of the app",
                f"{page} explains where to find it.",
            )
        if why := airflow_secrets.why_not_writable():
            raise SettingsError(why, "Make it writable; otherwise the token would be lost.")
        self._state, self._verifier = (
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(64) if consent.takes_proof_key else "",
        )
        if account.reads_messages and self.connector.PLATFORM.reads_messages:
            consent = replace(consent, scopes=(*consent.scopes, *consent.message_scopes))
        if account.api_url:  # the platform's own pages are below it too
            consent = replace(consent, page=account.api_url.rstrip("/") + urlsplit(consent.page).path)
        self.address = oauth.consent_address(consent, self.given, redirect, self._state, self._verifier)

    def finish(self, landed: str) -> ConnectedAccount:
        """Take the token that the consent gives, verify whose it is, and save it.

        UsageError: the address does not belong to this consent. TokenExpired: the person declined, or the
        platform did not accept the code. AccountUnavailable: they consented for another account. Blocked:
        they agreed to less than is needed, or may do less. Nothing is saved then.
        """
        code = self._code(landed)
        # a capture may be renewing the earlier token
        with token_lock(self.workspace.settings.spool / "tokens", self.account.connection):
            return self._finish(code)

    def _finish(self, code: ConsentCode) -> ConnectedAccount:
        state = AccountState(self.workspace.archive, self.workspace.derived, self.account)
        money = budget.month_share(self.account, self.register.accounts, state.sums, datetime.now(UTC))
        client = HttpClient(
            contact=self.register.agency.contact,
            limit=self.workspace.settings.response_limit,
            private=private_servers(self.account),
            transport=self.workspace.transport,
            meter=Meter(
                self.connector.PLATFORM,
                money,
                budget.open_spend_counter(self.workspace, self.register.accounts, self.account, money),
            ),
        )
        try:
            client.authorize({name: self.given[name] for name in oauth.APP})
            token = cast(Consenting, self.connector).consented(
                with_pinned_identity(self.account, state), client, code
            )
            client.authorize({**self.given, **token.values})
            identity = verify_identity(self.account, state, self.connector, client)
        except PlatformFailure as failure:
            failure.exchange = None  # it is no evidence, and may contain a token
            failure.message = client.scrubber.text(failure.message)  # an error may repeat what was sent
            failure.mend = _mend(failure)
            raise
        finally:
            client.close()
        now = datetime.now(UTC)
        digest, values = airflow_secrets.digest_of_given(self.given), dict(token.values)
        saved = SavedToken(digest, values, token.expires_at, token.consent_until, renewed_at=now)
        if why := airflow_secrets.save_token(self.account.connection or "", saved):
            raise SettingsError(why, "The token is lost. Fix this, then run `recordroom connect` again.")
        return ConnectedAccount(identity, saved)

    def _code(self, landed: str) -> ConsentCode:
        """Return the code in the address; its state must be the one that was sent."""
        told = {name: values[0] for name, values in parse_qs(urlsplit(landed.strip()).query).items()}
        declined = "error" in told and "state" not in told  # as Instagram's documentation shows it
        if not declined and not compare_digest(told.get("state", "").encode(), self._state.encode()):
            mend = (
                "Copy the complete address of the page that appears after the consent. It is valid only for"
                " this run of `connect`."
            )
            raise UsageError("that address does not belong to this consent", mend)
        if declined or "code" not in told:
            why = told.get("error_description") or told.get("error_reason") or told.get("error") or "no code"
            raise TokenExpired(
                f"the consent was not given: {why[:200]}",
                "Run `recordroom connect` again when the administrator consents.",
            )
        return ConsentCode(told["code"], self._verifier, self.redirect)


def _mend(failure: PlatformFailure) -> str:
    """Return the remedy of a failure.

    To wait, as a failed capture does, does not help here: a code is good for one use.
    """
    again = "Nothing was saved. The administrator must consent again: run `recordroom connect` again"
    if isinstance(failure, Throttled):
        return f"{again}, after {failure.until:%Y-%m-%d %H:%M} UTC."
    if isinstance(failure, UnexpectedResponse):
        return f"{again}. {oauth.SETTINGS}" if failure.mend == oauth.SETTINGS else f"{again}."
    return failure.mend
