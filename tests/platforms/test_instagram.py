"""Instagram against a made-up account behind the API's limits, and against faults that a well account does not make."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import INSTAGRAM_DISTRICT
from recordroom.capture.client import HttpClient
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Absence, Exchange, Identity, Record, canonical, version_of
from recordroom.platforms import Known, Token, Window, instagram
from tests.platforms.gallery import AMY, BEN, FACEBOOKS, ME, OURS, SIGNED, Gallery
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, Chosen, Scripted, account, asked_for
from tests.platforms.wall import START, at, error

FIXTURES = Path(__file__).parent / "instagram"
DISTRICT = account("instagram", "https://www.instagram.com/fircrestschools", Identity(ME, "instagram.com", handle="fircrestschools"))
LOGINS = ("instagram", "facebook")


def client_of(gallery: Any, token: str = OURS, **more: Any) -> Scripted:
    return Scripted(gallery, secrets={"token": gallery.token if isinstance(gallery, Gallery) else token}, **more)


def records_of(gallery: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    fetched = instagram.fetch(DISTRICT, window or Window("full"), client_of(gallery, most=5000))
    return {r.native_id: r for e in fetched for r in instagram.parse(e)}


@pytest.fixture
def gallery() -> Gallery:
    """A post with a comment, and two replies to it; a post without any; a story; a post of somebody else that tags the account."""
    gallery = Gallery()
    first = gallery.post(1, caption="Snow! @ben_t #SnowDay #2026")
    above = gallery.comment(first, 1010)
    gallery.comment(above, 1011, ME)
    gallery.comment(above, 1012, BEN)
    gallery.post(2)
    gallery.story(700)
    gallery.tag(3, comments_count=9)
    return gallery


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_comments_and_replies_have_their_places(gallery: Gallery, window: Window, login: str) -> None:
    gallery.login = login
    found = records_of(gallery, window)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_id, r.author_is_account) for n, r in found.items()}
    first = "instagram:1"
    assert placed == {
        ME: ("profile", None, None, ME, True),
        "1": ("post", None, first, ME, True),
        "1010": ("comment", first, first, AMY, False),
        "1011": ("reply", "instagram:1010", first, ME, True),
        "1012": ("reply", "instagram:1010", first, BEN, False),
        "2": ("post", None, "instagram:2", ME, True),
        "700": ("story", None, "instagram:700", ME, True),
        "3": ("comment", None, "instagram:3", None, False),
    }
    assert (found["1"].mentions, found["1"].tags, found["1"].counts) == (["ben_t"], ["SnowDay"], {"likes": 1, "comments": 3})
    assert found["1"].counts_replies
    assert found["3"].counts == {"likes": 1}, "its comments are not given, and not to be compared with what is"
    assert {r.leftover for r in found.values()} == {()}


def test_stories_are_read_first_for_they_live_a_day(gallery: Gallery) -> None:
    assert instagram.PLATFORM.every <= timedelta(hours=1)
    client = client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("history"), client))
    assert [urlsplit(url).path.rpartition("/")[2] for url in client.asked][:5] == ["me", "stories", "comments", "tags", "media"]


def test_only_conversations_that_are_wanted_are_read(gallery: Gallery) -> None:
    """A post that counts no comments may have hidden ones: its turn comes too. Replies beyond their comment belong to the conversation."""
    gallery.pages_of_replies = 1
    plan = Chosen(lambda _: True)
    for exchange in instagram.fetch(DISTRICT, Window("full", plan=plan), client_of(gallery)):
        assert exchange.context.get("root") not in plan.whole, "not before the last of its answers"
    assert plan.asked == {"instagram:700": (0, True), "instagram:1": (3, False), "instagram:2": (0, True)}
    assert sorted(plan.whole) == sorted(plan.asked)
    plan, client = Chosen(lambda root: root != "instagram:1"), client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("full", plan=plan), client))
    assert [urlsplit(url).path for url in client.asked if "/comments" in url or "/replies" in url] == [
        "/v26.0/700/comments",
        "/v26.0/2/comments",
    ]


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(("within", "number"), [(50, 130), (25, 25), (25, 26), (50, 60)])
def test_replies_that_do_not_fit_into_their_comment_are_read_by_its_edge(within: int, number: int, tells: bool) -> None:
    gallery = Gallery(pages_of_replies=within, tells=tells)
    first = gallery.post(1)
    above = gallery.comment(first, 1000)
    few = gallery.comment(first, 1001)
    gallery.comment(few, 1002)
    for n in range(number):
        gallery.comment(above, 2000 + n)
    found = records_of(gallery)
    replies = [r for r in found.values() if r.parent_id == "instagram:1000"]
    assert (len(replies), {r.kind for r in replies}, {r.root_id for r in replies}) == (number, {"reply"}, {"instagram:1"})
    client = client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("full"), client))
    assert asked_for(client, "/1000/replies")
    assert not asked_for(client, "/1001/replies")


def test_a_reply_without_its_parents_id_is_known_by_the_list_that_it_stands_in() -> None:
    gallery = Gallery(pages_of_replies=25)
    first = gallery.post(1)
    above = gallery.comment(first, 1000)
    for n in range(70):
        gallery.comment(above, 2000 + n)
    for reply in gallery.comments[above]:
        del reply["parent_id"]
    assert {r.parent_id for n, r in records_of(gallery).items() if n[0] == "2"} == {"instagram:1000"}


def test_five_thousand_comments_are_read_whole_in_as_few_requests_as_can_be() -> None:
    gallery = Gallery()
    first = gallery.post(1)
    for n in range(4000):
        gallery.comment(first, 10_000 + n)
    for n in range(1000):
        gallery.comment(str(10_000 + n * 3), 20_000 + n)
    client = client_of(gallery)
    exchanges = list(instagram.fetch(DISTRICT, Window("history"), client))
    found = {r.native_id: r for e in exchanges for r in instagram.parse(e)}
    assert Counter(r.kind for r in found.values()) == {"comment": 4000, "reply": 1000, "post": 1, "profile": 1}
    assert found["1"].counts == {"likes": 1, "comments": 5000}
    assert len(client.asked) == 4 + 80
    assert {parse_qs(urlsplit(url).query)["limit"][0] for url in asked_for(client, "/comments?")} == {"50"}


def test_the_token_stands_in_no_address_and_in_no_cursor() -> None:
    gallery = Gallery(pages_of_replies=25)
    for number in range(1, 250):
        gallery.post(number, comments_count=0)
    first = gallery.post(300)
    above = gallery.comment(first, 1000)
    for n in range(70):
        gallery.comment(above, 2000 + n)
        gallery.comment(first, 3000 + n)
    client = client_of(gallery)
    exchanges = list(instagram.fetch(DISTRICT, Window("full"), client))
    assert any(OURS.encode() in e.body for e in exchanges)  # paging.next has it (the client scrubs bodies)
    assert all(sent == {"Authorization": f"Bearer {OURS}"} for sent in client.sent)
    assert not any(OURS in url for url in client.asked)
    assert not any(OURS in (e.cursor or "") or OURS in e.url or OURS in json.dumps(e.context) for e in exchanges)
    assert len({r.native_id for e in exchanges for r in instagram.parse(e)}) == 1 + 250 + 1 + 140


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    gallery = Gallery(pages_of_replies=25)
    for number in range(1, 130):
        gallery.post(number)
    for number in range(600, 603):
        gallery.story(number)
    for number in range(300, 420):
        gallery.tag(number)
    for n in range(120):
        gallery.comment("127", 2000 + n)
    for n in range(70):
        gallery.comment("2003", 3000 + n)
        gallery.comment("2004", 4000 + n)
    gallery.comment("125", 5000)
    gallery.comment("601", 5001)
    window = Window(kind, since=START, url="https://www.instagram.com/p/C127/")
    exchanges = list(instagram.fetch(DISTRICT, window, client_of(gallery)))
    whole = [{r.record_id for r in instagram.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (1 + 129 + 3 + 120 + 120 + 140 + 2 if kind != "one" else 1 + 1 + 120 + 140)
    some = {*range(8), *range(0, len(exchanges), 11), len(exchanges) - 1}  # all of them take a minute
    for number in sorted(some & {*range(len(exchanges))}):
        exchange = exchanges[number]
        assert exchange.cursor is not None
        going_on = instagram.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(gallery))
        rest = {r.record_id for e in going_on for r in instagram.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_a_recent_window_asks_for_the_last_days_and_ends_where_they_end() -> None:
    gallery = Gallery()
    for number in range(1, 700):
        gallery.post(number)
        gallery.tag(number + 10_000, timestamp=at(number))
    gallery.posts["3"]["timestamp"] = at(3)
    window = Window("recent", since=START + timedelta(hours=500))
    client = client_of(gallery)  # `since` is ignored here, as it may be
    found = {r.native_id for e in instagram.fetch(DISTRICT, window, client) for r in instagram.parse(e)}
    assert {str(n) for n in range(500, 700)} <= found
    assert len(asked_for(client, "/media")) == len(asked_for(client, "/tags")) == 3
    assert parse_qs(urlsplit(asked_for(client, "/media")[0]).query)["since"] == [str(int(window.since.timestamp()))] if window.since else ""


def test_an_edit_is_told_by_content_alone(gallery: Gallery) -> None:
    before = records_of(gallery)["1"]
    gallery.comment("1", 60)
    after = records_of(gallery)["1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)
    gallery.posts["1"]["caption"] = "corrected"
    assert version_of(records_of(gallery)["1"]) != version_of(before)


def test_a_hidden_comment_says_so(gallery: Gallery) -> None:
    gallery.comments["1"][0]["hidden"] = True
    comment = records_of(gallery)["1010"]
    assert (comment.status, comment.acted_by) == ("hidden", "agency")
    assert "does not say which" in (comment.status_reason or "")


def test_authors_are_known_by_their_names_where_no_id_is_given(gallery: Gallery) -> None:
    for said in (*gallery.comments["1"], *gallery.comments["1010"]):
        del said["from"]
    found = records_of(gallery)
    assert [(found[n].author_id, found[n].author_handle, found[n].author_is_account) for n in ("1010", "1011")] == [
        (None, "amy.r", False),
        (ME, "fircrestschools", True),
    ]
    for said in gallery.comments["1"]:
        del said["username"]
    assert records_of(gallery)["1010"].author_is_account is None


def test_a_renaming_is_a_version_of_the_profile(gallery: Gallery) -> None:
    before = records_of(gallery)[ME]
    gallery.account["username"] = "fircrest.district"
    after = records_of(gallery)[ME]
    assert (before.native_id, before.title) == (after.native_id, after.title)
    assert version_of(before) != version_of(after)
    assert after.links == ["https://www.instagram.com/fircrest.district/"]


# -- pictures and videos -----------------------------------------------------------------------------------------------------------


def reel(gallery: Gallery, number: int, **more: Any) -> str:
    film = {"media_type": "VIDEO", "media_product_type": "REELS", "media_url": f"https://v.example/{number}.mp4?oh=1"}
    return gallery.post(number, **film, thumbnail_url=SIGNED.format(f"{number}0"), **more)


def test_a_carousel_is_kept_whole_with_each_description() -> None:
    gallery = Gallery()
    children = [{"id": f"90{n}", "media_type": "IMAGE", "media_url": SIGNED.format(n), "alt_text": f"Plow {n}"} for n in range(19)]
    children.append({"id": "999", "media_type": "VIDEO", "media_url": "https://v.example/999.mp4?oh=1", "thumbnail_url": SIGNED.format(9)})
    gallery.post(1, media_type="CAROUSEL_ALBUM", children={"data": children})
    media = records_of(gallery)["1"].media
    assert [(m.identity, m.type, m.alt_text, m.position) for m in media] == [
        *((f"90{n}", "image", f"Plow {n}", n + 1) for n in range(19)),
        ("999", "video", None, 20),
        ("999/thumbnail", "image", None, 21),
    ]
    assert all(m.url for m in media)
    gallery.posts["1"]["children"]["paging"] = {"next": f"{gallery.host}/v26.0/1/children?after=25"}
    assert "children.paging.next" in records_of(gallery)["1"].leftover


def test_a_new_signature_makes_no_other_picture(gallery: Gallery) -> None:
    reel(gallery, 5)
    gallery.post(6, media_type="CAROUSEL_ALBUM", children={"data": [{"id": "61", "media_type": "IMAGE", "media_url": SIGNED.format(6)}]})
    gallery.account["profile_picture_url"] = "https://scontent.example/v/t51.2885-19/s150x150/77_n.jpg?oh=1"
    before = records_of(gallery)
    changed = json.loads(json.dumps(gallery.posts).replace("oh=1", "oh=2").replace("scontent.cdn", "scontent-sea1-1.cdn"))
    gallery.posts, gallery.account["profile_picture_url"] = changed, "https://scontent-sea.example/v/t51.2885-19/s640x640/77_n.jpg?oh=2"
    after = records_of(gallery)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    assert [m.url for m in before["5"].media] != [m.url for m in after["5"].media]


def test_a_reel_with_licensed_sound_has_no_video_but_a_reason_and_its_still_picture() -> None:
    gallery = Gallery()
    reel(gallery, 5)
    whole = records_of(gallery)["5"]
    del gallery.posts["5"]["media_url"]
    flagged = records_of(gallery)["5"]
    assert [(m.identity, m.type, bool(m.url), bool(m.missing_reason)) for m in flagged.media] == [
        ("5", "video", False, True),
        ("5/thumbnail", "image", True, False),
    ]
    assert "copyrighted" in (flagged.media[0].missing_reason or "")
    del gallery.posts["5"]["thumbnail_url"]
    assert {version_of(r) for r in (whole, flagged, records_of(gallery)["5"])} == {version_of(whole)}, "a claim is no edit"


def test_alternative_text_is_what_a_person_wrote() -> None:
    gallery = Gallery()
    told = ("May be an image of snow", "Photo by Fircrest Schools on November 1, 2026. May be an image of 2 people.", "A bus. May be late.")
    for number, text in enumerate(told):
        gallery.post(number, alt_text=text)
    assert [records_of(gallery)[str(n)].media[0].alt_text for n in range(3)] == [None, None, told[2]]


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions; with tokens of both logins."""
    network = tell(START)
    play(network)
    scopes = ["instagram_basic", "instagram_manage_comments"]
    network.grant("instagram", FACEBOOKS, INSTAGRAM_DISTRICT, kind="system", scopes=scopes)
    business = ["instagram_business_basic", "instagram_business_manage_comments"]
    network.grant("instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=business)
    told = [p for p in network.posts.values() if p.where == "instagram" and p.status != "removed"]
    told = [p for p in told if p.kind != "story" or network.now() - p.created < timedelta(hours=24)]
    known = account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")
    versions = []
    for token in (OURS, FACEBOOKS):
        http = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "instagram")))
        http.authorize({"token": token})
        known = known.identified(instagram.identify(known, http))
        found = {r.native_id: r for e in instagram.fetch(known, Window("full"), http) for r in instagram.parse(e)}
        assert len(found) == 1 + len(told) > 160
        assert {p.now.text for p in told} == {r.text for r in found.values() if r.kind != "profile"}
        assert {r.leftover for r in found.values()} == {()}
        counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
        assert counted == {i: sum(r.root_id == i != r.record_id for r in found.values()) for i in counted}
        assert sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
        totals = instagram.totals(known, http)
        assert totals is not None
        assert totals.kinds == {"post": sum(r.kind == "post" for r in found.values())}
        versions.append({n: version_of(r) for n, r in found.items()})
    assert versions[0] == versions[1], "the login makes no difference"
    assert network.invalid == []


def test_a_token_of_instagrams_login_is_renewed_and_one_of_facebooks_asked_when_it_ends() -> None:
    """On the sandbox, whose clock is moved."""
    network, wanted = tell(START), account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")

    def client(token: str) -> HttpClient:
        http = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "instagram")))
        http.authorize({"token": token})
        return http

    network.grant("instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=[], expires=START + timedelta(days=60))
    with pytest.raises(UnexpectedResponse, match="24 hours") as young:
        instagram.renew(wanted, client(OURS))
    assert OURS not in str(young.value)
    network.wait(hours=25)
    fresh = instagram.renew(wanted, client(OURS))
    assert fresh.values["token"] != OURS
    assert fresh.expires_at is not None
    assert abs(fresh.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=1)
    network.wait(days=61)
    with pytest.raises(TokenExpired, match=r"error 190 \(463\)"):
        instagram.renew(wanted, client(OURS))
    ends = network.now() + timedelta(days=9)
    network.grant("instagram", FACEBOOKS, INSTAGRAM_DISTRICT, kind="page", scopes=[], expires=ends)
    network.grant("instagram", FACEBOOKS + "s", INSTAGRAM_DISTRICT, kind="system", scopes=[])
    told = instagram.inspect(wanted, client(FACEBOOKS))
    assert (told.values, told.expires_at, told.consent_until) == ({}, ends, network.now() + timedelta(days=90))
    assert instagram.inspect(wanted, client(FACEBOOKS + "s")) == Token()
    assert instagram.PLATFORM.renewal is not None
    assert FACEBOOKS.startswith(instagram.PLATFORM.renewal.spared)
    assert not OURS.startswith(instagram.PLATFORM.renewal.spared)
    assert network.invalid == []


# -- limits -------------------------------------------------------------------------------------------------------------------------


def test_a_list_as_long_as_the_platforms_limit_is_told_to_the_core(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    def words() -> set[str]:
        return {e.context.get("short", "") for e in instagram.fetch(DISTRICT, Window("full"), client_of(gallery))}

    for number in range(10, 160):
        gallery.post(number)
    monkeypatch.setattr("recordroom.platforms.instagram.walk.LISTED", 153)
    assert words() == {""}
    monkeypatch.setattr("recordroom.platforms.instagram.walk.LISTED", 152)
    assert "gave 152: there may be more" in max(words())


@pytest.mark.parametrize("code", [10, 100, 200, 2500])
def test_tagged_posts_that_are_refused_cost_nothing_else_and_are_told(gallery: Gallery, code: int) -> None:
    gallery.answers["/tags"] = error(code, "(#10) Application does not have permission for this action", 33 if code == 100 else None)
    exchanges = list(instagram.fetch(DISTRICT, Window("full"), client_of(gallery)))
    assert {r.native_id for e in exchanges for r in instagram.parse(e)} == {ME, "1", "1010", "1011", "1012", "2", "700"}
    [short] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert f"error {code}" in short
    before = exchanges[1].cursor  # read before the refusal
    again = list(instagram.fetch(DISTRICT, Window("full", cursor=before), client_of(gallery)))
    assert {e.context["short"] for e in again if "short" in e.context} == {short}


def test_other_failures_of_tagged_posts_are_failures(gallery: Gallery) -> None:
    for answer, kind in ((error(4, "limit"), Throttled), (error(190, "dead", 463), TokenExpired), (Answer("<p>"), UnexpectedResponse)):
        gallery.answers["/tags"] = answer
        with pytest.raises(kind):
            records_of(gallery)


def test_too_much_data_halves_the_page_and_it_stays_so() -> None:
    gallery = Gallery()
    first = gallery.post(1)
    for n in range(120):
        gallery.comment(first, 2000 + n)

    def careful(url: str) -> Answer:
        limit = int(parse_qs(urlsplit(url).query).get("limit", ["0"])[0])
        if "/comments?" in url and limit > 30:
            return error(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)
        return gallery(url)

    client = client_of(careful)
    assert len({r.native_id for e in instagram.fetch(DISTRICT, Window("full"), client) for r in instagram.parse(e)}) == 122
    assert [parse_qs(urlsplit(url).query)["limit"][0] for url in asked_for(client, "/comments?")] == ["50", *["25"] * 5]


def test_a_throttle_says_when_to_come_back(gallery: Gallery) -> None:
    case = [{"type": "instagram", "call_count": 100, "total_cputime": 25, "total_time": 25, "estimated_time_to_regain_access": 19}]
    headers = {"X-Business-Use-Case-Usage": json.dumps({ME: case})}
    words = "(#80002) There have been too many calls to this Instagram account."
    gallery.answers["/media"] = error(80002, words, headers=headers)
    with pytest.raises(Throttled, match="80002") as told:
        records_of(gallery)
    assert told.value.until == NOW + timedelta(minutes=19)


def test_what_was_read_before_a_fault_was_given_out(gallery: Gallery) -> None:
    gallery.answers["/1/comments"] = error(4, "(#4) Application request limit reached")
    exchanges: list[Exchange] = []
    with pytest.raises(Throttled):
        exchanges.extend(instagram.fetch(DISTRICT, Window("full"), client_of(gallery)))
    assert {r.native_id for e in exchanges for r in instagram.parse(e)} == {ME, "700", "3", "1", "2"}
    gallery.answers.clear()
    rest = records_of(gallery, Window("full", cursor=exchanges[-1].cursor))
    assert set(rest) == {"1010", "1011", "1012"}


def test_a_post_that_has_just_gone_stops_nothing(gallery: Gallery) -> None:
    gallery.answers["/1/comments"] = error(100, "Unsupported get request.", 33)
    assert set(records_of(gallery)) == {ME, "1", "2", "700", "3"}


# -- who, how many, by id ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://www.instagram.com/fircrestschools", "https://instagram.com/FircrestSchools/"])
@pytest.mark.parametrize(("login", "holder"), [("instagram", ""), ("facebook", "page"), ("facebook", "person")])
def test_the_account_of_the_register_is_one_that_the_token_reads(url: str, login: str, holder: str) -> None:
    gallery = Gallery(login=login, holder=holder)
    identity = instagram.identify(account("instagram", url), client_of(gallery))
    assert (identity.native_id, identity.server, identity.handle) == (ME, "instagram.com", "fircrestschools"), "never the app's own number"
    known = account("instagram", url, identity)
    assert instagram.identify(known, client_of(gallery)).native_id == ME
    gallery.account["username"] = "renamed"
    assert instagram.identify(known, client_of(gallery)).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="the token reads renamed, the register says") as told:
        instagram.identify(account("instagram", url), client_of(gallery))
    assert "correct `url`" in told.value.mend


def test_another_account_is_refused() -> None:
    gallery, pinned = Gallery(login="facebook"), Identity("999", "instagram.com")
    with pytest.raises(AccountUnavailable):
        instagram.identify(account("instagram", "https://www.instagram.com/fircrestschools", pinned), client_of(gallery))
    other = instagram.identify(account("instagram", "https://www.instagram.com/fircrestschools", pinned), client_of(Gallery()))
    assert other.native_id == ME, "which the core compares with what was pinned"


def test_the_apps_own_number_of_an_account_is_never_its_identity() -> None:
    with pytest.raises(UnexpectedResponse, match="user_id"):
        instagram.identify(DISTRICT, client_of([Answer({"id": "9000", "username": "fircrestschools"})]))


def test_a_token_without_any_account_is_told_so() -> None:
    nobody = account("instagram", "https://www.instagram.com/fircrestschools")
    for answers in ([Answer({"id": "500"})], [error(100, "(#100) Tried accessing nonexisting field"), Answer({"data": []})]):
        with pytest.raises(AccountUnavailable, match="no Instagram account"):
            instagram.identify(nobody, client_of(answers, FACEBOOKS))
    with pytest.raises(UnexpectedResponse, match="temporarily"):
        instagram.identify(nobody, client_of([error(2, "Service temporarily unavailable", status=503)], FACEBOOKS))
    with pytest.raises(Blocked, match="without a token"):
        instagram.identify(nobody, Scripted(Gallery()))


def test_each_login_asks_its_own_host_and_ids_together_only_where_that_is_documented(gallery: Gallery) -> None:
    for number in range(20, 60):
        gallery.comment("1", number)
    asked = [known(str(number)) for number in range(20, 60)]
    for login, requests in (("instagram", 40), ("facebook", 1)):
        gallery.login = login
        client = client_of(gallery)
        assert len(list(instagram.lookup(DISTRICT, asked, client))) == requests
        assert {urlsplit(url).hostname for url in client.asked} == {f"graph.{login}.com"}


def known(native: str, kind: str = "comment", root: str = "1", began: datetime | None = None) -> Known:
    return Known(f"instagram:{native}", native, kind, f"instagram:{root}", f"instagram:{root}", began)


@pytest.mark.parametrize("login", LOGINS)
def test_what_cannot_be_seen_is_unavailable_and_the_rest_is_read(gallery: Gallery, login: str) -> None:
    gallery.login, gallery.gone = login, {"1010", "2"}
    asked = [known("1", "post"), known("2", "post", "2"), known("1010"), known("1011", "reply"), Known(f"instagram:{ME}", ME, "profile")]
    answers = list(instagram.lookup(DISTRICT, asked, client_of(gallery)))
    gone = {a.record_id: (a.status, a.acted_by, a.ended) for a in answers if isinstance(a, Absence)}
    assert gone == {f"instagram:{n}": ("unavailable", None, False) for n in gallery.gone}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in instagram.parse(e)}
    assert set(found) == {"1", "1011", ME}
    assert (found["1011"].kind, found["1011"].parent_id, found["1011"].root_id) == ("reply", "instagram:1", "instagram:1"), "as first seen"
    assert version_of(found["1"]) == version_of(records_of(gallery)["1"])
    assert not list(instagram.lookup(DISTRICT, [], client_of(gallery)))


def test_a_story_that_ends_is_no_removal(gallery: Gallery) -> None:
    gallery.comment("700", 1020)
    gallery.gone = {"700", "701", "1020"}
    day = timedelta(hours=24)
    over = [known("700", "story", "700", NOW - day), known("1020", "comment", "700", NOW - day)]
    early = [known("701", "story", "701", NOW - day + timedelta(seconds=1))]
    told = {a.record_id: a for a in instagram.lookup(DISTRICT, over + early, client_of(gallery)) if isinstance(a, Absence)}
    for ended in (told["instagram:700"], told["instagram:1020"]):
        assert (ended.status, ended.acted_by, ended.ended) == ("unavailable", "platform", True)
        assert "24 hours are over" in ended.reason
    assert (told["instagram:701"].acted_by, told["instagram:701"].ended) == (None, False)
    gallery.gone = set()
    [answer] = instagram.lookup(DISTRICT, over[:1], client_of(gallery))
    assert isinstance(answer, Exchange)
    [kept] = instagram.parse(answer)
    assert (kept.kind, version_of(kept)) == ("story", version_of(records_of(gallery)["700"])), "a highlight"


def test_tagged_posts_are_looked_for_in_the_whole_list_for_only_it_knows_them(gallery: Gallery) -> None:
    for number in range(100, 320):
        gallery.tag(number)
    del gallery.tagged["150"]
    asked = [Known(f"instagram:{n}", n, "comment", None, f"instagram:{n}") for n in ("3", "150", "310")]
    client = client_of(gallery)
    answers = list(instagram.lookup(DISTRICT, asked, client))
    assert [(a.record_id, a.status, a.acted_by) for a in answers if isinstance(a, Absence)] == [("instagram:150", "unavailable", None)]
    assert {"3", "310"} <= {r.native_id for e in answers if isinstance(e, Exchange) for r in instagram.parse(e)}
    assert len(client.asked) == 3
    gallery.answers["/tags"] = error(10, "permission")
    [refused] = instagram.lookup(DISTRICT, asked, client_of(gallery))
    assert isinstance(refused, Exchange)
    assert refused.context["untold"] == [one.record_id for one in asked]
    assert not list(instagram.parse(refused))
    gallery.answers["/tags"] = error(4, "too many calls")
    with pytest.raises(Throttled):
        list(instagram.lookup(DISTRICT, asked, client_of(gallery)))


def test_a_permission_that_was_taken_away_is_told_from_comments_that_are_gone(gallery: Gallery) -> None:
    """Without it the lists of comments are empty and each comment is error 100."""
    gallery.silent = True
    with pytest.raises(Blocked, match="counts 3 comments on the newest posts and shows none"):
        list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))
    gallery.posts["1"]["comments_count"] = 0
    assert [type(a) for a in instagram.lookup(DISTRICT, [known("1010")], client_of(gallery))] == [Absence]


def test_error_100_about_the_request_is_no_absence(gallery: Gallery) -> None:
    gallery.answers["/1010"] = error(100, "(#100) Tried accessing nonexisting field (mood)")
    with pytest.raises(UnexpectedResponse):
        list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))
    for answer in (error(4, "limit"), error(190, "dead", 463), error(10, "permission")):
        gallery.answers["/1010"] = answer
        with pytest.raises((Throttled, TokenExpired, Blocked)):
            list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://www.instagram.com/p/C1/", "1"),
        ("https://www.instagram.com/reel/C1", "1"),
        ("https://instagram.com/fircrestschools/p/C1/?img_index=2", "1"),
        ("https://www.instagram.com/tv/C1/", "1"),
        ("https://www.instagram.com/stories/fircrestschools/3100/", "700"),
    ],
)
def test_a_permalink_brings_its_whole_conversation(gallery: Gallery, url: str, number: str) -> None:
    gallery.stories["700"] |= {"permalink": "https://instagram.com/stories/fircrestschools/3100", "shortcode": "DX"}
    conversation = {"1010", "1011", "1012"} if number == "1" else set()
    assert set(records_of(gallery, Window("one", url=url))) == {ME, number, *conversation}


@pytest.mark.parametrize(
    "url",
    [
        "https://www.instagram.com/fircrestschools",
        "https://elsewhere.example/p/C1/",
        "https://notinstagram.com/p/C1/",
        "https://www.instagram.com/p/C999/",
        "https://www.instagram.com/stories/fircrestschools/1/",
        "https://www.instagram.com/p/C3/",  # which only tags the account
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(gallery: Gallery, url: str) -> None:
    with pytest.raises(UsageError):
        records_of(gallery, Window("one", url=url))


# -- parse ------------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(instagram.parse(Exchange("GET", "https://graph.instagram.com/v26.0/x", 200, (), json.dumps(body).encode(), context)))


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in instagram.parse(instagram.saved(orjson.dumps(body), url, None))]

    comment = {"id": "1", "timestamp": at(1), "text": "x"}
    assert kinds(comment) == kinds({"data": [comment]}) == kinds({"1": comment}) == ["comment"]
    assert kinds(comment | {"parent_id": "2"}) == kinds({"data": [comment]}, "https://g/v1/2/replies?x=1") == ["reply"]
    bare = {"id": "1", "media_type": "IMAGE"}
    assert kinds(bare) == ["post"]
    assert kinds({"data": [bare], "paging": {"next": "https://graph.facebook.com/v8.0/2/stories?x=1"}}) == ["story"]
    assert kinds({"data": [bare]}, "https://g/v1/2/tags") == ["comment"]
    assert kinds({"id": "1", "username": "a", "followers_count": 3}) == ["profile"]
    inside = bare | {"comments": {"data": [comment | {"replies": {"data": [comment | {"id": "2"}]}}]}}
    found = list(instagram.parse(instagram.saved(orjson.dumps(inside), None, None)))
    assert [(r.kind, r.parent_id, r.root_id) for r in found[1:]] == [
        ("comment", "instagram:1", "instagram:1"),
        ("reply", "instagram:1", "instagram:1"),
    ]


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "owner": {"id": ME, "shoe_size": 44}}
    [post] = parsed(more, account=ME, edge="media")
    assert post.leftover == ("mood", "owner.shoe_size")
    third = {"id": "6", "timestamp": at(2), "text": "y", "replies": {}}
    comment = {"id": "5", "timestamp": at(1), "text": "x", "replies": {"data": [third]}}
    assert [r.leftover for r in parsed({"data": [comment]}, account=ME, edge="comments")] == [(), ("replies",)], "of a third level"


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "caption"} | {"text": SHAPE["caption"]}
    with pytest.raises(UnexpectedResponse, match=r"caption must be there, or no unknown field beside it \(text\)"):
        parsed(renamed, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match=r"text must be there"):
        parsed({"id": "5", "timestamp": at(1), "message": "x"}, account=ME, edge="comments")


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    broken, whole = parsed({"data": [SHAPE | {"caption": "half \ud83d a face"}, SHAPE | {"id": "2"}]}, account=ME, edge="media")
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


@pytest.mark.parametrize(
    ("text", "mentions", "tags"),
    [
        ("Thanks @amy.r, and (@ben_t)!", ["amy.r", "ben_t"], []),
        ("Mail office@fircrest.example, @amy.r.", ["amy.r"], []),
        ("#Nieve #École, #SnowDay2 #42 &#39; a#b", [], ["Nieve", "École", "SnowDay2"]),
        ("@", [], []),
    ],
)
def test_names_and_hashtags_are_read_as_instagram_writes_them(text: str, mentions: list[str], tags: list[str]) -> None:
    [post] = parsed(SHAPE | {"caption": text}, account=ME, edge="media")
    assert (post.mentions, post.tags) == (mentions, tags)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    gallery = Gallery(pages_of_replies=25)
    reel(gallery, 1)
    above = gallery.comment("1", 20)
    for n in range(30):
        gallery.comment(above, 2000 + n)
    gallery.story(700)
    gallery.tag(3)
    turn, turns = data.draw(st.integers(0, 6)), iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = gallery(url)
        return Answer(json.dumps(data.draw(damaged(answer.body)))) if next(turns) == turn else answer

    try:
        for exchange in instagram.fetch(DISTRICT, Window("full"), client_of(worn)):
            list(instagram.parse(exchange))
            canonical(dict(exchange.context))
    except PlatformFailure:
        pass
