"""Errors and damage in TikTok's answers: they are told as what they are, and lose nothing that was read."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Window, tiktok
from recordroom.platforms.tiktok.walk import VIDEO_PAGE
from tests.platforms import tiktok_net
from tests.platforms.mutations import damaged
from tests.platforms.scripted import UNWORDED, Answer, Scripted
from tests.platforms.tiktok_net import DISTRICT, TOKEN, Net, client_of, fetched, records, refused

busy, net = tiktok_net.busy, tiktok_net.net


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refused(40100, "Too many requests"), Throttled),
        (refused(51021), Throttled),
        (Answer({"message": "slow down"}, 429), Throttled),
        (refused(40105, "Access token is incorrect or has been revoked"), TokenExpired),
        (Answer({"code": 40105, "message": "no"}, 401), TokenExpired),
        (refused(40001, "No permission to operate"), Blocked),
        (refused(40002, "Invalid parameter"), UnexpectedResponse),
        (refused(50000, "Internal error"), UnexpectedResponse),
        (Answer({"code": 0, "message": "OK"}), UnexpectedResponse),
        *((answer, UnexpectedResponse) for answer in UNWORDED),
        (Answer({"error": {"code": "access_token_invalid", "message": "x", "log_id": "1"}, "data": {}}, 401), TokenExpired),
    ],
)
@pytest.mark.parametrize("path", ["get", "video/list", "comment/list"])
def test_an_error_in_a_200_is_no_empty_list(busy: Net, path: str, answer: Answer, failure: type[PlatformFailure]) -> None:
    """Nor is a profile that is refused, by which it is asked first who answers."""
    busy.answers[f"business/{path}/"] = answer
    with pytest.raises(failure):
        [tiktok.identify(DISTRICT, client_of(busy)), *records(fetched(busy))]


def test_what_was_read_before_a_fault_was_given_out(busy: Net) -> None:
    whole = fetched(busy)
    given_out: list[Exchange] = []
    client = client_of(busy)

    def stop(_: str) -> None:
        if len(client.asked) == 9:
            busy.answers = dict.fromkeys(("business/comment/list/", "business/comment/reply/list/"), refused(40100))

    busy.before = stop
    with pytest.raises(Throttled):
        given_out.extend(tiktok.fetch(DISTRICT, Window("full"), client))
    busy.answers, busy.before = {}, lambda _: None
    given_out += fetched(busy, Window("full", cursor=given_out[-1].cursor))
    assert [e.url for e in given_out] == [e.url for e in whole]


def test_a_place_that_tiktok_takes_no_more_leads_to_the_beginning(net: Net) -> None:
    """Each run of a first capture would end there else."""
    whole = [net.video(1) for _ in range(VIDEO_PAGE + 1)]
    stored, dead = fetched(net)[1].cursor, [refused(40002, "cursor: invalid")]

    def refuse(url: str) -> None:
        net.answers = {"business/video/list/": dead.pop()} if "cursor=" in url and dead else {}

    net.before = refuse
    assert set(records(fetched(net, Window("full", cursor=stored)))) == set(whole)
    assert not dead


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    net = Net()
    video = net.video(1)
    net.comment(video, net.comment(video))

    def answer(url: str) -> Answer:
        return Answer(json.dumps(data.draw(damaged(net(url).body))).encode())

    with suppress(PlatformFailure):
        for exchange in tiktok.fetch(DISTRICT, Window("full"), Scripted(answer, TOKEN, most=200)):
            list(tiktok.parse(exchange))
