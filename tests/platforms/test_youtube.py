"""YouTube against the sandbox's channel, which another hand wrote from the same descriptions, and against faults that it does not make."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app, native_id
from infra.local.sandbox.faces.youtube_ids import channel_id
from infra.local.sandbox.model import Account as Channel
from infra.local.sandbox.model import Post, Video
from infra.local.sandbox.network import Network
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import CHANNEL, YOUTUBE_KEY, YOUTUBE_SECRET
from recordroom.accounts import Account
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Record, canonical, version_of
from recordroom.platforms import Code, Known, Window, google, youtube
from tests.capture.stage import Between
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, Scripted, account

FIXTURES = Path(__file__).parent / "youtube"
START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
US, ANA, BO = "youtube/district", "youtube/ana", "youtube/bo"
FORCE = "https://www.googleapis.com/auth/youtube.force-ssl"
TOKEN, KEY = "the-owners-token", "the-projects-key"
RECENT = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1))
WINDOWS = [Window("full"), Window("history"), RECENT]


@dataclass
class Tube:
    """The sandbox's YouTube; `between.asked`: the addresses that were asked."""

    network: Network
    between: Between

    def client(self, **secrets: str) -> HttpClient:
        client = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=self.between)
        client.authorize(secrets or {"token": TOKEN})
        return client

    def account(self, **more: Any) -> Account:
        entry = account("youtube", "https://www.youtube.com/@district", api_url="http://tube.test", **more)
        return entry.identified(youtube.identify(entry, self.client(key=KEY)))

    def exchanges(self, window: Window | None = None, **secrets: str) -> list[Exchange]:
        return list(youtube.fetch(self.account(), window or Window("full"), self.client(**secrets)))

    def records(self, window: Window | None = None, **secrets: str) -> dict[str, Record]:
        """Records by native id."""
        return {r.native_id: r for e in self.exchanges(window, **secrets) for r in youtube.parse(e)}

    def texts(self, window: Window | None = None, **secrets: str) -> dict[str, Record]:
        """Records by their words, videos by their titles."""
        return {(r.title or "") if r.kind == "post" else (r.text or ""): r for r in self.records(window, **secrets).values()}

    def lookup(self, *known: Known, **secrets: str) -> list[Exchange | Absence]:
        return list(youtube.lookup(self.account(), known, self.client(**secrets)))

    def asked(self, method: str, **query: str) -> list[dict[str, str]]:
        """The parameters of the requests so far of a method, with these among them."""
        found = [urlsplit(url) for url in self.between.asked]
        read = [{n: v[0] for n, v in parse_qs(p.query).items()} for p in found if p.path == f"/youtube/v3/{method}"]
        return [one for one in read if query.items() <= one.items()]

    def id(self, post: Post) -> str:
        return native_id(self.network, post)

    def video(self, title: str, days: float = 0, **more: Any) -> Post:
        film = {"video": Video(95), "at": START - timedelta(days=days), "title": title}
        return self.network.publish(US, f"About {title}", **{**film, **more})


def opened(network: Network) -> Tube:
    return Tube(network, Between(httpx.WSGITransport(create_app(network, "youtube"))))


@pytest.fixture
def tube() -> Iterator[Tube]:
    network = Network(START)
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), about="All of it", staff=key == US)
    network.grant("youtube", KEY, "")
    network.grant("youtube", TOKEN, US, scopes=[FORCE])
    yield opened(network)
    assert network.invalid == []


def conversation(tube: Tube, title: str = "Closed", days: float = 0, answers: int = 2) -> Post:
    """A video with a comment that has answers, and one that has none."""
    video = tube.video(title, days)
    at = video.created
    asked = tube.network.comment(ANA, video, f"When, {title}?", at=at + timedelta(minutes=1))
    for number in range(answers):
        tube.network.comment((BO, US)[number % 2], asked, f"Answer {number} to {title}", at=at + timedelta(minutes=2 + number))
    tube.network.comment(BO, video, f"Thanks for {title}.", at=at + timedelta(hours=1))
    return video


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.kind)
@pytest.mark.parametrize("secret", [{"token": TOKEN}, {"key": KEY}, {"token": TOKEN, "key": KEY}], ids=str)
def test_videos_comments_and_answers_have_their_places(tube: Tube, window: Window, secret: dict[str, str]) -> None:
    video = f"youtube:{tube.id(conversation(tube))}"
    found = tube.texts(window, **secret)
    asked = found["When, Closed?"].record_id
    placed = {words: (r.kind, r.parent_id, r.root_id, r.author_is_account) for words, r in found.items() if r.kind != "profile"}
    assert placed == {
        "Closed": ("post", None, video, True),
        "When, Closed?": ("comment", video, video, False),
        "Answer 0 to Closed": ("reply", asked, video, False),
        "Answer 1 to Closed": ("reply", asked, video, True),
        "Thanks for Closed.": ("comment", video, video, False),
    }
    assert found["Closed"].counts == {"likes": 0, "comments": 4, "views": 0}
    assert found["When, Closed?"].counts == {"likes": 0, "comments": 2}
    assert found["When, Closed?"].url == f"https://www.youtube.com/watch?v={video[8:]}&lc={asked[8:]}"
    assert [r.kind for r in found.values()].count("profile") == 1


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.kind)
def test_answers_beyond_those_in_a_thread_are_asked_for_and_only_those(tube: Tube, window: Window) -> None:
    """A thread holds five at most: `totalReplyCount` says that there are more."""
    conversation(tube, "Five", answers=5)
    conversation(tube, "Many", answers=130)
    found = tube.texts(window)
    assert {f"Answer {n} to Many" for n in range(130)} | {f"Answer {n} to Five" for n in range(5)} < set(found)
    assert {found[f"Answer {n} to Many"].parent_id for n in range(130)} == {found["When, Many?"].record_id}
    assert {one["parentId"] for one in tube.asked("comments")} == {found["When, Many?"].native_id}
    assert len(tube.asked("comments")) == 2


def test_a_count_of_a_video_is_that_of_its_whole_conversation(tube: Tube) -> None:
    conversation(tube, answers=12)
    found = tube.records(RECENT)
    [video] = [r for r in found.values() if r.kind == "post"]
    assert video.counts_replies
    assert video.counts is not None
    assert video.counts["comments"] == sum(r.root_id == video.record_id for r in found.values()) - 1 == 14


def test_the_sandboxes_channel_is_read_whole() -> None:
    network = tell(START)
    play(network)
    tube, url = opened(network), "https://www.youtube.com/@cascadevalley"
    for secret in ({"token": YOUTUBE_SECRET}, {"key": YOUTUBE_KEY}):
        entry, client = account("youtube", url, api_url="http://tube.test"), tube.client(**secret)
        entry = entry.identified(youtube.identify(entry, client))
        found = {r.native_id: r for e in youtube.fetch(entry, Window("full"), client) for r in youtube.parse(e)}
        assert {r.leftover for r in found.values()} == {()}
        owner = "token" in secret
        hidden = {"removed", "hidden", *(() if owner else ("held", "spam", "private"))}
        told = [p for p in network.posts.values() if p.where == "youtube" and p.status not in hidden]
        told = [p for p in told if owner or (p.visibility == "public")]
        assert len(found) == 1 + len(told) > 80
        assert {tube.id(post) for post in told} == set(found) - {channel_id(network.accounts[CHANNEL].number)}
        counts = {r.record_id: r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts and "comments" in r.counts}
        seen = [r for r in found.values() if r.status == "visible"]
        assert counts == {video: sum(r.root_id == video != r.record_id for r in seen) for video in counts}
        totals = youtube.totals(entry, client)
        assert totals is not None
        assert totals.kinds == {"own": sum(r.tally == "own" for r in found.values())}
        assert {r.status for r in found.values()} == ({"visible", "held", "spam"} if owner else {"visible"})


def test_what_a_video_is(tube: Tube) -> None:
    begin = START + timedelta(days=2)
    short = tube.network.publish(
        US, "#shorts 🚌 see https://a.example/x?y=1, and ask @ana", title="Plow #snow", video=Video(31, 1080, 1920)
    )
    short.tags, short.likes = ["alerts"], 4
    tube.video("Live", video=Video(0, scheduled=begin))
    tube.network.publish(US, "For drivers", title="Chains", video=Video(412), visibility="unlisted")
    tube.network.publish(US, "Not yet", title="Draft", video=Video(75), visibility="private")
    found = tube.texts()
    plow = found["Plow #snow"]
    assert (plow.links, plow.mentions, plow.tags) == (["https://a.example/x?y=1"], ["ana"], ["alerts", "snow", "shorts"])
    assert (plow.url, plow.language, plow.visibility, plow.tally) == (
        f"https://www.youtube.com/watch?v={tube.id(short)}",
        "en",
        "public",
        "own",
    )
    film, picture = plow.media
    assert (film.identity, film.type, film.url, film.duration) == (tube.id(short), "video", None, 31_000)
    assert film.missing_reason == "YouTube's API gives no video files"
    assert (picture.identity, picture.width, picture.height) == (f"{tube.id(short)}/thumbnail", 720, 1280)
    live = found["Live"]
    assert live.text == "About Live\n\nScheduled: 2026-11-26T18:30:00Z"
    assert live.media[0].duration is None
    assert {title: (found[title].visibility, found[title].tally) for title in ("Chains", "Draft")} == {
        "Chains": ("unlisted", None),
        "Draft": ("private", None),
    }
    assert not {"Chains", "Draft"} & set(tube.texts(key=KEY))


def test_a_film_that_nobody_gives_and_a_picture_that_is_signed_anew_are_no_edits(tube: Tube) -> None:
    video = tube.video("Ice")
    tube.network.comment(ANA, video, "Look", photos=[tube.network.photo("youtube", "A ditch")])
    before = tube.texts()
    tube.network.wait(hours=5)
    after = tube.texts()
    assert before["Look"].media[0].url != after["Look"].media[0].url
    assert {words: version_of(r) for words, r in before.items()} == {words: version_of(r) for words, r in after.items()}


def test_an_edited_comment_says_when(tube: Tube) -> None:
    video = tube.video("Ice")
    comment = tube.network.comment(ANA, video, "Tommorow?")
    before = tube.texts()["Tommorow?"]
    tube.network.edit(comment, "Tomorrow?")
    after = tube.texts()["Tomorrow?"]
    assert (before.edited_at, before.valid_from) == (None, before.published_at)
    assert after.edited_at == after.valid_from
    assert after.valid_from is not None
    assert before.valid_from is not None
    assert after.valid_from > before.valid_from == after.published_at


def test_translations_and_settings_are_words(tube: Tube) -> None:
    tube.video("Ice")
    [exchange] = [e for e in tube.exchanges() if b"videoListResponse" in e.body]
    body = orjson.loads(exchange.body)
    told = {"en": {"title": "Ice", "description": "x"}, "es": {"title": "Hielo", "description": "Todas cerradas"}}
    body["items"][0]["localizations"] = told
    [video] = youtube.parse(replace(exchange, body=orjson.dumps(body)))
    assert video.text == "About Ice\n\n[es] Hielo\n\nTodas cerradas"
    profile = tube.exchanges()[0]
    body = orjson.loads(profile.body)
    body["items"][0]["brandingSettings"]["channel"] |= {"keywords": '"school district" snow', "moderateComments": True}
    body["items"][0]["brandingSettings"]["image"] = {"bannerExternalUrl": "https://yt3.googleusercontent.com/AbC"}
    [record] = youtube.parse(replace(profile, body=orjson.dumps(body)))
    assert record.text == 'All of it\n\nCountry: US\nKeywords: "school district" snow\nComments need approval: yes'
    assert [m.url for m in record.media][1:] == ["https://yt3.googleusercontent.com/AbC=w2120"]
    assert record.media[1].identity == "AbC"
    assert (record.author_handle, record.url) == ("district", "https://www.youtube.com/@district")


# -- held, taken for spam, rejected, switched off ----------------------------------------------------------------------------------------


def test_what_waits_is_the_owners(tube: Tube) -> None:
    video = tube.video("Ice", days=90)
    said = {word: tube.network.comment(ANA, video, word) for word in ("fine", "held", "spam", "rejected")}
    below = tube.network.comment(BO, said["fine"], "held answer")
    for word, verb in (("held", tube.network.hold), ("spam", tube.network.spam), ("rejected", tube.network.hide)):
        verb(said[word])
    tube.network.hold(below)
    found: dict[str, Record] = {}
    for window in (*WINDOWS, Window("one", url=f"https://youtu.be/{tube.id(video)}")):
        found = tube.texts(window)
        statuses = {words: (r.status, r.acted_by) for words, r in found.items() if r.kind not in ("post", "profile")}
        assert statuses.items() >= {"held": ("held", None), "spam": ("spam", "platform"), "held answer": ("held", None)}.items()
        assert "rejected" not in found
        assert all(r.status_reason for r in found.values() if r.status != "visible")
        assert {"held", "spam", "held answer"}.isdisjoint(tube.texts(window, key=KEY))
    assert found["held answer"].parent_id == found["fine"].record_id
    waiting = tube.asked("commentThreads", moderationStatus="heldForReview")
    assert {tuple(sorted(one.keys() & {"videoId", "allThreadsRelatedToChannelId"})) for one in waiting} == {
        ("videoId",),
        ("allThreadsRelatedToChannelId",),
    }


def test_a_rejected_comment_that_is_told_was_rejected_by_the_channel() -> None:
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["items"][0]["snippet"]["moderationStatus"] = "rejected"
    first, *_ = youtube.parse(youtube.saved(json.dumps(body).encode(), None, None))
    assert (first.status, first.acted_by) == ("hidden", "agency")


def known_of(tube: Tube, post: Post) -> Known:
    root = f"youtube:{tube.id(tube.network.posts[post.root or post.key])}"
    kind = "post" if post.root is None else "comment" if post.parent == post.root else "reply"
    return Known(f"youtube:{tube.id(post)}", tube.id(post), kind, root, root)


def test_what_is_gone_is_unavailable_and_the_words_depend_on_who_asks(tube: Tube) -> None:
    video = conversation(tube, answers=70)
    other = tube.video("Other")
    talk = [post for post in tube.network.posts.values() if post.root == video.key]
    gone = [talk[0], talk[-1], other]  # an answer goes with what it answers
    for post in gone:
        tube.network.remove(post)
    asked = [known_of(tube, post) for post in (*talk, other, video)]
    for secret, words in (({"token": TOKEN}, "deleted or rejected"), ({"key": KEY}, "held or taken for spam")):
        answers = tube.lookup(*asked, **secret)
        absent = {a.record_id: a for a in answers if isinstance(a, Absence)}
        assert {a.status for a in absent.values()} == {"unavailable"}
        assert set(absent) == {f"youtube:{tube.id(post)}" for post in (*talk, other) if post.status == "removed"}
        assert words in absent[f"youtube:{tube.id(talk[0])}"].reason
        found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in youtube.parse(e)}
        assert set(found) == {k.native_id for k in asked} - {a.partition(":")[2] for a in absent}
    assert max(len(one["id"].split(",")) for one in tube.asked("comments")) == 50


def test_a_comment_found_by_its_id_has_the_place_that_it_had(tube: Tube) -> None:
    video = conversation(tube)
    before = tube.records()
    known = [Known(r.record_id, r.native_id, r.kind, r.parent_id, r.root_id) for r in before.values()]
    found = {r.native_id: r for e in tube.lookup(*known) if isinstance(e, Exchange) for r in youtube.parse(e)}
    assert {n: (r.kind, r.parent_id, r.root_id, version_of(r)) for n, r in found.items()} == {
        n: (r.kind, r.parent_id, r.root_id, version_of(r)) for n, r in before.items()
    }
    assert tube.id(video) in found
    assert not tube.lookup()


def test_comments_that_are_switched_off_cost_nothing_and_are_hidden(tube: Tube) -> None:
    video, other = conversation(tube), conversation(tube, "Other")
    tube.network.switch_comments(video)
    tube.between.asked.clear()
    assert "When, Closed?" not in tube.texts()
    assert not tube.asked("commentThreads", videoId=tube.id(video))
    talk = [post for post in tube.network.posts.values() if post.root in (video.key, other.key)]
    removed = next(post for post in talk if post.now.text == "Thanks for Other.")
    tube.network.remove(removed)
    absences = [a for a in tube.lookup(*(known_of(tube, post) for post in talk)) if isinstance(a, Absence)]
    told = {a.record_id: (a.status, a.acted_by, a.exchange.status) for a in absences}
    assert told == {
        **{f"youtube:{tube.id(post)}": ("hidden", None, 403) for post in talk if post.root == video.key},
        f"youtube:{tube.id(removed)}": ("unavailable", None, 200),
    }
    assert len(tube.asked("commentThreads", videoId=tube.id(video))) == 1
    assert all(b"commentsDisabled" in a.exchange.body for a in absences if a.status == "hidden")


def test_comments_that_are_switched_off_while_we_read_stop_nothing(tube: Tube) -> None:
    videos = [conversation(tube, f"Video {n}") for n in range(3)]
    account_, client = tube.account(), tube.client()
    given: list[Exchange] = []
    for exchange in youtube.fetch(account_, Window("full"), client):
        if not given:
            tube.network.remove(videos[0])
        if b"videoListResponse" in exchange.body:
            tube.network.switch_comments(videos[1])
        given.append(exchange)
    found = {r.text for e in given for r in youtube.parse(e)}
    assert "When, Video 2?" in found
    assert not {"When, Video 0?", "When, Video 1?"} & found


def test_a_token_that_is_not_the_owners_is_told_after_all_that_it_may_see(tube: Tube) -> None:
    conversation(tube)
    tube.network.grant("youtube", "anothers-token", ANA, scopes=[FORCE])
    seen: list[str | None] = []
    exchanges = youtube.fetch(tube.account(), RECENT, tube.client(token="anothers-token"))
    with pytest.raises(Blocked, match="forbidden") as told:
        seen.extend(r.text for e in exchanges for r in youtube.parse(e))
    assert "owner" in told.value.mend
    assert {"When, Closed?", "Answer 0 to Closed", "Thanks for Closed."} < set(seen)


def test_a_token_that_may_not_read_comments_says_so(tube: Tube) -> None:
    conversation(tube)
    tube.network.grant("youtube", "a-narrow-token", US, scopes=["https://www.googleapis.com/auth/youtube.readonly"])
    with pytest.raises(Blocked, match="insufficientPermissions") as told:
        tube.exchanges(token="a-narrow-token")
    assert "scope" in told.value.mend


# -- windows, cost --------------------------------------------------------------------------------------------------------------------


def units(tube: Tube) -> int:
    """What was asked so far, as YouTube counts it."""
    return tube.network.usage["youtube", "project"][1]


def spent(tube: Tube, window: Window, **secrets: str) -> int:
    entry, client = tube.account(), tube.client(**secrets)
    before = units(tube)
    youtube.identify(entry, client)
    list(youtube.fetch(entry, window, client))
    youtube.totals(entry, client)
    return units(tube) - before


def test_what_a_capture_costs(tube: Tube) -> None:
    """Of the last days: the channel, a page of uploads, the videos of it, the threads of the whole channel, two lists of what waits, and
    one for each thread with more answers than it holds."""
    for number in range(60):
        conversation(tube, f"Old {number}", days=40 + number, answers=1)
    assert spent(tube, RECENT) == 5  # no new video: none is asked for
    for number in range(12):
        conversation(tube, f"New {number}", days=number, answers=6 if number < 3 else 0)
    assert spent(tube, RECENT) == 6 + 3
    assert spent(tube, RECENT, key=KEY) == 4 + 3
    assert spent(tube, Window("full")) == 1 + 2 + 2 + 72 + 2 + 3


def test_the_last_days_hold_new_comments_on_old_videos(tube: Tube) -> None:
    old = conversation(tube, "Old", days=90)
    for number in range(130):
        conversation(tube, f"Day {number}", days=31 + number / 10, answers=0)
    new = conversation(tube, "New", days=2)
    tube.network.comment(ANA, old, "Is this still so?", at=START - timedelta(minutes=5))
    found = tube.texts(RECENT)
    assert {"New", "When, New?", "Thanks for New.", "Is this still so?"} <= set(found)
    assert found["Is this still so?"].root_id == f"youtube:{tube.id(old)}"
    assert "Old" not in found
    assert len(tube.asked("playlistItems")) == 1
    assert len(tube.asked("videos")) == 1
    assert not tube.asked("commentThreads", videoId=tube.id(new))


def test_a_new_video_whose_comments_that_list_leaves_out_is_read_for_itself(tube: Tube) -> None:
    video, other = conversation(tube), conversation(tube, "Other")

    def without(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        body["items"] = [one for one in body["items"] if one["snippet"]["videoId"] != tube.id(video)]
        return httpx.Response(200, json=body)

    with tube.between.meanwhile("allThreadsRelatedToChannelId", without):
        found = tube.texts(RECENT, key=KEY)
    assert {"When, Closed?", "Answer 0 to Closed", "When, Other?"} <= set(found)
    assert [one["videoId"] for one in tube.asked("commentThreads") if "videoId" in one] == [tube.id(video)]
    assert tube.id(other) in tube.records(RECENT)


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(tube: Tube, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for parameters, size in ((youtube.UPLOADS, 4), (youtube.THREADS, 5), (youtube.ANSWERS, 6)):
        monkeypatch.setitem(parameters, "maxResults", size)
    big = tube.video("Big", days=1)
    for number in range(12):
        tube.network.comment(ANA, big, f"Said {number}", at=START - timedelta(minutes=500 - number))
    asked = tube.network.comment(BO, big, "And?", at=START - timedelta(minutes=10))
    for number in range(14):
        tube.network.comment(ANA, asked, f"Reply {number}", at=START - timedelta(seconds=500 - number))
    for number in range(9):
        conversation(tube, f"Video {number}", days=2 + number / 10, answers=7 if number % 4 == 0 else 1)
    tube.network.hold(tube.network.comment(BO, big, "Wait", at=START - timedelta(minutes=1)))
    window = Window(kind, since=START - timedelta(days=30), url=f"https://www.youtube.com/watch?v={tube.id(big)}")
    entry = tube.account()
    exchanges = list(youtube.fetch(entry, window, tube.client()))
    whole = [{r.record_id for r in youtube.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (1 + 1 + 12 + 1 + 14 + 1 + (0 if kind == "one" else 9 * 4 + 3 * 6))
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        assert TOKEN not in exchange.cursor
        rest = {r.record_id for e in youtube.fetch(entry, replace(window, cursor=exchange.cursor), tube.client()) for r in youtube.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_a_token_of_a_page_that_died_meanwhile_begins_the_list_anew(tube: Tube) -> None:
    for number in range(60):
        tube.video(f"Video {number}")
    entry = tube.account()
    second = list(youtube.fetch(entry, Window("history"), tube.client()))[1]
    todo = json.loads(second.cursor or "")
    assert todo["page"]
    stale = json.dumps({**todo, "page": "CAoQAA"})
    found = {r.title for e in youtube.fetch(entry, Window("history", cursor=stale), tube.client()) for r in youtube.parse(e)}
    assert len(found) == 60


def test_uploads_that_shift_while_they_are_read_lose_nothing_that_is_new(tube: Tube) -> None:
    for number in range(120):
        tube.video(f"Video {number}", days=1)
    found: set[str | None] = set()
    for number, exchange in enumerate(youtube.fetch(tube.account(), Window("full"), tube.client())):
        found |= {r.title for r in youtube.parse(exchange) if r.kind == "post"}
        if number < 3:
            tube.video(f"Meanwhile {number}")
    assert {f"Video {number}" for number in range(120)} <= found


def test_a_channel_without_a_video_has_no_list_of_them(tube: Tube) -> None:
    missing = {"code": 404, "message": "x", "errors": [{"reason": "playlistNotFound", "domain": "youtube.playlistItem", "message": "x"}]}

    def gone(_request: httpx.Request, _real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(404, json={"error": missing})

    with tube.between.meanwhile("playlistItems", gone):
        assert [r.kind for r in tube.records().values()] == ["profile"]
        tube.video("There is one")
        with pytest.raises(AccountUnavailable, match="playlistNotFound"):
            tube.records()


def test_a_broadcast_that_has_begun_has_a_chat_that_is_lacking(tube: Tube) -> None:
    begin = START - timedelta(days=3)
    live = tube.video("Board", days=4, video=Video(60, scheduled=begin, started=begin, ended=begin + timedelta(minutes=1)))
    tube.video("To come", video=Video(0, scheduled=START + timedelta(days=1)))
    for window in WINDOWS:
        [words] = {e.context["short"] for e in tube.exchanges(window) if "short" in e.context}
        assert "live chat of 1 broadcasts" in words
        assert tube.id(live) in words
    tube.network.remove(live)
    assert not [e for e in tube.exchanges() if "short" in e.context]


# -- captions -------------------------------------------------------------------------------------------------------------------------


def captioned(tube: Tube, *titles: str) -> list[Post]:
    videos = [tube.video(title, days=number) for number, title in enumerate(titles)]
    for video in videos:
        tube.network.caption(video, "es", f"Hola {video.now.title}")
        tube.network.caption(video, "en", f"Hello {video.now.title}")
        tube.network.caption(video, "en", "heard by a machine", name="auto", automatic=True)
    return videos


def test_captions_that_a_person_made_are_files_of_their_video(tube: Tube) -> None:
    [video] = captioned(tube, "Ice")
    client, entry = tube.client(), tube.account()
    for window in (Window("full"), Window("one", url=f"https://youtu.be/{tube.id(video)}")):
        [post] = [r for e in youtube.fetch(entry, window, client) for r in youtube.parse(e) if r.kind == "post"]
        tracks = post.media[2:]
        assert [(m.type, m.position, m.with_token, m.identity.split("/")[:3]) for m in tracks] == [
            ("document", 3, True, [tube.id(video), "captions", "en"]),
            ("document", 4, True, [tube.id(video), "captions", "es"]),
        ]
        texts = []
        for track in tracks:
            with client.download(track.url or "", with_token=True) as answer:
                texts.append(answer.read().decode())
        assert [text[:6] for text in texts] == ["WEBVTT"] * 2
        assert "Hello Ice" in texts[0]
        assert "Hola Ice" in texts[1]


def test_what_is_held_of_them_stands_where_nobody_asks(tube: Tube) -> None:
    [video] = captioned(tube, "Ice")
    whole = tube.texts()["Ice"]
    held = {whole.record_id: tuple(m.identity for m in whole.media)}
    tube.between.asked.clear()
    for window, secrets in ((RECENT, {"token": TOKEN}), (RECENT, {"key": KEY}), (Window("full"), {"key": KEY}), (Window("history"), {})):
        again = tube.texts(replace(window, files=lambda r: held.get(r, ())), **secrets)["Ice"]
        assert version_of(again) == version_of(whole)
    assert not tube.asked("captions")
    [found] = [a for a in tube.lookup(replace(known_of(tube, video), files=held[whole.record_id])) if isinstance(a, Exchange)]
    assert [version_of(r) for r in youtube.parse(found)] == [version_of(whole)]


def test_some_videos_a_night_are_asked_and_the_rest_is_told(tube: Tube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube, "TRACKS_A_NIGHT", 3)
    captioned(tube, *(f"Video {number}" for number in range(8)))
    held: dict[str, tuple[str, ...]] = {}
    left = []
    window = Window("full", files=lambda r: held.get(r, ()))
    for _ in range(4):
        exchanges = tube.exchanges(window)
        left.append(max((e.context.get("short", "") for e in exchanges), default=""))
        held |= {r.record_id: tuple(m.identity for m in r.media) for e in exchanges for r in youtube.parse(e)}
    assert ["captions of 5 videos" in left[0], "captions of 2 videos" in left[1], left[2], left[3]] == [True, True, "", ""]
    assert len(tube.asked("captions")) <= 12
    assert "owner only" in max(e.context.get("short", "") for e in tube.exchanges(key=KEY))
    assert not [e for e in tube.exchanges(RECENT, key=KEY) if "short" in e.context]


def test_each_video_is_asked_again_once_in_thirty_days_and_a_changed_track_is_another(tube: Tube, monkeypatch: pytest.MonkeyPatch) -> None:
    [video] = captioned(tube, "Ice")
    first = tube.texts()["Ice"]
    held = {first.record_id: tuple(m.identity for m in first.media)}
    tube.network.wait(days=1)
    tube.network.caption(video, "en", "Corrected")
    days = 0

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)

    monkeypatch.setattr(youtube, "datetime", Clock)
    changed = 0
    for days in range(30):  # noqa: B007 (the clock reads it)
        changed += version_of(tube.texts(Window("full", files=lambda r: held.get(r, ())))["Ice"]) != version_of(first)
    assert changed == 1


# -- who, how many ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["@district", "@District/", "@district/videos", "district", "c/district", "channel/{id}"])
def test_a_channel_is_found_by_its_address(tube: Tube, address: str) -> None:
    native = channel_id(tube.network.accounts[US].number)
    entry = account("youtube", f"https://www.youtube.com/{address.format(id=native)}", api_url="http://tube.test")
    identity = youtube.identify(entry, tube.client(key=KEY))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (native, "youtube.com", "District", "district")


def test_a_name_of_the_old_kind_is_asked_for_as_one() -> None:
    client = Scripted([Answer({"kind": "youtube#channelListResponse"})], {"key": KEY})
    with pytest.raises(AccountUnavailable, match="no channel fircrest"):
        youtube.identify(account("youtube", "https://www.youtube.com/user/fircrest"), client)
    assert "forUsername=fircrest" in client.asked[0]


def test_a_renamed_channel_is_followed_and_another_is_told(tube: Tube) -> None:
    entry, client = tube.account(), tube.client()
    tube.network.rename(US, handle="district-2", name="The New District")
    assert youtube.identify(entry, client).handle == "district-2"
    with pytest.raises(AccountUnavailable):
        youtube.identify(replace(entry, identity=None), client)
    other: Channel = tube.network.accounts[ANA]
    moved = replace(entry, url=f"https://www.youtube.com/channel/{channel_id(other.number)}")
    assert youtube.identify(moved, client).native_id == channel_id(other.number)  # the core compares it with who was pinned
    tube.network.suspend(US)
    with pytest.raises(AccountUnavailable, match="no channel"):
        youtube.identify(entry, tube.client(key=KEY))


def test_the_channel_is_asked_for_once_a_capture(tube: Tube) -> None:
    tube.video("Ice")
    entry = tube.account()
    tube.between.asked.clear()
    exchanges = list(youtube.fetch(entry, RECENT, tube.client()))
    totals = youtube.totals(entry, tube.client())
    assert not tube.asked("channels")
    assert totals is not None
    assert totals.kinds == {"own": 1}
    assert exchanges[0].context["account"] == entry.known.native_id


def test_secrets_stand_in_headers_only(tube: Tube) -> None:
    conversation(tube)
    for secrets, sent in (({"token": TOKEN, "key": KEY}, {"Authorization": f"Bearer {TOKEN}"}), ({"key": KEY}, {"X-Goog-Api-Key": KEY})):
        client = Scripted([Answer({"kind": "youtube#channelListResponse"})], secrets)
        with pytest.raises(AccountUnavailable):
            youtube.identify(account("youtube", "https://www.youtube.com/@x"), client)
        assert client.sent == [sent]
    tube.exchanges()
    assert not [url for url in tube.between.asked if TOKEN in url or KEY in url]
    with pytest.raises(Blocked, match="without a key or a token"):
        youtube.identify(account("youtube", "https://www.youtube.com/@x"), Scripted([]))


def test_a_token_is_renewed_and_a_consent_exchanged(tube: Tube) -> None:
    tube.network.grant("youtube", "the-apps-secret", "", kind="app", user="our-app")
    tube.network.grant("youtube", "the-refresh-token", US, kind="refresh", scopes=[FORCE])
    held = {"refresh_token": "the-refresh-token", "client_id": "our-app", "client_secret": "the-apps-secret"}
    client, entry = tube.client(**held), tube.account()
    fresh = youtube.renew(entry, client)
    assert set(fresh.values) == {"token"}
    assert fresh.expires_at is not None
    tube.video("Ice", visibility="private")
    assert "Ice" in tube.texts(token=fresh.values["token"])
    challenge = urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    tube.network.grant("youtube", "code", US, kind="code", scopes=[FORCE], bound=f"http://localhost/ {challenge}")
    told = youtube.consented(entry, client, Code("code", "verifier", "http://localhost/"))
    assert set(told.values) == {"token", "refresh_token"}
    assert "Ice" in tube.texts(token=told.values["token"])
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.consented(entry, client, Code("code", "verifier", "http://localhost/"))
    tube.network.expire_token("youtube", secret="the-refresh-token")
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.renew(entry, client)
    assert youtube._tokens(replace(entry, api_url=None)) == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v={}",
        "https://youtube.com/watch?app=desktop&v={}&lc=Ugx",
        "https://m.youtube.com/watch?v={}&t=10s",
        "https://youtu.be/{}?si=abc",
        "https://www.youtube.com/shorts/{}",
        "https://www.youtube.com/live/{}?feature=share",
        "https://www.youtube.com/embed/{}",
    ],
)
def test_a_permalink_brings_its_whole_conversation(tube: Tube, address: str) -> None:
    video = conversation(tube, answers=8)
    conversation(tube, "Other")
    found = tube.texts(Window("one", url=address.format(tube.id(video))))
    assert {r.kind for r in found.values()} == {"profile", "post", "comment", "reply"}
    assert len(found) == 1 + 1 + 2 + 8


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/@district",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=AAAAAAAAAAA",
        "https://elsewhere.example/watch?v=AAAAAAAAAAA",
        "https://youtu.be/",
        "http://[",
        "",
        "theirs",
    ],
)
def test_another_address_is_none_of_a_video_of_ours(tube: Tube, address: str) -> None:
    theirs = tube.network.publish(ANA, "x", title="Theirs")
    with pytest.raises(UsageError):
        tube.records(Window("one", url=address if address != "theirs" else f"https://youtu.be/{tube.id(theirs)}"))


# -- failures -------------------------------------------------------------------------------------------------------------------------


def error(status: int, reason: str, message: str = "x", **more: Any) -> Answer:
    one = {"message": message, "domain": "youtube.test", "reason": reason}
    return Answer({"error": {"code": status, "message": message, "errors": [one], **more}}, status)


QUOTA = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
DETAILS: dict[str, Any] = {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}
PER_DAY: dict[str, Any] = {"details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerDayPerProject"}}]}
ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "quota": (error(403, "quotaExceeded", QUOTA), Throttled, "have exceeded your quota"),
    "daily": (error(403, "dailyLimitExceeded"), Throttled, "dailyLimitExceeded"),
    "daily in the new words": (error(429, "rateLimitExceeded", **PER_DAY), Throttled, "rateLimitExceeded"),
    "too quick": (error(403, "rateLimitExceeded"), Throttled, "rateLimitExceeded"),
    "429": (Answer("slow down", 429), Throttled, "429"),
    "dead token": (error(401, "authError", "Invalid Credentials"), TokenExpired, "Invalid Credentials"),
    "dead key": (error(400, "badRequest", "API key not valid.", **DETAILS), TokenExpired, "API key not valid"),
    "dead key in the old words": (error(400, "keyInvalid"), TokenExpired, "keyInvalid"),
    "not enabled": (error(403, "accessNotConfigured"), Blocked, "accessNotConfigured"),
    "scope": (error(403, "insufficientPermissions"), Blocked, "insufficientPermissions"),
    "another address": (error(403, "ipRefererBlocked"), Blocked, "ipRefererBlocked"),
    "suspended": (error(403, "authenticatedUserAccountSuspended"), AccountUnavailable, "Suspended"),
    "gone": (error(404, "channelNotFound"), AccountUnavailable, "channelNotFound"),
    "parameter": (error(400, "invalidPageToken"), UnexpectedResponse, "invalidPageToken"),
    "backend": (error(503, "backendError"), UnexpectedResponse, "backendError"),
    "without reasons": (Answer({"error": {"code": 403, "message": "Sorry", "status": "PERMISSION_DENIED"}}, 403), Blocked, "PERMISSION"),
    "in no words": (Answer({"error": "sorry"}, 400), UnexpectedResponse, "400"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (Answer("<!DOCTYPE html>", 404), AccountUnavailable, "404"),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"videos": []}), UnexpectedResponse, "kind"),
    "another list": (
        Answer({"kind": "youtube#videoListResponse", "things": []}),
        UnexpectedResponse,
        r"unknown field beside it \(things\)",
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_is_named_and_carries_its_answer(fault: str) -> None:
    answer, kind, words = ERRORS[fault]
    with pytest.raises(kind, match=words) as told:
        youtube.identify(account("youtube", "https://www.youtube.com/@x"), Scripted([answer], {"key": KEY}))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    assert told.value.exchange.body == answer.bytes
    if b'"reason"' in answer.bytes:
        assert "part=" not in told.value.message


@pytest.mark.parametrize(
    ("asked", "free"),
    [
        ("2026-11-24T08:00:00+00:00", "2026-11-25T08:00:00+00:00"),
        ("2026-11-24T07:59:59+00:00", "2026-11-24T08:00:00+00:00"),
        ("2026-10-31T20:00:00+00:00", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01T07:00:00+00:00", "2026-11-02T08:00:00+00:00"),  # the day of 25 hours
        ("2027-03-14T08:00:00+00:00", "2027-03-15T07:00:00+00:00"),  # the day of 23 hours
    ],
)
def test_a_quota_ends_at_midnight_in_california(asked: str, free: str) -> None:
    answer = ERRORS["quota"][0]
    exchange = Exchange("GET", "https://x/", 403, (), answer.bytes, fetched_at=datetime.fromisoformat(asked))
    told = google.failure(exchange)
    assert isinstance(told, Throttled)
    assert told.until == datetime.fromisoformat(free)


def test_a_rate_is_a_matter_of_minutes() -> None:
    told = google.failure(Exchange("GET", "https://x/", 403, (), ERRORS["too quick"][0].bytes, fetched_at=NOW))
    assert isinstance(told, Throttled)
    assert told.until == NOW + timedelta(minutes=15)


def test_what_was_read_before_a_fault_was_given_out(tube: Tube) -> None:
    conversation(tube, answers=8)
    entry = tube.account()
    seen: list[Exchange] = []
    tube.network.fail("youtube", 403, path="/comments", body=json.dumps(ERRORS["quota"][0].body))
    with pytest.raises(Throttled):
        seen.extend(youtube.fetch(entry, Window("history"), tube.client()))
    rest = youtube.fetch(entry, Window("history", cursor=seen[-1].cursor), tube.client())
    assert {r.native_id for e in (*seen, *rest) for r in youtube.parse(e)} == set(tube.records())


# -- parse ------------------------------------------------------------------------------------------------------------------------------

AT = "2026-11-01T10:00:00Z"
SNIPPET: dict[str, Any] = {"textDisplay": "", "publishedAt": AT, "updatedAt": AT, "videoId": "AAAAAAAAAAA"}
COMMENT = {"kind": "youtube#comment", "id": "Ugx1", "snippet": SNIPPET}


def said(shown: str, typed: str | None = None, url: str = "") -> Record:
    snippet = {**SNIPPET, "textDisplay": shown, **({"textOriginal": typed} if typed is not None else {})}
    body = orjson.dumps({**COMMENT, "snippet": snippet})
    [record] = youtube.parse(youtube.saved(body, url or None, None))
    return record


def test_words_are_the_typed_ones_and_links_those_of_the_markup() -> None:
    shown = 'See <a href="http://a.example/?x=1&amp;y=2">a.example</a><br>and &lt;b&gt; &#39;<b>now</b>&#39;'
    both, markup = said(shown, "See a.example/?x=1&y=2\nand <b> '*now*'"), said(shown)
    assert (both.text, both.text_html) == ("See a.example/?x=1&y=2\nand <b> '*now*'", shown)
    assert markup.text == "See a.example\nand <b> 'now'"
    assert both.links == markup.links == ["http://a.example/?x=1&y=2"]
    assert said("A &amp; B", "A & B").text == said("A &amp; B").text == "A & B"
    plain = said("See <b> https://a.example/x. It's &amp;", None, "https://x/youtube/v3/comments?textFormat=plainText")
    assert (plain.text, plain.text_html, plain.links) == ("See <b> https://a.example/x. It's &amp;", None, ["https://a.example/x"])


def test_links_that_youtube_makes_are_none_of_the_authors() -> None:
    shown = (
        '<a href="https://www.youtube.com/watch?v=AAAAAAAAAAA&amp;t=75">1:15</a> <a href="https://www.youtube.com/hashtag/snow">#snow</a> '
        '<a href="http://www.youtube.com/results?search_query=%23ice">#ice</a> <a href="https://www.youtube.com/channel/UCx">@ana</a> '
        '<a href="https://www.youtube.com/@bo">@bo</a> <a href="https://www.youtube.com/watch?v=BBBBBBBBBBB">a film</a> '
        '<a href="https://www.youtube.com/redirect?event=comments&amp;redir_token={}&amp;q=https%3A%2F%2Fa.example%2F%3Fb%3Dc">a</a>'
    )
    typed = "1:15 #snow #ice @ana @bo a film https://a.example/?b=c"
    first, second = said(shown.format("QUFF1"), typed), said(shown.format("QUFF2"), typed)
    assert first.links == ["https://www.youtube.com/watch?v=BBBBBBBBBBB", "https://a.example/?b=c"]
    assert version_of(first) == version_of(second)
    assert (first.mentions, first.tags) == (["ana", "bo"], ["snow", "ice"])
    assert said('<a href="http://[">x</a>', "x").links in ([], ["http://["])


def test_a_comment_on_no_video_answers_the_channel(tube: Tube) -> None:
    conversation(tube)
    [page] = [e for e in tube.exchanges(key=KEY) if b"commentThreadListResponse" in e.body]
    body = orjson.loads(page.body)
    for thread in body["items"]:
        del thread["snippet"]["videoId"], thread["snippet"]["topLevelComment"]["snippet"]["videoId"]
    native = body["items"][0]["snippet"]["channelId"]
    records = list(youtube.parse(replace(page, body=orjson.dumps(body))))
    assert {r.root_id for r in records} == {f"youtube:{native}"}
    assert [r.parent_id for r in records if r.kind == "comment"] == [f"youtube:{native}"] * 2


def test_a_video_that_youtube_rejected_is_hidden_by_it(tube: Tube) -> None:
    tube.video("Ice")
    [exchange] = [e for e in tube.exchanges() if b"videoListResponse" in e.body]
    body = orjson.loads(exchange.body)
    body["items"][0]["status"] |= {"uploadStatus": "rejected", "rejectionReason": "copyright"}
    [video] = youtube.parse(replace(exchange, body=orjson.dumps(body)))
    assert (video.status, video.acted_by, video.status_reason) == ("hidden", "platform", "rejected by YouTube: copyright")


def test_what_nobody_decided_about_is_reported(tube: Tube) -> None:
    conversation(tube)
    pages = {e.body.split(b'"kind": "')[1].split(b'"')[0].decode(): e for e in tube.exchanges(key=KEY)}
    told: dict[str, tuple[str, ...]] = {}
    for kind, page in pages.items():
        body = orjson.loads(page.body)
        item = body["items"][0]
        item["mood"], item["snippet"]["weather"], body["season"] = 1, 2, 3
        if kind.startswith("youtube#commentThread"):
            item["snippet"]["topLevelComment"]["snippet"]["authorChannelId"]["shoe"] = 4
        first, *others = youtube.parse(replace(page, body=orjson.dumps(body)))
        told[kind.removeprefix("youtube#").removesuffix("ListResponse")] = first.leftover
        assert {r.leftover for r in others} <= {()}
    assert told == {
        "channel": ("season", "mood", "snippet.weather"),
        "video": ("season", "mood", "snippet.weather"),
        "commentThread": ("season", "mood", "snippet.weather", "authorChannelId.shoe"),
    }


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {**COMMENT, "snippet": {n: v for n, v in SNIPPET.items() if n != "textDisplay"} | {"text": "x"}}
    with pytest.raises(UnexpectedResponse, match="textDisplay must be text"):
        list(youtube.parse(youtube.saved(orjson.dumps(renamed), None, None)))


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    broken = {**COMMENT, "snippet": {**SNIPPET, "textOriginal": "half \ud83d"}}
    body = {"kind": "youtube#commentListResponse", "items": [broken, COMMENT]}
    first, second = youtube.parse(youtube.saved(json.dumps(body).encode(), None, None))
    assert (first.text, first.repaired, second.repaired) == ("half \ufffd", True, False)


def test_a_saved_error_is_the_failure_that_it_tells() -> None:
    for answer, kind, words in ERRORS.values():
        if isinstance(answer.body, dict) and isinstance(answer.body.get("error"), dict):
            with pytest.raises(kind, match=words):
                list(youtube.parse(youtube.saved(answer.bytes, None, None)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(pages: dict[str, bytes], data: st.DataObject) -> None:
    turn, turns = data.draw(st.integers(0, 6)), iter(range(10**6))

    def worn(url: str) -> Answer:
        body = pages[urlsplit(url).path.rpartition("/")[2]]
        return Answer(json.dumps(data.draw(damaged(json.loads(body))))) if next(turns) == turn else Answer(body)

    entry, client = account("youtube", "https://www.youtube.com/@district"), Scripted(worn, {"token": TOKEN})
    try:
        entry = entry.identified(youtube.identify(entry, client))
        for window in (Window("full"), RECENT):
            for exchange in youtube.fetch(entry, window, client):
                list(youtube.parse(exchange))
                canonical(dict(exchange.context))
        youtube.totals(entry, client)
    except PlatformFailure:
        pass


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """An answer of each method."""
    network = Network(START)
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), staff=key == US)
    network.grant("youtube", KEY, "")
    network.grant("youtube", TOKEN, US, scopes=[FORCE])
    tube = opened(network)
    conversation(tube, answers=6)
    kept: dict[str, bytes] = {}

    def keep(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        answer = real()
        kept[request.url.path.rpartition("/")[2]] = answer.read()
        return answer

    with tube.between.meanwhile("/youtube/v3/", keep):
        tube.exchanges(RECENT)
    return kept
