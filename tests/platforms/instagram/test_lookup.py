"""Lookups on Instagram by ID or address, and conclusions about records that are no longer there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from infra.sandbox.faces.instagram.nodes import in_letters
from recordroom.canonical import version_of
from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import RecordedTransport
from tests.platforms.contract.sandbox import Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.instagram.test_walk import LOGINS, natives, open_talk, page_of, sign_in, tag
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer

PLATFORM = "instagram"


def absences(result: list[Exchange | Absence]) -> dict[str, Absence]:
    return {one.record_id: one for one in result if isinstance(one, Absence)}


@pytest.mark.parametrize(("login", "requests"), [("instagram", 40), ("facebook", 1)])
def test_each_login_asks_its_own_host_and_ids_together_only_where_that_is_documented(
    sandbox: Sandbox, login: str, requests: int
) -> None:
    sign_in(sandbox, login)
    post = sandbox.publish()
    comments = [sandbox.comment(post) for _ in range(40)]
    sandbox.entry = replace(sandbox.entry, api_url=None)
    found = natives(sandbox)
    sandbox.transport.asked.clear()
    assert len(sandbox.lookup(*(known(found[sandbox.named(comment)]) for comment in comments))) == requests
    assert {urlsplit(url).hostname for url in sandbox.transport.asked} == {f"graph.{login}.com"}


@pytest.mark.parametrize("login", LOGINS)
def test_what_is_not_given_is_unavailable_and_the_rest_is_read(sandbox: Sandbox, login: str) -> None:
    sign_in(sandbox, login)
    talk = open_talk(sandbox)
    held = natives(sandbox)
    tagged = held.pop(sandbox.named(talk.tagged))
    assert tagged.kind == "comment"
    for post in (talk.reply, talk.second):
        sandbox.network.remove(post)
    result = sandbox.lookup(*map(known, held.values()))
    gone = {name: (one.status, one.acted_by, one.ended) for name, one in absences(result).items()}
    assert gone == {
        f"instagram:{sandbox.named(post)}": ("unavailable", None, False) for post in (talk.reply, talk.second)
    }
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert found.keys() == {record.record_id for record in held.values()} - gone.keys()
    for record in held.values():
        if record.record_id in found:
            again = found[record.record_id]
            assert (again.kind, again.parent_id, version_of(again)) == (
                record.kind,
                record.parent_id,
                version_of(record),
            )


def test_story_that_ends_is_no_removal(sandbox: Sandbox) -> None:
    over, early = sandbox.publish(days=0.9, kind="story"), sandbox.publish(days=0.5, kind="story")
    said = sandbox.comment(over)
    held = marked(sandbox.read().values())
    sandbox.network.wait(hours=6)
    sandbox.network.remove(early)
    result = absences(sandbox.lookup(*map(known, held.values())))
    for words in (over.now.text, said.now.text):
        ended = result[held[words].record_id]
        assert (ended.status, ended.acted_by, ended.ended) == ("unavailable", "platform", True)
        assert "24 hours are over" in ended.reason
    removed = result[held[early.now.text].record_id]
    assert (removed.acted_by, removed.ended) == (None, False)


@pytest.mark.parametrize(
    ("age", "ended"), [(timedelta(hours=24), True), (timedelta(hours=24) - timedelta(seconds=30), False)]
)
def test_story_ends_after_a_day(sandbox: Sandbox, age: timedelta, ended: bool) -> None:
    sandbox.identify()
    story = KnownRecord("instagram:4", "4", "story", None, "instagram:4", sandbox.network.now() - age)
    [absence] = sandbox.lookup(story)
    assert isinstance(absence, Absence)
    assert (absence.ended, absence.acted_by) == (ended, "platform" if ended else None)


def test_story_that_is_still_given_after_a_day_stays_a_story(sandbox: Sandbox) -> None:
    """It is a highlight."""
    story = sandbox.publish(days=0.9, kind="story")
    before = marked(sandbox.read().values())[story.now.text]
    sandbox.transport.real = RecordedTransport(sandbox.transport.real)
    sandbox.lookup(known(before))
    sandbox.network.wait(hours=6)
    [answer] = sandbox.lookup(known(before))
    assert isinstance(answer, Exchange)
    [kept] = sandbox.parse([answer]).values()
    assert (kept.kind, version_of(kept)) == ("story", version_of(before))


def test_posts_that_tag_the_account_are_searched_in_the_complete_list(sandbox: Sandbox) -> None:
    """No other request finds them."""
    tags = [tag(sandbox, days=number + 1) for number in range(12)]
    page_of(sandbox, 5)
    held = natives(sandbox)
    sandbox.network.remove(tags[6])
    first, gone, last = asked = [known(held[sandbox.named(tags[number])]) for number in (0, 6, 11)]
    before = len(sandbox.transport.asked)
    result = sandbox.lookup(*asked)
    assert {name: (one.status, one.acted_by) for name, one in absences(result).items()} == {
        gone.record_id: ("unavailable", None)
    }
    assert {first.record_id, last.record_id} <= sandbox.parse(
        one for one in result if isinstance(one, Exchange)
    ).keys()
    assert len(sandbox.transport.asked) - before == 3
    with sandbox.transport.meanwhile("/tags", error(10, "permission").instead):
        [refused] = sandbox.lookup(*asked)
    assert isinstance(refused, Exchange)
    assert refused.context["untold"] == [one.record_id for one in asked]
    assert not sandbox.parse([refused])
    with sandbox.transport.meanwhile("/tags", error(4, "too many calls").instead), pytest.raises(Throttled):
        sandbox.lookup(*asked)


def test_missing_permission_is_not_taken_for_removed_comments(sandbox: Sandbox) -> None:
    """Without it the lists of comments are empty and each comment is error 100."""
    _, (question, reply) = sandbox.converse()
    held = marked(sandbox.read().values())
    asked = [known(held[one.now.text]) for one in (question, reply)]
    sandbox.network.withdraw("instagram", "instagram_business_manage_comments")
    with pytest.raises(Blocked, match="counts 2 comments on the newest posts but shows none"):
        sandbox.lookup(*asked)
    sandbox.network.remove(question)
    assert set(absences(sandbox.lookup(*asked))) == {one.record_id for one in asked}, "nothing is counted"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(100, "(#100) Tried accessing nonexisting field (mood)"), UnexpectedResponse),
        (error(4, "limit"), Throttled),
        (error(190, "dead", 463), TokenExpired),
        (error(10, "permission"), Blocked),
    ],
)
def test_error_about_the_request_is_no_absence(
    sandbox: Sandbox, answer: Answer, failure: type[Exception]
) -> None:
    _, (question, _) = sandbox.converse()
    held = marked(sandbox.read().values())[question.now.text]
    with sandbox.transport.meanwhile(f"/{sandbox.named(question)}?", answer.instead), pytest.raises(failure):
        sandbox.lookup(known(held))


@pytest.mark.parametrize(
    "form",
    [
        "https://www.instagram.com/p/{}/",
        "https://www.instagram.com/reel/{}",
        "https://instagram.com/district/p/{}/?img_index=2",
        "https://www.instagram.com/tv/{}/",
    ],
)
def test_permalink_in_any_form_brings_its_conversation(sandbox: Sandbox, form: str) -> None:
    talk = open_talk(sandbox)
    native, me = sandbox.named(talk.first), sandbox.identify().known.native_id
    found = natives(sandbox, Window("one", url=form.format(in_letters(int(native)))))
    assert found.keys() == {me, native, *map(sandbox.named, (talk.comment, talk.ours, talk.reply))}


def test_permalink_of_a_story_brings_it(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    held = natives(sandbox)[sandbox.named(talk.story)]
    assert held.url is not None
    assert "/stories/district/" in held.url
    for url in (held.url, f"{held.url}/"):
        assert natives(sandbox, Window("one", url=url)).keys() == {
            sandbox.entry.known.native_id,
            held.native_id,
        }


@pytest.mark.parametrize(
    "url",
    [
        "https://www.instagram.com/district",
        "https://elsewhere.example/p/{first}/",
        "https://notinstagram.com/p/{first}/",
        "https://www.instagram.com/p/C999/",
        "https://www.instagram.com/stories/district/1/",
        "https://www.instagram.com/p/{tagged}/",
        "http://[",
        "",
    ],
)
def test_address_of_no_post_of_the_account_is_refused(sandbox: Sandbox, url: str) -> None:
    talk = open_talk(sandbox)
    first, tagged = (in_letters(int(sandbox.named(post))) for post in (talk.first, talk.tagged))
    with pytest.raises(UsageError):
        sandbox.fetch(Window("one", url=url.format(first=first, tagged=tagged)))
