"""Lookups on X by ID or address, and conclusions about records that are not there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.sandbox.faces.x.access import history
from infra.sandbox.model import Post
from recordroom.errors import UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import x
from recordroom.platforms.contract import KnownRecord, Window
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.contract.test_lookup import known
from tests.platforms.scripted import Answer
from tests.platforms.x.test_walk import first_id, ids_of, lose, natives, problem, publish_theirs, read, reply

PLATFORM = "x"


def known_post(post: Post) -> KnownRecord:
    native = first_id(post)
    return KnownRecord(f"x:{native}", native, "post", None, f"x:{native}")


def publish_edited(sandbox: Sandbox) -> Post:
    post = sandbox.publish(days=2, words="Closd")
    return sandbox.network.edit(post, "Closed", at=post.created + timedelta(minutes=5))


def test_deleted_protected_and_suspended_posts_differ(sandbox: Sandbox) -> None:
    network, (amy, ben) = sandbox.network, sandbox.others
    carl = network.account("x/carl", "Carl").key
    here, deleted = sandbox.publish(days=3), sandbox.publish(days=2)
    comment, hidden, barred = (sandbox.comment(here, who) for who in (amy, ben, carl))
    held = read(sandbox)
    network.remove(deleted)
    network.remove(comment)
    network.unpublish(ben)
    asked = [known(held[first_id(post)]) for post in (here, deleted, comment, hidden, barred)]
    with sandbox.transport.meanwhile("/2/tweets?", lose(first_id(barred), sort="disallowed-resource")):
        answers = sandbox.lookup(*asked)
    absences = [one for one in answers if isinstance(one, Absence)]
    assert {one.record_id.removeprefix("x:"): (one.status, one.acted_by) for one in absences} == {
        first_id(deleted): ("removed", None),
        first_id(comment): ("unavailable", None),
        first_id(hidden): ("unavailable", None),
        first_id(barred): ("unavailable", "platform"),
    }
    assert len({one.reason.split(":")[0] for one in absences}) == 4
    [answer] = [one for one in answers if isinstance(one, Exchange)]
    assert set(natives(sandbox, [answer])) == {first_id(here)}


def test_response_that_finds_none_is_an_absence(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    sandbox.identify()
    sandbox.network.remove(post)
    [absence] = sandbox.lookup(known_post(post))
    assert isinstance(absence, Absence)
    assert absence.status == "removed"


def test_nothing_is_concluded_of_posts_that_x_fails_to_give(sandbox: Sandbox) -> None:
    here, deleted, lost = (sandbox.publish(days=days) for days in (1, 2, 3))
    sandbox.identify()
    sandbox.network.remove(deleted)
    with sandbox.transport.meanwhile("/2/tweets?", lose(first_id(lost))):
        absence, answer = sandbox.lookup(*map(known_post, (here, deleted, lost)))
    assert isinstance(absence, Absence)
    assert absence.record_id == f"x:{first_id(deleted)}"
    assert isinstance(answer, Exchange)
    assert (set(natives(sandbox, [answer])), answer.context["untold"]) == (
        {first_id(here)},
        [f"x:{first_id(lost)}"],
    )
    failure = Answer({"errors": [problem("internal-error")]})
    with sandbox.transport.meanwhile("/2/tweets?", failure.instead):
        [answer] = sandbox.lookup(known_post(here))
    assert isinstance(answer, Exchange)
    assert (list(x.parse(answer)), answer.context["untold"]) == ([], [f"x:{first_id(here)}"])


def test_post_is_never_read_back_to_its_first_version(sandbox: Sandbox) -> None:
    post = publish_edited(sandbox)
    sandbox.identify()
    answers = sandbox.lookup(known_post(post))
    found = [(r.text, r.historical) for one in answers if isinstance(one, Exchange) for r in x.parse(one)]
    assert ("Closed", False) in found
    assert ("Closd", False) not in found


def test_nothing_is_concluded_of_a_post_whose_newest_version_x_fails_to_give(sandbox: Sandbox) -> None:
    post, deleted = publish_edited(sandbox), sandbox.publish()
    sandbox.identify()
    sandbox.network.remove(deleted)
    with sandbox.transport.meanwhile("/2/tweets?", lose(history(post)[-1])):
        absence, *answers = sandbox.lookup(*map(known_post, (post, deleted)))
    assert isinstance(absence, Absence)
    assert absence.record_id == f"x:{first_id(deleted)}"
    given = [one for one in answers if isinstance(one, Exchange)]
    assert [record.historical for one in given for record in x.parse(one)] == [True]
    assert [one.context["untold"] for one in given if "untold" in one.context] == [[f"x:{first_id(post)}"]]


def test_address_of_an_earlier_version_brings_the_newest_one(sandbox: Sandbox) -> None:
    post = publish_edited(sandbox)
    for is_answered in (False, True):
        below = [reply(sandbox, 1, 0, post)] if is_answered else []
        for native in history(post):
            exchanges = sandbox.fetch(Window("one", url=f"https://x.com/district/status/{native}"))
            found = natives(sandbox, exchanges)
            assert found[first_id(post)].text == "Closed"
            assert found.keys() == ids_of((post, *below))
            assert "Closd" in {r.text for one in exchanges for r in x.parse(one) if r.historical}


def test_hundred_posts_are_looked_up_by_one_request(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=1 + number / 100) for number in range(250)]
    sandbox.identify()
    before = len(sandbox.transport.asked)
    answers = sandbox.lookup(*map(known_post, posts))
    assert len(sandbox.transport.asked) - before == 3
    assert set(natives(sandbox, (one for one in answers if isinstance(one, Exchange)))) == ids_of(posts)


@pytest.mark.parametrize(
    "address",
    [
        "https://x.com/district/status/{}",
        "https://twitter.com/i/web/status/{}?s=20",
        "https://x.com/a/status/{}/photo/1",
    ],
)
def test_address_of_each_form_brings_its_conversation(sandbox: Sandbox, address: str) -> None:
    head, said = sandbox.converse(days=2)
    sandbox.publish()
    for post in (head, *said):
        found = read(sandbox, Window("one", url=address.format(first_id(post))))
        assert set(found) == ids_of((head, *said))


def test_address_in_no_conversation_of_the_account_is_refused(sandbox: Sandbox) -> None:
    theirs = publish_theirs(sandbox, 1)
    for url, words in {
        f"https://x.com/teacher/status/{first_id(theirs)}": "in no conversation",
        "https://x.com/teacher/status/1": "cannot be seen",
        "https://x.com/teacher": "not the address",
        f"https://example.org/teacher/status/{first_id(theirs)}": "not the address",
    }.items():
        with pytest.raises(UsageError, match=words):
            sandbox.fetch(Window("one", url=url))
