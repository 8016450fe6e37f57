"""A crawl of an account on Vimeo: its requests in their order, and where a fetch resumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.model import Post
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import VIMEO_SECRET
from recordroom.capture.http.client import HttpClient
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.platforms import vimeo
from recordroom.platforms.contract import Window
from recordroom.platforms.vimeo.api import ACCEPT
from recordroom.platforms.vimeo.crawl import FILMS_PER_PAGE
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import fault, rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked, parsed, words_of
from tests.platforms.scripted import Answer, Chosen, account

PLATFORM = "vimeo"
RECENT = Window("recent", since=START - timedelta(days=20), changed_since=START - timedelta(days=12))


def error(status: int, code: int, message: str = "") -> Answer:
    return Answer({"error": message, "link": None, "developer_message": message, "error_code": code}, status)


def paths(sandbox: Sandbox, part: str) -> list[str]:
    """Return the paths of the requests so far whose address contains `part`."""
    return [urlsplit(url).path for url in sandbox.transport.asked if part in url]


def listed(sandbox: Sandbox, size: int) -> list[str]:
    """Return the requests so far for pages of `size` videos of the account."""
    return [url for url in sandbox.transport.asked if "/me/videos" in url and f"per_page={size}&" in url]


def publish_daily(sandbox: Sandbox, number: int) -> list[Post]:
    """Publish videos of so many days, and return them, the newest first."""
    return [sandbox.publish(days=day + 0.5) for day in range(number)]


@pytest.mark.parametrize(
    "window", [Window("full"), Window("history"), Window("recent", since=START - timedelta(days=9))]
)
def test_a_parent_is_told_by_the_address_alone(sandbox: Sandbox, window: Window) -> None:
    """Vimeo lists replies to a reply separately, which the sandbox does not have."""
    video, (question, reply) = sandbox.converse()
    below, path = 4242, f"/videos/{sandbox.named(video)}/comments"

    def answer(body: Any) -> Any:
        for one in body.get("data", ()):
            if one.get("uri") == f"{path}/{sandbox.named(reply)}":
                one["metadata"]["connections"]["replies"]["total"] = 1
        return body

    def nested(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        said = {"uri": f"{path}/{below}", "text": "And then?", "created_on": START.isoformat(), "user": None}
        return httpx.Response(
            200,
            json=body
            | {"total": 1, "data": [said | {"metadata": {"connections": {"replies": {"total": 0}}}}]},
        )

    sandbox.transport.rules = [
        (f"{sandbox.named(reply)}/replies", nested),
        ("/comments", rewrite_json(answer)),
    ]
    found = sandbox.read(window)
    film, above, first = (
        f"vimeo:{kind}/{sandbox.named(post)}"
        for kind, post in zip(("videos", "comments", "comments"), (video, question, reply), strict=True)
    )
    places = {
        name: (record.kind, record.parent_id, record.root_id)
        for name, record in found.items()
        if record.kind != "profile"
    }
    assert places == {
        film: ("post", None, film),
        above: ("comment", film, film),
        first: ("reply", above, film),
        f"vimeo:comments/{below}": ("reply", first, film),
    }
    assert (found[film].counts, found[above].counts) == (
        {"comments": 1, "likes": 0, "views": 0},
        {"comments": 1},
    )


def test_relative_links_are_followed_below_the_address_of_the_api(sandbox: Sandbox) -> None:
    for days in range(7):
        sandbox.converse(days + 1)
    app = sandbox.transport.real

    def below(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/vimeo")
        assert path != request.url.path
        return app.handle_request(
            httpx.Request("GET", request.url.copy_with(path=path), headers=request.headers)
        )

    sandbox.transport.real = PagedTransport(httpx.MockTransport(below), "per_page", 3)
    sandbox.entry = replace(sandbox.entry, api_url=f"{sandbox.profile.stage.api}/vimeo")
    assert set(marked(sandbox.read().values())) == words_of(sandbox.network.posts.values())
    elsewhere = Answer({"data": [], "paging": {"next": "https://evil.example/videos?page=2"}})
    with (
        sandbox.transport.meanwhile("/me/videos", elsewhere.instead),
        pytest.raises(UnexpectedResponse, match="that begin with /"),
    ):
        sandbox.read()


def test_every_request_names_its_fields_and_version_and_no_address_has_the_token(sandbox: Sandbox) -> None:
    video, _ = sandbox.converse()
    sandbox.network.caption(video, "en", "Ice")
    sandbox.publish(album=sandbox.network.album(sandbox.us, "Showcase").key)
    sent = list[tuple[str | None, str | None]]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append((request.headers.get("authorization"), request.headers.get("accept")))
        return real()

    with sandbox.transport.meanwhile("", note):
        exchanges = sandbox.fetch()
    assert all(parse_qs(urlsplit(url).query).get("fields") for url in sandbox.transport.asked)
    assert set(sent) == {(f"Bearer {SECRET}", ACCEPT)}
    assert not any(SECRET in url for url in sandbox.transport.asked)
    assert not any(SECRET in (e.cursor or "") or SECRET in json.dumps(e.context) for e in exchanges)


def test_videos_without_comments_cost_no_request(sandbox: Sandbox) -> None:
    video, (question, _) = sandbox.converse(days=2)
    sandbox.network.switch_comments(sandbox.publish())
    sandbox.publish()
    sandbox.fetch()
    top = f"/videos/{sandbox.named(video)}/comments"
    assert paths(sandbox, "/comments") == [top, f"{top}/{sandbox.named(question)}/replies"]


@pytest.mark.parametrize("status", [403, 404])
def test_comments_that_are_switched_off_stop_nothing_and_stay_counted(sandbox: Sandbox, status: int) -> None:
    video, said = sandbox.converse()
    sandbox.network.switch_comments(video)
    assert words_of(said) <= set(marked(sandbox.read().values()))  # everything published before is read
    plan = Chosen(lambda _: True)
    with sandbox.transport.meanwhile(f"/videos/{sandbox.named(video)}/comments?", fault("vimeo", status)):
        found = marked(sandbox.read(Window("full", plan=plan)).values())
    assert set(found) == words_of([video])
    # the core makes a gap of the difference
    assert found[video.now.text].counts == {"comments": 1, "likes": 0, "views": 0}
    assert plan.whole == []


def test_a_recent_window_reads_what_was_published_or_changed_in_it_and_stops(sandbox: Sandbox) -> None:
    """No list reports a comment on an older video; the nightly sweep reads it."""
    days = publish_daily(sandbox, 90)
    sandbox.network.edit(days[60], at=START - timedelta(days=10))
    said = {day: sandbox.comment(days[day]) for day in (60, 61, 5)}
    found = marked(sandbox.read(RECENT).values())
    assert set(found) == words_of([*days[:20], days[60], said[60], said[5]])
    assert len(listed(sandbox, FILMS_PER_PAGE)) == 1
    assert days[25].now.text in marked(
        sandbox.read(replace(RECENT, changed_since=START - timedelta(days=30))).values()
    )


def test_new_comments_on_old_videos_are_seen_by_their_number_alone(sandbox: Sandbox) -> None:
    days = publish_daily(sandbox, 120)
    said = {day: sandbox.comment(days[day]) for day in (60, 61, 5)}
    unwanted = f"vimeo:videos/{sandbox.named(days[61])}"
    plan = Chosen(lambda root: root != unwanted)
    found = marked(sandbox.read(replace(RECENT, plan=plan)).values())
    assert set(found) == words_of([*days[:20], said[60], said[5]]) | words_of([days[60]])
    assert plan.asked[unwanted] == (1, False)
    assert len(listed(sandbox, 100)) == 2
    assert not [url for url in listed(sandbox, 100) if "name" in url]


def test_a_removal_that_shifts_the_pages_hides_nothing(sandbox: Sandbox) -> None:
    days = publish_daily(sandbox, 4 * FILMS_PER_PAGE)
    said = [sandbox.comment(days[0]) for _ in range(300)]

    def shift(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        path = request.url.path
        for post in days[1:3] if path == "/me/videos" else said[-10:]:
            if post.status != "removed":
                sandbox.network.remove(post)
        return real()

    with sandbox.transport.meanwhile("page=2", shift):
        found = set(marked(sandbox.read().values()))
    assert words_of(days) - words_of(days[1:3]) <= found
    assert words_of(said) - words_of(said[-10:]) <= found
    assert [post.status for post in (days[1], said[-1])] == ["removed", "removed"]


def test_a_removal_between_an_interruption_and_its_end_hides_nothing(sandbox: Sandbox) -> None:
    days = publish_daily(sandbox, 3 * FILMS_PER_PAGE)
    exchanges = sandbox.fetch(Window("history"))
    stopped = next(
        number for number, exchange in enumerate(exchanges) if exchange.cursor and "page=2" in exchange.cursor
    )
    seen = sandbox.parse(exchanges[: stopped + 1])
    assert days[0].now.text in marked(seen.values())
    sandbox.network.remove(days[0])
    rest = sandbox.read(Window("history", cursor=exchanges[stopped].cursor))
    assert set(marked([*seen.values(), *rest.values()])) == words_of(days)


def test_the_sandboxes_account_is_read_whole() -> None:
    """Another person wrote the sandbox from the same published description."""
    network = tell(datetime(2026, 11, 1, tzinfo=UTC))
    play(network)
    client = HttpClient(
        contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "vimeo"))
    )
    client.authorize({"token": VIMEO_SECRET})
    films = account("vimeo", "https://vimeo.com/cascadevalley", api_url="http://films.test")
    films = films.with_identity(vimeo.identify(films, client))
    found = {r.record_id: r for e in vimeo.fetch(films, Window("full"), client) for r in vimeo.parse(e)}
    told = [post for post in network.posts.values() if post.where == "vimeo" and post.status != "removed"]
    assert len(found) == 2 + len(told) > 30
    assert {post.now.text for post in told} <= {r.text for r in found.values()}
    assert {r.leftover for r in found.values()} == {()}
    counted = {
        r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts
    }
    assert counted == {
        record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted
    }
    assert {m.missing_reason for r in found.values() for m in r.media} == {None}
    assert network.invalid == []


@pytest.mark.parametrize("odd", [{"text": None}, {"created_on": 5}])
def test_one_odd_comment_keeps_nothing_behind_it_from_being_read(
    sandbox: Sandbox, odd: dict[str, Any]
) -> None:
    first, (question, reply) = sandbox.converse(days=1)
    second, said = sandbox.converse(days=2)

    def spoil(body: Any) -> Any:
        return body | {
            "data": [
                one | odd if one.get("text") == question.now.text else one for one in body.get("data", ())
            ]
        }

    with sandbox.transport.meanwhile("/comments", rewrite_json(spoil)):
        records, problems = parsed(vimeo, sandbox.fetch())
    assert (len(problems), words_of([first, reply, second, *said]) <= set(marked(records))) == (1, True)


@pytest.mark.parametrize("odd", [{"tags": 5}, {"duration": "1:00"}, {"download": [{"link": 5}]}])
def test_one_odd_video_keeps_nothing_behind_it_from_being_read(sandbox: Sandbox, odd: dict[str, Any]) -> None:
    video, first = sandbox.converse(days=1)
    _, second = sandbox.converse(days=2)

    def spoil(body: Any) -> Any:
        return body | {
            "data": [one | odd if one.get("description") == video.now.text else one for one in body["data"]]
        }

    with sandbox.transport.meanwhile("/me/videos", rewrite_json(spoil)):
        records, problems = parsed(vimeo, sandbox.fetch())
    assert (len(problems), words_of([*first, *second]) <= set(marked(records))) == (1, True)


@pytest.mark.parametrize(
    "refusal", [error(404, 2969, "The requested page could not be found"), error(400, 2204, "Invalid page")]
)
def test_a_list_that_became_shorter_than_where_it_was_to_be_read_on_is_read_from_its_head(
    sandbox: Sandbox, refusal: Answer
) -> None:
    """Vimeo does not document its response to the address of a page after the last one."""
    days = publish_daily(sandbox, 3 * FILMS_PER_PAGE)
    cursor = next(e.cursor for e in sandbox.fetch(Window("history")) if e.cursor and "page=3" in e.cursor)
    for video in days[FILMS_PER_PAGE - 1 :]:
        sandbox.network.remove(video)
    with sandbox.transport.meanwhile("page=3", refusal.instead):
        found = sandbox.read(Window("history", cursor=cursor))
    assert set(marked(found.values())) == words_of(days[: FILMS_PER_PAGE - 1])
    with sandbox.transport.meanwhile("/me/videos", refusal.instead), pytest.raises(PlatformFailure):
        sandbox.fetch(Window("history", cursor=cursor))
