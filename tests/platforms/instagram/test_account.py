"""The account that a token of either of Instagram's logins reads, and the lifetime of the token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.instagram.nodes import user_id
from infra.sandbox.story import tell
from infra.sandbox.story.cast import INSTAGRAM_DISTRICT
from recordroom.capture.http.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse
from recordroom.model import Identity
from recordroom.platforms import instagram
from recordroom.platforms.contract import Token
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.instagram.test_walk import FACEBOOKS, OURS, page_of, sign_in
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer, Scripted, account

PLATFORM = "instagram"


@pytest.mark.parametrize("url", ["https://www.instagram.com/district", "https://instagram.com/District/"])
@pytest.mark.parametrize(
    ("login", "holder"),
    [("instagram", ""), ("facebook", "page"), ("facebook", "user"), ("facebook", "system")],
)
def test_account_of_the_register_is_one_that_the_token_reads(
    sandbox: Sandbox, url: str, login: str, holder: str
) -> None:
    sign_in(sandbox, login, holder)
    entry, native = replace(sandbox.entry, url=url), user_id(sandbox.network.accounts[sandbox.us])
    identity = instagram.identify(entry, sandbox.client)
    assert (identity.native_id, identity.server, identity.handle) == (native, "instagram.com", "district")
    known = entry.with_identity(identity)
    assert instagram.identify(known, sandbox.client).native_id == native
    sandbox.network.rename(sandbox.us, handle="renamed")
    assert instagram.identify(known, sandbox.client).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="the token reads renamed, but the register has") as refusal:
        instagram.identify(entry, sandbox.client)
    assert "correct `url`" in refusal.value.mend


def test_account_is_found_on_a_later_page_of_the_list_of_a_persons_pages(sandbox: Sandbox) -> None:
    sign_in(sandbox, "facebook", "user")
    network = sandbox.network
    others = [network.account(f"facebook/school{number}", "School", staff=True).key for number in range(3)]
    network.accounts["facebook/clerk"].manages[:0] = others
    network.accounts["facebook/district"].number = 99  # the list is in the order of the numbers
    page_of(sandbox, 2)
    assert sandbox.identify().known.native_id == user_id(network.accounts[sandbox.us])
    assert len([url for url in sandbox.transport.asked if "/accounts?" in url]) > 1


def test_another_account_is_refused(sandbox: Sandbox) -> None:
    other = replace(sandbox.entry, identity=Identity("999", "instagram.com"))
    identity = instagram.identify(other, sandbox.client)
    assert identity.native_id == user_id(sandbox.network.accounts[sandbox.us]), (
        "the core compares it with the known one"
    )
    sign_in(sandbox, "facebook")
    with pytest.raises(AccountUnavailable):
        instagram.identify(other, sandbox.client)


def test_apps_own_number_of_an_account_is_never_its_identity(sandbox: Sandbox) -> None:
    own = Answer({"id": "9000", "username": "district"})
    with sandbox.transport.meanwhile("/me?", own.instead), pytest.raises(UnexpectedResponse, match="user_id"):
        sandbox.identify()


@pytest.mark.parametrize("holder", ["page", "user"])
def test_token_that_reads_no_account_is_reported(sandbox: Sandbox, holder: str) -> None:
    sign_in(sandbox, "facebook", holder)
    sandbox.network.accounts["facebook/district"].linked = None
    with pytest.raises(AccountUnavailable, match="no Instagram account"):
        sandbox.identify()
    sandbox.network.accounts["facebook/clerk"].manages.clear()
    with pytest.raises(AccountUnavailable, match="no Instagram account"):
        sandbox.identify()
    down = error(2, "Service temporarily unavailable", status=503)
    with (
        sandbox.transport.meanwhile("/me?", down.instead),
        pytest.raises(UnexpectedResponse, match="temporarily"),
    ):
        sandbox.identify()
    with pytest.raises(Blocked, match="without a token"):
        instagram.identify(sandbox.entry, Scripted([]))


def test_token_of_instagrams_login_is_renewed_and_one_of_facebooks_is_asked_when_it_ends() -> None:
    network = tell(START)
    wanted = account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")

    def client(token: str) -> HttpClient:
        http = HttpClient(
            contact="a@b.example",
            limit=10**8,
            transport=httpx.WSGITransport(create_app(network, "instagram")),
        )
        http.authorize({"token": token})
        return http

    network.grant(
        "instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=[], expires=START + timedelta(days=60)
    )
    with pytest.raises(UnexpectedResponse, match="24 hours") as young:
        instagram.renew(wanted, client(OURS))
    assert OURS not in str(young.value)
    network.wait(hours=25)
    fresh = instagram.renew(wanted, client(OURS))
    assert fresh.values["token"] != OURS
    assert fresh.expires_at is not None
    assert abs(fresh.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(hours=1)
    network.wait(days=61)
    with pytest.raises(TokenExpired, match=r"error 190 \(463\)"):
        instagram.renew(wanted, client(OURS))
    ends = network.now() + timedelta(days=9)
    network.grant("instagram", FACEBOOKS, INSTAGRAM_DISTRICT, kind="page", scopes=[], expires=ends)
    network.grant("instagram", FACEBOOKS + "s", INSTAGRAM_DISTRICT, kind="system", scopes=[])
    told = instagram.inspect(wanted, client(FACEBOOKS))
    assert (told.values, told.expires_at, told.consent_until) == (
        {},
        ends,
        network.now() + timedelta(days=90),
    )
    assert instagram.inspect(wanted, client(FACEBOOKS + "s")) == Token()
    assert instagram.PLATFORM.renewal is not None
    assert FACEBOOKS.startswith(instagram.PLATFORM.renewal.exempt_prefix)
    assert not OURS.startswith(instagram.PLATFORM.renewal.exempt_prefix)
    assert network.invalid == []
