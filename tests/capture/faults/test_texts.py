"""Endless responses, hostile texts, and text that UTF-8 cannot express."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import httpx

from recordroom.archive import evidence
from tests.capture.faults.answers import LIMIT, Stream
from tests.capture.stage import US, Play, begun


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
        return httpx.Response(
            200,
            content=real()
            .read()
            .replace(b"PLACE", rb"NUL \u0000, half a pair \ud83d, a whole one \ud83d\ude00"),
        )

    with play.between.meanwhile("/statuses?", broken):
        play.sound()
        assert play.sound().changed == 0
    [row] = play.rows()
    assert row["text"] == "Hello NUL , half a pair \ufffd, a whole one 😀", "in HTML, NUL is no text"
    assert "\x00" in row["text_html"]
    assert row["repaired"]
    [item] = play.manifests()[0].body["evidence"]
    bodies = [kept.exchange.body for kept in evidence.read_exchanges(play.archive.archive.get(item["key"]))]
    assert any(rb"NUL \u0000, half a pair \ud83d, a whole" in body for body in bodies)
