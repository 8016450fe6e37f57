"""The account that a token of Vimeo reads, a consent that makes a token, and the account's own counts."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import Identity
from recordroom.platforms import oauth, vimeo
from recordroom.platforms.contract import ConsentCode
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.scripted import Answer, Exchanging, Scripted, account

PLATFORM = "vimeo"
TOKEN = "9c1dbe5c8a7f4d0e"
DISTRICT = account("vimeo", "https://vimeo.com/district")


def number_of(sandbox: Sandbox) -> str:
    return sandbox.identify().known.native_id


@pytest.mark.parametrize("path", ["district", "District/", "user{}"])
def test_the_account_of_the_register_is_the_tokens(sandbox: Sandbox, path: str) -> None:
    native = number_of(sandbox)
    entry = replace(sandbox.entry, url=f"https://vimeo.com/{path.format(native)}", identity=None)
    identity = vimeo.identify(entry, sandbox.client)
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        native,
        "vimeo.com",
        "District",
        "district",
    )


def test_another_account_is_refused_and_a_renamed_one_is_followed(sandbox: Sandbox) -> None:
    native = number_of(sandbox)
    other = replace(sandbox.entry, url="https://vimeo.com/larkspur", identity=None)
    with pytest.raises(AccountUnavailable, match="larkspur") as told:
        vimeo.identify(other, sandbox.client)
    assert f"https://vimeo.com/user{native}" in told.value.mend
    assert (
        vimeo.identify(other.with_identity(Identity(native, "vimeo.com")), sandbox.client).native_id == native
    )
    with pytest.raises(AccountUnavailable):
        vimeo.identify(other.with_identity(Identity("999", "vimeo.com")), sandbox.client)
    with pytest.raises(Blocked, match="without a token"):
        vimeo.identify(other, Scripted([]))


def test_a_consent_gives_a_token_without_an_end() -> None:
    consent = vimeo.PLATFORM.consent
    assert consent is not None
    shown = parse_qs(
        urlsplit(
            oauth.consent_address(consent, {"client_id": "the-app"}, "http://localhost:8790/", "s", "v")
        ).query
    )
    assert (shown["client_id"], shown["scope"]) == (["the-app"], ["public private video_files"])
    told = {
        "access_token": TOKEN,
        "token_type": "bearer",
        "scope": "public private video_files",
        "user": {"uri": "/users/100"},
    }
    client = Exchanging([], {"client_id": "the-app", "client_secret": "its-secret"}, told=told)
    token = vimeo.consented(DISTRICT, client, ConsentCode("the-code", "v", "http://localhost:8790/"))
    [(url, form, headers)] = client.posted
    assert url == "https://api.vimeo.com/oauth/access_token"
    assert (form["grant_type"], form["code"]) == ("authorization_code", "the-code")
    assert headers["Authorization"] == "Basic dGhlLWFwcDppdHMtc2VjcmV0"
    assert (dict(token.values), token.expires_at, token.consent_until) == ({"token": TOKEN}, None, None)


def test_totals_are_the_lists_own(sandbox: Sandbox) -> None:
    for days in (1, 2):
        sandbox.converse(days)
    records = sandbox.read()
    totals = vimeo.totals(sandbox.entry, sandbox.client)
    assert totals is not None
    assert totals.kinds == {"videos": 2}
    assert sum(record.tally == "videos" for record in records.values()) == 2
    assert vimeo.totals(sandbox.entry, Scripted([Answer({"data": []})], {"token": TOKEN})) is None
