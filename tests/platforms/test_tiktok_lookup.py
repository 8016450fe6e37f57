"""What is asked for on TikTok by its id or its address, and what is said of what is not there."""

from __future__ import annotations

import pytest

from recordroom.errors import UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import Known, Window, tiktok
from tests.platforms import tiktok_net
from tests.platforms.tiktok_net import DISTRICT, ME, Net, client_of, fetched, records, refused

net = tiktok_net.net  # a TikTok, where the folder's own is an X


def test_one_permalink_brings_its_whole_conversation(net: Net) -> None:
    net.video(1)
    wanted = net.video(9)
    top = net.comment(wanted)
    under = [net.comment(wanted, top) for _ in range(5)]
    exchanges = fetched(net, Window("one", url=f"https://www.tiktok.com/@fircrestschools/video/{wanted}?lang=en"))
    assert set(records(exchanges)) == {ME, wanted, top, *under}


@pytest.mark.parametrize("url", ["https://www.tiktok.com/@fircrestschools", "https://x.test/@a/video/1"])
def test_another_address_is_none_of_a_video(net: Net, url: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a video"):
        fetched(net, Window("one", url=url))


def test_a_video_that_cannot_be_seen(net: Net) -> None:
    with pytest.raises(UsageError, match="cannot be seen"):
        fetched(net, Window("one", url="https://www.tiktok.com/@fircrestschools/photo/7000000000000000099"))


@pytest.mark.parametrize("slow", [False, True])
def test_what_is_not_found_is_unavailable_and_the_rest_is_read(net: Net, slow: bool) -> None:
    net.slow = slow
    stays, goes = net.video(1), net.video(2)
    top = net.comment(stays)
    under, lost = net.comment(stays, top), net.comment(stays)
    with_it = net.comment(goes)
    known = [Known(f"tiktok:videos/{v}", v, "post", None, f"tiktok:videos/{v}") for v in (stays, goes)]
    known += [Known(f"tiktok:comments/{with_it}", with_it, "comment", None, f"tiktok:videos/{goes}")]
    known += [Known(f"tiktok:comments/{c}", c, "comment", None, f"tiktok:videos/{stays}") for c in (top, under, lost)]
    net.gone(goes)
    del net.comments[stays][-1]
    answers = list(tiktok.lookup(DISTRICT, known, client_of(net)))
    absent = [a for a in answers if isinstance(a, Absence)]
    assert {a.record_id for a in absent} == {f"tiktok:videos/{goes}", f"tiktok:comments/{lost}", f"tiktok:comments/{with_it}"}
    assert {a.status for a in absent} == {"unavailable"}
    assert set(records([a for a in answers if isinstance(a, Exchange)])) == {stays, top, under}


def test_a_permalink_whose_first_page_is_empty_is_no_video_that_has_gone(net: Net) -> None:
    net.slow, video = True, net.video(1)
    said = net.comment(video)
    found = records(fetched(net, Window("one", url=f"https://www.tiktok.com/@fircrestschools/video/{video}")))
    assert set(found) == {ME, video, said}


def test_the_profile_is_looked_up(net: Net) -> None:
    [answer] = tiktok.lookup(DISTRICT, [Known(f"tiktok:users/{ME}", ME, "profile")], client_of(net))
    assert isinstance(answer, Exchange)
    assert set(records([answer])) == {ME}


def test_an_error_is_no_absence(net: Net) -> None:
    video = net.video(1)
    for path, kind in (("business/video/list/", "post"), ("business/comment/list/", "comment")):
        net.answers = {path: refused(50000, "Internal error")}
        with pytest.raises(UnexpectedResponse):
            list(tiktok.lookup(DISTRICT, [Known("r", video, kind, None, f"tiktok:videos/{video}")], client_of(net)))
