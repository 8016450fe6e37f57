"""One conversation that a platform does not give, once or each time, is passed over and reported.

Nothing else is lost with it. The same is true of one post or comment with unexpected fields: its page is kept
to be read later, and everything after it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import facebook, instagram, threads, unread, youtube
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import PagedTransport, Sandbox
from tests.platforms.scripted import Answer, Chosen
from tests.platforms.threads.test_walk import error
from tests.platforms.youtube.channel import converse, fetch, read_by_text, refuse

FAULT = error(1, "An unknown error occurred", status=500)
LIMIT = error(4, "(#4) Application request limit reached")
# Threads: with it, only the conversation is given
UNAPPROVED = error(100, "(#100) Reply approvals are not enabled for this post")
MODULES = {"facebook": facebook, "instagram": instagram, "threads": threads}


@dataclass
class Poisoned(httpx.BaseTransport):
    """A platform that fails at each page of posts that contains one of these.

    Requests for IDs alone succeed.
    """

    real: httpx.BaseTransport
    natives: set[str] = field(default_factory=set)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response, url = self.real.handle_request(request), request.url
        if (
            not url.path.endswith(("/published_posts", "/media", "/threads"))
            or url.params.get("fields") == "id"
        ):
            return response
        listed = json.loads(response.read())["data"]
        return FAULT.instead() if any(one["id"] in self.natives for one in listed) else response


@dataclass
class Place:
    """An account with posts 1 to 6, each with one comment."""

    sandbox: Sandbox
    posts: dict[int, Post]
    poisoned: Poisoned

    @property
    def module(self) -> ModuleType:
        return MODULES[self.sandbox.profile.name]

    def fetched(self, window: Window) -> list[Exchange]:
        return self.sandbox.fetch(window)

    def answers(self, exchanges: list[Exchange]) -> set[str]:
        found = {r.text: r for e in exchanges for r in self.module.parse(e) if r.kind == "comment"}
        return {text[-1] for text in found if text}

    def named(self, number: int) -> str:
        return self.sandbox.named(self.posts[number])

    def fail(self, *numbers: int, answer: Answer = FAULT) -> None:
        """Set the response to requests for the conversations of these posts; the last setting applies."""
        edge = "conversation" if self.module is threads else "comments"
        self.sandbox.transport.rules[:0] = [
            (f"/{self.named(number)}/{edge}", answer.instead) for number in numbers
        ]

    def spoil(self) -> None:
        """Make a number of the text of the newest post, and of the comment on the post before it."""

        def change(body: Any) -> Any:
            for name, one in body.items() if isinstance(body, dict) else ():
                body[name] = 5 if one in ("Notice: 6", "Comment on 5") else one
            for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
                change(one)
            return body

        self.sandbox.transport.rules.append(("", rewrite_json(change)))


@pytest.fixture
def place(sandbox: Sandbox) -> Place:
    posts = {number: sandbox.publish(days=7 - number, words=f"Notice: {number}") for number in range(1, 7)}
    for number, post in posts.items():
        sandbox.comment(post, words=f"Comment on {number}")
    sandbox.transport.real = poisoned = Poisoned(sandbox.transport.real)
    sandbox.transport.rules.append(("/pending_replies", UNAPPROVED.instead))
    return Place(sandbox, posts, poisoned)


each_of_meta = pytest.mark.parametrize("sandbox", MODULES, indirect=True)


@each_of_meta
def test_what_stands_behind_a_conversation_that_fails_each_time_is_read(place: Place) -> None:
    """The newest posts are read first, so all older posts and all other lists come after it."""
    whole = place.answers(place.fetched(Window("full")))
    place.fail(6)
    plan = Chosen(lambda _: True)
    exchanges = place.fetched(Window("full", plan=plan))
    assert place.answers(exchanges) == whole - {"6"} == set("12345")
    [root] = plan.left
    assert root == f"{place.sandbox.profile.name}:{place.named(6)}"
    assert root not in plan.whole
    [told] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert told.startswith(
        f"1 conversation could not be read, and later captures try again (first: {root}: GET"
    )
    assert "error 1: An unknown error occurred" in told


@each_of_meta
def test_whoever_goes_on_after_it_passes_over_it_once(place: Place) -> None:
    place.fail(6)
    exchanges = place.fetched(Window("full"))
    at = next(i for i, e in enumerate(exchanges) if "not_given" in e.context)
    rest = place.fetched(Window("full", cursor=exchanges[at].cursor))
    assert place.answers(exchanges[:at]) | place.answers(rest) == set("12345")
    assert not [e for e in rest if "not_given" in e.context]
    assert {e.context["short"] for e in rest if "short" in e.context} == {exchanges[at].context["short"]}


@each_of_meta
def test_where_one_after_the_other_fails_it_is_the_platform(place: Place) -> None:
    place.fail(6, 4, 3, 2)
    assert place.answers(place.fetched(Window("full"))) == {"1", "5"}
    place.fail(5)
    with pytest.raises(UnexpectedResponse, match="error 1"):
        place.fetched(Window("full"))


@each_of_meta
def test_more_are_passed_over_while_the_account_itself_can_be_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    place.fail(6, 5, 4, 3, 2)
    assert place.answers(place.fetched(Window("full", confirm_account=lambda: asked.append("me")))) == {"1"}
    assert asked == ["me"]

    def dead() -> None:
        raise Blocked("no one is let in")

    with pytest.raises(Blocked, match="no one is let in"):
        place.fetched(Window("full", confirm_account=dead))
    monkeypatch.setattr(unread, "AT_MOST", 4)
    with pytest.raises(UnexpectedResponse, match="error 1"):
        place.fetched(Window("full", confirm_account=lambda: None))


@each_of_meta
def test_posts_in_a_row_at_which_meta_fails_keep_none_behind_them_away(place: Place) -> None:
    place.poisoned.natives = {place.named(number) for number in (6, 5, 4, 3, 2)}
    exchanges = place.fetched(Window("full"))
    assert "1" in place.answers(exchanges)
    assert sum("passed" in e.context for e in exchanges) == 5
    [*_, told] = (e.context["short"] for e in exchanges if "short" in e.context)
    assert told.count("does not give it (error 1)") == 5


@each_of_meta
def test_a_refusal_of_one_is_passed_over_and_one_of_all_is_a_failure(place: Place) -> None:
    refusal = error(10, "(#10) Application does not have permission for this action")
    place.fail(6, answer=refusal)
    assert place.answers(place.fetched(Window("full"))) == set("12345")
    wanted = Chosen(lambda root: root.endswith((place.named(5), place.named(6))))
    place.fail(5, answer=refusal)
    with pytest.raises(Blocked, match="error 10"):
        place.fetched(Window("full", plan=wanted))


@each_of_meta
def test_as_many_as_were_not_given_before_say_nothing_new_of_the_platform(place: Place) -> None:
    """They are due each time, and the others need not be."""
    refusal = error(10, "(#10) Application does not have permission for this action")
    place.fail(6, 5, answer=refusal)
    wanted = Chosen(lambda root: root.endswith((place.named(5), place.named(6))))
    told = [
        e.context["short"]
        for e in place.fetched(Window("full", plan=wanted, failing_before=2))
        if "short" in e.context
    ]
    assert told[-1].startswith("2 conversations could not be read")
    with pytest.raises(Blocked, match="error 10"):
        place.fetched(Window("full", plan=wanted, failing_before=1))
    place.fail(6, 5, 4, 3)
    assert place.answers(place.fetched(Window("full", failing_before=1))) == {"1", "2"}
    place.fail(2)
    with pytest.raises(UnexpectedResponse, match="error 1"):
        place.fetched(Window("full", failing_before=1))


@each_of_meta
@pytest.mark.parametrize(("answer", "kind"), [(LIMIT, Throttled), (error(190, "dead", 463), TokenExpired)])
def test_what_is_no_failure_of_one_conversation_ends_the_capture(
    place: Place, answer: Answer, kind: type[PlatformFailure]
) -> None:
    place.fail(6, answer=answer)
    with pytest.raises(kind):
        place.fetched(Window("full"))


@each_of_meta
def test_a_conversation_whose_answer_cannot_be_read_is_passed_over_and_its_bytes_are_kept(
    place: Place,
) -> None:
    place.fail(6, answer=Answer("<p>not JSON</p>"))
    exchanges = place.fetched(Window("full"))
    assert place.answers(exchanges) == set("12345")
    [kept] = [e for e in exchanges if "not_given" in e.context]
    assert kept.body == b"<p>not JSON</p>"
    assert "HTML instead of JSON" in kept.context["short"]
    place.fail(5, 4, 3, answer=Answer("<p>not JSON</p>"))
    with pytest.raises(UnexpectedResponse, match="HTML instead of JSON"):
        place.fetched(Window("full"))


@each_of_meta
def test_a_conversation_of_another_shape_is_left_to_the_core_which_keeps_it_for_a_mended_connector(
    place: Place,
) -> None:
    place.fail(6, answer=Answer({"data": {"id": 5}}))
    plan = Chosen(lambda _: True)
    words, [problem] = parsed(place.module, place.fetched(Window("full", plan=plan)))
    assert {text[-1] for text in words} == set("12345")
    assert "/data must be a list" in problem
    assert [root.partition(":")[2] for root in plan.left] == [place.named(6)]


@pytest.mark.parametrize("sandbox", ["instagram"], indirect=True)
def test_a_conversation_that_leads_in_a_circle_is_passed_over_after_what_it_gave(sandbox: Sandbox) -> None:
    """Each of its pages was read, and no response says whether that is all."""
    posts = [sandbox.publish(days=days) for days in (3, 2, 1)]
    texts = {f"{number}: {post.now.text}" for post in posts for number in range(12)}
    for text in sorted(texts):
        [post] = [one for one in posts if text.endswith(one.now.text)]
        sandbox.comment(post, words=text)
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 10)

    def circling(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        if "after=" not in str(request.url):
            return response
        return httpx.Response(200, json=json.loads(response.read()) | {"paging": {"next": str(request.url)}})

    with sandbox.transport.meanwhile(f"/{sandbox.named(posts[2])}/comments", circling):
        exchanges = sandbox.fetch()
    assert {r.text for e in exchanges for r in instagram.parse(e) if r.kind == "comment"} == texts
    [told] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert "the cursor leads back to a page already read" in told


@each_of_meta
def test_a_permalink_whose_conversation_is_not_given_is_never_called_captured(place: Place) -> None:
    address = next(r.url for r in place.sandbox.read().values() if r.text == "Notice: 6")
    place.fail(6)
    with pytest.raises(UnexpectedResponse, match="error 1"):
        place.fetched(Window("one", url=address))


def parsed(module: ModuleType, exchanges: list[Exchange]) -> tuple[set[str], list[str]]:
    """Return (texts of the comments, what could not be read).

    It continues after each unreadable response, as a capture does.
    """
    words, problems = set[str](), list[str]()
    for exchange in exchanges:
        try:
            words |= {r.text or "" for r in module.parse(exchange) if r.kind in ("comment", "reply")}
        except UnexpectedResponse as problem:
            problems.append(problem.message)
    return words, problems


@each_of_meta
def test_a_post_or_a_comment_that_is_not_as_it_must_be_keeps_nothing_behind_it_away(place: Place) -> None:
    place.spoil()
    words, problems = parsed(place.module, place.fetched(Window("full")))
    assert {text[-1] for text in words} == set("12346")
    assert len(problems) == 2
    assert all("must be null or text, found 5" in problem for problem in problems)


# -- YouTube
# ------------------------------------------------------------------------------------------------------------


on_youtube = pytest.mark.parametrize("sandbox", ["youtube"], indirect=True)


@pytest.fixture
def videos(sandbox: Sandbox) -> dict[str, Post]:
    """Publish three videos, and return them by title, the newest first.

    Each has a comment with more replies than its thread holds.
    """
    return {
        title: converse(sandbox, title, days, answers=12)
        for days, title in enumerate(("six", "five", "four"), 1)
    }


@on_youtube
@pytest.mark.parametrize(
    ("reason", "status"), [("processingFailure", 400), ("backendError", 500), ("forbidden", 403)]
)
def test_video_whose_comments_are_refused_does_not_hide_other_comments(
    sandbox: Sandbox, videos: dict[str, Post], reason: str, status: int
) -> None:
    newest = sandbox.named(videos["six"])
    refuse(sandbox, "commentThreads", newest, reason, status)
    exchanges = fetch(sandbox)
    texts = {r.text for e in exchanges for r in youtube.parse(e)}
    assert {"When, five?", "When, four?", "Answer 11 to four"} <= texts
    assert "When, six?" not in texts
    told = (
        exchanges[-1].context["short"]
        if "short" in exchanges[-1].context
        else max(e.context.get("short", "") for e in exchanges)
    )
    assert told.startswith(
        f"1 conversation could not be read, and later captures try again (first: youtube:{newest}: GET"
    )


@on_youtube
@pytest.mark.usefixtures("videos")
def test_comment_whose_replies_are_refused_does_not_hide_other_comments(sandbox: Sandbox) -> None:
    complete = read_by_text(sandbox)
    refuse(sandbox, "comments", complete["When, six?"].native_id, "backendError", 500)
    texts = {r.text for e in fetch(sandbox) for r in youtube.parse(e)}
    assert {"When, six?", "Answer 11 to five", "Thanks for four."} <= texts
    assert "Answer 0 to six" in complete
    assert "Answer 0 to six" not in texts


@on_youtube
def test_failure_between_two_pages_of_comments_is_no_failure_of_the_list(sandbox: Sandbox) -> None:
    """YouTube fails at the replies to one comment after the other, and once at the channel itself.

    Earlier code silently left out the comments on the next video.
    """
    parent, teacher = sandbox.others
    newest = converse(sandbox, "six", 1, answers=0)
    for number in range(4):
        at = newest.created + timedelta(minutes=2)
        asked = sandbox.comment(newest, parent, f"Question {number}", at=at)
        for answer in range(8):
            sandbox.comment(asked, teacher, f"Reply {answer}", at=at + timedelta(minutes=1 + answer))
    converse(sandbox, "five", 2, answers=0)
    confirmed: list[str] = []

    def confirm() -> None:
        confirmed.append("asked")
        if len(confirmed) == 1:
            answer = Exchange("GET", "https://x/channels", 500, (), b"{}")
            raise UnexpectedResponse("the channel cannot be read now", exchange=answer)

    refuse(sandbox, "comments", "snippet", "backendError", 500)
    with pytest.raises(UnexpectedResponse, match="the channel cannot be read now"):
        fetch(sandbox, Window("full", confirm_account=confirm))
