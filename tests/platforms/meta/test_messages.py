"""Private messages of a Page and of an account on Instagram, with either login."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms.contract import LISTED_LATE, Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import Answer as Rule
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.instagram.test_walk import sign_in
from tests.platforms.meta.errors import error
from tests.platforms.meta.inbox import Inbox, numbers_in, rewrite_message, rewrite_messages
from tests.platforms.scripted import Answer

BEGAN = START - timedelta(days=1)
ALL = Window("full", reads_messages=True)
FAULT = error(1, "An unknown error occurred", status=500)


@dataclass
class Place:
    """An account with a commented post and an inbox.

    The number of a message is the minute after BEGAN at which it was sent.
    """

    sandbox: Sandbox
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.sandbox)
        self.sandbox.comment(self.sandbox.publish(days=3))
        self.sandbox.identify()
        self.sandbox.transport.asked.clear()

    @property
    def name(self) -> str:
        return self.sandbox.profile.name

    def say(self, person: str, *numbers: int, ours: bool = False) -> None:
        for number in numbers:
            self.inbox.say(person, number, BEGAN + timedelta(minutes=number), ours=ours)

    def fetch(self, window: Window = ALL) -> list[Exchange]:
        return self.sandbox.fetch(window)

    def messages(self, window: Window = ALL) -> dict[int, Record]:
        """Return messages by number."""
        records = [record for record in self.sandbox.read(window).values() if record.kind == "message"]
        return dict(zip(numbers_in(records), records, strict=True))

    def meanwhile(self, part: str, answer: Rule) -> AbstractContextManager[None]:
        return self.sandbox.transport.meanwhile(part, answer)

    def back_to(self, minutes: float, *held: int) -> Window:
        """Return a window of the last days that goes back to what was read by then.

        held: numbers of the archived messages.
        """
        names = {self.inbox.record_id(number) for number in held}
        since = BEGAN + timedelta(minutes=minutes) + LISTED_LATE
        return Window(
            "recent",
            since=BEGAN,
            reads_messages=True,
            messages_since=since,
            is_archived=lambda name: name in names,
        )

    def missed(self, window: Window = ALL) -> list[str]:
        return [e.context["messages_missed"] for e in self.fetch(window) if "messages_missed" in e.context]

    def numbers(self, exchanges: list[Exchange]) -> list[int]:
        return numbers_in(self.sandbox.parse(exchanges).values())

    def kinds(self, exchanges: list[Exchange]) -> set[str]:
        return {record.kind for record in self.sandbox.parse(exchanges).values()}


def refused(exchanges: list[Exchange]) -> Exchange:
    [refusal] = (e for e in exchanges if "messages_refused" in e.context)
    return refusal


def shorts(exchanges: list[Exchange]) -> list[str]:
    return [e.context["short"] for e in exchanges if "short" in e.context]


def is_refused(exchanges: list[Exchange]) -> bool:
    return any("messages_refused" in e.context for e in exchanges)


CASES = {
    "facebook": ("facebook", ""),
    "instagram": ("instagram", "instagram"),
    "of a page": ("instagram", "facebook"),
}


def on(*names: str) -> pytest.MarkDecorator:
    """Run a test with the `place` of each of these cases.

    They are a Page, and an account on Instagram with either login.
    """
    return pytest.mark.parametrize(
        ("sandbox", "login"), [CASES[name] for name in names], indirect=["sandbox"], ids=names
    )


everywhere = on(*CASES)


@pytest.fixture
def place(sandbox: Sandbox, login: str) -> Place:
    if sandbox.profile.name == "instagram":
        sign_in(sandbox, login)
    return Place(sandbox)


# -- what is read
# ------------------------------------------------------------------------------------------------------------


@everywhere
def test_messages_are_private_records_of_their_conversation(place: Place) -> None:
    place.say("t_1", 5)
    place.say("t_1", 6, ours=True)
    place.say("t_2", 4)
    found, where = place.messages(), f"{place.name}:conversations"
    question, answer = found[5], found[6]
    assert (question.record_id, question.kind) == (place.inbox.record_id(5), "message")
    assert question.root_id == answer.root_id == f"{where}/{place.inbox.conversation('t_1')}"
    assert (question.text, question.visibility, question.author_is_account, question.parent_id) == (
        "message 5",
        "private",
        False,
        None,
    )
    assert question.published_at == BEGAN + timedelta(minutes=5)
    assert answer.author_is_account
    assert answer.author_id == place.sandbox.entry.known.native_id
    assert answer.mentions == ["t_1" if place.name == "instagram" else "T_1"]
    assert not question.mentions
    assert found[4].root_id == f"{where}/{place.inbox.conversation('t_2')}"


@on("facebook")
@pytest.mark.parametrize("kind", ["full", "one"])
def test_nothing_is_asked_where_the_register_does_not_ask_or_for_one_post(place: Place, kind: str) -> None:
    place.say("t_1", 5)
    [url] = (record.url for record in place.sandbox.read().values() if record.kind == "post")
    assert (
        place.messages(Window("full") if kind == "full" else Window("one", url=url, reads_messages=True))
        == {}
    )
    assert not place.inbox.asked


@on("facebook")
def test_conversations_and_messages_are_read_to_their_end(place: Place) -> None:
    for number in range(45):
        place.say(f"t_{number}", number)
    place.say("t_3", *range(100, 165))
    exchanges = place.fetch()
    assert sorted(place.numbers(exchanges)) == [*range(45), *range(100, 165)]
    assert not [url for url in place.sandbox.transport.asked if SECRET in url and "/debug_token?" not in url]
    assert not [e for e in exchanges if "messages_missed" in e.context]


@everywhere
def test_recent_window_ends_at_what_was_said_before_the_last_capture(place: Place) -> None:
    for number in range(60):
        place.say(f"t_{number}", *range(number * 10, number * 10 + 3))
    place.say("t_7", *range(1000, 1005))
    window = place.back_to(999)
    assert set(range(1000, 1005)) <= place.messages(window).keys()
    assert len([url for url in place.inbox.asked if "folder=" not in url]) == 2, (
        "the page with t_7, and one in which nothing is new"
    )
    assert not place.missed(window)


@everywhere
@pytest.mark.parametrize("case", ["full", "recent", "archived before"])
def test_empty_page_is_not_the_end(place: Place, case: str) -> None:
    for number in range(25):
        place.say(f"t_{number}", number)
    window = {
        "full": ALL,
        "recent": place.back_to(0),
        "archived before": replace(ALL, has_archived_messages=True),
    }[case]
    empty = rewrite_json(lambda body: body | {"data": []})

    def first_is_empty(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return real() if "after=" in str(request.url) else empty(request, real)

    with place.meanwhile("/conversations", first_is_empty):
        exchanges = place.fetch(window)
    assert not is_refused(exchanges)
    assert sorted(place.numbers(exchanges)) == list(range(5))


@on("facebook")
def test_long_conversation_is_read_back_to_the_last_capture_only(place: Place) -> None:
    place.say("t_1", *range(200))
    found = place.messages(place.back_to(150, 140))
    assert set(range(150, 200)) <= found.keys()
    assert 100 not in found
    assert len([url for url in place.inbox.asked if "folder=" not in url]) == 3


@on("facebook")
def test_conversation_that_was_passed_over_is_read_back_to_what_is_archived(place: Place) -> None:
    """It moved up the list during the reading."""
    place.say("t_1", *range(200))
    assert set(range(100, 200)) <= place.messages(place.back_to(150, 100)).keys()


def is_bare(message: dict[str, Any]) -> bool:
    return "from" not in message


def end_before_bare_ones(listed: dict[str, Any]) -> None:
    listed["data"] = [one for one in listed["data"] if not is_bare(one)]
    listed.pop("paging", None)


BEYOND: dict[str, tuple[str, Rule]] = {  # the lists after the newest twenty messages of a conversation
    "by their IDs": ("nowhere", FAULT.instead),
    "not at all": ("/", rewrite_messages(end_before_bare_ones)),
    "error": ("/messages", error(100, "(#100) The message was deleted").instead),
}


@on("instagram")
@pytest.mark.parametrize("beyond", BEYOND)
def test_messages_that_instagram_does_not_give_are_reported(place: Place, beyond: str) -> None:
    place.say("t_1", *range(30))
    place.say("t_2", 40)
    with place.meanwhile(*BEYOND[beyond]):
        found = place.messages()
        root = f"instagram:conversations/{place.inbox.conversation('t_1')}"
        assert [number for number, record in found.items() if record.root_id == root] == list(
            range(29, 9, -1)
        )
        [words] = place.missed()
        assert words.startswith(
            f"Instagram gives only the newest messages of a conversation: {root} (and perhaps others) may"
        )
        assert not place.missed(place.back_to(20, 10)), "the twenty reach back to what was read"
        assert place.missed(place.back_to(5))


@on("instagram")
@pytest.mark.parametrize("beyond", BEYOND)
@pytest.mark.parametrize(("read", "held", "missed"), [(10, 10, 0), (10, 11, 1), (8, 10, 1)])
def test_newest_twenty_hide_nothing_if_the_oldest_was_read_before(
    place: Place, beyond: str, read: int, held: int, missed: int
) -> None:
    """Only a successful capture that ended after the message counts.

    A failed one may have read the twenty too. read: the minute of that capture.
    """
    place.say("t_1", *range(30))
    window = replace(place.back_to(read, held), messages_since=BEGAN + timedelta(minutes=read, seconds=1))
    with place.meanwhile(*BEYOND[beyond]):
        assert len(place.missed(window)) == missed
        assert len(place.missed(replace(window, kind="full"))) == missed


@on("facebook")
def test_messages_that_facebook_calls_deleted_are_reported(place: Place) -> None:
    place.say("t_1", *range(50))
    deleted = error(100, "(#100) The message was deleted")

    def newest_forty(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        return deleted.instead() if b'"message 9"' in response.read() else response

    with place.meanwhile("/messages", newest_forty):
        assert [words[:57] for words in place.missed()] == [
            "Facebook gives only the newest messages of a conversation"
        ]
        assert not place.missed(replace(place.back_to(30, 10), kind="full"))
        assert place.missed(replace(place.back_to(30), kind="full"))


@on("facebook")
@pytest.mark.parametrize("number", [1, 30, 31, 49])
def test_message_that_was_taken_back_hides_no_older_one(place: Place, number: int) -> None:
    """It is listed by its ID alone, among others that are given."""
    place.say("t_1", *range(50))

    def take_back(message: dict[str, Any]) -> None:
        for name in ("from", "to", "message"):
            del message[name]

    with place.meanwhile("", rewrite_message(number, take_back)):
        found = place.messages().keys()
        assert found == set(range(50)) - {number}
        [words] = place.missed()
        assert "have older messages that were not captured, or that were deleted before" in words
        assert not place.missed(replace(place.back_to(60, *found), kind="full"))


@everywhere
def test_inbox_that_had_messages_is_not_believed_to_be_empty(place: Place) -> None:
    assert not is_refused(place.fetch())
    refusal = refused(place.fetch(replace(ALL, has_archived_messages=True)))
    assert refusal.context["messages_refused"].startswith(
        "the list of conversations is empty, although it was not before; required is"
    )
    assert not place.numbers([refusal])
    place.say("t_1", 5)
    assert 5 in place.messages(replace(ALL, kind="history", cursor=refusal.cursor)), (
        "a fetch that resumes asks again"
    )


# -- folders
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filed(place: Place) -> Place:
    """Provide a Page with one conversation in its inbox and one in each of the other folders."""
    for number, folder in enumerate(("", "page_done", "other", "spam"), 1):
        place.say(f"t_{number}", *range(number * 100, number * 100 + 30))
        if folder:
            place.inbox.file(f"t_{number}", folder)
    return place


@on("facebook")
@pytest.mark.parametrize("kind", ["full", "recent"])
def test_every_folder_is_read(filed: Place, kind: str) -> None:
    exchanges = filed.fetch(ALL if kind == "full" else filed.back_to(99))
    assert len(filed.numbers(exchanges)) == 120
    assert not is_refused(exchanges)
    assert not shorts(exchanges)


@on("facebook")
def test_inbox_in_which_everything_is_done_is_not_taken_for_a_refused_one(place: Place) -> None:
    place.say("t_1", 5)
    place.inbox.file("t_1", "page_done")
    assert not is_refused(place.fetch(replace(ALL, has_archived_messages=True)))


@on("facebook")
@pytest.mark.parametrize("folder", ["page_done", "spam"])
def test_folder_at_which_facebook_fails_is_reported_and_the_others_are_read(
    filed: Place, folder: str
) -> None:
    with filed.meanwhile(f"folder={folder}", FAULT.instead):
        exchanges = filed.fetch()
    assert len(filed.numbers(exchanges)) == 90
    assert not is_refused(exchanges)
    assert (
        f"Facebook does not give the private messages in the folder {folder} (error 1)"
        in shorts(exchanges)[-1]
    )


@on("facebook")
def test_folder_that_facebook_does_not_know_is_no_gap(filed: Place) -> None:
    unknown = error(100, "(#100) Param folder must be one of {INBOX, PAGE_DONE, OTHER}")
    with filed.meanwhile("folder=spam", unknown.instead):
        exchanges = filed.fetch()
    assert len(filed.numbers(exchanges)) == 90
    assert not [words for words in shorts(exchanges) if "folder" in words]


@on("facebook")
def test_failing_conversations_are_not_taken_for_a_failing_folder(place: Place) -> None:
    """After so many failures the platform counts as down.

    A resumed fetch reads the folder and those after it.
    """
    window = replace(ALL, kind="history")
    for number in range(5):
        place.say(f"t_{number}", *range(number * 100, number * 100 + 30))
        place.inbox.file(f"t_{number}", "other")
    place.say("t_spam", 900)
    place.inbox.file("t_spam", "spam")
    place.sandbox.transport.rules = [
        (f"/{place.inbox.conversation(f't_{number}')}/messages", FAULT.instead) for number in range(5)
    ]
    exchanges = place.fetch(window)
    assert refused(exchanges).context["messages_refused"] == "error 1; each capture tries again"
    assert not [words for words in shorts(exchanges) if "in the folder" in words]
    place.sandbox.transport.rules.clear()
    assert 900 in place.messages(replace(window, cursor=exchanges[-1].cursor))


@on("facebook")
@pytest.mark.parametrize("kind", ["full", "history"])
def test_fetch_resumes_in_the_folder_in_which_it_stopped(filed: Place, kind: str) -> None:
    filed.sandbox.transport.real = RecordedTransport(filed.sandbox.transport.real)
    window = replace(ALL, kind=kind)
    exchanges = filed.fetch(window)
    parts = [set(filed.sandbox.parse([e])) for e in exchanges]
    whole = set[str]().union(*parts)
    for number, exchange in enumerate(exchanges):
        rest = set(filed.sandbox.read(replace(window, cursor=exchange.cursor)))
        assert whole == rest.union(*parts[: number + 1])


# -- refusals
# ------------------------------------------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize(
    "refusal",
    [error(10, "(#10) no"), error(200, "(#200) no", status=403), error(100, "(#100) no such field")],
)
def test_refused_messages_are_reported_and_the_rest_is_read(place: Place, refusal: Answer) -> None:
    place.say("t_1", 5)
    place.inbox.refuse(refusal.instead)
    exchanges = place.fetch()
    words = refused(exchanges).context["messages_refused"]
    assert words.startswith("error ")
    assert f"docs/platforms/{place.name}.md" in words
    assert not place.kinds([refused(exchanges)])
    assert place.kinds(exchanges) == {"profile", "post", "comment"}


@everywhere
def test_withdrawn_permission_is_reported_and_the_rest_is_read(place: Place) -> None:
    """The report has the platform's own words."""
    place.say("t_1", 5)
    network = place.sandbox.network
    for scope in {
        scope
        for token in network.tokens
        if token.where == place.name
        for scope in token.scopes
        if "messag" in scope
    }:
        network.withdraw(place.name, scope)
    exchanges = place.fetch()
    assert f"docs/platforms/{place.name}.md" in refused(exchanges).context["messages_refused"]
    assert place.kinds(exchanges) == {"profile", "post", "comment"}


@everywhere
def test_inbox_that_fails_each_time_is_reported_without_naming_a_permission(place: Place) -> None:
    place.inbox.refuse(FAULT.instead)
    exchanges = place.fetch()
    assert refused(exchanges).context["messages_refused"] == "error 1; each capture tries again"
    assert place.kinds(exchanges) == {"profile", "post", "comment"}


@on("facebook")
def test_permission_that_is_withdrawn_during_a_fetch_is_reported(place: Place) -> None:
    for number in range(45):
        place.say(f"t_{number}", number)
    exchanges = []
    for exchange in place.sandbox.connector.fetch(place.sandbox.entry, ALL, place.sandbox.client):
        exchanges.append(exchange)
        if exchange.context.get("edge") == "conversations" and "messages_refused" not in exchange.context:
            place.sandbox.network.withdraw("facebook", "pages_messaging")
    assert refused(exchanges).context["edge"] == "conversations"
    assert len(place.numbers(exchanges)) == 20


@everywhere
def test_fetch_that_resumes_after_a_refusal_asks_again(place: Place) -> None:
    place.say("t_1", 5)
    place.inbox.refuse(error(10, "(#10) no").instead)
    cursor = refused(place.fetch()).cursor
    place.inbox.allow()
    assert 5 in place.messages(replace(ALL, kind="history", cursor=cursor))


@everywhere
@pytest.mark.parametrize("answer", [error(190, "dead", status=401), error(4, "too many")])
def test_dead_token_and_throttle_at_the_inbox_are_failures(place: Place, answer: Answer) -> None:
    place.inbox.refuse(answer.instead)
    with pytest.raises(PlatformFailure) as failure:
        place.fetch()
    assert isinstance(failure.value, TokenExpired | Throttled)


@pytest.mark.parametrize("sandbox", ["instagram"], indirect=True)
def test_token_of_a_person_gives_no_messages_and_that_is_reported(sandbox: Sandbox) -> None:
    sign_in(sandbox, "facebook", "user")
    place = Place(sandbox)
    place.say("t_1", 5)
    refusal = refused(place.fetch())
    assert "only to the token of the account's Page" in refusal.context["messages_refused"]
    assert not place.kinds([refusal])
    assert not place.inbox.asked


HOLDER = {  # Facebook's response to the question which Page the token belongs to -> what is reported
    "a permission is missing": (
        error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission"),
        "error 10; required is",
    ),
    "it fails": (FAULT, "error 1; each capture tries again"),
}


@on("of a page")
@pytest.mark.parametrize("case", HOLDER)
def test_token_of_an_unknown_page_is_reported_and_the_rest_is_read(place: Place, case: str) -> None:
    answer, words = HOLDER[case]
    place.say("t_1", 5)
    with place.meanwhile("/me?", answer.instead):
        exchanges = place.fetch()
    assert words in refused(exchanges).context["messages_refused"]
    assert place.kinds(exchanges) == {"profile", "post", "comment"}
    assert 5 in place.messages(replace(ALL, kind="history", cursor=exchanges[-1].cursor))


@everywhere
@pytest.mark.parametrize("given_alone", [True, False])
def test_conversation_that_is_not_given_hides_no_other(place: Place, *, given_alone: bool) -> None:
    """If it is given by itself, nothing is missing.

    Otherwise it is named, and the gap does not cover all messages.
    """
    for number in range(30):
        place.say(f"t_{number}", number)
    native = place.inbox.conversation("t_15")

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        if "/messages?" in str(request.url):
            return response if given_alone else FAULT.instead()
        listed = request.url.params["fields"] != "id" and native.encode() in response.read()
        return FAULT.instead() if listed else response

    place.sandbox.transport.rules = [("/conversations", fail), (f"/{native}/messages", fail)]
    exchanges = place.fetch()
    assert set(place.numbers(exchanges)) == {number for number in range(30) if given_alone or number != 15}
    assert not is_refused(exchanges)
    words = f"{place.name}:conversations/{native}) but does not give them (error 1)"
    assert [words in short for short in shorts(exchanges)[-1:]] == ([] if given_alone else [True])


@everywhere
@pytest.mark.parametrize("native", ["..", "t_1/messages", "t_1?fields=id&x="])
def test_conversation_with_an_id_that_would_lead_elsewhere_is_not_asked_for(
    place: Place, native: str
) -> None:
    place.say("t_1", *range(60))

    def bend(body: Any) -> Any:
        for one in body["data"]:
            one["id"] = native
        return body

    with (
        place.meanwhile("/conversations", rewrite_json(bend)),
        pytest.raises(UnexpectedResponse, match="an ID must contain"),
    ):
        place.fetch()
    assert not [url for url in place.sandbox.transport.asked if "/messages?" in url]


@on("of a page")
def test_page_with_an_id_that_would_lead_elsewhere_is_not_asked_for(place: Place) -> None:
    bent = Answer(
        {"id": "500?fields=id&x=", "instagram_business_account": {"id": place.sandbox.entry.known.native_id}}
    )
    with place.meanwhile("/me?", bent.instead), pytest.raises(UnexpectedResponse, match="an ID must contain"):
        place.fetch()
    assert not place.inbox.asked


@on("facebook")
def test_page_of_conversations_that_is_too_large_is_halved(place: Place) -> None:
    for number in range(30):
        place.say(f"t_{number}", number)
    too_much = error(1, "Please reduce the amount of data you're asking for")

    def careful(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return too_much.instead() if request.url.params["limit"] == "20" else real()

    with place.meanwhile("/conversations", careful):
        assert place.messages().keys() == set(range(30))


# -- resuming
# ------------------------------------------------------------------------------------------------------------


@everywhere
def test_cursor_without_an_inbox_resumes(place: Place) -> None:
    """It was stored before messages were read."""
    place.say("t_1", 5)
    cursor = json.loads(place.fetch()[0].cursor or "")
    del cursor["inbox"]
    assert 5 in place.messages(replace(ALL, cursor=json.dumps(cursor)))


# -- what a message holds
# ------------------------------------------------------------------------------------------------------------


def one(place: Place, **fields: Any) -> Record:
    """Return a message with these fields in its response."""
    if 5 not in place.inbox.said:
        place.say("t_1", 5)
    place.sandbox.transport.rules = [("", rewrite_message(5, lambda message: message.update(fields)))]
    [record] = (record for record in place.sandbox.read(ALL).values() if record.kind == "message")
    place.sandbox.transport.rules.clear()
    return record


@on("instagram")
def test_new_signature_of_a_shared_file_makes_no_version(place: Place) -> None:
    links = [f"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature={n}" for n in "ab"]
    shared = [one(place, shares={"data": [{"link": link}]}) for link in links]
    identity = f"{shared[0].native_id}/shared/1"
    assert [record.links for record in shared] == [[], []]
    assert [[(m.identity, m.url) for m in record.media] for record in shared] == [
        [(identity, link)] for link in links
    ]
    assert version_of(shared[0]) == version_of(shared[1])
    assert one(place, shares={"data": [{"link": "https://www.instagram.com/p/C1/"}]}).links == [
        "https://www.instagram.com/p/C1/"
    ]


@everywhere
@pytest.mark.parametrize(
    ("limit", "left"),
    [("limit=25&", ()), ("limit=1&", ("attachments.paging.next",)), ("", ("attachments.paging.next",))],
)
def test_next_page_behind_fewer_files_than_were_asked_for_leaves_none_out(
    place: Place, limit: str, left: tuple[str, ...]
) -> None:
    """Messenger links to a next page after each list of a message's files."""
    following = f"https://graph.facebook.com/v25.0/m_5/attachments?{limit}after=MAZDZD"
    file = {
        "id": "9",
        "mime_type": "application/pdf",
        "name": "routes.pdf",
        "file_url": "https://cdn.example/routes.pdf",
    }
    record = one(
        place, attachments={"data": [file], "paging": {"cursors": {"after": "MAZDZD"}, "next": following}}
    )
    assert (record.leftover, [m.identity for m in record.media]) == (left, ["9"])


@everywhere
@pytest.mark.parametrize("shared", [{}, {"id": "s_1"}, {"link": None, "name": "A post"}])
def test_shared_post_that_is_not_given_is_a_missing_file(place: Place, shared: dict[str, Any]) -> None:
    """It belongs to a private account or is deleted; otherwise the message would be empty."""
    record = one(place, message="", shares={"data": [shared]})
    reason = "Meta gives no address of what was shared: it is private, or was deleted"
    identity = shared.get("id", f"{record.native_id}/shared/1")
    assert [(m.identity, m.url, m.missing_reason) for m in record.media] == [(identity, None, reason)]


@everywhere
def test_shared_file_that_is_no_longer_given_makes_no_version(place: Place) -> None:
    given = {"link": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=a"}
    before, after = (one(place, message="look", shares={"data": [shared]}) for shared in (given, {}))
    assert before.media[0].url != after.media[0].url
    assert version_of(before) == version_of(after)


@everywhere
def test_kind_of_message_that_the_api_does_not_give_is_a_missing_file(place: Place) -> None:
    record = one(place, message="", is_unsupported=True)
    assert [(m.type, m.url, m.missing_reason) for m in record.media] == [
        ("document", None, "a kind of message that the API does not give")
    ]


@on("facebook")
def test_token_goes_to_no_host_that_a_next_page_names(place: Place) -> None:
    place.sandbox.entry = replace(place.sandbox.entry, api_url=None)
    place.say("t_1", *range(50))

    def lead_away(listed: dict[str, Any]) -> None:
        if "next" in listed.get("paging", {}):
            listed["paging"]["next"] = listed["paging"]["next"].replace(
                "graph.facebook.com", "elsewhere.example"
            )

    with place.meanwhile("", rewrite_messages(lead_away)):
        exchanges = place.fetch()
    assert any(b"elsewhere.example" in e.body for e in exchanges)
    assert sorted(place.numbers(exchanges)) == list(range(50))
    assert {urlsplit(url).hostname for url in place.sandbox.transport.asked} == {"graph.facebook.com"}
