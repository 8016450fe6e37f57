"""An account on TikTok: who it is, how much it has, and how its tokens are made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired
from recordroom.model import Exchange
from recordroom.platforms import Code, tiktok
from recordroom.platforms.tiktok.platform import API, HOST
from tests.platforms import tiktok_net
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.tiktok_net import DISTRICT, ME, NOW, TOKEN, Net, client_of, fetched, refused, said

net, busy = tiktok_net.net, tiktok_net.busy  # a TikTok, where the folder's own is an X


APP = {"client_id": "app", "client_secret": "hush", "refresh_token": "rft.old"}


def test_the_token_is_the_accounts_own_and_stands_in_a_header_only(busy: Net) -> None:
    client = client_of(busy)
    found = tiktok.identify(replace(DISTRICT, identity=None), client)
    assert (found.native_id, found.server, found.handle) == (ME, "tiktok.com", "fircrestschools")
    fetched(busy, client=client)
    assert {sent["Access-Token"] for sent in client.sent} == {TOKEN["token"]}
    assert not [url for url in client.asked if TOKEN["token"] in url]
    with pytest.raises(Blocked, match="without a token"):
        tiktok.identify(DISTRICT, Scripted(busy))


def test_a_renamed_account_is_followed_and_another_is_refused(net: Net) -> None:
    net.user["username"] = "fircrestsd"
    assert tiktok.identify(DISTRICT, client_of(net)).handle == "fircrestsd"
    with pytest.raises(AccountUnavailable, match="belongs to @fircrestsd"):
        tiktok.identify(replace(DISTRICT, identity=None), client_of(net))
    with pytest.raises(AccountUnavailable, match="is not the address"):
        tiktok.identify(account("tiktok", "https://www.tiktok.com/t/ZT1"), client_of(net))


def test_its_own_count(net: Net) -> None:
    for day in range(3):
        net.video(day)
    totals = tiktok.totals(DISTRICT, client_of(net))
    assert totals is not None
    assert totals.kinds == {"own": 3}


@dataclass
class Counter:
    """Where tokens are made."""

    answer: Answer
    secrets: dict[str, str] = field(default_factory=APP.copy)
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str], *, expect: tuple[int, ...], as_json: bool) -> Exchange:
        assert as_json
        assert self.answer.status in expect
        self.sent.append((url.removeprefix(f"{HOST}{API}"), form))
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_a_token_is_made_by_consent_and_anew_with_its_refresh_token() -> None:
    made = {"access_token": "act.new", "refresh_token": "rft.new", "open_id": ME, "expires_in": 86400, "token_type": "Bearer"}
    counter: Any = Counter(said(made | {"scope": "comment.list", "refresh_token_expires_in": 31536000}))
    for token in (tiktok.renew(DISTRICT, counter), tiktok.consented(DISTRICT, counter, Code("code", "verifier", "https://a.test/"))):
        assert token.values == {"token": "act.new", "refresh_token": "rft.new", "user": ME}
        assert (token.expires_at, token.consent_until) == (NOW + timedelta(days=1), NOW + timedelta(days=365))
    (renewing, renewed), (consenting, consented) = counter.sent
    assert (renewing, consenting) == ("/tt_user/oauth2/refresh_token/", "/tt_user/oauth2/token/")
    assert renewed == APP | {"grant_type": "refresh_token"}
    assert consented == {
        **{name: APP[name] for name in ("client_id", "client_secret")},
        "grant_type": "authorization_code",
        "auth_code": "code",
        "redirect_uri": "https://a.test/",
    }
    assert tiktok.PLATFORM.consent
    assert not tiktok.PLATFORM.consent.proof


@pytest.mark.parametrize(("answer", "failure"), [(refused(40105), TokenExpired), (refused(40100), Throttled)])
def test_why_no_token_is_made_is_told(answer: Answer, failure: type[PlatformFailure]) -> None:
    counter: Any = Counter(answer)
    with pytest.raises(failure):
        tiktok.renew(DISTRICT, counter)


def test_an_account_of_the_register_has_its_address() -> None:
    form, _ = tiktok.PLATFORM.address or ("", "")
    assert re.search(form, "/@fircrest.schools")
    assert not re.search(form, "/video/1")
