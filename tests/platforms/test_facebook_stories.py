"""Stories of a Page and the people whom it has blocked, against the made-up Page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.errors import Throttled, TokenExpired
from recordroom.model import Absence, Exchange, Identity, Record
from recordroom.platforms import Known, Window, facebook
from recordroom.platforms.facebook import files
from tests.platforms.scripted import NOW, Answer, Scripted, account, asked_for
from tests.platforms.wall import AMY, ME, START, TOKEN, Wall, error, who

DISTRICT = account("facebook", "https://www.facebook.com/FircrestSchools", Identity(ME, "facebook.com"))
FULL, RECENT = Window("full"), Window("recent", since=START)


def fetched(wall: Wall, window: Window = FULL) -> list[Exchange]:
    return list(facebook.fetch(DISTRICT, window, Scripted(wall, secrets={"token": TOKEN})))


def records(exchanges: Iterable[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in facebook.parse(e)}


def looked_up(wall: Wall, *known: Known) -> list[Exchange | Absence]:
    return list(facebook.lookup(DISTRICT, known, Scripted(wall, secrets={"token": TOKEN})))


def known(native: str, began: timedelta) -> Known:
    return Known(f"facebook:{native}", native, "story", None, f"facebook:{native}", began=NOW - began)


# -- stories ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [FULL, RECENT])
def test_stories_are_captured_with_their_files(window: Window) -> None:
    wall = Wall()
    wall.story(5)
    wall.photos["5"]["alt_text_custom"] = "A yellow bus"
    wall.story(6, film=True)
    found = records(fetched(wall, window))
    still, film = found["95"], found["96"]
    assert (still.record_id, still.kind, still.root_id, still.author_is_account) == ("facebook:95", "story", "facebook:95", True)
    assert (still.status, still.published_at) == ("visible", START + timedelta(hours=5))
    assert [(m.identity, m.type, m.alt_text, m.width) for m in still.media] == [("5", "image", "A yellow bus", 2048)]
    assert [(m.identity, m.type, m.url, m.duration) for m in film.media] == [("6", "video", "https://video.example/6.mp4?oh=1", 7500)]


def test_a_story_whose_file_cannot_be_seen_is_captured_all_the_same() -> None:
    wall = Wall()
    wall.story(5)
    wall.gone.add("5")
    assert [(m.identity, m.type, bool(m.missing_reason)) for m in records(fetched(wall))["95"].media] == [("5", "image", True)]


@pytest.mark.parametrize("told", ["1793880000", 1793880000, "2026-11-05T12:00:00+0000"])
def test_the_time_of_a_story_may_be_told_in_seconds(told: str | int) -> None:
    wall = Wall()
    wall.story(5, creation_time=told)
    published = records(fetched(wall))["95"].published_at
    assert published is not None
    assert published.isoformat() == "2026-11-05T12:00:00+00:00"


def test_a_story_that_the_page_keeps_in_its_archive_is_not_shown_any_more() -> None:
    wall = Wall()
    wall.story(5, status="ARCHIVED")
    found = records(fetched(wall))["95"]
    assert (found.status, found.acted_by) == ("unavailable", "platform")
    assert "24 hours are over" in (found.status_reason or "")


def test_a_story_of_the_archive_costs_a_call_once_only() -> None:
    wall = Wall()
    for number in (5, 6):
        wall.story(number, status="ARCHIVED")
    wall.story(7)
    assert {"95", "96", "97"} & records(fetched(wall, RECENT)).keys() == {"97"}
    held = replace(FULL, files=lambda record_id: ("5",) if record_id == "facebook:95" else ())
    assert {"95", "96", "97"} & records(fetched(wall, held)).keys() == {"96", "97"}
    [again] = looked_up(wall, known("95", timedelta(hours=25)))
    assert isinstance(again, Exchange)
    assert {n: r.status for n, r in records([again]).items()} == {"95": "unavailable"}


def test_a_story_that_ended_is_told_from_one_that_is_gone_early() -> None:
    wall = Wall()
    wall.story(5)
    [ended] = looked_up(Wall(), known("91", timedelta(hours=25)))
    [gone] = looked_up(Wall(), known("92", timedelta(hours=3)))
    assert isinstance(ended, Absence)
    assert isinstance(gone, Absence)
    assert (ended.status, ended.acted_by, ended.ended) == ("unavailable", "platform", True)
    assert (gone.status, gone.acted_by, gone.ended) == ("unavailable", None, False)
    [there] = looked_up(wall, known("95", timedelta(hours=3)))
    assert isinstance(there, Exchange)
    assert records([there])["95"].media


def test_stories_are_not_asked_for_by_their_ids() -> None:
    client = Scripted(Wall(), secrets={"token": TOKEN})
    list(facebook.lookup(DISTRICT, [known("91", timedelta(hours=25))], client))
    assert [url for url in client.asked if "/stories" in url] == client.asked


FAULT = error(1, "An unknown error occurred", status=500)  # Meta's own, which a list may have at each capture


@pytest.mark.parametrize("refusal", [error(10, "(#10) no"), error(200, "(#200) no", status=403), error(100, "(#100) no such edge"), FAULT])
def test_where_stories_are_refused_the_rest_is_captured_and_it_is_told(refusal: Answer) -> None:
    wall = Wall()
    wall.post(1)
    wall.answers["/stories"] = refusal
    exchanges = fetched(wall, RECENT)
    assert "100_1" in records(exchanges)
    assert "Facebook does not give the stories of the Page (error" in exchanges[-1].context["short"]


def with_failing_files() -> tuple[Wall, Scripted, list[Known]]:
    """A post, and five stories at whose files Facebook fails; the client that asks; the stories as known."""
    wall = Wall()
    wall.post(1)
    wall.answers["ids="] = FAULT
    for number in range(5, 10):
        wall.story(number)
        wall.answers[f"/{number}?"] = FAULT
    return wall, Scripted(wall, secrets={"token": TOKEN}), [known(f"9{number}", timedelta(hours=3)) for number in range(5, 10)]


def test_stories_at_whose_files_facebook_fails_are_captured_without_these() -> None:
    """Nothing else gives them, and in a day nothing does."""
    wall, client, asked = with_failing_files()
    exchanges = list(facebook.fetch(DISTRICT, RECENT, client))
    found = records(exchanges)
    assert {native: found[native].partial for native in found if found[native].kind == "story"} == dict.fromkeys(wall.stories, True)
    assert "Facebook fails to tell of the photo" in exchanges[-1].context["short"]
    assert records(e for e in looked_up(wall, *asked) if isinstance(e, Exchange)).keys() == wall.stories.keys()


def test_where_no_files_of_stories_are_given_the_next_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOST", 2)
    wall, client, asked = with_failing_files()
    exchanges = list(facebook.fetch(DISTRICT, RECENT, client))
    assert "Facebook does not give the stories of the Page (error 1" in exchanges[-1].context["short"]
    assert len(asked_for(client, "/published_posts?")) == 1
    [untold] = looked_up(wall, *asked)
    assert isinstance(untold, Exchange)
    assert sorted(untold.context["untold"]) == [one.record_id for one in asked]


def test_a_dead_token_is_no_refusal() -> None:
    wall = Wall()
    wall.answers["/stories"] = error(190, "dead", 460, 401)
    with pytest.raises(TokenExpired):
        fetched(wall)


# -- blocked people --------------------------------------------------------------------------------------------------------------


def test_blocked_people_are_one_record_however_many_pages_and_in_whichever_order() -> None:
    wall = Wall()
    wall.blocked = [{"id": str(number), "name": f"Person {number}"} for number in range(1000, 1250)]
    first = records(fetched(wall))["100/moderation"]
    assert (first.record_id, first.kind, first.title, first.visibility) == ("facebook:100/moderation", "profile", "Moderation", "private")
    assert first.author_is_account
    lines = (first.text or "").splitlines()
    assert len(lines) == 250
    assert lines[0] == "blocked: Person 1000 (1000)"
    wall.blocked.reverse()
    assert records(fetched(wall))["100/moderation"].text == first.text


def test_blocked_people_are_read_by_whole_windows_only() -> None:
    wall = Wall()
    wall.blocked = [who(AMY)]
    assert "100/moderation" not in records(fetched(wall, RECENT))
    assert records(fetched(wall, replace(FULL, kind="history")))["100/moderation"].text == "blocked: Amy R. (200)"


def test_nobody_blocked_is_a_record_and_a_refusal_is_none() -> None:
    wall = Wall()
    assert records(fetched(wall))["100/moderation"].text == ""
    for refusal, code in ((error(200, "(#200) no", status=403), 200), (FAULT, 1)):
        wall.answers["/blocked"] = refusal
        exchanges = fetched(wall)
        assert "100/moderation" not in records(exchanges)
        assert f"Facebook does not give the list of blocked people (error {code})" in exchanges[-1].context["short"]


@pytest.mark.parametrize(
    ("scopes", "answer", "why"),
    [
        (["pages_show_list", "pages_read_engagement"], None, "the token has no pages_read_user_content"),
        ([], None, "the token has no pages_read_engagement, pages_read_user_content"),
        (None, None, "whether the token may read it is not told"),
        (None, error(100, "(#100) You must provide an app access token"), "whether the token may read it is not told"),
        (None, error(190, "Invalid OAuth access token"), "whether the token may read it is not told"),
    ],
)
def test_an_empty_list_is_nobody_only_where_the_token_may_read_it(scopes: list[str] | None, answer: Answer | None, why: str) -> None:
    wall = Wall(scopes=scopes, answers={"/debug_token": answer} if answer else {})
    exchanges = fetched(wall)
    assert "100/moderation" not in records(exchanges)
    assert f"Facebook does not give the list of blocked people (it is empty, and {why}" in exchanges[-1].context["short"]
    wall.blocked = [who(AMY)]
    exchanges = fetched(wall)
    assert records(exchanges)["100/moderation"].text == "blocked: Amy R. (200)", "a list that holds somebody may be read"
    assert "short" not in exchanges[-1].context


def test_the_app_is_asked_about_the_token_where_its_id_and_secret_are_known() -> None:
    wall, app = Wall(), {"client_id": "7", "client_secret": "s"}
    client = Scripted(wall, secrets={"token": TOKEN, **app})
    exchanges = list(facebook.fetch(DISTRICT, FULL, client))
    [number] = (number for number, url in enumerate(client.asked) if "/debug_token" in url)
    assert client.sent[number]["Authorization"] == "Bearer 7|s"
    assert not [one.url for one in exchanges if TOKEN in one.url]
    assert records(exchanges)["100/moderation"].text == ""


def test_a_throttle_while_that_is_asked_is_a_throttle() -> None:
    with pytest.raises(Throttled):
        fetched(Wall(answers={"/debug_token": error(4, "(#4) Application request limit reached")}))


def test_a_saved_list_says_whose_it_is_where_its_address_does() -> None:
    body = b'{"data": [{"id": "200", "name": "Amy\\nR."}]}'
    [record] = facebook.parse(facebook.saved(body, "https://graph.facebook.com/v26.0/100/blocked", None))
    assert (record.record_id, record.text) == ("facebook:100/moderation", "blocked: Amy R. (200)")
    [record] = facebook.parse(facebook.saved(body, "https://graph.facebook.com/v26.0/me/blocked", None))
    assert record.record_id == "facebook:unknown/moderation"


def test_a_story_is_known_by_its_fields_where_it_was_saved() -> None:
    body = b'{"data": [{"post_id": "95", "creation_time": "1793880000", "media_id": "5", "media_type": "photo", "status": "published"}]}'
    [record] = facebook.parse(facebook.saved(body, None, None))
    assert (record.record_id, record.kind, record.status) == ("facebook:95", "story", "visible")
