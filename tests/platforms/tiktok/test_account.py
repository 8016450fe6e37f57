"""An account on TikTok: its identity, its counts, and its tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired
from recordroom.model import Exchange
from recordroom.platforms import tiktok
from recordroom.platforms.contract import ConsentCode
from recordroom.platforms.tiktok.platform import API, HOST
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.scripted import NOW, Answer, Scripted, account

PLATFORM = "tiktok"
ME = "_000openIdOfFircrest"
DISTRICT = account("tiktok", "https://www.tiktok.com/@fircrestschools")
APP = {"client_id": "app", "client_secret": "hush", "refresh_token": "rft.old"}


def test_the_token_is_the_accounts_own_and_stands_in_a_header_only(sandbox: Sandbox) -> None:
    sent = list[str]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append(request.headers["Access-Token"])
        return real()

    with sandbox.transport.meanwhile("", note):
        identity = sandbox.identify().known
        sandbox.fetch()
    assert (identity.native_id, identity.server, identity.handle) == (
        sandbox.profile.stage.login,
        "tiktok.com",
        "district",
    )
    assert set(sent) == {SECRET}
    assert not [url for url in sandbox.transport.asked if SECRET in url]
    with pytest.raises(Blocked, match="without a token"):
        tiktok.identify(sandbox.entry, Scripted([]))


def test_a_renamed_account_is_followed_and_another_is_refused(sandbox: Sandbox) -> None:
    entry = sandbox.identify()
    sandbox.network.rename(sandbox.us, handle="fircrestsd")
    assert tiktok.identify(entry, sandbox.client).handle == "fircrestsd"
    with pytest.raises(AccountUnavailable, match="belongs to @fircrestsd"):
        tiktok.identify(replace(entry, identity=None), sandbox.client)
    with pytest.raises(AccountUnavailable, match="is not the address"):
        tiktok.identify(account("tiktok", "https://www.tiktok.com/t/ZT1"), sandbox.client)


def test_its_own_count(sandbox: Sandbox) -> None:
    for day in range(3):
        sandbox.publish(days=day)
    totals = tiktok.totals(sandbox.identify(), sandbox.client)
    assert totals is not None
    assert totals.kinds == {"own": 3}


def told(code: int, message: str, data: dict[str, Any] | None = None) -> Answer:
    return Answer({"code": code, "message": message, "request_id": "2026", "data": data or {}})


@dataclass
class Counter:
    """A client that requests tokens, with a scripted response."""

    answer: Answer
    secrets: dict[str, str] = field(default_factory=APP.copy)
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str], *, expect: tuple[int, ...], as_json: bool) -> Exchange:
        assert as_json
        assert self.answer.status in expect
        self.sent.append((url.removeprefix(f"{HOST}{API}"), form))
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_a_token_is_made_by_consent_and_anew_with_its_refresh_token() -> None:
    made = {
        "access_token": "act.new",
        "refresh_token": "rft.new",
        "open_id": ME,
        "expires_in": 86400,
        "token_type": "Bearer",
    }
    counter: Any = Counter(
        told(0, "OK", made | {"scope": "comment.list", "refresh_token_expires_in": 31536000})
    )
    for token in (
        tiktok.renew(DISTRICT, counter),
        tiktok.consented(DISTRICT, counter, ConsentCode("code", "verifier", "https://a.test/")),
    ):
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
    assert not tiktok.PLATFORM.consent.takes_proof_key


@pytest.mark.parametrize(
    ("answer", "failure"), [(told(40105, "no"), TokenExpired), (told(40100, "no"), Throttled)]
)
def test_why_no_token_is_made_is_told(answer: Answer, failure: type[PlatformFailure]) -> None:
    counter: Any = Counter(answer)
    with pytest.raises(failure):
        tiktok.renew(DISTRICT, counter)


def test_an_account_of_the_register_has_its_address() -> None:
    form, _ = tiktok.PLATFORM.address or ("", "")
    assert re.search(form, "/@fircrest.schools")
    assert not re.search(form, "/video/1")
