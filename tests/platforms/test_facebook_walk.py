"""Facebook Pages against a made-up Page behind the Graph API's limits: what is asked for, who answers, and objects by their ids."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from recordroom.errors import AccountUnavailable, Blocked, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, version_of
from recordroom.platforms import Known, Window, facebook
from recordroom.platforms.facebook.hints import GLANCE
from tests.platforms.scripted import Answer, Scripted, account, asked_for
from tests.platforms.wall import (
    AMY,
    BEN,
    DISTRICT,
    HOST,
    ME,
    START,
    TOKEN,
    Wall,
    album,
    at,
    client_of,
    conversations,
    error,
    records_of,
)

RECENT = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))


@pytest.fixture
def wall() -> Wall:
    return conversations()


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_comments_and_replies_have_their_places(wall: Wall, window: Window) -> None:
    found = records_of(wall, window)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_is_account) for n, r in found.items() if r.title != "Moderation"}
    first, visitor = "facebook:100_1", "facebook:100_3"
    assert placed == {
        "100": ("profile", None, None, True),
        "100_1": ("post", None, first, True),
        "1_10": ("comment", first, first, False),
        "1_11": ("reply", "facebook:1_10", first, True),
        "1_12": ("reply", "facebook:1_10", first, False),
        "100_2": ("post", None, "facebook:100_2", True),
        "100_3": ("comment", None, visitor, False),
        "3_13": ("reply", visitor, visitor, True),
    }
    assert found["100_1"].counts == {"comments": 1}
    assert found["1_10"].counts == {"comments": 2, "likes": 0}


def test_comments_are_asked_for_as_one_stream_oldest_first(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    threads = [parse_qs(urlsplit(url).query) for url in asked_for(client, "/comments")]
    assert threads
    for query in threads:
        assert (query["filter"], query["order"], query["live_filter"]) == (["stream"], ["chronological"], ["no_filter"])
        assert "parent{id}" in query["fields"][0]


def test_the_default_filter_would_lose_the_replies(wall: Wall) -> None:
    plain = Scripted(lambda url: wall(url.replace("filter=stream", "filter=toplevel")), secrets={"token": TOKEN})
    found = {r.native_id for e in facebook.fetch(DISTRICT, Window("full"), plain) for r in facebook.parse(e)}
    assert not found & {"1_11", "1_12"}


def test_posts_without_comments_cost_no_request(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    assert not asked_for(client, "/100_2/comments")
    wall.posts["100_2"]["updated_time"] = at(900)  # something moved it: a comment that the count leaves out
    list(facebook.fetch(DISTRICT, Window("full"), client))
    assert asked_for(client, "/100_2/comments")


def test_the_token_stands_in_no_address_and_in_no_cursor() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.comment(wall.post(number), number + 1000)
    for number in range(2000, 2350):
        wall.comment("100_249", number)
    client = client_of(wall)
    exchanges = list(facebook.fetch(DISTRICT, Window("full"), client))
    assert any(TOKEN.encode() in e.body for e in exchanges)  # paging.next has it (the client scrubs bodies)
    assert all(sent == {"Authorization": f"Bearer {TOKEN}"} for sent in client.sent)
    assert [url for url in client.asked if TOKEN in url] == [f"{HOST}/v26.0/debug_token?input_token={TOKEN}"]  # its answer is not kept
    assert not any(TOKEN in (e.cursor or "") or TOKEN in e.url or TOKEN in json.dumps(e.context) for e in exchanges)
    assert len({r.native_id for e in exchanges for r in facebook.parse(e)}) == 2 + 249 + 249 + 350


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    wall = Wall(unlisted={"100_77"}, nowhere={"100_300", "100_301"}, reels=[{"id": n} for n in ("300", "301", "302")])
    wall.videos["302"] = {"id": "302", "created_time": at(302), "description": "a reel"}
    for number in (300, 301, *range(1, 130, 2)):
        wall.post(number, AMY if number % 5 == 0 else ME)
    for number in range(2000, 2250):
        wall.comment("100_127", number)
    for number in range(3000, 3120):
        wall.comment("100_125", number, BEN, "125_3000" if number > 3000 else None)
    wall.posts["100_121"]["attachments"] = {"data": [{"type": "album", "subattachments": {"data": [wall.photo(n) for n in (7, 8)]}}]}
    wall.comment("7", 4000)
    window = Window(kind, since=START, url="https://www.facebook.com/fircrest/posts/127/")
    exchanges = list(facebook.fetch(DISTRICT, window, client_of(wall)))
    whole = [{r.record_id for r in facebook.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == {"one": 252, "recent": 440}.get(kind, 441)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = {
            r.record_id
            for e in facebook.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(wall))
            for r in facebook.parse(e)
        }
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_an_address_that_died_meanwhile_begins_the_list_anew() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.post(number)
    second = list(facebook.fetch(DISTRICT, Window("history"), client_of(wall)))[2]
    wall.answers["after=100"] = error(100, "(#100) Invalid cursor")
    with pytest.raises(UnexpectedResponse, match="Invalid cursor"):
        records_of(wall, Window("history", cursor=second.cursor))

    def once(_: str) -> Answer:
        del wall.answers["after=100"]
        return error(100, "(#100) Invalid cursor")

    wall.answers["after=100"] = once
    assert len(records_of(wall, Window("history", cursor=second.cursor))) == 250


def test_a_recent_window_reads_the_last_days_and_older_posts_that_a_comment_has_moved() -> None:
    wall = Wall()
    for number in range(1, 700):
        wall.post(number)
    wall.comment("100_20", 695)  # new, on an old post
    wall.comment("100_21", 100)
    wall.comment("100_600", 650)
    client = client_of(wall)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, RECENT, client) for r in facebook.parse(e)}
    assert set(found) == {ME, "100_20", "20_695", "600_650"} | {f"100_{n}" for n in range(500, 700)}
    assert found["20_695"].root_id == "facebook:100_20"
    assert all("until=" in url for url in asked_for(client, "/feed") if "since=" not in url)
    quiet = client_of(wall)
    assert "100_20" not in {
        r.native_id for e in facebook.fetch(DISTRICT, replace(RECENT, changed_since=None), quiet) for r in facebook.parse(e)
    }
    assert not [url for url in asked_for(quiet, "/feed") if "until=" in url]


def test_a_glance_at_older_posts_has_an_end() -> None:
    wall = Wall()
    for number in range(1, 1300):
        wall.post(number)
    window = replace(RECENT, since=START + timedelta(hours=1290))
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, window, client))
    assert len([url for url in asked_for(client, "/feed") if "until=" in url or "after=" in url]) == GLANCE


def test_hidden_and_expired_posts_are_asked_for(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    lists = [parse_qs(urlsplit(url).query) for edge in ("/published_posts", "/feed") for url in asked_for(client, edge)]
    assert [(q["include_hidden"], q["show_expired"], q["limit"]) for q in lists] == [(["true"], ["true"], ["100"])] * 2


def test_posts_that_only_tag_the_page_are_kept_and_their_conversations_are_not() -> None:
    wall = Wall()
    elsewhere = wall.post(5, AMY, AMY)
    wall.comment(elsewhere, 50, BEN)
    client = client_of(wall)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    assert (found["200_5"].kind, found["200_5"].author_is_account, found["200_5"].counts) == ("comment", False, None)
    assert "5_50" not in found
    assert not asked_for(client, "/200_5/comments")


def test_what_the_page_published_is_read_with_its_comments_whatever_number_its_id_begins_with() -> None:
    """That of a Page that was merged into it, say."""
    wall = Wall()
    ours = wall.post(5, ME, AMY)
    wall.comment(ours, 50, BEN)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall)) for r in facebook.parse(e)}
    assert (found["200_5"].kind, found["200_5"].author_is_account, (found["200_5"].counts or {})["comments"]) == ("post", True, 1)
    assert (found["5_50"].kind, found["5_50"].parent_id, found["5_50"].root_id) == ("comment", "facebook:200_5", "facebook:200_5")


def test_where_its_comments_are_refused_on_somebody_elses_wall_the_rest_is_captured() -> None:
    """They are counted, and lack: the core tells it."""
    wall = Wall()
    for number in range(5, 10):
        wall.comment(wall.post(number, ME, AMY), number * 10, BEN)
        wall.answers[f"/200_{number}/comments"] = error(10, "(#10) This endpoint requires 'Page Public Content Access'")
    wall.comment(wall.post(20), 200, BEN)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall)) for r in facebook.parse(e)}
    assert {"20_200", "200_5"} <= found.keys()
    assert (found["200_5"].counts or {})["comments"] == 1


def test_an_author_who_is_not_told_stays_unknown() -> None:
    wall = Wall()
    wall.comment(wall.post(1), 10)
    del wall.comments["100_1"][0]["from"], wall.posts["100_1"]["from"]
    wall.post(2, AMY)
    visitor = copy.deepcopy(wall.posts["100_2"])
    [comment] = facebook.parse(Exchange("GET", "", 200, (), orjson.dumps(visitor | {"from": None}), {"account": ME, "edge": "feed"}))
    assert (comment.kind, comment.author_id, comment.author_is_account) == ("comment", None, None)
    body, context = orjson.dumps({"data": [wall.posts["100_1"]]}), {"account": ME, "edge": "published_posts"}
    [post] = facebook.parse(Exchange("GET", "", 200, (), body, context))
    assert (post.kind, post.author_id, post.author_is_account) == ("post", None, True)


def test_what_is_not_published_yet_is_no_record_and_an_advertisement_is_one() -> None:
    wall = Wall()
    wall.post(1, is_published=False, scheduled_publish_time=1795000000)
    wall.post(2, is_published=False)
    found = records_of(wall)
    assert "100_1" not in found
    assert (found["100_2"].visibility, found["100_2"].tally) == ("unpublished", None)


def test_an_edit_is_told_by_content_alone(wall: Wall) -> None:
    before = records_of(wall)["100_1"]
    wall.comment("100_1", 60)
    after = records_of(wall)["100_1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), after.edited_at, after.valid_from)
    assert (after.edited_at, after.valid_from) == (None, None)
    wall.posts["100_1"]["message"] = "corrected"
    assert version_of(records_of(wall)["100_1"]) != version_of(before)


# -- who, how many, by id ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/FircrestSchools",
        "https://facebook.com/fircrest.schools/",
        "https://www.facebook.com/100",
        "https://www.facebook.com/profile.php?id=100",
        "https://www.facebook.com/p/Fircrest-Schools-100/",
        "https://www.facebook.com/pages/Fircrest-Schools/100",
    ],
)
def test_the_page_of_the_register_is_the_tokens(url: str) -> None:
    identity = facebook.identify(account("facebook", url), client_of(Wall()))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        ME,
        "facebook.com",
        "Fircrest Schools",
        "FircrestSchools",
    )


def test_a_persons_token_is_refused_in_words(wall: Wall) -> None:
    """With it comments come back as {"data": []} and HTTP 200: they would look deleted."""
    wall.holder = AMY
    empty = [e for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall)) if e.context.get("edge") == "comments"]
    assert empty
    assert not any(list(facebook.parse(e)) for e in empty)
    for refusal in (None, error(100, "(#100) Tried accessing nonexisting field (username) on node type (User)")):
        if refusal is not None:
            wall.answers["username"] = refusal
        with pytest.raises(Blocked, match="no Page but a person") as told:
            facebook.identify(account("facebook", "https://www.facebook.com/FircrestSchools"), client_of(wall))
        assert "the Page's own token" in told.value.mend
    with pytest.raises(Blocked, match="without a token"):
        facebook.identify(DISTRICT, Scripted(wall))


def test_a_fault_while_asking_whose_token_it_is_is_that_fault() -> None:
    answers = [error(2, "Service temporarily unavailable", status=503), Answer({"id": ME})]
    with pytest.raises(UnexpectedResponse, match="temporarily"):
        facebook.identify(DISTRICT, client_of(answers))


def test_another_page_is_refused_and_a_renamed_one_is_followed() -> None:
    other = account("facebook", "https://www.facebook.com/LarkspurAthletics")
    with pytest.raises(AccountUnavailable, match="LarkspurAthletics") as told:
        facebook.identify(other, client_of(Wall()))
    assert "https://www.facebook.com/100" in told.value.mend
    assert facebook.identify(other.identified(Identity(ME, "facebook.com")), client_of(Wall())).native_id == ME
    with pytest.raises(AccountUnavailable):
        facebook.identify(other.identified(Identity("999", "facebook.com")), client_of(Wall()))


def test_totals_are_the_platforms_where_it_counts(wall: Wall) -> None:
    totals = facebook.totals(DISTRICT, client_of(wall))
    assert totals is not None
    assert totals.kinds == {"own": 2}
    assert sum(r.tally == "own" for r in records_of(wall).values()) == 2
    assert facebook.totals(DISTRICT, client_of([Answer({"data": []})])) is None


def known(native: str, kind: str = "comment", root: str = "100_1") -> Known:
    return Known(f"facebook:{native}", native, kind, f"facebook:{root}", f"facebook:{root}")


def test_what_cannot_be_seen_is_unavailable_and_the_rest_is_read(wall: Wall) -> None:
    for number in range(20, 90):
        wall.comment("100_1", number)
    wall.gone = {"1_20", "1_55", "100_2"}
    asked = [
        Known("facebook:100_1", "100_1", "post", None, "facebook:100_1"),
        Known("facebook:100_2", "100_2", "post", None, "facebook:100_2"),
    ]
    asked += [Known("facebook:100_3", "100_3", "comment", None, "facebook:100_3"), Known("facebook:100", "100", "profile")]
    asked += [known(f"1_{n}") for n in range(20, 90)] + [known("1_11", "reply")]
    client = client_of(wall)
    answers = list(facebook.lookup(DISTRICT, asked, client))
    gone = {a.record_id: (a.status, a.acted_by) for a in answers if isinstance(a, Absence)}
    assert gone == {f"facebook:{n}": ("unavailable", None) for n in wall.gone}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)}
    assert set(found) == {k.native_id for k in asked} - wall.gone
    assert (found["1_11"].kind, found["1_11"].parent_id, found["1_11"].root_id) == ("reply", "facebook:100_1", "facebook:100_1")
    assert (found["100_3"].kind, found["100_3"].root_id) == ("comment", "facebook:100_3")
    assert all(b"does not exist" in a.exchange.body for a in answers if isinstance(a, Absence))
    assert len(client.asked) < 40
    assert not list(facebook.lookup(DISTRICT, [], client))


def test_an_id_that_an_answer_for_many_leaves_out_is_asked_for_alone(wall: Wall) -> None:
    wall.answers["ids="] = lambda _: Answer({"1_10": wall.seen("1_10")})
    answers = list(facebook.lookup(DISTRICT, [known("1_10"), known("1_11", "reply"), known("1_99")], client_of(wall)))
    assert [a.record_id for a in answers if isinstance(a, Absence)] == ["facebook:1_99"]
    assert {r.native_id for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)} == {"1_10", "1_11"}


def test_ids_that_an_answer_leaves_out_all_are_asked_for_alone_too(wall: Wall) -> None:
    """The answer is an empty list then, and no object: as an empty object is written there."""
    wall.answers["ids="] = Answer([])
    answers = list(facebook.lookup(DISTRICT, [known("1_10"), known("1_99")], client_of(wall)))
    assert [a.record_id for a in answers if isinstance(a, Absence)] == ["facebook:1_99"]
    assert {r.native_id for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)} == {"1_10"}
    album(wall, wall.post(40), range(50, 53))
    assert [m.alt_text for m in records_of(wall)["100_40"].media] == ["photo 50", "photo 51", "photo 52"]


def test_error_100_about_the_request_is_no_absence(wall: Wall) -> None:
    for words in ("(#100) Tried accessing nonexisting field (mood)", "(#100) param fields must be an array."):
        wall.answers["/1_10"] = error(100, words)
        with pytest.raises(UnexpectedResponse):
            list(facebook.lookup(DISTRICT, [known("1_10")], client_of(wall)))
    for answer in (error(4, "limit"), error(190, "dead", 463), error(10, "permission")):
        wall.answers["/1_10"] = answer
        with pytest.raises((Throttled, TokenExpired, Blocked)):
            list(facebook.lookup(DISTRICT, [known("1_10")], client_of(wall)))


def test_a_page_of_something_between_that_says_404_is_no_absence(wall: Wall) -> None:
    wall.answers["/1_10"] = Answer("<html>404 Not Found</html>", 404)
    with pytest.raises(UnexpectedResponse, match="no word of the platform's"):
        list(facebook.lookup(DISTRICT, [known("1_10")], client_of(wall)))


def test_a_post_taken_back_to_a_later_day_is_hidden(wall: Wall) -> None:
    wall.posts["100_1"] |= {"is_published": False, "scheduled_publish_time": 1795000000}
    answers = list(facebook.lookup(DISTRICT, [Known("facebook:100_1", "100_1", "post", None, "facebook:100_1")], client_of(wall)))
    assert [(a.status, a.acted_by) for a in answers if isinstance(a, Absence)] == [("hidden", "agency")]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/fircrest/posts/1",
        "https://www.facebook.com/100/posts/1/?comment_id=10",
        "https://www.facebook.com/fircrest/posts/the-buses-are-late/1/",
        "https://m.facebook.com/permalink.php?story_fbid=1&id=100",
        "https://www.facebook.com/permalink.php?story_fbid=1&id=100099",  # the Page's other number, which Graph does not use
        "https://www.facebook.com/fircrest/posts/pfbid0One",
        "https://m.facebook.com/story.php?story_fbid=pfbid0One&id=100099",
        "https://www.facebook.com/photo?fbid=40&set=a.1",
        "https://www.facebook.com/photo.php?fbid=40",
        "https://www.facebook.com/fircrest/photos/a.441/40/?type=3",
        "https://www.facebook.com/reel/50",
        "https://www.facebook.com/fircrest/videos/50/",
        "https://www.facebook.com/fircrest/videos/a-title/50/",
        "https://www.facebook.com/watch/?v=50",
        "https://www.facebook.com/fircrest/videos/51/",
    ],
)
def test_a_permalink_brings_its_whole_conversation(wall: Wall, url: str) -> None:
    wall.posts["100_1"]["permalink_url"] = "https://www.facebook.com/100099/posts/pfbid0One"
    wall.photos["40"] = {"id": "40", "page_story_id": "100_1"}
    wall.videos = {"50": {"id": "50", "post_id": "1"}, "51": {"id": "51"}}
    wall.posts["100_51"] = wall.posts["100_1"] | {"id": "100_51"}
    wall.comments["100_51"] = wall.comments["100_1"]
    post = "100_51" if "51" in url else "100_1"
    assert set(records_of(wall, Window("one", url=url))) == {ME, post, "1_10", "1_11", "1_12"}


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/fircrest",
        "https://elsewhere.example/fircrest/posts/1",
        "https://notfacebook.com/fircrest/posts/1",
        "https://www.facebook.com/permalink.php?story_fbid=998&id=999",
        "https://www.facebook.com/fircrest/posts/999",
        "https://www.facebook.com/photo?fbid=999",
        "https://www.facebook.com/fircrest/posts/pfbid02abc",
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(wall: Wall, url: str) -> None:
    with pytest.raises(UsageError):
        records_of(wall, Window("one", url=url))


def test_an_address_that_no_list_has_proves_nothing_gone(wall: Wall) -> None:
    with pytest.raises(UsageError, match="does not say that it is gone"):
        records_of(wall, Window("one", url="https://www.facebook.com/fircrest/posts/pfbid02abc"))
