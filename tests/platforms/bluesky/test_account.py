"""An account on Bluesky: its identity, and the counts of its profile."""

from __future__ import annotations

import json

import pytest

from recordroom.errors import AccountUnavailable
from recordroom.platforms import bluesky
from recordroom.platforms.bluesky.api import Servers
from tests.platforms.bluesky.account import DISTRICT, FIXTURES
from tests.platforms.scripted import Answer, Scripted, account


def test_identity_and_totals_are_read() -> None:
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text())
    identity = bluesky.identify(DISTRICT, Scripted([Answer(profile)]))
    assert (identity.native_id, identity.server, identity.handle) == (
        profile["did"],
        "bsky",
        "fircrest.example",
    )
    for body in (
        {"error": "InvalidRequest", "message": "Profile not found"},
        {"error": "AccountTakedown", "message": "suspended"},
    ):
        with pytest.raises(AccountUnavailable):
            bluesky.identify(DISTRICT, Scripted([Answer(body, 400)]))
    with pytest.raises(AccountUnavailable):
        bluesky.identify(account("bluesky", "https://bsky.app/about"), Scripted([]))
    totals = bluesky.totals(DISTRICT, Scripted([Answer(profile)]))
    assert totals is not None
    assert totals.kinds == {"own": 431}


@pytest.mark.parametrize("did", ["did:web:agency.example/steal?x=", "did:web:", "did:plc:../did:plc:other"])
def test_a_did_that_would_lead_elsewhere_is_not_asked_for(did: str) -> None:
    client = Scripted([])
    district = account("bluesky", "https://bsky.app/profile/fircrest.example")
    assert Servers(district, client, did).find(did) is None
    assert client.asked == []
