"""One conversation, captured at once by its permalink, with a receipt of everything archived.

Other captures of the account may run at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.permalink.receipt import Receipt
from recordroom.capture.segment.spool import AccountSpool
from recordroom.capture.session import Outcome
from recordroom.errors import UsageError
from recordroom.model import Exchange
from recordroom.platforms import mastodon
from tests.archives import register_of
from tests.capture.stage import OTHER, PARENT, US, Play, opened
from tests.capture.test_kills import captured, in_child
from tests.services import S3, Buckets


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "School starts at nine")
    play.sound()
    return play


def permalink(play: Play, post: Post) -> str:
    return f"https://social.test/@district/{native_id(play.network, post)}"


def one(play: Play, url: str) -> tuple[Outcome, Receipt]:
    return capture_conversation(
        play.archive.place, play.archive.register, play.archive.account(play.name), url
    )


def heated(play: Play) -> Post:
    post = play.network.publish(
        US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")]
    )
    answer = play.network.comment(PARENT, post, "And the buses?")
    play.network.comment(OTHER, answer, "They stay in the yard.")
    return post


def test_all_of_it_is_held_and_the_next_capture_finds_nothing_new(play: Play) -> None:
    post = heated(play)
    outcome, receipt = one(play, permalink(play, post))
    assert (outcome.window, outcome.new, outcome.failure, receipt.lacking) == ("one", 3, None, [])
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 1, "reply": 1}, 1)
    last = play.manifests()[-1]
    assert (receipt.entry, receipt.sha256, last.body["final"]) == (last.number, last.sha256, True)
    assert last.body["window"] == {"kind": "one", "url": permalink(play, post)}
    assert {r["record_id"] for r in receipt.records} == {
        r["record_id"] for r in play.rows() if r["text"] != "School starts at nine"
    }
    again, same = one(play, permalink(play, post))
    assert (again.new, again.changed, same.records) == (0, 0, receipt.records)
    outcome = play.sound()
    assert (outcome.new, outcome.changed, outcome.absent, outcome.gaps) == (0, 0, 0, [])


def test_what_the_platform_does_not_give_of_it_stands_in_the_receipt(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, a list of replies was refused, which no count has to show."""
    plain, words = mastodon.fetch, "the social network does not give answers that wait for approval"

    def fetch(*args: Any) -> Iterator[Exchange]:
        for exchange in plain(*args):
            yield replace(exchange, context={**exchange.context, "short": words})

    monkeypatch.setattr(mastodon, "fetch", fetch)
    _, receipt = one(play, permalink(play, heated(play)))
    assert (receipt.lacking, receipt.not_given) == ([], [words])


def test_an_address_that_names_another_account_is_told_whose_post_it_is(play: Play) -> None:
    """The instance reads only the number in the address, like most platforms."""
    post = heated(play)
    own, number = permalink(play, post), native_id(play.network, post)
    for name, other in (
        ("cnn", "cnn"),
        ("District", ""),
        ("parent", "parent"),
        ("dis_trict", "dis_trict"),
        ("The_district", "The_district"),
    ):
        outcome, receipt = one(play, f"https://social.test/@{name}/{number}")
        assert (outcome.failure, receipt.lacking) == (None, [])
        assert receipt.whose is not None
        assert (receipt.whose.names, receipt.whose.address) == (other, own.replace("https", "http"))
        assert (receipt.whose.by, receipt.whose.record_id) == (
            "The district (@district)",
            receipt.records[0]["record_id"],
        )
    answer = next(p for p in play.network.posts.values() if p.now.text == "And the buses?")
    _, receipt = one(play, f"https://social.test/@parent@elsewhere.test/{native_id(play.network, answer)}")
    assert receipt.whose is not None
    assert (receipt.whose.by, receipt.whose.names) == ("A parent (@parent@elsewhere.test)", "")


def test_a_name_that_the_account_had_before_names_nobody_else(play: Play) -> None:
    post = heated(play)
    play.sound()
    play.network.rename(US, handle="schools")
    play.archive.register = register_of(
        {**play.archive.register.raw[0], "url": "https://social.test/@schools"}
    )
    play.sound()
    for name in ("district", "schools"):
        _, receipt = one(play, permalink(play, post).replace("@district", f"@{name}"))
        assert receipt.whose is not None
        assert (receipt.whose.by, receipt.whose.names) == ("The district (@district)", ""), (
            "as the version that is held was captured"
        )


def test_an_account_that_was_never_captured_begins_with_its_history_all_the_same(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "School starts at nine")
    _, receipt = one(play, permalink(play, heated(play)))
    assert receipt.lacking == []
    assert (play.sound().window, len(play.rows())) == ("history", 4)


def test_it_waits_for_no_other_capture_of_the_account(play: Play) -> None:
    post = heated(play)
    with AccountSpool(play.archive.place.settings.spool, "mastodon", play.name).locked():
        assert one(play, permalink(play, post))[1].lacking == []


def test_a_capture_in_its_midst_takes_nothing_from_it(play: Play) -> None:
    post, url = heated(play), []

    def another(request: httpx.Request, real: object) -> httpx.Response:
        play.between.rules.clear()
        url.append(str(request.url))
        play.sound()
        assert callable(real)
        answer: httpx.Response = real()
        return answer

    with play.between.meanwhile("/context", another):
        outcome, receipt = one(play, permalink(play, post))
    assert (len(url), outcome.failure, receipt.lacking, len(receipt.records)) == (1, None, [], 3)
    assert len(play.rows()) == 4, "each once"


def test_when_an_account_is_due_does_not_depend_on_it(play: Play) -> None:
    before = play.archive.state(play.name).sums
    one(play, permalink(play, heated(play)))
    after = play.archive.state(play.name).sums
    assert (after.last_start, after.read, after.finals) == (before.last_start, before.read, before.finals)


def test_a_file_that_is_lacking_is_named_and_asked_for_again(play: Play) -> None:
    post = heated(play)
    with play.between.meanwhile("/media_attachments/", lambda *_: httpx.Response(404)):
        _, receipt = one(play, permalink(play, post))
    assert receipt.lacking[0].startswith("1 of 1 files could not be fetched (first: ")
    assert one(play, permalink(play, post))[1].lacking == []


def test_a_file_that_did_not_come_is_lacking_until_a_sweep_has_it(play: Play) -> None:
    def lost(request: httpx.Request, _: object) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)

    post = heated(play)
    with play.between.meanwhile("/media_attachments/", lost):
        play.sound()
        [reasons] = play.archive.state(play.name).sums.unfetched.values()
        assert reasons == ["not fetched: ConnectError: [Errno -2] Name or service not known"]
        play.sound("sweep")
        _, receipt = one(play, permalink(play, post))
    assert receipt.lacking[0].startswith("1 of 1 files could not be fetched")
    assert play.archive.state(play.name).sums.unfetched, "asked for again, in vain"
    play.sound()
    assert play.archive.state(play.name).sums.unfetched, "the captures of the last days do not ask for it"
    play.sound("sweep")
    assert play.archive.state(play.name).sums.unfetched == {}


def test_answers_that_are_counted_and_not_shown_are_named(play: Play) -> None:
    post = heated(play)
    with play.between.meanwhile(
        "/context", lambda *_: httpx.Response(200, json={"ancestors": [], "descendants": []})
    ):
        _, receipt = one(play, permalink(play, post))
    assert receipt.lacking == [
        f"1 reply that the platform counts and did not show (first: to {receipt.records[0]['record_id']})"
    ]


def test_a_throttle_is_told_and_keeps_the_others_away(play: Play) -> None:
    post, until = heated(play), datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=9)
    with play.between.meanwhile(
        "/context", lambda *_: httpx.Response(429, headers={"X-RateLimit-Reset": until.isoformat()})
    ):
        outcome, _ = one(play, permalink(play, post))
    assert outcome.not_before == until
    assert (play.archive.state(play.name).sums.not_before or "").startswith(f"{until:%Y-%m-%dT%H:%M:%S}")
    assert play.gaps() == [], "the account's own captures are not concerned"


def test_an_address_that_is_none_of_the_account_is_wrong_use_and_leaves_nothing(play: Play) -> None:
    number = play.archive.state(play.name).tail.number
    with pytest.raises(UsageError, match="is not the address of a status"):
        one(play, "https://social.test/about")
    assert play.archive.state(play.name).tail.number == number
    assert play.list_left() == []


def test_what_a_dead_one_had_fetched_the_next_capture_takes_up(play: Play) -> None:
    post = heated(play)
    assert (
        in_child(lambda: captured(play, "PUT evidence/mastodon", lambda: one(play, permalink(play, post))))
        is None
    )
    play.network.remove(play.network.posts[post.key])
    play.sound()
    assert "Closed today" in [r["text"] for r in play.rows()]
