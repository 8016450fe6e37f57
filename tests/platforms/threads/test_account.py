"""The account that a token of Threads reads, and the lifetime of the token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.threads.nodes import user_id
from infra.sandbox.story import tell
from infra.sandbox.story.cast import THREADS_SECRET
from recordroom.capture.http.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse
from recordroom.platforms import threads
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.scripted import Scripted, account

PLATFORM = "threads"


@pytest.mark.parametrize("url", ["https://www.threads.com/@district", "https://www.threads.net/@District/"])
def test_the_account_of_the_register_is_the_tokens(sandbox: Sandbox, url: str) -> None:
    entry = replace(sandbox.entry, url=url)
    identity = threads.identify(entry, sandbox.client)
    native = user_id(sandbox.network.accounts[sandbox.us])
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        native,
        "threads.com",
        "District",
        "district",
    )
    sandbox.network.rename(sandbox.us, handle="renamed")
    assert threads.identify(entry.with_identity(identity), sandbox.client).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="belongs to renamed, but the register names"):
        threads.identify(entry, sandbox.client)
    with pytest.raises(Blocked, match="without a token"):
        threads.identify(entry, Scripted([]))
    assert threads.totals(entry.with_identity(identity), sandbox.client) is None


def test_a_token_is_renewed() -> None:
    network = tell(datetime(2026, 11, 1, tzinfo=UTC))
    wanted = account("threads", "https://www.threads.com/@cascadevalleyesd", api_url="http://social.test")
    http = HttpClient(
        contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "threads"))
    )
    http.authorize({"token": THREADS_SECRET})
    with pytest.raises(UnexpectedResponse, match="24 hours"):
        threads.renew(wanted, http)
    network.wait(hours=25)
    fresh = threads.renew(wanted, http)
    assert fresh.values["token"] != THREADS_SECRET
    assert fresh.expires_at is not None
    assert abs(fresh.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(hours=1)
    network.wait(days=61)
    with pytest.raises(TokenExpired, match=r"error 190 \(463\)"):
        threads.renew(wanted, http)
