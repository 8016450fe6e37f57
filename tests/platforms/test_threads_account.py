"""Which account a token of Threads' reads, and how long the token lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import tell
from infra.local.sandbox.story.cast import THREADS_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse
from recordroom.platforms import threads
from tests.platforms.loom import DISTRICT, ME, US, Loom, client_of
from tests.platforms.scripted import Scripted, account
from tests.platforms.wall import START


@pytest.mark.parametrize("url", ["https://www.threads.com/@fircrestschools", "https://www.threads.net/@FircrestSchools/"])
def test_the_account_of_the_register_is_the_tokens(url: str) -> None:
    loom = Loom()
    identity = threads.identify(account("threads", url), client_of(loom))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "threads.com", "Fircrest Schools", US)
    loom.account["username"] = "renamed"
    assert threads.identify(account("threads", url, identity), client_of(loom)).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="belongs to renamed, the register says"):
        threads.identify(account("threads", url), client_of(loom))
    with pytest.raises(Blocked, match="without a token"):
        threads.identify(DISTRICT, Scripted(loom))
    assert threads.totals(DISTRICT, client_of(loom)) is None


def test_a_token_is_renewed() -> None:
    network, wanted = tell(START), account("threads", "https://www.threads.com/@cascadevalleyesd", api_url="http://social.test")
    http = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "threads")))
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
