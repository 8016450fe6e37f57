"""The account that X's address and token name, a person's token, and the account's own counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange
from recordroom.platforms import x
from recordroom.platforms.contract import ConsentCode
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.scripted import NOW, Answer, Scripted, account

PLATFORM = "x"
DISTRICT = account("x", "https://x.com/FircrestSchools")


def test_account_is_found_by_name_and_then_by_id(sandbox: Sandbox) -> None:
    entry = sandbox.identify()
    me = entry.known.native_id
    assert (entry.known.server, entry.known.handle) == ("x.com", "district")
    sandbox.network.rename(sandbox.us, handle="fircrestsd")
    assert x.identify(entry, sandbox.client).handle == "fircrestsd"
    paths = [urlsplit(url).path for url in sandbox.transport.asked]
    assert paths == ["/2/users/by/username/district", f"/2/users/{me}"]


def test_token_is_sent_in_a_header_only(sandbox: Sandbox) -> None:
    sandbox.converse()
    sent = list[str]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append(request.headers["authorization"])
        return real()

    with sandbox.transport.meanwhile("", note):
        sandbox.fetch()
    assert set(sent) == {f"Bearer {SECRET}"}
    assert not [url for url in sandbox.transport.asked if SECRET in url]
    with pytest.raises(Blocked, match="without a token"):
        x.identify(sandbox.entry, Scripted([]))


def test_address_of_no_account_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(AccountUnavailable, match="is not the address"):
        x.identify(replace(sandbox.entry, url="https://x.com/i/lists/1"), sandbox.client)


def test_register_takes_the_address_of_an_account() -> None:
    form, _ = x.PLATFORM.address or ("", "")
    assert re.search(form, "/FircrestSchools")
    assert not re.search(form, "/i/lists/1")


def test_account_counts_its_own_posts(sandbox: Sandbox) -> None:
    for days in range(3):
        sandbox.publish(days=days)
    totals = x.totals(sandbox.identify(), sandbox.client)
    assert totals is not None
    assert totals.kinds == {"own": 3}


@dataclass
class TokenClient:
    """The part of a client that requests tokens."""

    answer: Answer
    secrets: dict[str, str] = field(
        default_factory=lambda: {"refresh_token": "spent", "client_id": "app", "client_secret": "hush"}
    )
    sent: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def post(
        self, url: str, form: dict[str, str], *, headers: dict[str, str], expect: tuple[int, ...]
    ) -> Exchange:
        self.sent.append((url, form, headers))
        assert self.answer.status in expect
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_token_of_a_person_is_made_by_consent_and_renewed_with_one_that_is_used_once() -> None:
    made = {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": "new",
        "refresh_token": "next",
        "scope": "tweet.read",
    }
    client: Any = TokenClient(Answer(made))
    for token in (
        x.renew(DISTRICT, client),
        x.consented(DISTRICT, client, ConsentCode("code", "verifier", "http://localhost/")),
    ):
        assert (token.values, token.expires_at) == (
            {"token": "new", "refresh_token": "next"},
            NOW + timedelta(hours=2),
        )
    assert {(url, headers["Authorization"]) for url, _, headers in client.sent} == {
        ("https://api.x.com/2/oauth2/token", "Basic YXBwOmh1c2g=")
    }
    renewed, consented = (form for _, form, _ in client.sent)
    assert renewed == {"grant_type": "refresh_token", "refresh_token": "spent"}
    assert (consented["code"], consented["code_verifier"]) == ("code", "verifier")


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (
            400,
            {"error": "invalid_request", "error_description": "Value passed for the token was invalid."},
            TokenExpired,
        ),
        (
            400,
            {
                "error": "invalid_request",
                "error_description": "Value passed for the authorization code was invalid.",
            },
            TokenExpired,
        ),
        (
            400,
            {"error": "invalid_request", "error_description": "Missing required parameter [client_id]."},
            UnexpectedResponse,
        ),
        (
            401,
            {"error": "unauthorized_client", "error_description": "Missing valid authorization header"},
            UnexpectedResponse,
        ),
        (429, {"title": "Too Many Requests"}, Throttled),
    ],
)
def test_reason_why_no_token_is_made_is_named(
    status: int, body: dict[str, str], named: type[PlatformFailure]
) -> None:
    client: Any = TokenClient(Answer(body, status))
    with pytest.raises(named):
        x.renew(DISTRICT, client)
