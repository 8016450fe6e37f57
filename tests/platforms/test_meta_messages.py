"""Private messages of a Page and of an account on Instagram, against a made-up inbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from recordroom.errors import PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, Identity, Record, version_of
from recordroom.platforms import LATE, Window, facebook, instagram
from tests.platforms import gallery as of_instagram
from tests.platforms import wall as of_facebook
from tests.platforms.gallery import Gallery
from tests.platforms.mailbox import Mailbox
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.wall import START, TOKEN, Wall, error

PAGE = account("facebook", "https://www.facebook.com/FircrestSchools", Identity(of_facebook.ME, "facebook.com"))
PHOTOS = account(
    "instagram", "https://www.instagram.com/fircrestschools", Identity(of_instagram.ME, "instagram.com", handle="fircrestschools")
)
US, AMY = {"name": "Fircrest Schools", "email": "100@facebook.com", "id": of_facebook.ME}, {"name": "Amy R.", "id": "7001"}
WE, BEN = {"username": "fircrestschools", "id": of_instagram.ME}, {"username": "ben_t", "id": "7002"}
ALL = Window("full", messages=True)


class Page:
    """A Page with a post and an inbox."""

    module, account = facebook, PAGE

    def __init__(self) -> None:
        self.wall, self.box = Wall(), Mailbox(of_facebook.HOST, (US, AMY))
        self.wall.comment(self.wall.post(1), 10)
        self.wall.answers |= {"/conversations": self.box, "/messages": self.box}

    def fetched(self, window: Window = ALL) -> Iterator[Exchange]:
        self.client = Scripted(self.wall, secrets={"token": TOKEN})
        return facebook.fetch(self.account, window, self.client)

    def records(self, window: Window = ALL) -> dict[str, Record]:
        return {r.native_id: r for e in self.fetched(window) for r in facebook.parse(e)}


class Photos:
    """An account on Instagram with a post and an inbox, under either login."""

    module, account = instagram, PHOTOS

    def __init__(self, login: str = "instagram") -> None:
        self.gallery = Gallery(login=login)
        self.box = Mailbox(self.gallery.host, (WE, BEN), "instagram", most=20)
        self.gallery.comment(self.gallery.post(1), 1010)
        self.gallery.answers |= {"/conversations": self.box, "/messages": self.box}

    def fetched(self, window: Window = ALL) -> Iterator[Exchange]:
        self.client = Scripted(self.gallery, secrets={"token": self.gallery.token})
        return instagram.fetch(self.account, window, self.client)

    def records(self, window: Window = ALL) -> dict[str, Record]:
        return {r.native_id: r for e in self.fetched(window) for r in instagram.parse(e)}


Held = Page | Photos
KINDS: dict[str, Callable[[], Held]] = {"facebook": Page, "instagram": Photos, "of a page": lambda: Photos("facebook")}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Held:
    return KINDS[request.param]()


def refused(exchanges: list[Exchange]) -> Exchange:
    [told] = (e for e in exchanges if "messages_refused" in e.context)
    return told


def missed_in(place: Held, window: Window = ALL) -> list[str]:
    return [e.context["messages_missed"] for e in place.fetched(window) if "messages_missed" in e.context]


def in_inbox(place: Held) -> list[str]:
    """What was asked for but the folders beside the inbox."""
    return [url for url in place.box.asked if "folder=" not in url]


def back_to(hours: float, *held: str) -> Window:
    """A window of the last days that goes back to what was read until then, of which these are held."""
    since = START + timedelta(hours=hours) + LATE
    return Window("recent", since=START, messages=True, messages_since=since, holds=lambda name: name.rpartition("/")[2] in held)


# -- what is read ----------------------------------------------------------------------------------------------------------------


def test_messages_are_private_records_of_their_conversation(place: Held) -> None:
    place.box.say("t_1", 5, message="Is school closed?")
    place.box.say("t_1", 6, ours=True)
    place.box.say("t_2", 4)
    found, name = place.records(), place.module.PLATFORM.name
    asked, answered = found["m_5"], found["m_6"]
    assert (asked.record_id, asked.kind, asked.root_id) == (f"{name}:messages/m_5", "message", f"{name}:conversations/t_1")
    assert (asked.text, asked.visibility, asked.author_is_account, asked.parent_id) == ("Is school closed?", "private", False, None)
    assert asked.published_at == START + timedelta(hours=5)
    assert answered.author_is_account
    assert answered.author_id == place.account.known.native_id
    assert answered.mentions == [place.box.people[1].get("username") or place.box.people[1]["name"]]
    assert not asked.mentions
    assert found["m_4"].root_id == f"{name}:conversations/t_2"


@pytest.mark.parametrize("window", [Window("full"), replace(ALL, kind="one", url="https://www.facebook.com/fircrest/posts/1/")])
def test_nothing_is_asked_where_the_register_does_not_ask_or_for_one_post(window: Window) -> None:
    place = Page()
    place.box.say("t_1", 5)
    assert "m_5" not in place.records(window)
    assert not place.box.asked


def test_both_lists_are_followed_to_their_end() -> None:
    place = Page()
    for conversation in range(45):
        place.box.say(f"t_{conversation}", conversation + 0.5)
    for number in range(100, 165):
        place.box.say("t_3", number)
    found = [r for r in place.records().values() if r.kind == "message"]
    assert len(found) == 45 + 65
    assert not [url for url in place.client.asked if TOKEN in url and "/debug_token?" not in url]
    assert not missed_in(place)


def test_a_recent_window_ends_at_what_was_said_before_the_last_capture(place: Held) -> None:
    for conversation in range(60):
        for number in range(3):
            place.box.say(f"t_{conversation}", conversation * 10 + number)
    for number in range(1000, 1005):
        place.box.say("t_7", number)
    window = back_to(999)
    found = place.records(window)
    assert {f"m_{n}" for n in range(1000, 1005)} <= found.keys()
    assert len(in_inbox(place)) == 2  # the page with t_7, and the one in which nothing is new
    assert not missed_in(place, window)


@pytest.mark.parametrize("window", [ALL, back_to(0), replace(ALL, messages_held=True)])
def test_an_empty_page_is_not_the_end(place: Held, window: Window) -> None:
    for conversation in range(25):
        place.box.say(f"t_{conversation}", conversation + 0.5)
    whole = place.box

    def hollow(url: str) -> Answer:
        answer = whole(url)
        return answer if "after=20" in url else Answer({**answer.body, "data": []})

    (place.wall if isinstance(place, Page) else place.gallery).answers["/conversations"] = hollow
    exchanges = list(place.fetched(window))
    assert not [e for e in exchanges if "messages_refused" in e.context]
    assert len([r for e in exchanges for r in place.module.parse(e) if r.kind == "message"]) == 5


def test_a_long_conversation_is_read_back_to_the_last_capture_only() -> None:
    place = Page()
    for number in range(200):
        place.box.say("t_1", number)
    window = back_to(150, "m_140")
    found = place.records(window)
    assert {f"m_{n}" for n in range(150, 200)} <= found.keys()
    assert "m_100" not in found
    assert len(in_inbox(place)) == 3


def test_a_conversation_that_was_passed_over_is_read_back_to_what_is_held() -> None:
    """It moved up the list while that was read."""
    place = Page()
    for number in range(200):
        place.box.say("t_1", number)
    assert {f"m_{n}" for n in range(100, 200)} <= place.records(back_to(150, "m_100")).keys()


@pytest.mark.parametrize("beyond", ["silent", "bare", "error"])
def test_what_instagram_does_not_give_is_told(beyond: str) -> None:
    place = Photos()
    place.box.beyond = beyond
    for number in range(30):
        place.box.say("t_1", number)
    place.box.say("t_2", 40)
    found = place.records()
    assert [r.native_id for r in found.values() if r.kind == "message" and r.root_id == "instagram:conversations/t_1"] == [
        f"m_{n}" for n in range(29, 9, -1)
    ]
    [told] = missed_in(place)
    assert told.startswith(
        "Instagram gives the newest messages of a conversation only: instagram:conversations/t_1 (the first of them) may"
    )
    assert not missed_in(place, back_to(20, "m_10"))  # the twenty reach back to what was read
    assert missed_in(place, back_to(5))


@pytest.mark.parametrize(("read", "held", "missed"), [(10, ("m_10",), 0), (10, ("m_11",), 1), (8, ("m_10",), 1)])
def test_twenty_hide_nothing_if_the_oldest_was_read_before(read: float, held: tuple[str, ...], missed: int) -> None:
    """By a capture that came to its end, after it was said: one that failed may have read the twenty as well. `read`: hours."""
    place = Photos()
    for number in range(30):
        place.box.say("t_1", number)
    window = replace(back_to(read, *held), messages_since=START + timedelta(hours=read, minutes=1))
    assert len(missed_in(place, window)) == missed
    assert len(missed_in(place, replace(window, kind="full"))) == missed


def test_a_deleted_message_of_a_page_is_told_too() -> None:
    place = Page()
    place.box.most, place.box.beyond = 40, "error"
    for number in range(50):
        place.box.say("t_1", number)
    assert [told[:57] for told in missed_in(place)] == ["Facebook gives the newest messages of a conversation only"]
    assert not missed_in(place, replace(back_to(30, "m_10"), kind="full"))
    assert missed_in(place, replace(back_to(30), kind="full"))


@pytest.mark.parametrize("taken_back", [1, 30, 31, 49])
def test_one_message_that_was_taken_back_keeps_no_older_one_from_being_read(taken_back: int) -> None:
    """It is listed by its id alone, among others that are given."""
    place = Page()
    for number in range(50):
        place.box.say("t_1", number)
    for name in ("from", "to", "message"):
        del place.box.said["t_1"][taken_back][name]
    found = {native for native in place.records() if native.startswith("m_")}
    assert found == {f"m_{number}" for number in range(50) if number != taken_back}
    [told] = missed_in(place)
    assert "may hold older ones that were not captured, or some that were deleted before" in told
    assert not missed_in(place, replace(back_to(60, *found), kind="full"))


def test_an_inbox_that_held_something_is_not_believed_to_be_empty(place: Held) -> None:
    assert not [e for e in place.fetched() if "messages_refused" in e.context]
    told = refused(list(place.fetched(replace(ALL, messages_held=True))))
    assert told.context["messages_refused"].startswith("the list of conversations is empty, and was not before; needed is")
    assert not list(place.module.parse(told))


# -- folders ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filed() -> Page:
    """A Page with one conversation in its inbox and the others in each of the folders beside it."""
    place = Page()
    for number, folder in enumerate(("", "page_done", "other", "spam"), 1):
        for said in range(30):
            place.box.say(f"t_{number}", number * 100 + said)
        place.box.folders[f"t_{number}"] = folder
    return place


@pytest.mark.parametrize("window", [ALL, back_to(99)])
def test_what_was_marked_as_done_or_lies_in_another_folder_is_read(filed: Page, window: Window) -> None:
    exchanges = list(filed.fetched(window))
    assert len({r.native_id for e in exchanges for r in facebook.parse(e) if r.kind == "message"}) == 120
    assert not [e for e in exchanges if not {"messages_refused", "short"}.isdisjoint(e.context)]


def test_an_inbox_in_which_all_is_done_is_not_taken_for_one_that_is_not_shown() -> None:
    place = Page()
    place.box.say("t_1", 5)
    place.box.folders["t_1"] = "page_done"
    exchanges = list(place.fetched(replace(ALL, messages_held=True)))
    assert not [e for e in exchanges if "messages_refused" in e.context]


@pytest.mark.parametrize("closed", ["page_done", "spam"])
def test_a_folder_at_which_facebook_fails_is_told_and_keeps_no_other_from_being_read(filed: Page, closed: str) -> None:
    filed.box.closed = closed
    exchanges = list(filed.fetched())
    assert len({r.native_id for e in exchanges for r in facebook.parse(e) if r.kind == "message"}) == 90
    assert not [e for e in exchanges if "messages_refused" in e.context]
    told = [e.context["short"] for e in exchanges if "short" in e.context]
    assert f"Facebook does not give the private messages in the folder {closed} (error 1)" in told[-1]


def test_a_folder_that_facebook_does_not_know_lacks_nothing(filed: Page) -> None:
    filed.box.closed, filed.box.closing = "spam", error(100, "(#100) Param folder must be one of {INBOX, PAGE_DONE, OTHER}")
    exchanges = list(filed.fetched())
    assert len({r.native_id for e in exchanges for r in facebook.parse(e) if r.kind == "message"}) == 90
    assert not [e.context["short"] for e in exchanges if "folder" in e.context.get("short", "")]


def test_conversations_at_which_facebook_fails_are_not_taken_for_a_folder_that_is_not_given() -> None:
    """It fails at so many that it is down: whoever goes on then reads the folder and those behind it."""
    place, window = Page(), replace(ALL, kind="history")
    for number in range(5):
        for said in range(30):
            place.box.say(f"t_{number}", number * 100 + said)
        place.box.folders[f"t_{number}"] = "other"
    place.box.say("t_spam", 900)
    place.box.folders["t_spam"] = "spam"
    fault = error(1, "An unknown error occurred", status=500)
    given = place.wall.answers
    place.wall.answers = {**{f"/t_{number}/messages": fault for number in range(5)}, **given}
    exchanges = list(place.fetched(window))
    assert refused(exchanges).context["messages_refused"] == "error 1; it is asked for again at each capture"
    assert not [e for e in exchanges if "in the folder" in e.context.get("short", "")]
    place.wall.answers = given
    rest = place.records(replace(window, cursor=exchanges[-1].cursor))
    assert "m_900" in rest


@pytest.mark.parametrize("kind", ["full", "history"])
def test_a_fetch_goes_on_in_the_folder_in_which_it_stopped(filed: Page, kind: str) -> None:
    window = replace(ALL, kind=kind)
    exchanges = list(filed.fetched(window))
    parts = [{r.record_id for r in facebook.parse(e)} for e in exchanges]
    whole = set[str]().union(*parts)
    for number, exchange in enumerate(exchanges):
        rest = {r.record_id for e in filed.fetched(replace(window, cursor=exchange.cursor)) for r in facebook.parse(e)}
        assert whole == rest.union(*parts[: number + 1])


# -- refusals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [error(10, "(#10) no"), error(200, "(#200) no", status=403), error(100, "(#100) no such field")])
def test_without_the_permission_the_rest_is_captured_and_it_is_told(place: Held, refusal: Answer) -> None:
    place.box.refusal = refusal
    exchanges = list(place.fetched())
    told = refused(exchanges)
    assert told.context["messages_refused"].startswith("error ")
    assert f"docs/platforms/{place.module.PLATFORM.name}.md" in told.context["messages_refused"]
    assert not list(place.module.parse(told))
    assert {r.kind for e in exchanges for r in place.module.parse(e)} == {"profile", "post", "comment"}


def test_where_the_inbox_fails_each_time_the_rest_is_captured_and_no_permission_is_blamed(place: Held) -> None:
    place.box.refusal = error(1, "An unknown error occurred", status=500)
    exchanges = list(place.fetched())
    assert refused(exchanges).context["messages_refused"] == "error 1; it is asked for again at each capture"
    assert {r.kind for e in exchanges for r in place.module.parse(e)} == {"profile", "post", "comment"}


def test_a_permission_that_is_taken_away_on_the_way_is_told_too() -> None:
    place = Page()
    for conversation in range(45):
        place.box.say(f"t_{conversation}", conversation)
    exchanges = []
    for exchange in place.fetched():
        exchanges.append(exchange)
        if exchange.context.get("edge") == "conversations":
            place.box.refusal = error(200, "(#200) no")
    assert refused(exchanges).context["edge"] == "conversations"
    assert len([r for e in exchanges for r in facebook.parse(e) if r.kind == "message"]) == 20


def test_whoever_goes_on_after_a_refusal_asks_again(place: Held) -> None:
    place.box.refusal = error(10, "(#10) no")
    place.box.say("t_1", 5)
    cursor = refused(list(place.fetched())).cursor
    place.box.refusal = None
    assert "m_5" in place.records(replace(ALL, kind="history", cursor=cursor))


@pytest.mark.parametrize("answer", [error(190, "dead", status=401), error(4, "too many")])
def test_a_dead_token_and_a_throttle_are_what_they_are_anywhere(place: Held, answer: Answer) -> None:
    place.box.refusal = answer
    with pytest.raises(PlatformFailure) as failure:
        list(place.fetched())
    assert isinstance(failure.value, TokenExpired | Throttled)


def test_under_facebooks_login_a_persons_token_gives_no_messages_and_it_is_told() -> None:
    place = Photos("facebook")
    place.gallery.holder = "person"
    place.box.say("t_1", 5)
    exchanges = list(place.fetched())
    assert "not that of the account's Page" in refused(exchanges).context["messages_refused"]
    assert not list(instagram.parse(refused(exchanges)))
    assert not place.box.asked


WHOSE = {  # what Facebook answers when it is asked of which Page the token is -> what is told
    "a permission lacks": (error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission"), "error 10; needed is"),
    "it fails": (error(1, "An unknown error occurred", status=500), "error 1; it is asked for again at each capture"),
}


@pytest.mark.parametrize("what", WHOSE)
def test_where_facebook_does_not_say_of_which_page_the_token_is_the_rest_is_captured_and_it_is_told(what: str) -> None:
    answer, words = WHOSE[what]
    place = Photos("facebook")
    place.box.say("t_1", 5)
    place.gallery.answers["/me?"] = answer
    exchanges = list(place.fetched())
    assert words in refused(exchanges).context["messages_refused"]
    assert {r.kind for e in exchanges for r in instagram.parse(e)} == {"profile", "post", "comment"}
    del place.gallery.answers["/me?"]
    assert "m_5" in place.records(replace(ALL, kind="history", cursor=exchanges[-1].cursor))


@pytest.mark.parametrize("by_itself", [True, False])
def test_one_conversation_that_is_not_given_keeps_no_other_from_being_read(place: Held, *, by_itself: bool) -> None:
    """Where it is given by itself nothing lacks; else it is named, and the gap is none of all messages."""
    for conversation in range(30):
        place.box.say(f"t_{conversation}", conversation)
    place.box.failing, place.box.given_alone = "t_15", by_itself
    exchanges = list(place.fetched())
    found = {r.native_id for e in exchanges for r in place.module.parse(e) if r.kind == "message"}
    assert found == {f"m_{number}" for number in range(30) if by_itself or number != 15}
    assert not [e for e in exchanges if "messages_refused" in e.context]
    told = [e.context["short"] for e in exchanges if "short" in e.context]
    assert [f"{place.module.PLATFORM.name}:conversations/t_15) and does not give them (error 1)" in words for words in told[-1:]] == (
        [] if by_itself else [True]
    )


@pytest.mark.parametrize("native", ["..", "t_1/messages", "t_1?fields=id&x="])
def test_a_conversation_whose_id_would_lead_elsewhere_is_not_asked_for(place: Held, native: str) -> None:
    place.box.most = 100
    for number in range(60):
        place.box.say(native, number)
    with pytest.raises(UnexpectedResponse, match="an id must be"):
        list(place.fetched())
    assert not [url for url in place.client.asked if "/messages" in url]


def test_a_page_whose_id_would_lead_elsewhere_is_not_asked_for() -> None:
    place = Photos("facebook")
    place.gallery.answers["/me?"] = Answer({"id": "500?fields=id&x=", "instagram_business_account": {"id": of_instagram.ME}})
    with pytest.raises(UnexpectedResponse, match="an id must be"):
        list(place.fetched())
    assert not [url for url in place.client.asked if "/conversations" in url]


def test_too_much_data_is_asked_for_in_halves() -> None:
    place = Page()
    for conversation in range(30):
        place.box.say(f"t_{conversation}", conversation)
    inner = place.box

    def heavy(url: str) -> Answer:
        return error(1, "Please reduce the amount of data you're asking for") if "limit=20&" in f"{url}&" else inner(url)

    place.wall.answers["/conversations"] = heavy
    assert len([r for r in place.records().values() if r.kind == "message"]) == 30


# -- going on --------------------------------------------------------------------------------------------------------------------


def test_a_cursor_from_before_there_were_messages_goes_on(place: Held) -> None:
    place.box.say("t_1", 5)
    first = next(iter(place.fetched()))
    told = json.loads(first.cursor or "")
    del told["inbox"]
    assert "m_5" in place.records(replace(ALL, cursor=json.dumps(told)))


# -- what a message holds --------------------------------------------------------------------------------------------------------


def _one(place: Held, **more: Any) -> Record:
    place.box.say("t_1", 5, **more)
    return place.records()["m_5"]


def test_addresses_that_are_signed_anew_make_no_new_version() -> None:
    links = [f"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature={n}" for n in "ab"]
    shared = [_one(Photos(), shares={"data": [{"link": link}]}) for link in links]
    assert [record.links for record in shared] == [[], []]
    assert [[(m.identity, m.url) for m in record.media] for record in shared] == [[("m_5/shared/1", link)] for link in links]
    assert _one(Photos(), shares={"data": [{"link": "https://www.instagram.com/p/C1/"}]}).links == ["https://www.instagram.com/p/C1/"]


@pytest.mark.parametrize(
    ("limit", "left"), [("limit=25&", ()), ("limit=1&", ("attachments.paging.next",)), ("", ("attachments.paging.next",))]
)
def test_a_next_page_behind_fewer_files_than_were_asked_for_leaves_none_out(place: Held, limit: str, left: tuple[str, ...]) -> None:
    """Messenger names one behind each list of a message's files."""
    following = f"https://graph.facebook.com/v25.0/m_5/attachments?{limit}after=MAZDZD"
    file = {"id": "9", "mime_type": "application/pdf", "name": "routes.pdf", "file_url": "https://cdn.example/routes.pdf"}
    record = _one(place, attachments={"data": [file], "paging": {"cursors": {"after": "MAZDZD"}, "next": following}})
    assert (record.leftover, [m.identity for m in record.media]) == (left, ["9"])


@pytest.mark.parametrize("shared", [{}, {"id": "s_1"}, {"link": None, "name": "A post"}])
def test_what_was_shared_and_cannot_be_seen_lacks(place: Held, shared: dict[str, Any]) -> None:
    """A post of a private account, or one that is deleted: the message would else say nothing at all."""
    record = _one(place, message="", shares={"data": [shared]})
    reason = "Meta gives no address of what was shared: it is private, or was deleted"
    assert [(m.identity, m.url, m.missing_reason) for m in record.media] == [(shared.get("id", "m_5/shared/1"), None, reason)]


def test_a_shared_file_that_is_given_no_longer_makes_no_new_version(place: Held) -> None:
    given = {"link": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=a"}
    before = _one(place, message="look", shares={"data": [given]})
    place.box.said.clear()
    after = _one(place, message="look", shares={"data": [{}]})
    assert version_of(before) == version_of(after)


def test_what_the_api_does_not_give_of_a_message_is_said(place: Held) -> None:
    record = _one(place, message="", is_unsupported=True)
    assert [(m.type, m.url, m.missing_reason) for m in record.media] == [("document", None, "a kind of message that the API does not give")]


def test_the_sandbox_is_asked_at_home() -> None:
    """Whatever host a next page names, the token goes to none but Facebook's."""
    place = Page()
    place.box.host = "https://elsewhere.example"
    for number in range(50):
        place.box.say("t_1", number)
    assert len([r for r in place.records().values() if r.kind == "message"]) == 50
    assert {urlsplit(url).hostname for url in place.client.asked} == {"graph.facebook.com"}
