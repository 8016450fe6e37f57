"""Records from responses of YouTube.

The cases are videos, comments that await moderation or are removed, captions, and saved bodies.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.faces.youtube.ids import channel_id
from infra.sandbox.model import Post, Video
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import CHANNEL, YOUTUBE_KEY, YOUTUBE_SECRET
from recordroom.canonical import version_of
from recordroom.capture.http.client import HttpClient
from recordroom.errors import Blocked
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import youtube
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.youtube import captions, crawl
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import account
from tests.platforms.youtube.channel import (
    FORCE,
    KEY,
    RECENT,
    WINDOWS,
    converse,
    fetch,
    look_up,
    publish_video,
    read_by_id,
    read_by_text,
    refuse,
    requests_of,
    use_secrets,
)

PLATFORM = "youtube"
FIXTURES = Path(__file__).parent


# -- what is read
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.kind)
@pytest.mark.parametrize("secret", [{"token": SECRET}, {"key": KEY}, {"token": SECRET, "key": KEY}], ids=str)
def test_videos_comments_and_replies_have_their_parents(
    sandbox: Sandbox, window: Window, secret: dict[str, str]
) -> None:
    video = f"youtube:{sandbox.named(converse(sandbox))}"
    found = read_by_text(sandbox, window, **secret)
    asked = found["When, Closed?"].record_id
    placed = {
        words: (r.kind, r.parent_id, r.root_id, r.author_is_account)
        for words, r in found.items()
        if r.kind != "profile"
    }
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
def test_only_replies_that_a_thread_omits_are_requested(sandbox: Sandbox, window: Window) -> None:
    """A thread holds five at most: `totalReplyCount` says that there are more."""
    converse(sandbox, "Five", answers=5)
    converse(sandbox, "Many", answers=130)
    found = read_by_text(sandbox, window)
    assert {f"Answer {n} to Many" for n in range(130)} | {f"Answer {n} to Five" for n in range(5)} < set(
        found
    )
    assert {found[f"Answer {n} to Many"].parent_id for n in range(130)} == {found["When, Many?"].record_id}
    assert {one["parentId"] for one in requests_of(sandbox, "comments")} == {found["When, Many?"].native_id}
    assert len(requests_of(sandbox, "comments")) == 2


def test_comment_count_of_a_video_includes_replies(sandbox: Sandbox) -> None:
    converse(sandbox, answers=12)
    found = read_by_id(sandbox, RECENT)
    [video] = [r for r in found.values() if r.kind == "post"]
    assert video.counts_replies
    assert video.counts is not None
    assert video.counts["comments"] == sum(r.root_id == video.record_id for r in found.values()) - 1 == 14


def test_channel_of_the_story_is_read_completely() -> None:
    network = tell(START)
    play(network)
    url = "https://www.youtube.com/@cascadevalley"
    transport = httpx.WSGITransport(create_app(network, "youtube"))
    for secret in ({"token": YOUTUBE_SECRET}, {"key": YOUTUBE_KEY}):
        entry = account("youtube", url, api_url="http://tube.test")
        client = HttpClient(contact="a@b.example", limit=10**8, transport=transport)
        client.authorize(secret)
        entry = entry.with_identity(youtube.identify(entry, client))
        found = {
            r.native_id: r for e in youtube.fetch(entry, Window("full"), client) for r in youtube.parse(e)
        }
        assert {r.leftover for r in found.values()} == {()}
        owner = "token" in secret
        hidden = {"removed", "hidden", *(() if owner else ("held", "spam", "private"))}
        told = [p for p in network.posts.values() if p.where == "youtube" and p.status not in hidden]
        told = [p for p in told if owner or (p.visibility == "public")]
        assert len(found) == 1 + len(told) > 80
        assert {native_id(network, post) for post in told} == set(found) - {
            channel_id(network.accounts[CHANNEL].number)
        }
        counts = {
            r.record_id: r.counts["comments"]
            for r in found.values()
            if r.kind == "post" and r.counts and "comments" in r.counts
        }
        seen = [r for r in found.values() if r.status == "visible"]
        assert counts == {video: sum(r.root_id == video != r.record_id for r in seen) for video in counts}
        totals = youtube.totals(entry, client)
        assert totals is not None
        assert totals.kinds == {"own": sum(r.tally == "own" for r in found.values())}
        assert {r.status for r in found.values()} == ({"visible", "held", "spam"} if owner else {"visible"})


def test_video_becomes_a_record_with_its_files(sandbox: Sandbox) -> None:
    begin = START + timedelta(days=2)
    short = sandbox.network.publish(
        sandbox.us,
        "#shorts 🚌 see https://a.example/x?y=1, and ask @parent",
        title="Plow #snow",
        video=Video(31, 1080, 1920),
    )
    short.tags, short.likes = ["alerts"], 4
    publish_video(sandbox, "Live", video=Video(0, scheduled=begin))
    sandbox.network.publish(
        sandbox.us, "For drivers", title="Chains", video=Video(412), visibility="unlisted"
    )
    sandbox.network.publish(sandbox.us, "Not yet", title="Draft", video=Video(75), visibility="private")
    found = read_by_text(sandbox)
    plow = found["Plow #snow"]
    assert (plow.links, plow.mentions, plow.tags) == (
        ["https://a.example/x?y=1"],
        ["parent"],
        ["alerts", "snow", "shorts"],
    )
    assert (plow.url, plow.language, plow.visibility, plow.tally) == (
        f"https://www.youtube.com/watch?v={sandbox.named(short)}",
        "en",
        "public",
        "own",
    )
    film, picture = plow.media
    assert (film.identity, film.type, film.url, film.duration) == (
        sandbox.named(short),
        "video",
        None,
        31_000,
    )
    assert film.missing_reason == "YouTube's API gives no video files"
    assert (picture.identity, picture.width, picture.height) == (
        f"{sandbox.named(short)}/thumbnail",
        720,
        1280,
    )
    live = found["Live"]
    assert live.text == "About Live\n\nScheduled: 2026-11-26T18:30:00Z"
    assert live.media[0].duration is None
    assert {title: (found[title].visibility, found[title].tally) for title in ("Chains", "Draft")} == {
        "Chains": ("unlisted", None),
        "Draft": ("private", None),
    }
    assert not {"Chains", "Draft"} & set(read_by_text(sandbox, key=KEY))


def test_missing_video_file_and_new_image_signature_are_no_edits(sandbox: Sandbox) -> None:
    video = publish_video(sandbox, "Ice")
    sandbox.network.comment(
        sandbox.others[0], video, "Look", photos=[sandbox.network.photo("youtube", "A ditch")]
    )
    before = read_by_text(sandbox)
    sandbox.network.wait(hours=5)
    after = read_by_text(sandbox)
    assert before["Look"].media[0].url != after["Look"].media[0].url
    assert {words: version_of(r) for words, r in before.items()} == {
        words: version_of(r) for words, r in after.items()
    }


def test_edited_comment_has_the_time_of_its_edit(sandbox: Sandbox) -> None:
    video = publish_video(sandbox, "Ice")
    comment = sandbox.network.comment(sandbox.others[0], video, "Tommorow?")
    before = read_by_text(sandbox)["Tommorow?"]
    sandbox.network.edit(comment, "Tomorrow?")
    after = read_by_text(sandbox)["Tomorrow?"]
    assert (before.edited_at, before.valid_from) == (None, before.published_at)
    assert after.edited_at == after.valid_from
    assert after.valid_from is not None
    assert before.valid_from is not None
    assert after.valid_from > before.valid_from == after.published_at


def test_translations_and_settings_are_part_of_the_text(sandbox: Sandbox) -> None:
    sandbox.network.accounts[sandbox.us].about = "All of it"
    publish_video(sandbox, "Ice")
    [exchange] = [e for e in fetch(sandbox) if b"videoListResponse" in e.body]
    body = orjson.loads(exchange.body)
    told = {
        "en": {"title": "Ice", "description": "x"},
        "es": {"title": "Hielo", "description": "Todas cerradas"},
    }
    body["items"][0]["localizations"] = told
    [video] = youtube.parse(replace(exchange, body=orjson.dumps(body)))
    assert video.text == "About Ice\n\n[es] Hielo\n\nTodas cerradas"
    profile = fetch(sandbox)[0]
    body = orjson.loads(profile.body)
    body["items"][0]["brandingSettings"]["channel"] |= {
        "keywords": '"school district" snow',
        "moderateComments": True,
    }
    body["items"][0]["brandingSettings"]["image"] = {
        "bannerExternalUrl": "https://yt3.googleusercontent.com/AbC"
    }
    [record] = youtube.parse(replace(profile, body=orjson.dumps(body)))
    assert (
        record.text
        == 'All of it\n\nCountry: US\nKeywords: "school district" snow\nComments need approval: yes'
    )
    assert [m.url for m in record.media][1:] == ["https://yt3.googleusercontent.com/AbC=w2120"]
    assert record.media[1].identity == "AbC"
    assert (record.author_handle, record.url) == ("district", "https://www.youtube.com/@district")


# -- held, taken for spam, rejected, switched off
# ------------------------------------------------------------------------------------------------------------


def test_comments_awaiting_moderation_are_shown_to_the_owner_only(sandbox: Sandbox) -> None:
    video = publish_video(sandbox, "Ice", days=90)
    said = {
        word: sandbox.network.comment(sandbox.others[0], video, word)
        for word in ("fine", "held", "spam", "rejected")
    }
    below = sandbox.network.comment(sandbox.others[1], said["fine"], "held answer")
    for word, verb in (
        ("held", sandbox.network.hold),
        ("spam", sandbox.network.spam),
        ("rejected", sandbox.network.hide),
    ):
        verb(said[word])
    sandbox.network.hold(below)
    found: dict[str, Record] = {}
    for window in (*WINDOWS, Window("one", url=f"https://youtu.be/{sandbox.named(video)}")):
        found = read_by_text(sandbox, window)
        statuses = {
            words: (r.status, r.acted_by) for words, r in found.items() if r.kind not in ("post", "profile")
        }
        assert (
            statuses.items()
            >= {
                "held": ("held", None),
                "spam": ("spam", "platform"),
                "held answer": ("held", None),
            }.items()
        )
        assert "rejected" not in found
        assert all(r.status_reason for r in found.values() if r.status != "visible")
        assert {"held", "spam", "held answer"}.isdisjoint(read_by_text(sandbox, window, key=KEY))
    assert found["held answer"].parent_id == found["fine"].record_id
    waiting = requests_of(sandbox, "commentThreads", moderationStatus="heldForReview")
    assert {tuple(sorted(one.keys() & {"videoId", "allThreadsRelatedToChannelId"})) for one in waiting} == {
        ("videoId",),
        ("allThreadsRelatedToChannelId",),
    }


def test_rejected_comment_is_hidden_without_a_known_actor() -> None:
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["items"][0]["snippet"]["moderationStatus"] = "rejected"
    first, *_ = youtube.parse(youtube.saved(json.dumps(body).encode(), None, None))
    assert (first.status, first.acted_by) == ("hidden", None)
    assert "does not say which" in (first.status_reason or "")


def known_of(sandbox: Sandbox, post: Post) -> KnownRecord:
    root = f"youtube:{sandbox.named(sandbox.network.posts[post.root or post.key])}"
    kind = "post" if post.root is None else "comment" if post.parent == post.root else "reply"
    return KnownRecord(f"youtube:{sandbox.named(post)}", sandbox.named(post), kind, root, root)


def test_reason_of_an_absence_depends_on_the_token(sandbox: Sandbox) -> None:
    video = converse(sandbox, answers=70)
    other = publish_video(sandbox, "Other")
    talk = [post for post in sandbox.network.posts.values() if post.root == video.key]
    gone = [talk[0], talk[-1], other]  # a reply is removed with its parent
    for post in gone:
        sandbox.network.remove(post)
    asked = [known_of(sandbox, post) for post in (*talk, other, video)]
    for secret, words in (
        ({"token": SECRET}, "deleted or rejected"),
        ({"key": KEY}, "held for review, or marked as spam"),
    ):
        answers = look_up(sandbox, *asked, **secret)
        absent = {a.record_id: a for a in answers if isinstance(a, Absence)}
        assert {a.status for a in absent.values()} == {"unavailable"}
        assert set(absent) == {
            f"youtube:{sandbox.named(post)}" for post in (*talk, other) if post.status == "removed"
        }
        assert words in absent[f"youtube:{sandbox.named(talk[0])}"].reason
        found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in youtube.parse(e)}
        assert set(found) == {k.native_id for k in asked} - {a.partition(":")[2] for a in absent}
    assert max(len(one["id"].split(",")) for one in requests_of(sandbox, "comments")) == 50


def test_lookup_by_id_gives_the_records_of_the_lists(sandbox: Sandbox) -> None:
    """This includes the profile, which the contract test of lookups does not request."""
    converse(sandbox)
    before = read_by_id(sandbox)
    asked = [KnownRecord(r.record_id, r.native_id, r.kind, r.parent_id, r.root_id) for r in before.values()]
    found = sandbox.parse(one for one in look_up(sandbox, *asked) if isinstance(one, Exchange))
    assert {name: version_of(record) for name, record in found.items()} == {
        r.record_id: version_of(r) for r in before.values()
    }


def test_disabled_comments_cost_one_request_and_are_hidden(sandbox: Sandbox) -> None:
    """A missing count of them says nothing, so they are requested."""
    video, other = converse(sandbox), converse(sandbox, "Other")
    sandbox.network.switch_comments(video)
    sandbox.transport.asked.clear()
    assert "When, Closed?" not in read_by_text(sandbox)
    assert len(requests_of(sandbox, "commentThreads", videoId=sandbox.named(video))) == 1
    talk = [post for post in sandbox.network.posts.values() if post.root in (video.key, other.key)]
    removed = next(post for post in talk if post.now.text == "Thanks for Other.")
    sandbox.network.remove(removed)
    absences = [
        a for a in look_up(sandbox, *(known_of(sandbox, post) for post in talk)) if isinstance(a, Absence)
    ]
    told = {a.record_id: (a.status, a.acted_by, a.exchange.status) for a in absences}
    assert told == {
        **{
            f"youtube:{sandbox.named(post)}": ("hidden", None, 403) for post in talk if post.root == video.key
        },
        f"youtube:{sandbox.named(removed)}": ("unavailable", None, 200),
    }
    assert len(requests_of(sandbox, "commentThreads", videoId=sandbox.named(video))) == 2
    assert all(b"commentsDisabled" in a.exchange.body for a in absences if a.status == "hidden")


def test_comments_disabled_during_a_fetch_stop_nothing(sandbox: Sandbox) -> None:
    videos = [converse(sandbox, f"Video {n}") for n in range(3)]
    account_, client = sandbox.identify(), sandbox.client
    given: list[Exchange] = []
    for exchange in youtube.fetch(account_, Window("full"), client):
        if not given:
            sandbox.network.remove(videos[0])
        if b"videoListResponse" in exchange.body:
            sandbox.network.switch_comments(videos[1])
        given.append(exchange)
    found = {r.text for e in given for r in youtube.parse(e)}
    assert "When, Video 2?" in found
    assert not {"When, Video 0?", "When, Video 1?"} & found


def test_token_of_another_channel_is_reported_after_all_that_it_can_read(sandbox: Sandbox) -> None:
    converse(sandbox)
    sandbox.network.grant("youtube", "anothers-token", sandbox.others[0], scopes=[FORCE])
    seen: list[str | None] = []
    exchanges = youtube.fetch(sandbox.identify(), RECENT, use_secrets(sandbox, token="anothers-token"))
    with pytest.raises(Blocked, match="forbidden") as told:
        seen.extend(r.text for e in exchanges for r in youtube.parse(e))
    assert "owner" in told.value.mend
    assert {"When, Closed?", "Answer 0 to Closed", "Thanks for Closed."} < set(seen)


def test_token_without_the_comment_scope_is_reported(sandbox: Sandbox) -> None:
    converse(sandbox)
    sandbox.network.grant(
        "youtube", "a-narrow-token", sandbox.us, scopes=["https://www.googleapis.com/auth/youtube.readonly"]
    )
    with pytest.raises(Blocked, match="insufficientPermissions") as told:
        fetch(sandbox, token="a-narrow-token")
    assert "scope" in told.value.mend


# -- captions
# ------------------------------------------------------------------------------------------------------------


def captioned(sandbox: Sandbox, *titles: str) -> list[Post]:
    videos = [publish_video(sandbox, title, days=number) for number, title in enumerate(titles)]
    for video in videos:
        sandbox.network.caption(video, "es", f"Hola {video.now.title}")
        sandbox.network.caption(video, "en", f"Hello {video.now.title}")
        sandbox.network.caption(video, "en", "heard by a machine", name="auto", automatic=True)
    return videos


def test_captions_made_by_a_person_are_files_of_their_video(sandbox: Sandbox) -> None:
    [video] = captioned(sandbox, "Ice")
    client, entry = sandbox.client, sandbox.identify()
    for window in (Window("full"), Window("one", url=f"https://youtu.be/{sandbox.named(video)}")):
        [post] = [
            r for e in youtube.fetch(entry, window, client) for r in youtube.parse(e) if r.kind == "post"
        ]
        tracks = post.media[2:]
        assert [(m.type, m.position, m.with_token, m.identity.split("/")[:3]) for m in tracks] == [
            ("document", 3, True, [sandbox.named(video), "captions", "en"]),
            ("document", 4, True, [sandbox.named(video), "captions", "es"]),
        ]
        texts = []
        for track in tracks:
            with client.download(track.url or "", with_token=True) as answer:
                texts.append(answer.read().decode())
        assert [text[:6] for text in texts] == ["WEBVTT"] * 2
        assert "Hello Ice" in texts[0]
        assert "Hola Ice" in texts[1]


def test_archived_captions_are_kept_where_none_are_requested(sandbox: Sandbox) -> None:
    [video] = captioned(sandbox, "Ice")
    whole = read_by_text(sandbox)["Ice"]
    held = {whole.record_id: tuple(m.identity for m in whole.media)}
    sandbox.transport.asked.clear()
    for window, secrets in (
        (RECENT, {"token": SECRET}),
        (RECENT, {"key": KEY}),
        (Window("full"), {"key": KEY}),
        (Window("history"), {}),
    ):
        again = read_by_text(sandbox, replace(window, archived_files=lambda r: held.get(r, ())), **secrets)[
            "Ice"
        ]
        assert version_of(again) == version_of(whole)
    assert not requests_of(sandbox, "captions")
    [found] = [
        a
        for a in look_up(sandbox, replace(known_of(sandbox, video), files=held[whole.record_id]))
        if isinstance(a, Exchange)
    ]
    assert [version_of(r) for r in youtube.parse(found)] == [version_of(whole)]


@pytest.mark.parametrize(
    ("reason", "status"), [("forbidden", 403), ("videoNotFound", 404), ("processingFailure", 500)]
)
def test_refused_captions_hide_nothing_else(sandbox: Sandbox, reason: str, status: int) -> None:
    """To read them, an account needs more rights on a channel than to read its comments."""
    ice, _ = captioned(sandbox, "Ice", "Snow")
    sandbox.network.comment(sandbox.others[0], ice, "Cold!")
    refuse(sandbox, "captions", sandbox.named(ice), reason, status)
    exchanges = fetch(sandbox)
    found = {r.title or r.text: r for e in exchanges for r in youtube.parse(e)}
    assert "Cold!" in found
    assert [len(found[title].media) for title in ("Ice", "Snow")] == [2, 4]
    assert found["Ice"].more_files
    [told] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert "the captions of 1 video are not captured" in told
    assert f"YouTube does not list the captions of some videos ({reason})" in told


def test_captions_at_which_a_proxy_fails_hide_nothing_else(sandbox: Sandbox) -> None:
    """Its page contains no text of the API."""
    captioned(sandbox, "Ice", "Snow")
    sandbox.network.fail("youtube", 502, path="/captions", body="<html>Bad Gateway", times=99)
    exchanges = fetch(sandbox, Window("full"))
    assert {"Ice", "Snow"} <= {r.title for e in exchanges for r in youtube.parse(e)}
    assert "YouTube does not list the captions of some videos (HTTP 502)" in exchanges[-1].context["short"]


def test_each_night_requests_captions_of_some_videos_and_reports_the_rest(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (captions, crawl):
        monkeypatch.setattr(module, "TRACKS_A_NIGHT", 3)
    captioned(sandbox, *(f"Video {number}" for number in range(8)))
    held: dict[str, tuple[str, ...]] = {}
    left = []
    window = Window("full", archived_files=lambda r: held.get(r, ()))
    for _ in range(4):
        exchanges = fetch(sandbox, window)
        left.append(max((e.context.get("short", "") for e in exchanges), default=""))
        held |= {r.record_id: tuple(m.identity for m in r.media) for e in exchanges for r in youtube.parse(e)}
    assert ["captions of 5 videos" in left[0], "captions of 2 videos" in left[1], left[2], left[3]] == [
        True,
        True,
        "",
        "",
    ]
    assert len(requests_of(sandbox, "captions")) <= 12
    assert "only to the channel's owner" in max(e.context.get("short", "") for e in fetch(sandbox, key=KEY))
    assert not [e for e in fetch(sandbox, RECENT, key=KEY) if "short" in e.context]


def test_captions_are_requested_again_once_in_thirty_days(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    [video] = captioned(sandbox, "Ice")
    first = read_by_text(sandbox)["Ice"]
    held = {first.record_id: tuple(m.identity for m in first.media)}
    sandbox.network.wait(days=1)
    sandbox.network.caption(video, "en", "Corrected")
    days = 0

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)

    monkeypatch.setattr(captions, "datetime", Clock)
    changed = 0
    for days in range(30):  # noqa: B007 (the clock reads it)
        changed += version_of(
            read_by_text(sandbox, Window("full", archived_files=lambda r: held.get(r, ())))["Ice"]
        ) != version_of(first)
    assert changed == 1


# -- parse
# ------------------------------------------------------------------------------------------------------------

AT = "2026-11-01T10:00:00Z"
SNIPPET: dict[str, Any] = {"textDisplay": "", "publishedAt": AT, "updatedAt": AT, "videoId": "AAAAAAAAAAA"}
COMMENT = {"kind": "youtube#comment", "id": "Ugx1", "snippet": SNIPPET}


def said(shown: str, typed: str | None = None, url: str = "") -> Record:
    snippet = {**SNIPPET, "textDisplay": shown, **({"textOriginal": typed} if typed is not None else {})}
    body = orjson.dumps({**COMMENT, "snippet": snippet})
    [record] = youtube.parse(youtube.saved(body, url or None, None))
    return record


def test_text_is_as_typed_and_links_come_from_the_markup() -> None:
    shown = 'See <a href="http://a.example/?x=1&amp;y=2">a.example</a><br>and &lt;b&gt; &#39;<b>now</b>&#39;'
    both, markup = said(shown, "See a.example/?x=1&y=2\nand <b> '*now*'"), said(shown)
    assert (both.text, both.text_html) == ("See a.example/?x=1&y=2\nand <b> '*now*'", shown)
    assert markup.text == "See a.example\nand <b> 'now'"
    assert both.links == markup.links == ["http://a.example/?x=1&y=2"]
    assert said("A &amp; B", "A & B").text == said("A &amp; B").text == "A & B"
    plain = said(
        "See <b> https://a.example/x. It's &amp;", None, "https://x/youtube/v3/comments?textFormat=plainText"
    )
    assert (plain.text, plain.text_html, plain.links) == (
        "See <b> https://a.example/x. It's &amp;",
        None,
        ["https://a.example/x"],
    )


def test_links_that_youtube_adds_are_not_links_of_the_author() -> None:
    shown = (
        '<a href="https://www.youtube.com/watch?v=AAAAAAAAAAA&amp;t=75">1:15</a> <a'
        ' href="https://www.youtube.com/hashtag/snow">#snow</a> '
        '<a href="http://www.youtube.com/results?search_query=%23ice">#ice</a> <a'
        ' href="https://www.youtube.com/channel/UCx">@ana</a> '
        '<a href="https://www.youtube.com/@bo">@bo</a> <a'
        ' href="https://www.youtube.com/watch?v=BBBBBBBBBBB">a film</a> '
        '<a href="https://www.youtube.com/redirect?event=comments&amp;redir_token={}&amp;q=https%3A%2F%2Fa.example%2F%3Fb%3Dc">a</a>'
    )
    typed = "1:15 #snow #ice @ana @bo a film https://a.example/?b=c"
    first, second = said(shown.format("QUFF1"), typed), said(shown.format("QUFF2"), typed)
    assert first.links == ["https://www.youtube.com/watch?v=BBBBBBBBBBB", "https://a.example/?b=c"]
    assert version_of(first) == version_of(second)
    assert (first.mentions, first.tags) == (["ana", "bo"], ["snow", "ice"])
    assert said('<a href="http://[">x</a>', "x").links in ([], ["http://["])


def test_comment_without_a_video_replies_to_the_channel(sandbox: Sandbox) -> None:
    converse(sandbox)
    [page] = [e for e in fetch(sandbox, key=KEY) if b"commentThreadListResponse" in e.body]
    body = orjson.loads(page.body)
    for thread in body["items"]:
        del thread["snippet"]["videoId"], thread["snippet"]["topLevelComment"]["snippet"]["videoId"]
    native = body["items"][0]["snippet"]["channelId"]
    records = list(youtube.parse(replace(page, body=orjson.dumps(body))))
    assert {r.root_id for r in records} == {f"youtube:{native}"}
    assert [r.parent_id for r in records if r.kind == "comment"] == [f"youtube:{native}"] * 2


def test_video_rejected_by_youtube_is_hidden_by_the_platform(sandbox: Sandbox) -> None:
    publish_video(sandbox, "Ice")
    [exchange] = [e for e in fetch(sandbox) if b"videoListResponse" in e.body]
    body = orjson.loads(exchange.body)
    body["items"][0]["status"] |= {"uploadStatus": "rejected", "rejectionReason": "copyright"}
    [video] = youtube.parse(replace(exchange, body=orjson.dumps(body)))
    assert (video.status, video.acted_by, video.status_reason) == (
        "hidden",
        "platform",
        "rejected by YouTube: copyright",
    )


def test_unknown_fields_at_each_level_are_reported(sandbox: Sandbox) -> None:
    converse(sandbox)
    pages = {e.body.split(b'"kind": "')[1].split(b'"')[0].decode(): e for e in fetch(sandbox, key=KEY)}
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
