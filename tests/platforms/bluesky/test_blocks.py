"""The people whom an account on Bluesky blocks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.bluesky.account import AMY, ME, at_method, did_of, open_directory
from tests.platforms.contract.sandbox import PagedTransport, Sandbox
from tests.platforms.scripted import Answer

PLATFORM = "bluesky"
PEOPLE, LISTS = "app.bsky.graph.block", "app.bsky.graph.listblock"
NAMES, RECORDS = "app.bsky.actor.getProfiles", "com.atproto.repo.listRecords"


def moderation(sandbox: Sandbox, exchanges: list[Exchange]) -> Record | None:
    return next(
        (record for record in sandbox.parse(exchanges).values() if record.title == "Moderation"), None
    )


def block_many(sandbox: Sandbox, number: int) -> list[str]:
    """Return the DIDs of so many people whom the account blocks."""
    people = [f"bluesky/person{one}.test" for one in range(number)]
    for who in people:
        sandbox.network.account(who, who)
        sandbox.network.block(sandbox.us, who)
    return [did_of(sandbox, who) for who in people]


def test_blocked_people_and_lists_are_one_public_record(sandbox: Sandbox) -> None:
    people = block_many(sandbox, 30)
    sandbox.network.suspend("bluesky/person29.test")
    subject = "at://did:plc:x/app.bsky.graph.list/rude"

    def add_list(body: Any) -> Any:
        return body | {
            "records": [
                {"uri": f"at://{ME}/{LISTS}/1", "cid": "c", "value": {"$type": LISTS, "subject": subject}}
            ]
        }

    def only_first(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return real() if "cursor" in request.url.params else rewrite_json(add_list)(request, real)

    sandbox.transport.rules = [(f"collection={LISTS}", only_first)]  # the sandbox has no lists of people
    record = moderation(sandbox, sandbox.fetch())
    assert record is not None
    name = f"bluesky:{sandbox.entry.known.native_id}/moderation"
    assert (record.record_id, record.kind, record.visibility) == (name, "profile", None)
    lines = (record.text or "").splitlines()
    assert len(lines) == 31
    assert {f"blocked: @person0.test ({people[0]})", f"blocked: {people[29]}", f"blocked: {subject}"} <= set(
        lines
    )
    assert moderation(sandbox, sandbox.fetch(Window("recent"))) is None


def test_empty_page_with_a_cursor_is_not_the_end_of_the_blocks(sandbox: Sandbox) -> None:
    people = block_many(sandbox, 30)
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 10)
    empty = rewrite_json(lambda body: body | {"records": []})
    sandbox.transport.rules = [
        (
            f"collection={PEOPLE}&",
            lambda request, real: real() if "cursor" in request.url.params else empty(request, real),
        )
    ]
    record = moderation(sandbox, sandbox.fetch())
    assert record is not None
    assert len((record.text or "").splitlines()) == len(people) - 10


def test_empty_list_of_blocks_is_a_record(sandbox: Sandbox) -> None:
    record = moderation(sandbox, sandbox.fetch())
    assert record is not None
    assert record.text == ""


REFUSAL = Answer({"error": "InvalidRequest", "message": "Could not find repo"}, 400)


@pytest.mark.parametrize(
    ("method", "answer"), [(RECORDS, REFUSAL), (NAMES, Answer("Oops", 500)), (NAMES, REFUSAL)]
)
def test_blocks_that_are_not_given_are_reported(sandbox: Sandbox, method: str, answer: Answer) -> None:
    sandbox.network.block(sandbox.us, sandbox.others[0])
    sandbox.transport.rules = [at_method(method, answer)]
    exchanges = sandbox.fetch()
    assert moderation(sandbox, exchanges) is None
    assert "the list of people whom the account blocks could not be read" in exchanges[-1].context["short"]


@pytest.mark.parametrize("odd", [{}, {"profiles": None}, {"profiles": "x"}, {"profiles": {"a": 1}}])
def test_names_of_another_shape_make_no_other_record_of_the_blocks(sandbox: Sandbox, odd: object) -> None:
    """Without the names, its text would differ from that of the day before, without any edit."""
    sandbox.network.block(sandbox.us, sandbox.others[0])
    sandbox.transport.rules = [at_method(NAMES, Answer(odd))]
    with pytest.raises(UnexpectedResponse, match="/profiles must be a list"):
        sandbox.fetch()


def test_unknown_server_of_the_account_is_reported(sandbox: Sandbox) -> None:
    open_directory(
        sandbox, {}, Answer({"id": did_of(sandbox, sandbox.us), "alsoKnownAs": ["at://district.test"]})
    )
    exchanges = sandbox.fetch()
    assert moderation(sandbox, exchanges) is None
    assert (
        "the server with the list of people whom the account blocks is unknown"
        in exchanges[-1].context["short"]
    )


@pytest.mark.parametrize("subject", [AMY, "did:plc:unknown"])
def test_saved_list_of_blocks_names_its_account(subject: str) -> None:
    value = {"$type": PEOPLE, "subject": subject, "createdAt": "2026-11-20T18:00:00Z"}
    body = {"records": [{"uri": f"at://{ME}/{PEOPLE}/1", "cid": "c", "value": value}]}
    [record] = bluesky.parse(bluesky.saved(json.dumps(body).encode(), None, None))
    assert (record.record_id, record.text) == (f"bluesky:{ME}/moderation", f"blocked: {subject}")
