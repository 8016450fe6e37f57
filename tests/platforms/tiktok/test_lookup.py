"""Records that TikTok gives by ID: they may come after an empty page, and one by one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

from recordroom.model import Absence, Exchange
from recordroom.platforms.contract import KnownRecord, Window
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.contract.test_lookup import known

PLATFORM = "tiktok"


def slowly(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
    """Return an empty page, and then pages of one item each."""
    query = parse_qs(urlsplit(str(request.url)).query)
    if not {"filters", "comment_ids"} & query.keys():
        return real()
    at, body = int(query.get("cursor", ["0"])[0]), orjson.loads(real().read())
    [name] = body["data"].keys() & {"videos", "comments"}
    found = body["data"][name]
    page = {name: found[at - 1 : at] if at else [], "has_more": at < len(found), "cursor": at + 1}
    return httpx.Response(200, json=body | {"data": page})


def test_what_is_found_after_empty_pages_is_no_absence(sandbox: Sandbox) -> None:
    stays, goes = sandbox.publish(days=1), sandbox.publish(days=2)
    top = sandbox.comment(stays)
    below, lost, with_it = sandbox.comment(top), sandbox.comment(stays), sandbox.comment(goes)
    held = marked(sandbox.read().values())
    sandbox.network.remove(goes)
    sandbox.network.remove(lost)
    with sandbox.transport.meanwhile("/list/", slowly):
        result = sandbox.lookup(*map(known, held.values()))
    absent = [one for one in result if isinstance(one, Absence)]
    assert {one.record_id for one in absent} == {
        held[post.now.text].record_id for post in (goes, lost, with_it)
    }
    assert {one.status for one in absent} == {"unavailable"}
    read = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert set(marked(read.values())) == words_of([stays, top, below])


def test_a_permalink_whose_first_page_is_empty_is_no_video_that_has_gone(sandbox: Sandbox) -> None:
    video, said = sandbox.converse()
    url = f"https://www.tiktok.com/@district/video/{sandbox.named(video)}?lang=en"
    with sandbox.transport.meanwhile("/list/", slowly):
        found = sandbox.read(Window("one", url=url))
    assert set(marked(found.values())) == words_of([video, *said])


def test_the_profile_is_looked_up(sandbox: Sandbox) -> None:
    me = sandbox.identify().known.native_id
    [answer] = sandbox.lookup(KnownRecord(f"tiktok:users/{me}", me, "profile"))
    assert isinstance(answer, Exchange)
    assert [record.native_id for record in sandbox.connector.parse(answer)] == [me]
