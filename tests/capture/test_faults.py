"""Whatever a platform or a network does wrong: a named failure or a gap, nothing claimed to be gone, nothing lost that was read before,
and the next capture goes on where it must."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.sandbox.model import Post
from recordroom.archive import evidence, gaps, state
from recordroom.capture import client, recovery, run, tokens, windows
from recordroom.model import Exchange, Record
from recordroom.platforms import mastodon
from tests.archives import register_of
from tests.capture.stage import PARENT, US, Answer, Play, is_sound, opened
from tests.services import S3, Buckets

LIMIT = 1 << 20


@pytest.fixture(scope="module")
def shared(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """One archive for all; at the end all that was left there is as the format says."""
    shared = Buckets()
    yield shared
    assert is_sound(s3, shared, tmp_path_factory.mktemp("check"))


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """No waits between tries; and captures follow each other within seconds: an account has a snapshot after days' worth of them, and
    what earlier ones wrote is not looked after again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "SNAPSHOT_ENTRIES", 12)
        patch.setattr(recovery, "CLOCKS", timedelta(0))
        patch.setattr(client, "_RETRY", client._RETRY.copy_with(backoff_factor=0))
        yield


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return opened(s3, shared, tmp_path)


@pytest.fixture(scope="module")
def long(s3: S3, shared: Buckets, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """An account to which one fault after the other happens."""
    long = opened(s3, shared, tmp_path_factory.mktemp("long"), response_limit=LIMIT, media_limit=1_000)
    post = long.network.publish(US, "School starts at nine")
    long.network.name("edited", post)
    long.network.comment(PARENT, post, "Not at eight?")
    for number in range(len(FAULTS)):
        long.network.name(f"gone-{number}", long.network.publish(US, f"Nobody will miss this, {number}"))
    long.sound()
    return long


# -- answers of one kind or the other ------------------------------------------------------------------------------------


def always(status: int, body: bytes | str = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _real: httpx.Response(status, headers=named, content=body)


def raising(problem: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request, _: object) -> httpx.Response:
        raise problem("as a network does it", request=request)

    return answer


class Stream(httpx.SyncByteStream):
    """A body that may end with an error, or never; `read` counts what was taken of it."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.pieces, self.read = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces():
            self.read += len(piece)
            yield piece


def cut(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
    whole = real().read()

    def pieces() -> Iterator[bytes]:
        yield whole[: len(whole) // 2]
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return httpx.Response(200, stream=Stream(pieces))


def altered(change: Callable[[Any], Any]) -> Answer:
    """The platform's own answer with its JSON changed."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        return httpx.Response(response.status_code, content=json.dumps(change(json.loads(response.read()))))

    return answer


def without_zones(tree: Any) -> Any:
    return {**tree, "descendants": [{**d, "created_at": d["created_at"].rstrip("Z")} for d in tree["descendants"]]}


def named_ids(tree: Any) -> Any:
    return {**tree, "descendants": [{**d, "id": {"value": d["id"]}} for d in tree["descendants"]]}


FAULTS: dict[str, tuple[Answer, str]] = {
    "an error of the server": (always(500), "500"),
    "a gateway's": (always(502, "<html>Bad gateway</html>"), "502"),
    "no answer in time": (raising(httpx.ReadTimeout), "ReadTimeout"),
    "no connection": (raising(httpx.ConnectError), "ConnectError"),
    "cut in the middle": (cut, "RemoteProtocolError"),
    "HTML": (always(200, "<!doctype html><title>Down for maintenance</title>", content_type="text/html"), "HTML instead of JSON"),
    "nothing": (always(200), "nothing instead of JSON"),
    "half of it": (always(200, '{"ancestors": [], "descenda'), "no JSON"),
    "another encoding": (always(200, '{"ancestors": [], "descendants": "é"}'.encode("latin-1")), "instead of JSON"),
    "not what it says it is coded in": (always(200, b"{}", content_encoding="gzip"), "DecodingError"),
    "an error as a success": (always(200, '{"error": "This method requires an authenticated user"}'), "descendants"),
    "a list for an object": (always(200, "[]"), "must be"),
    "nested without end": (always(200, "[" * 100_000), ""),
    "dates without zone": (altered(without_zones), "created_at"),
    "ids that are none": (altered(named_ids), "id"),
    "refused": (always(403, '{"error": "This action is not allowed"}'), "403"),
    "a sign-in page": (always(302, location="/auth/sign_in"), "sign-in page"),
    "a sign-in page elsewhere": (always(302, location="https://accounts.example.org/login"), "another host (accounts.example.org)"),
    "an address that is none": (always(302, location="http://[::1"), "Invalid URL in location header"),
    "round and round": (lambda r, _: httpx.Response(302, headers={"location": str(r.url)}), "more than 5 times"),
    "too large": (always(200, b" " * (LIMIT + 1)), f"more than {LIMIT} bytes"),
}


def begun(play: Play, *, signed_in: bool = False) -> tuple[Post, Post, Post]:
    """Three posts, of which the oldest has an answer; all captured."""
    old = play.network.publish(US, "School starts at nine")
    answer = play.network.comment(PARENT, old, "Not at eight?")
    play.network.publish(US, "Lunch is at noon")
    gone = play.network.publish(US, "Nobody will miss this")
    assert play.sound().new == 5 + signed_in, "with the profile, and with whom it keeps away, which only itself may know"
    return old, answer, gone


def test_what_a_sweep_could_not_read_is_not_filled_by_a_look_at_the_last_days(play: Play) -> None:
    begun(play)
    assert play.sound().gaps == []
    with play.between.meanwhile("/context", always(200, "[]")):
        outcome = play.capture("full")
    [gap] = gaps.Gaps(play.archive.archive).open_now([play.name])
    assert (gap.gap_id, gap.reason) == (outcome.gaps[0], "capture-failed: UnexpectedResponse (whole account)")
    assert gap.overlaps(None, datetime(2020, 1, 1, tzinfo=UTC)), "it may be any post of the account"
    play.sound()
    assert play.gaps() == [gap.gap_id]
    play.sound("full")
    assert play.gaps() == []


def test_answers_that_a_sweep_found_lacking_are_lacking_until_a_sweep_finds_them(play: Play) -> None:
    old, _, _ = begun(play)
    play.sound()
    with play.between.meanwhile("/context", altered(lambda tree: {**tree, "descendants": []})):
        play.network.comment(PARENT, old, "Nobody shows this")
        play.sound("full")
    assert [g.reason for g in gaps.Gaps(play.archive.archive).open_now([play.name])] == ["counts-differ (whole account)"]
    play.sound()
    assert len(play.gaps()) == 1
    play.sound("full")
    assert play.gaps() == []


def test_a_failed_look_may_lack_what_was_published_since_the_last_whole_one(play: Play) -> None:
    begun(play)
    play.sound()
    read = datetime.fromisoformat(play.final()["started"])
    with play.between.meanwhile("/context", always(500)):
        play.capture()
        play.capture()
    [gap] = gaps.Gaps(play.archive.archive).open_now([play.name])
    assert gap.from_ == read


def test_an_address_that_is_none_of_the_platform_is_a_gap(play: Play) -> None:
    play.archive.register = register_of({"id": play.name, "platform": "mastodon", "url": "https://social.test/about"})
    outcome = play.capture()
    assert "is not the address of a Mastodon account" in str(outcome.failure)
    assert (play.final()["failure"]["type"], len(play.gaps())) == ("AccountUnavailable", 1)


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=list(FAULTS))
def test_a_fault_is_named_and_proves_nothing(long: Play, number: int) -> None:
    """The list of posts is read, with an edit in it and a post gone from it; then the conversation cannot be read."""
    answered, words = list(FAULTS.values())[number]
    text = f"School starts at {number}"
    gone = long.network.named(f"gone-{number}")
    long.network.edit(long.network.named("edited"), text)
    long.network.remove(gone)
    statuses = {r["record_id"]: r["status"] for r in long.rows()}
    with long.between.meanwhile("/context", answered):
        outcome = long.capture()
    assert outcome.failure is not None
    assert words in outcome.failure
    assert (outcome.absent, outcome.changed) == (0, 1)
    final = long.final()
    assert final["complete"] is False
    assert "seen" not in final
    assert final["failure"]["message"] in outcome.failure
    assert final["gap_ids"] == outcome.gaps == long.gaps()
    assert len(outcome.gaps) == 1
    assert text in {r["text"] for r in long.rows()}, "what was read before is committed"
    assert {r["record_id"]: r["status"] for r in long.rows()} == statuses, "nothing is claimed to be gone"
    mended = long.sound()
    assert (mended.absent, mended.changed) == (1, 1)
    assert long.gaps() == []
    assert [r["status"] for r in long.rows() if r["text"] == gone.now.text] == ["visible", "unavailable"]


def test_ids_that_come_as_numbers_are_the_same_ids(play: Play) -> None:
    def numbers(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {k: int(v) if k in ("id", "in_reply_to_id") and v else numbers(v) for k, v in tree.items()}
        return [numbers(one) for one in tree] if isinstance(tree, list) else tree

    begun(play)
    before = play.told()
    with play.between.meanwhile("/api/v1/", altered(numbers)):
        assert play.sound().changed == 0
    assert play.told() == before


def test_a_fault_when_absences_are_asked_for_proves_nothing(play: Play) -> None:
    _, _, gone = begun(play)
    play.network.remove(gone)
    with play.between.meanwhile("/api/v1/statuses?", always(200, "{}")):
        outcome = play.capture()
    assert outcome.failure is not None
    assert outcome.absent == 0
    assert {r["status"] for r in play.rows()} == {"visible"}
    assert play.sound().absent == 1


def test_an_account_that_cannot_be_read_proves_no_absence(play: Play) -> None:
    """The list is empty, and the account itself, asked before an absence is believed, is not there."""
    begun(play)
    asked = iter([False, True])

    def lookup(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(404, content=b'{"error": "Record not found"}') if next(asked) else real()

    play.between.rules.append(("/accounts/lookup", lookup))
    with play.between.meanwhile("/statuses?", always(200, "[]")):
        outcome = play.capture()
    assert outcome.failure is not None
    assert play.final()["failure"]["type"] == "AccountUnavailable"
    assert outcome.absent == 0
    assert play.sound().absent == 0


def test_the_same_page_again_is_no_endless_capture(play: Play) -> None:
    for number in range(45):
        play.network.publish(US, f"Post {number}")
    kept: list[bytes] = []

    def first_page(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        kept.append(real().read())
        return httpx.Response(200, content=kept[0])

    with play.between.meanwhile("/statuses?", first_page):
        outcome = play.capture()
    assert "the same page again" in str(outcome.failure)
    assert len(kept) == 2
    assert len(play.rows()) == 40, "what the page held is kept"
    play.sound("full")
    assert len(play.rows()) == 45


def test_a_cursor_that_loops_is_no_endless_capture(play: Play) -> None:
    """Pages whose last status has always the same id: the second one would lead to itself."""
    for number in range(45):
        play.network.publish(US, f"Post {number}")

    def looping(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        page = json.loads(real().read())
        if "max_id" in str(request.url):
            page = [{**status, "content": f"<p>{len(play.between.asked)}</p>"} for status in page]
            page[-1]["id"] = str(dict(request.url.params)["max_id"])
        return httpx.Response(200, content=json.dumps(page))

    with play.between.meanwhile("/statuses?", looping):
        outcome = play.capture()
    assert "leads back to a page already read" in str(outcome.failure)
    assert sum("/statuses?" in url for url in play.between.asked) < 5


# -- throttles and tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [({"Retry-After": "600"}, 10), ({}, 15), ({"Retry-After": "999999999"}, 25 * 60), ({"X-RateLimit-Reset": "soon"}, 15)],
)
def test_a_throttle_says_when_to_come_back(play: Play, headers: dict[str, str], minutes: int) -> None:
    old, _, gone = begun(play)
    play.network.edit(old, "School starts at ten")
    play.network.remove(gone)
    asked = len(play.between.asked)
    with play.between.meanwhile("/context", lambda _r, _a: httpx.Response(429, headers=headers)):
        outcome = play.capture()
    assert sum("/context" in url for url in play.between.asked[asked:]) == 1, "a throttle is not tried again"
    assert outcome.failure is None
    assert outcome.not_before is not None
    assert abs(outcome.not_before - datetime.now(UTC) - timedelta(minutes=minutes)) < timedelta(seconds=30)
    assert (outcome.gaps, outcome.absent, outcome.changed) == ([], 0, 1), "what was read before is committed"
    account, sums = play.archive.account(play.name), play.archive.state(play.name).sums
    assert "throttled until" in windows.due(account, sums, datetime.now(UTC), at_once=True)
    assert windows.due(account, sums, datetime.now(UTC) + timedelta(hours=26)) == ""
    assert play.sound().absent == 1


def always_throttled(play: Play, monkeypatch: pytest.MonkeyPatch, kind: str | None) -> list[str]:
    """The reasons of the gaps that a throttle opens which has lasted long enough."""
    monkeypatch.setattr(run, "STARVED", timedelta(0))
    with play.between.meanwhile("/api/v1/", lambda _r, _a: httpx.Response(429)):
        play.capture(kind)
        assert play.capture(kind).not_before is not None
    return [g.reason for g in gaps.Gaps(play.archive.archive).open_now([play.name])]


@pytest.mark.parametrize("partial", [False, True])
def test_a_throttle_that_lasts_is_a_gap(play: Play, monkeypatch: pytest.MonkeyPatch, *, partial: bool) -> None:
    """Also where windows say nothing of what they do not show, as those of feeds."""
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, window_is_partial=partial))
    begun(play)
    play.sound()
    assert always_throttled(play, monkeypatch, None) == ["capture-failed: Throttled"]
    play.sound()
    assert play.gaps() == []


def test_a_throttle_that_lasts_from_the_first_capture_on_is_a_gap(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    assert always_throttled(play, monkeypatch, "history") == ["capture-failed: Throttled (whole account)"]


def test_a_throttle_that_keeps_us_from_a_sweep_is_a_gap(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was read of the last days meanwhile."""
    begun(play)
    play.sound()
    assert always_throttled(play, monkeypatch, "full") == ["capture-failed: Throttled (whole account)"]
    play.sound()
    assert len(play.gaps()) == 1
    play.sound("full")
    assert play.gaps() == []


def test_a_token_that_dies_half_way(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-that-will-die-soon"
    play.network.grant("mastodon", token, US)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": token})
    old, _, gone = begun(play, signed_in=True)
    play.network.edit(old, "School starts at ten")
    play.network.remove(gone)

    def dying(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        play.network.expire_token("mastodon")
        return real()

    with play.between.meanwhile("/context", dying):
        outcome = play.capture()
    assert play.final()["failure"]["type"] == "TokenExpired"
    assert "credential" in str(outcome.failure)
    assert (outcome.absent, outcome.changed) == (0, 1)
    play.network.expire_token("mastodon", expired=False)
    assert play.sound().absent == 1


def test_a_history_goes_on_from_its_cursor(play: Play) -> None:
    for number in range(90):
        play.network.publish(US, f"Post {number}")
    pages = iter(range(9))

    def second_fails(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return real() if next(pages) == 0 else httpx.Response(500)

    with play.between.meanwhile("/statuses?", second_fails):
        assert play.capture().failure is not None
    assert len(play.rows()) == 40
    first = len(play.between.asked)
    outcome = play.sound("history")
    assert outcome.new == 50
    listed = [url for url in play.between.asked[first:] if "/statuses?" in url]
    assert all("max_id" in url for url in listed), "the first page is not asked for again"
    assert play.archive.state(play.name).sums.history == {"cursor": None, "done": True}
    assert len(play.rows()) == 90


# -- media ---------------------------------------------------------------------------------------------------------------


def elsewhere(to: str, requests: list[httpx.Request]) -> Answer:
    """A redirect; whoever answers there (also the sandbox, under any name) is asked with what `requests` shows."""

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        requests.append(request)
        return real() if "cdn" in request.url.host else httpx.Response(302, headers={"location": to.format(path=request.url.path)})

    return answer


MEDIA: dict[str, tuple[Answer, str]] = {
    "not there": (always(404), "answers 404"),
    "a web page": (always(200, "<html>Sign in</html>", content_type="text/html; charset=utf-8"), "a web page"),
    "empty": (always(200, b"", content_type="image/jpeg"), "empty file"),
    "too large, as it says": (always(200, b"x", content_type="image/jpeg", content_length="5000"), "too large"),
    "too large": (lambda _r, _a: httpx.Response(200, stream=Stream(lambda: iter([b"x" * 600] * 2))), "too large"),
    "cut": (cut, "RemoteProtocolError"),
    "not as it is coded": (always(200, b"zzz", content_encoding="gzip"), "DecodingError"),
    "no connection": (raising(httpx.ConnectError), "ConnectError"),
    "at a private address": (always(302, location="http://127.0.0.1:1/secret.jpg"), "private address"),
    "at the cloud's own address": (always(302, location="http://169.254.169.254/latest/meta-data"), "private address"),
    "at no address of the web": (always(302, location="file:///etc/passwd"), "no address of the web"),
    "at an address that is none": (always(302, location="http://[::1"), "Invalid URL in location header"),
    "round and round": (lambda r, _: httpx.Response(302, headers={"location": str(r.url)}), "more than 5 times"),
}


@pytest.mark.parametrize("fault", MEDIA)
def test_a_file_that_does_not_come_is_named_and_asked_for_again(long: Play, fault: str) -> None:
    post = long.network.publish(US, f"A file {fault}", photos=[long.network.photo("mastodon", "A road")])
    answered, words = MEDIA[fault]
    with long.between.meanwhile("/media_attachments/", answered):
        long.sound()
    [row] = [r for r in long.rows() if r["text"] == post.now.text]
    assert row["media"][0]["sha256"] is None
    assert words in row["media"][0]["missing_reason"]
    long.sound("full")
    first, second = [r for r in long.rows() if r["text"] == post.now.text]
    assert (second["changed"], second["version"]) == (["media_bytes"], first["version"])
    assert second["media"][0]["sha256"] is not None
    assert second["media"][0]["missing_reason"] is None


def test_an_ordinary_capture_does_not_ask_for_a_missing_file_again(play: Play) -> None:
    play.network.publish(US, "Snow on the road", photos=[play.network.photo("mastodon", "A road")])
    with play.between.meanwhile("/media_attachments/", always(404)):
        play.sound()
    asked = len(play.between.asked)
    play.sound()
    assert not any("/media_attachments/" in url for url in play.between.asked[asked:])
    assert len(play.rows()) == 1


def test_a_file_elsewhere_is_fetched_without_credentials(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-for-one-host-only"
    play.network.grant("mastodon", token, US)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": token})
    play.network.publish(US, "Snow on the road", photos=[play.network.photo("mastodon", "A road")])
    requests: list[httpx.Request] = []
    with play.between.meanwhile("/media_attachments/", elsewhere("http://cdn.example.test{path}", requests)):
        play.sound()
    assert play.rows()[0]["media"][0]["sha256"] is not None
    assert [r.url.host for r in requests] == ["social.test", "cdn.example.test"]
    assert not any("authorization" in r.headers for r in requests)


# -- sizes, texts, what only the core can do -----------------------------------------------------------------------------


def test_an_endless_answer_costs_no_memory(play: Play) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 65_536

    play.set(response_limit=LIMIT)
    begun(play)
    body = Stream(endless)
    tracemalloc.start()
    with play.between.meanwhile("/context", lambda _r, _a: httpx.Response(200, stream=body)):
        outcome = play.capture()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"more than {LIMIT} bytes" in str(outcome.failure)
    assert body.read <= LIMIT + 65_536
    assert peak < 12 * LIMIT


HOSTILE = {
    "markup": "<script>alert(1)</script> & <b>bold</b>",
    "bidirectional": "\u202eesrever\u202c \u2066isolate\u2069",
    "joins": "👩\u200d👩\u200d👧\u200d👦 a\u200db\ufeffc",
    "separators": "one\u2028two\u2029three",
    "long": "ñ" * 100_000,
    "controls": "bell\x07 and delete\x7f",
}


def test_hostile_text_is_kept_as_it_is(play: Play) -> None:
    for text in HOSTILE.values():
        play.network.publish(US, text)
    play.sound()
    play.sound()
    assert len(play.rows()) == len(HOSTILE)
    texts = {r["text"] for r in play.rows()}
    assert {HOSTILE["markup"], HOSTILE["bidirectional"], HOSTILE["joins"], HOSTILE["long"]} <= texts


def test_what_no_utf8_can_hold_is_kept_in_the_evidence_and_repaired_in_the_row(play: Play) -> None:
    play.network.publish(US, "Hello PLACE")

    def broken(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(200, content=real().read().replace(b"PLACE", rb"NUL \u0000, half a pair \ud83d, a whole one \ud83d\ude00"))

    with play.between.meanwhile("/statuses?", broken):
        play.sound()
        assert play.sound().changed == 0
    [row] = play.rows()
    assert row["text"] == "Hello NUL , half a pair \ufffd, a whole one 😀", "in HTML, NUL is no text"
    assert "\x00" in row["text_html"]
    assert row["repaired"]
    [item] = play.manifests()[0].body["evidence"]
    bodies = [kept.exchange.body for kept in evidence.exchanges(play.archive.archive.get(item["key"]))]
    assert any(rb"NUL \u0000, half a pair \ud83d, a whole" in body for body in bodies)


def test_a_connector_that_fails_is_named_and_the_rest_is_kept(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(play)
    monkeypatch.setattr(mastodon, "totals", lambda *_: dict[str, str]()["nothing"])
    outcome = play.capture()
    assert "the connector mastodon failed: KeyError" in str(outcome.failure)
    assert outcome.absent == 0
    monkeypatch.undo()
    play.sound()


def test_an_answer_about_what_was_missing_that_a_connector_cannot_read_is_kept(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list shows nothing; asked for by its id, the post is there, with an edit that is seen only now."""
    old, _, _ = begun(play)
    play.network.edit(old, "School starts at eleven")
    read = mastodon.parse

    def mistaken(exchange: Exchange) -> Iterator[Record]:
        if "id%5B%5D=" in exchange.url:
            raise KeyError("content")
        return read(exchange)

    monkeypatch.setattr(mastodon, "parse", mistaken)
    with play.between.meanwhile("/statuses?limit", always(200, "[]")):
        outcome = play.capture()
    assert "cannot read" in str(outcome.failure)
    [item] = play.final()["evidence"]
    kept = evidence.exchanges(play.archive.archive.get(item["key"]))
    assert [b"School starts at eleven" in one.exchange.body for one in kept if "failure" in one.metadata] == [True]
    monkeypatch.undo()
    play.sound()


def test_a_gap_of_a_capture_that_died_is_closed_by_the_next(play: Play) -> None:
    begun(play)
    name = gaps.Gaps(play.archive.archive).open_(
        play.name, f"{gaps.FAILED}UnexpectedResponse", "the process was killed before its manifest"
    )
    (play.folder / "spool/mastodon" / play.name / "20260101T000000Z-00000000").mkdir()
    play.sound()
    assert name not in {g.gap_id for g in gaps.Gaps(play.archive.archive).open_now([play.name])}
