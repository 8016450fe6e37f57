"""The identity of a person: claims as Entra ID and Google document them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recordroom.errors import SignInRefused
from recordroom.sign_in.claims import LONGEST, read_person

ENTRA: dict[
    str, Any
] = {  # https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
    "ver": "2.0",
    "iss": "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    "aud": "6cb04018-a3f5-46a7-b995-940c78f5aef3",
    "name": "Mary Smith",
    "preferred_username": "mary@agency.example",
    "oid": "00000000-0000-0000-66f3-3332eca7ea81",
    "tid": "9122040d-6c67-4c5b-b112-36a304b66dad",
}
GOOGLE: dict[
    str, Any
] = {  # https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
    "iss": "https://accounts.google.com",
    "sub": "110169484474386276334",
    "aud": "1234987819200.apps.googleusercontent.com",
    "hd": "agency.example",
    "email": "Mary@Agency.example",
    "email_verified": True,
    "given_name": "Mary",
    "family_name": "Smith",
}


def test_entra_names_groups_by_their_ids() -> None:
    groups = ["0760b6cf-170e-4a14-91b3-4b78e0739963", "3b2b0c93-acd8-4208-8eba-7a48db1cd4c0"]
    mary = read_person(ENTRA | {"groups": groups}, "groups", None)
    assert mary.groups == set(groups)
    assert mary.username == "mary@agency.example#AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"


def test_app_roles_may_stand_for_groups() -> None:
    assert read_person(ENTRA | {"roles": ["RecordsOfficer"], "groups": ["other"]}, "roles", None).groups == {
        "RecordsOfficer"
    }


OVERAGES: list[dict[str, Any]] = [
    {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}},
    },
    {"hasgroups": True},
]


@pytest.mark.parametrize("overage", OVERAGES)
def test_groups_that_entra_leaves_out_are_no_empty_list(overage: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused, match="more groups than"):
        read_person(ENTRA | overage, "groups", None)


@pytest.mark.parametrize("overage", OVERAGES)
def test_groups_that_nobody_asks_for_may_be_left_out(overage: dict[str, Any]) -> None:
    assert read_person(ENTRA | overage | {"roles": ["Legal"]}, "roles", None).groups == {"Legal"}


def test_at_google_the_address_is_the_group() -> None:
    mary = read_person(GOOGLE, "email", "agency.example")
    assert mary.groups == {"mary@agency.example"}
    assert (mary.first_name, mary.last_name) == ("Mary", "Smith")


@pytest.mark.parametrize(
    "change", [{"hd": "evil.example"}, {"hd": None}, {"email_verified": False}, {"email_verified": "true"}]
)
def test_a_google_account_that_is_not_the_agencys_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused):
        read_person(GOOGLE | change, "email", "agency.example")


@pytest.mark.parametrize("told", [None, [], "", {}, 7, [None, 7, {"a": 1}, ""]])
def test_what_is_no_group_gives_none(told: object) -> None:
    assert read_person(ENTRA | {"groups": told}, "groups", None).groups == frozenset()


@pytest.mark.parametrize(
    "name",
    ["eve#110169484474386276334", "eve\r\nadmin signed in", "\u202eeve", "e" * 10_000, {"a": 1}, "", None],
    ids=json.dumps,
)
def test_nobody_takes_anothers_name(name: object) -> None:
    """Values that people may choose themselves appear in the audit journal, in logs, and on pages."""
    eve = read_person(ENTRA | {"preferred_username": name, "sub": "7"}, "groups", None)
    assert eve.username.count("#") == 1
    assert eve.username.endswith("#7")
    assert eve.username.isprintable()
    assert len(eve.name) <= LONGEST
