"""The right account: the one that was pinned at the first capture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from recordroom.archive.state.account_state import AccountState
from recordroom.errors import AccountUnavailable, UnexpectedResponse, UsageError
from recordroom.model import Identity
from recordroom.platforms.contract import Client, Connector
from recordroom.platforms.http import site_with_query
from recordroom.register.models import Account
from recordroom.text import replace_surrogates, to_one_line


def verify_identity(account: Account, state: AccountState, connector: Connector, client: Client) -> Identity:
    """Ask who the account is; it must be the one that was pinned at the first capture.

    AccountUnavailable if it is another one, whose posts are never archived under this name. If the account
    moved, as the register says, the native id or server may be new. UnexpectedResponse if the platform's id
    cannot be one: what is pinned is a part of each record's id, and never changes.
    """
    pinned = state.sums.identity
    try:
        identity = connector.identify(with_pinned_identity(account, state), client)
    except UsageError as problem:  # the register's address is none of this platform
        raise AccountUnavailable(problem.message, problem.mend) from None
    if not all(
        one and one == to_one_line(one) and "\ufffd" not in replace_surrogates(one)
        for one in (identity.native_id, identity.server)
    ):
        words = (
            f"{account.id}: the platform returned no valid account ID: {identity.native_id!r} on"
            f" {identity.server!r}"
        )
        mend = "Nothing was archived. The next capture tries again."
        raise UnexpectedResponse(words, mend, identity.exchange)
    if not pinned or is_pinned_account(account, pinned, identity):
        return identity
    told = (
        f"{account.id} was {pinned['native_id']} on {pinned['server']}; now the platform returns"
        f" {identity.native_id} on {identity.server}"
    )
    mend = (
        "If the account's address changed, add `formerly` to its entry in the register. If this is another"
        " account, register it under its own ID. Nothing was archived."
    )
    raise AccountUnavailable(told, mend, identity.exchange)


def with_pinned_identity(account: Account, state: AccountState) -> Account:
    """Return the account with the identity that was pinned, if any was."""
    pinned = state.sums.identity
    return account.with_identity(Identity(pinned["native_id"], pinned["server"])) if pinned else account


def is_pinned_account(account: Account, pinned: Mapping[str, Any], identity: Identity) -> bool:
    """Return whether an identity is the pinned account's."""
    return (pinned["native_id"], pinned["server"]) == (identity.native_id, identity.server) or has_moved(
        account, pinned, identity
    )


def has_moved(account: Account, pinned: Mapping[str, Any], identity: Identity) -> bool:
    """Return whether the register gives the account a new address (`formerly`)."""
    forms = (
        (urlsplit(f).netloc, urlsplit(f).netloc + urlsplit(f).path.rstrip("/"), site_with_query(f))
        for f in account.formerly
    )
    former = {address for several in forms for address in several}
    # a site is its address; elsewhere the id must be the same
    same = identity.native_id in (pinned["native_id"], identity.server)
    return pinned["server"] in former and same
