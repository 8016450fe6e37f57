"""Whom an account on Bluesky blocks, against the small network of made-up posts."""

from __future__ import annotations

import json

import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import Window, bluesky
from tests.platforms.bluesky_net import AMY, DISTRICT, ME, Network
from tests.platforms.scripted import Answer, Scripted

PEOPLE, LISTS = "app.bsky.graph.block", "app.bsky.graph.listblock"


def fetched(network: Network, window: Window | None = None) -> list[Exchange]:
    return list(bluesky.fetch(DISTRICT, window or Window("full"), Scripted(network)))


def moderation(exchanges: list[Exchange]) -> Record | None:
    return next((r for e in exchanges for r in bluesky.parse(e) if r.title == "Moderation"), None)


def test_blocked_people_and_lists_are_one_public_record() -> None:
    many = [f"did:plc:person{n}" for n in range(130)]
    network = Network(blocks={PEOPLE: [AMY, *many], LISTS: ["at://did:plc:x/app.bsky.graph.list/rude"]}, handles={AMY: "amy.example"})
    record = moderation(fetched(network))
    assert record is not None
    assert (record.record_id, record.kind, record.visibility) == (f"bluesky:{ME}/moderation", "profile", None)
    lines = (record.text or "").splitlines()
    assert len(lines) == 132
    assert {f"blocked: @amy.example ({AMY})", "blocked: did:plc:person129", "blocked: at://did:plc:x/app.bsky.graph.list/rude"} <= set(
        lines
    )
    assert moderation(fetched(network, Window("recent"))) is None


def test_an_empty_page_that_tells_a_cursor_is_no_end() -> None:
    network = Network(blocks={PEOPLE: [AMY, *[f"did:plc:person{n}" for n in range(250)]]})

    def emptied(url: str) -> Answer:
        answer = network(url)
        return Answer({**answer.body, "records": []}) if PEOPLE in url and "cursor=" not in url else answer

    record = next(
        r for e in bluesky.fetch(DISTRICT, Window("full"), Scripted(emptied)) for r in bluesky.parse(e) if r.title == "Moderation"
    )
    assert len((record.text or "").splitlines()) == 151


def test_nobody_blocked_is_a_record_and_a_server_that_fails_is_none() -> None:
    found = moderation(fetched(Network()))
    assert found is not None
    assert found.text == ""
    refusal = Answer({"error": "InvalidRequest", "message": "Could not find repo"}, 400)
    names = "app.bsky.actor.getProfiles"
    for method, answer in (("com.atproto.repo.listRecords", refusal), (names, Answer("Oops", 500)), (names, refusal)):
        network = Network(blocks={PEOPLE: [AMY]}, answers={method: answer})
        exchanges = fetched(network)
        assert moderation(exchanges) is None
        assert "whom the account blocks is not told" in exchanges[-1].context["short"]


@pytest.mark.parametrize("odd", [{}, {"profiles": None}, {"profiles": "x"}, {"profiles": {"a": 1}}])
def test_names_that_are_not_told_as_promised_make_no_other_record_of_whom_the_account_blocks(odd: object) -> None:
    """Without them it would say something else than the day before, and be an edit that nobody made."""
    network = Network(blocks={PEOPLE: [AMY]}, answers={"app.bsky.actor.getProfiles": Answer(odd)})
    with pytest.raises(UnexpectedResponse, match="/profiles must be a list"):
        fetched(network)


def test_where_nothing_tells_whose_server_it_is_that_is_told() -> None:
    network = Network()

    def without(url: str) -> Answer:
        if url.startswith("https://plc.directory/"):
            return Answer({"id": ME, "alsoKnownAs": ["at://fircrest.example"]})
        return network(url)

    exchanges = list(bluesky.fetch(DISTRICT, Window("full"), Scripted(without)))
    assert moderation(exchanges) is None
    assert "whom the account blocks is not known" in exchanges[-1].context["short"]


@pytest.mark.parametrize("subject", [AMY, "did:plc:unknown"])
def test_a_saved_list_says_whose_it_is(subject: str) -> None:
    body = {
        "records": [
            {
                "uri": f"at://{ME}/{PEOPLE}/1",
                "cid": "c",
                "value": {"$type": PEOPLE, "subject": subject, "createdAt": "2026-11-20T18:00:00Z"},
            }
        ]
    }
    [record] = bluesky.parse(bluesky.saved(json.dumps(body).encode(), None, None))
    assert (record.record_id, record.text) == (f"bluesky:{ME}/moderation", f"blocked: {subject}")
