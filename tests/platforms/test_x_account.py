"""Which account X's address and token name, how a person's token is made, and what the account itself counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from recordroom.accounts import Account
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Code, x
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.x_net import DISTRICT, ME, NOW, TOKEN, Net, client_of, fetched


def test_an_account_is_found_by_name_and_then_by_id(net: Net) -> None:
    client = client_of(net)
    found = x.identify(replace(DISTRICT, identity=None), client)
    assert (found.native_id, found.server, found.handle) == (ME, "x.com", "FircrestSchools")
    net.user["username"] = "FircrestSD"
    assert x.identify(DISTRICT, client).handle == "FircrestSD"
    assert [urlsplit(url).path for url in client.asked] == ["/2/users/by/username/FircrestSchools", f"/2/users/{ME}"]


def test_the_token_stands_in_a_header_only(net: Net) -> None:
    net.add(1)
    client = client_of(net)
    fetched(net, client=client)
    assert {sent["Authorization"] for sent in client.sent} == {f"Bearer {TOKEN['token']}"}
    assert not [url for url in client.asked if TOKEN["token"] in url]
    with pytest.raises(Blocked, match="without a token"):
        x.identify(DISTRICT, Scripted(net))


def test_an_address_that_is_none(net: Net) -> None:
    with pytest.raises(AccountUnavailable, match="is not the address"):
        x.identify(account("x", "https://x.com/i/lists/1"), client_of(net))


def test_an_account_of_the_register_has_its_address() -> None:
    form, _ = x.PLATFORM.address or ("", "")
    assert re.search(form, "/FircrestSchools")
    assert not re.search(form, "/i/lists/1")
    assert isinstance(DISTRICT, Account)


def test_its_own_count(net: Net) -> None:
    for day in range(3):
        net.add(day)
    totals = x.totals(DISTRICT, client_of(net))
    assert totals is not None
    assert totals.kinds == {"own": 3}


@dataclass
class Counter:
    """Where tokens are made."""

    answer: Answer
    secrets: dict[str, str] = field(default_factory=lambda: {"refresh_token": "spent", "client_id": "app", "client_secret": "hush"})
    sent: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str], *, headers: dict[str, str], expect: tuple[int, ...]) -> Exchange:
        self.sent.append((url, form, headers))
        assert self.answer.status in expect
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_a_persons_token_is_made_by_consent_and_anew_with_one_that_is_spent_by_use() -> None:
    made = {"token_type": "bearer", "expires_in": 7200, "access_token": "new", "refresh_token": "next", "scope": "tweet.read"}
    counter: Any = Counter(Answer(made))
    for token in (x.renew(DISTRICT, counter), x.consented(DISTRICT, counter, Code("code", "verifier", "http://localhost/"))):
        assert (token.values, token.expires_at) == ({"token": "new", "refresh_token": "next"}, NOW + timedelta(hours=2))
    assert {(url, headers["Authorization"]) for url, _, headers in counter.sent} == {
        ("https://api.x.com/2/oauth2/token", "Basic YXBwOmh1c2g=")
    }
    renewed, consented = (form for _, form, _ in counter.sent)
    assert renewed == {"grant_type": "refresh_token", "refresh_token": "spent"}
    assert (consented["code"], consented["code_verifier"]) == ("code", "verifier")


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, TokenExpired),
        (400, {"error": "invalid_request", "error_description": "Value passed for the authorization code was invalid."}, TokenExpired),
        (400, {"error": "invalid_request", "error_description": "Missing required parameter [client_id]."}, UnexpectedResponse),
        (401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, UnexpectedResponse),
        (429, {"title": "Too Many Requests"}, Throttled),
    ],
)
def test_why_no_token_is_made_is_told(status: int, body: dict[str, str], named: type[PlatformFailure]) -> None:
    counter: Any = Counter(Answer(body, status))
    with pytest.raises(named):
        x.renew(DISTRICT, counter)
