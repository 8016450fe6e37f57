"""Records that a capture did not see again: whether each is there, with no conclusion from a failure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms.contract import KnownRecord
from tests.fault_transport import Answer, fault, rewrite_json
from tests.platforms.contract.profile import PlatformTestProfile, each_platform
from tests.platforms.contract.sandbox import Sandbox, marked


def looks_up(profile: PlatformTestProfile) -> bool:
    return profile.name != "feed"


def known(record: Record) -> KnownRecord:
    return KnownRecord(
        record.record_id, record.native_id, record.kind, record.parent_id, record.root_id,
        conversation_began=record.published_at, tally=record.tally, visibility=lambda: record.visibility,
        status=record.status,
    )  # fmt: skip


WAYS: dict[int | str, Answer | None] = {  # None: in the platform's own words
    500: None,
    "bare": None,
    "silent": None,
    "cut": None,
    "404 of a server in between": lambda *_: httpx.Response(404, html="<html>Not found</html>"),
    "404 without words": lambda *_: httpx.Response(404, json={}),
}


def conclusions(sandbox: Sandbox, asked: list[KnownRecord]) -> tuple[list[Absence], bool]:
    """Return (the absences that a lookup concludes, how it ends).

    It fails, reports that something was not given, or gives all records.
    """
    absent, read, reported = list[Absence](), set[str](), False
    try:
        for one in sandbox.connector.lookup(sandbox.entry, asked, sandbox.client):
            if isinstance(one, Absence):
                absent.append(one)
            else:
                read |= set(sandbox.parse([one]))
                reported |= bool({"untold", "short"} & one.context.keys())
    except PlatformFailure:
        reported = True
    return absent, reported or {one.record_id for one in asked} <= read


@each_platform(looks_up)
def test_lookup_reports_what_is_removed_and_reads_the_rest(sandbox: Sandbox) -> None:
    post, _ = sandbox.converse()
    second, said = sandbox.converse(days=2)
    third, _ = sandbox.converse(days=3)
    held = marked(sandbox.read().values())
    sandbox.network.remove(said[1])
    sandbox.network.remove(third)
    result = sandbox.lookup(*map(known, held.values()))
    absences = {one.record_id: one.status for one in result if isinstance(one, Absence)}
    stage = sandbox.profile.stage
    gone = {held[third.now.text].record_id: stage.gone, held[said[1].now.text].record_id: stage.gone_below}
    assert gone.items() <= absences.items()
    read = sandbox.parse(one for one in result if isinstance(one, Exchange))
    there = {
        record.record_id for record in held.values() if third.now.text not in (record.text, record.title)
    } - absences.keys()
    assert {
        held[post.now.text].record_id,
        held[second.now.text].record_id,
        held[said[0].now.text].record_id,
    } <= there
    assert there <= read.keys()
    places = {
        name: (record.kind, record.parent_id, record.root_id, version_of(record))
        for name, record in read.items()
    }
    for record in held.values():
        assert record.record_id in absences or places[record.record_id] == (
            record.kind, record.parent_id, record.root_id, version_of(record),
        ), "by ID as in a list"  # fmt: skip
    assert sandbox.lookup() == []


@each_platform(looks_up)
def test_failure_is_no_absence(sandbox: Sandbox) -> None:
    sandbox.converse()
    held = marked(sandbox.read().values())
    before = len(sandbox.transport.asked)
    sandbox.lookup(*map(known, held.values()))
    count = len(sandbox.transport.asked) - before
    for number in range(count):
        for way, answer in WAYS.items():
            turns = iter(range(10**6))

            def at_its_turn(
                request: httpx.Request, real: Callable[[], httpx.Response], fails: Answer, turn: int
            ) -> httpx.Response:
                return fails(request, real) if next(turns) >= turn else real()  # noqa: B023 (called within this turn of the loop)

            fails = answer or fault(sandbox.profile.name, way)
            with sandbox.transport.meanwhile("", partial(at_its_turn, fails=fails, turn=number)):
                absent, reported = conclusions(sandbox, [known(record) for record in held.values()])
            assert absent == [], f"request {number}: {way}"
            assert reported, f"request {number}: {way}"


@pytest.mark.parametrize("sandbox", ["linkedin"], indirect=True)
@pytest.mark.parametrize("status", [403, 404])
def test_an_error_about_a_comment_that_was_not_asked_for_is_named(sandbox: Sandbox, status: int) -> None:
    _, said = sandbox.converse()
    held = marked(sandbox.read().values())
    stranger = {"errors": {"urn:li:comment:(urn:li:activity:1,999)": {"status": status, "message": "No"}}}
    with (
        sandbox.transport.meanwhile("/comments?ids=", rewrite_json(lambda body: body | stranger)),
        pytest.raises(UnexpectedResponse, match="must be about the requested comments"),
    ):
        sandbox.lookup(known(held[said[0].now.text]))
