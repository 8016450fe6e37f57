"""Which account a token of either of Instagram's logins reads, and how long the token lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import tell
from infra.local.sandbox.story.cast import INSTAGRAM_DISTRICT
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse
from recordroom.model import Identity
from recordroom.platforms import Token, instagram
from tests.platforms.gallery import DISTRICT, FACEBOOKS, ME, OURS, Gallery, client_of
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.wall import START, error


@pytest.mark.parametrize("url", ["https://www.instagram.com/fircrestschools", "https://instagram.com/FircrestSchools/"])
@pytest.mark.parametrize(("login", "holder"), [("instagram", ""), ("facebook", "page"), ("facebook", "person")])
def test_the_account_of_the_register_is_one_that_the_token_reads(url: str, login: str, holder: str) -> None:
    gallery = Gallery(login=login, holder=holder)
    identity = instagram.identify(account("instagram", url), client_of(gallery))
    assert (identity.native_id, identity.server, identity.handle) == (ME, "instagram.com", "fircrestschools"), "never the app's own number"
    known = account("instagram", url, identity)
    assert instagram.identify(known, client_of(gallery)).native_id == ME
    gallery.account["username"] = "renamed"
    assert instagram.identify(known, client_of(gallery)).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="the token reads renamed, the register says") as told:
        instagram.identify(account("instagram", url), client_of(gallery))
    assert "correct `url`" in told.value.mend


def test_an_account_whose_page_stands_on_a_further_page_of_the_persons_pages_is_found() -> None:
    gallery, address = Gallery(login="facebook", holder="person"), "https://graph.facebook.com/v26.0/me/accounts?after=1"
    linked = {"id": ME, "username": "fircrestschools"}
    pages: list[dict[str, Any]] = [{"data": [{"id": "501"}], "paging": {"next": address}}]
    pages.append({"data": [{"id": "500", "instagram_business_account": linked}]})
    gallery.answers["/me/accounts"] = lambda url: Answer(pages["after=1" in url])
    assert instagram.identify(account("instagram", "https://www.instagram.com/fircrestschools"), client_of(gallery)).native_id == ME


def test_another_account_is_refused() -> None:
    gallery, pinned = Gallery(login="facebook"), Identity("999", "instagram.com")
    with pytest.raises(AccountUnavailable):
        instagram.identify(account("instagram", "https://www.instagram.com/fircrestschools", pinned), client_of(gallery))
    other = instagram.identify(account("instagram", "https://www.instagram.com/fircrestschools", pinned), client_of(Gallery()))
    assert other.native_id == ME, "which the core compares with what was pinned"


def test_the_apps_own_number_of_an_account_is_never_its_identity() -> None:
    with pytest.raises(UnexpectedResponse, match="user_id"):
        instagram.identify(DISTRICT, client_of([Answer({"id": "9000", "username": "fircrestschools"})]))


def test_a_token_without_any_account_is_told_so() -> None:
    nobody = account("instagram", "https://www.instagram.com/fircrestschools")
    for answers in ([Answer({"id": "500"})], [error(100, "(#100) Tried accessing nonexisting field"), Answer({"data": []})]):
        with pytest.raises(AccountUnavailable, match="no Instagram account"):
            instagram.identify(nobody, client_of(answers, FACEBOOKS))
    with pytest.raises(UnexpectedResponse, match="temporarily"):
        instagram.identify(nobody, client_of([error(2, "Service temporarily unavailable", status=503)], FACEBOOKS))
    with pytest.raises(Blocked, match="without a token"):
        instagram.identify(nobody, Scripted(Gallery()))


def test_a_token_of_instagrams_login_is_renewed_and_one_of_facebooks_asked_when_it_ends() -> None:
    """On the sandbox, whose clock is moved."""
    network, wanted = tell(START), account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")

    def client(token: str) -> HttpClient:
        http = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "instagram")))
        http.authorize({"token": token})
        return http

    network.grant("instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=[], expires=START + timedelta(days=60))
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
    assert (told.values, told.expires_at, told.consent_until) == ({}, ends, network.now() + timedelta(days=90))
    assert instagram.inspect(wanted, client(FACEBOOKS + "s")) == Token()
    assert instagram.PLATFORM.renewal is not None
    assert FACEBOOKS.startswith(instagram.PLATFORM.renewal.spared)
    assert not OURS.startswith(instagram.PLATFORM.renewal.spared)
    assert network.invalid == []
