"""Stories of a Page, and the people whom it has blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from infra.sandbox.faces.facebook.access import object_id, profile_id
from infra.sandbox.model import Post, Video
from recordroom.errors import Throttled, TokenExpired
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import facebook
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.facebook import files
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.facebook.test_walk import asked_for, page_id, page_of, video_id
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer

PLATFORM = "facebook"
FULL, RECENT = Window("full"), Window("recent", since=START - timedelta(days=20))
FAULT = error(1, "An unknown error occurred", status=500)  # Meta's own, which a list may have at each capture


def publish_story(sandbox: Sandbox, hours: float, alt: str = "", *, film: bool = False) -> Post:
    """Publish a story of so many hours before START."""
    shown = {"video": Video(7)} if film else {"photos": [sandbox.network.photo("facebook", alt)]}
    return sandbox.publish(days=hours / 24, kind="story", **shown)


def id_of(story: Post) -> str:
    return object_id(story.number)


def file_of(story: Post) -> str:
    return video_id(story) if story.video else object_id(story.now.photos[0].number)


def records(sandbox: Sandbox, exchanges: Iterable[Exchange | Absence]) -> dict[str, Record]:
    found = sandbox.parse(one for one in exchanges if isinstance(one, Exchange))
    return {record.native_id: record for record in found.values()}


def natives(sandbox: Sandbox, window: Window = FULL) -> dict[str, Record]:
    return records(sandbox, sandbox.fetch(window))


def known(native: str, now: datetime, age: timedelta) -> KnownRecord:
    return KnownRecord(
        f"facebook:{native}", native, "story", None, f"facebook:{native}", conversation_began=now - age
    )


# -- stories
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [FULL, RECENT])
def test_stories_are_captured_with_their_files(sandbox: Sandbox, window: Window) -> None:
    still, film = publish_story(sandbox, 5, "A yellow bus"), publish_story(sandbox, 6, film=True)
    found = natives(sandbox, window)
    shown, played = found[id_of(still)], found[id_of(film)]
    name = f"facebook:{id_of(still)}"
    assert (shown.record_id, shown.kind, shown.root_id, shown.author_is_account) == (
        name,
        "story",
        name,
        True,
    )
    assert (shown.status, shown.published_at) == ("visible", still.created)
    assert [(m.identity, m.type, m.alt_text, m.width) for m in shown.media] == [
        (file_of(still), "image", "A yellow bus", 64)
    ]
    assert [(m.identity, m.type, bool(m.url), m.duration) for m in played.media] == [
        (file_of(film), "video", True, 7000)
    ]


def test_story_with_a_file_that_is_not_given_is_captured(sandbox: Sandbox) -> None:
    story = publish_story(sandbox, 5)
    gone = error(100, "Unsupported get request. Object with ID does not exist", 33)
    with sandbox.transport.meanwhile(f"/{file_of(story)}?", gone.instead):
        media = natives(sandbox)[id_of(story)].media
    assert [(m.identity, m.type, bool(m.missing_reason)) for m in media] == [(file_of(story), "image", True)]


@pytest.mark.parametrize("time", ["1793880000", 1793880000, "2026-11-05T12:00:00+0000"])
def test_time_of_a_story_may_be_in_seconds(sandbox: Sandbox, time: str | int) -> None:
    story = publish_story(sandbox, 5)

    def timed(body: dict[str, list[dict[str, object]]]) -> object:
        body["data"][0]["creation_time"] = time
        return body

    with sandbox.transport.meanwhile("/stories", rewrite_json(timed)):
        published = natives(sandbox)[id_of(story)].published_at
    assert published is not None
    assert published.isoformat() == "2026-11-05T12:00:00+00:00"


def test_story_in_the_archive_of_the_page_is_no_longer_shown(sandbox: Sandbox) -> None:
    story = publish_story(sandbox, 25)
    found = natives(sandbox)[id_of(story)]
    assert (found.status, found.acted_by) == ("unavailable", "platform")
    assert "24 hours are over" in (found.status_reason or "")


def test_story_in_the_archive_of_the_page_is_asked_for_once_only(sandbox: Sandbox) -> None:
    first, second = (publish_story(sandbox, hours) for hours in (26, 25))
    now = publish_story(sandbox, 1)
    stories = set(map(id_of, (first, second, now)))
    assert stories & natives(sandbox, RECENT).keys() == {id_of(now)}
    archived = replace(
        FULL,
        archived_files=lambda record_id: (file_of(first),) if record_id == f"facebook:{id_of(first)}" else (),
    )
    assert stories & natives(sandbox, archived).keys() == {id_of(second), id_of(now)}
    result = sandbox.lookup(known(id_of(first), sandbox.network.now(), timedelta(hours=26)))
    assert {native: record.status for native, record in records(sandbox, result).items()} == {
        id_of(first): "unavailable"
    }


def test_ended_story_is_not_taken_for_a_removed_one(sandbox: Sandbox) -> None:
    story, now = publish_story(sandbox, 3), sandbox.network.now()
    sandbox.identify()
    ended, gone, there = (
        sandbox.lookup(known(native, now, timedelta(hours=age)))
        for native, age in (("91", 25), ("92", 3), (id_of(story), 3))
    )
    assert [(one.status, one.acted_by, one.ended) for one in ended if isinstance(one, Absence)] == [
        ("unavailable", "platform", True)
    ]
    assert [(one.status, one.acted_by, one.ended) for one in gone if isinstance(one, Absence)] == [
        ("unavailable", None, False)
    ]
    assert records(sandbox, there)[id_of(story)].media


def test_stories_are_not_asked_for_by_their_ids(sandbox: Sandbox) -> None:
    sandbox.identify()
    sandbox.transport.asked.clear()
    sandbox.lookup(known("91", sandbox.network.now(), timedelta(hours=25)))
    assert sandbox.transport.asked
    assert asked_for(sandbox, "/stories") == sandbox.transport.asked


@pytest.mark.parametrize(
    "refusal",
    [error(10, "(#10) no"), error(200, "(#200) no", status=403), error(100, "(#100) no such edge"), FAULT],
)
def test_refused_stories_are_reported_and_the_rest_is_captured(sandbox: Sandbox, refusal: Answer) -> None:
    post = sandbox.publish()
    with sandbox.transport.meanwhile("/stories", refusal.instead):
        exchanges = sandbox.fetch(RECENT)
    assert sandbox.named(post) in records(sandbox, exchanges)
    assert "Facebook does not give the stories of the Page (error" in exchanges[-1].context["short"]


@pytest.fixture
def failing(sandbox: Sandbox) -> list[Post]:
    """Publish five stories at whose files Facebook fails."""
    sandbox.publish()
    stories = [publish_story(sandbox, 3) for _ in range(5)]
    sandbox.identify()
    sandbox.transport.rules = [
        ("ids=", FAULT.instead),
        *((f"/{file_of(story)}?", FAULT.instead) for story in stories),
    ]
    return stories


def test_stories_are_captured_without_files_at_which_facebook_fails(
    sandbox: Sandbox, failing: list[Post]
) -> None:
    """No other request gives the stories, and in a day they are over."""
    exchanges = sandbox.fetch(RECENT)
    stories = {
        native: record for native, record in records(sandbox, exchanges).items() if record.kind == "story"
    }
    assert {native: record.partial for native, record in stories.items()} == dict.fromkeys(
        map(id_of, failing), True
    )
    assert "Facebook does not describe the photo" in exchanges[-1].context["short"]
    again = sandbox.lookup(
        *(known(id_of(story), sandbox.network.now(), timedelta(hours=3)) for story in failing)
    )
    assert records(sandbox, again).keys() == set(map(id_of, failing))


def test_next_list_is_read_if_no_files_of_stories_are_given(
    sandbox: Sandbox, failing: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FAILURES", 2)
    exchanges = sandbox.fetch(RECENT)
    assert "Facebook does not give the stories of the Page (error 1" in exchanges[-1].context["short"]
    assert len(asked_for(sandbox, "/published_posts?")) == 1
    [refused] = sandbox.lookup(
        *(known(id_of(story), sandbox.network.now(), timedelta(hours=3)) for story in failing)
    )
    assert isinstance(refused, Exchange)
    assert sorted(refused.context["untold"]) == sorted(f"facebook:{id_of(story)}" for story in failing)


def test_dead_token_is_no_refusal(sandbox: Sandbox) -> None:
    dead = error(190, "dead", 460, 401)
    with sandbox.transport.meanwhile("/stories", dead.instead), pytest.raises(TokenExpired):
        sandbox.fetch()


# -- blocked people
# ------------------------------------------------------------------------------------------------------------


def moderation(sandbox: Sandbox) -> str:
    return f"{page_id(sandbox)}/moderation"


def block(sandbox: Sandbox) -> str:
    """Block a person, and return the line that says so."""
    person = sandbox.others[0]
    sandbox.network.block(sandbox.us, person)
    account = sandbox.network.accounts[person]
    return f"blocked: {account.name} ({profile_id(account)})"


def test_blocked_people_are_one_record_whatever_their_pages_and_order(sandbox: Sandbox) -> None:
    network = sandbox.network
    people = [network.account(f"facebook/person{number}", f"Person {number}") for number in range(12)]
    for person in people:
        network.block(sandbox.us, person.key)
    page_of(sandbox, 5)
    me = page_id(sandbox)
    first = natives(sandbox)[moderation(sandbox)]
    assert (first.record_id, first.kind, first.title, first.visibility) == (
        f"facebook:{me}/moderation",
        "profile",
        "Moderation",
        "private",
    )
    assert first.author_is_account
    lines = (first.text or "").splitlines()
    assert sorted(lines) == sorted(f"blocked: {one.name} ({profile_id(one)})" for one in people)
    network.blocks.reverse()
    assert natives(sandbox)[moderation(sandbox)].text == first.text


def test_blocked_people_are_read_by_complete_windows_only(sandbox: Sandbox) -> None:
    line = block(sandbox)
    assert moderation(sandbox) not in natives(sandbox, RECENT)
    assert natives(sandbox, Window("history"))[moderation(sandbox)].text == line


def test_empty_list_of_blocked_people_is_a_record_and_a_refused_one_is_none(sandbox: Sandbox) -> None:
    assert natives(sandbox)[moderation(sandbox)].text == ""
    for refusal, code in ((error(200, "(#200) no", status=403), 200), (FAULT, 1)):
        with sandbox.transport.meanwhile("/blocked", refusal.instead):
            exchanges = sandbox.fetch()
        assert moderation(sandbox) not in records(sandbox, exchanges)
        assert (
            f"Facebook does not give the list of blocked people (error {code})"
            in exchanges[-1].context["short"]
        )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            Answer({"data": {"scopes": ["pages_show_list", "pages_read_engagement"]}}),
            "the token does not have pages_read_user_content",
        ),
        (
            Answer({"data": {"scopes": []}}),
            "the token does not have pages_read_engagement, pages_read_user_content",
        ),
        (
            Answer({"data": {"type": "PAGE", "is_valid": True}}),
            "it is not known whether the token may read it",
        ),
        (
            error(100, "(#100) You must provide an app access token"),
            "it is not known whether the token may read it",
        ),
        (error(190, "Invalid OAuth access token"), "it is not known whether the token may read it"),
    ],
)
def test_empty_list_means_nobody_only_if_the_token_may_read_it(
    sandbox: Sandbox, answer: Answer, why: str
) -> None:
    sandbox.transport.rules = [("/debug_token", answer.instead)]
    exchanges = sandbox.fetch()
    assert moderation(sandbox) not in records(sandbox, exchanges)
    assert (
        f"Facebook does not give the list of blocked people (the list is empty, but {why}"
        in exchanges[-1].context["short"]
    )
    line = block(sandbox)
    exchanges = sandbox.fetch()
    assert records(sandbox, exchanges)[moderation(sandbox)].text == line, (
        "a list that is not empty may be read"
    )
    assert "short" not in exchanges[-1].context


def test_app_is_asked_about_the_token_if_its_id_and_secret_are_known(sandbox: Sandbox) -> None:
    sandbox.network.grant("facebook", "app-secret", "", user="7", kind="app")
    sandbox.client.authorize({"token": SECRET, "client_id": "7", "client_secret": "app-secret"})
    sent = list[str]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.append(request.headers["authorization"])
        return real()

    with sandbox.transport.meanwhile("/debug_token", note):
        exchanges = sandbox.fetch()
    assert sent == ["Bearer 7|app-secret"]
    assert not [one.url for one in exchanges if SECRET in one.url]
    assert records(sandbox, exchanges)[moderation(sandbox)].text == ""


def test_throttle_at_the_question_about_the_token_is_a_failure(sandbox: Sandbox) -> None:
    limit = error(4, "(#4) Application request limit reached")
    with sandbox.transport.meanwhile("/debug_token", limit.instead), pytest.raises(Throttled):
        sandbox.fetch()


def test_saved_list_names_its_page_if_its_address_does() -> None:
    body = b'{"data": [{"id": "200", "name": "Amy\\nR."}]}'
    [record] = facebook.parse(facebook.saved(body, "https://graph.facebook.com/v26.0/100/blocked", None))
    assert (record.record_id, record.text) == ("facebook:100/moderation", "blocked: Amy R. (200)")
    [record] = facebook.parse(facebook.saved(body, "https://graph.facebook.com/v26.0/me/blocked", None))
    assert record.record_id == "facebook:unknown/moderation"


def test_saved_story_is_recognized_by_its_fields() -> None:
    body = (
        b'{"data": [{"post_id": "95", "creation_time": "1793880000", "media_id": "5", "media_type": "photo",'
        b' "status": "published"}]}'
    )
    [record] = facebook.parse(facebook.saved(body, None, None))
    assert (record.record_id, record.kind, record.status) == ("facebook:95", "story", "visible")
