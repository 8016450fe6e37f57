"""Context: the records above and below a hit, nothing else, under the same rules as hits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.exports.conversations import ContextItem, find_context
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account
from tests.exports.conftest import Export
from tests.exports.reading import read_csv

HOUR = timedelta(hours=1)
X = "wordpress:x/"


@st.composite
def conversations(draw: st.DrawFn) -> list[ContextItem]:
    """Draw up to eight items whose parents may be missing, themselves, or in a circle."""
    size = draw(st.integers(1, 8))
    first, private = draw(st.sampled_from([None, 0])), draw(st.booleans())
    parents = [draw(st.sampled_from([None, *range(size)])) for _ in range(size)]
    return [ContextItem(1, n, parents[n], draw(st.booleans()), n == first, private) for n in range(size)]


@given(conversations())
def test_context_is_what_a_chain_of_answers_joins_to_what_was_found(items: list[ContextItem]) -> None:
    """By another way: of each pair, whether walking up from one comes to the other."""
    found, firsts = {i.item for i in items if i.is_found}, {i.item for i in items if i.is_root}
    parents = {i.item: i.parent for i in items}

    def above(item: int) -> set[int]:
        seen: set[int] = set()
        at = parents[item]
        while at is not None and at not in seen:
            seen.add(at)
            at = parents[at]
        return seen

    whole = bool(found & firsts) or (bool(found) and not firsts and items[0].is_private)
    wanted = {
        n
        for n in parents
        if found and (whole or n in firsts or any(n in above(f) or f in above(n) for f in found))
    }
    assert set(find_context(items)) == wanted - found


def test_each_conversation_is_by_itself() -> None:
    one = [ContextItem(1, 1, None, False, True, False), ContextItem(1, 2, 1, True, False, False)]
    two = [
        ContextItem(2, 3, None, False, True, False),
        ContextItem(2, 4, 3, False, False, False),
        ContextItem(2, 5, 4, True, False, False),
    ]
    assert set(find_context([*one, *two])) == {1, 3, 4}


@pytest.fixture
def archive(building: Building, index: Index) -> Building:
    """Build a post with two comments, and a reply to a reply to the first comment.

    A second account sees the same comment; a third, confidential account has a reply of its own.
    """
    building.register(
        account("news", "wordpress"),
        account("b", "wordpress"),
        account("board", "wordpress", confidential=True),
    )
    post = {"record_id": f"{X}posts/1", "text": "Snow day"}

    def said(number: int, below: str, text: str) -> dict[str, Any]:
        kind = "comment" if below.startswith("posts") else "reply"
        at = DAY + timedelta(minutes=number)
        told = {
            "record_id": f"{X}comments/{number}",
            "kind": kind,
            "parent_id": X + below,
            "root_id": post["record_id"],
            "text": text,
        }
        return told | {"published_at": at}

    comments = [
        said(1, "posts/1", "Why?"),
        said(2, "comments/1", "Because of the ice"),
        said(3, "comments/2", "Thanks"),
    ]
    building.capture("news", [post, *comments, said(4, "posts/1", "Hello")], at=DAY)
    building.capture("b", [post, comments[1]], at=DAY + HOUR)
    building.capture("board", [post, comments[1], said(5, "comments/2", "In confidence")], at=DAY + HOUR)
    building.capture("news", [said(6, "comments/3", "You are welcome")], at=DAY + 3 * HOUR)
    index.catch_up()
    return building


def included(folder: Path) -> list[tuple[str, str, str]]:
    rows = [orjson.loads(line) for line in (folder / "WORKING-COPY_records.jsonl").read_bytes().splitlines()]
    return [(row["account"], row["record_id"].removeprefix(X), row["included_as"]) for row in rows]


NEWS = [
    ("news", "posts/1", "context"), ("news", "comments/1", "context"), ("news", "comments/2", "found"),
    ("news", "comments/3", "context"),
]  # fmt: skip


@pytest.mark.usefixtures("archive")
def test_parents_and_answers_come_along_marked_and_counted_apart(export: Export, tmp_path: Path) -> None:
    without = export("ice", "jsonl", out="without", hidden_accounts=("board",))
    assert included(tmp_path / "without") == [("b", "comments/2", "found"), ("news", "comments/2", "found")]
    assert without["counts"]["context"] == {"rows": 0, "records": 0}
    told = export("ice", "jsonl", out="with", context=True, hidden_accounts=("board",))
    last = ("news", "comments/6", "context")
    assert included(tmp_path / "with") == [
        ("b", "posts/1", "context"),
        ("b", "comments/2", "found"),
        *NEWS,
        last,
    ]
    assert told["counts"]["context"] == {"rows": 5, "records": 4}
    assert told["counts"]["rows"] == 7
    assert told["checked"]["rows"] == 8, "what is context is proved as well"
    assert told["understood"].endswith("with context")
    assert (
        "match the search: 2; added as context: 5" in (tmp_path / "with/WORKING-COPY_receipt.txt").read_text()
    )
    export("ice", "csv", out="table", context=True, filters=Filters(account=("news",)))
    assert [row["Included as"] for row in read_csv(tmp_path / "table/WORKING-COPY_records.csv")].count(
        "context"
    ) == 4


@pytest.mark.usefixtures("archive")
def test_context_is_as_it_stood_then(export: Export, tmp_path: Path) -> None:
    export("ice", "jsonl", context=True, as_of=DAY + 2 * HOUR, filters=Filters(account=("news",)))
    assert included(tmp_path / "out") == NEWS


@pytest.mark.usefixtures("archive")
def test_nothing_of_an_account_that_may_not_be_seen_is_anywhere(export: Export, tmp_path: Path) -> None:
    told = export("ice", "jsonl", context=True, hidden_accounts=("board",))
    handed = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"board" not in handed
    assert b"In confidence" not in handed
    assert [chain["account"] for chain in told["archive"]] == ["b", "news"]
    assert included(tmp_path / "out") != []


def test_private_messages_are_context_only_where_they_were_asked_for(
    building: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    building.register(account("page", "facebook"))
    talk = {"kind": "message", "root_id": "facebook:conversations/7", "published_at": DAY}
    said = [
        {"record_id": f"facebook:messages/{n}", "text": text, **talk}
        for n, text in enumerate(("Is it open?", "Snow today", "Thanks"))
    ]
    answer = {
        "record_id": "facebook:2",
        "kind": "comment",
        "parent_id": "facebook:1",
        "root_id": "facebook:1",
        "text": "Snow again",
    }
    odd = {
        "record_id": "facebook:messages/9",
        "text": "aside",
        **talk,
        "root_id": "facebook:1",
        "parent_id": "facebook:2",
    }
    building.capture("page", [{"record_id": "facebook:1", "text": "Closed"}, answer, *said, odd], at=DAY)
    index.catch_up()
    export("snow", "jsonl", out="public", context=True)
    assert [name for _, name, _ in included(tmp_path / "public")] == ["facebook:1", "facebook:2"]
    export("snow", "jsonl", out="all", context=True, filters=Filters(messages=True, kind=("message",)))
    assert {(name, how) for _, name, how in included(tmp_path / "all")} == {
        ("facebook:messages/0", "context"), ("facebook:messages/1", "found"),
        ("facebook:messages/2", "context"),
    }  # fmt: skip


def test_of_versions_the_context_has_all_too(archive: Building, index: Index, export: Export) -> None:
    archive.capture("news", [{"record_id": f"{X}posts/1", "text": "Snow day, again"}], at=DAY + 4 * HOUR)
    index.catch_up()
    assert (
        export("ice", "jsonl", out="current", context=True, filters=Filters(account=("news",)))["counts"][
            "rows"
        ]
        == 5
    )
    told = export("ice", "jsonl", out="all", context=True, filters=Filters(account=("news",), versions=True))
    assert (told["counts"]["rows"], told["counts"]["context"]) == (6, {"rows": 5, "records": 4})
    assert told["left_out"] == []


def test_what_is_under_quarantine_is_no_context_and_leads_to_none(
    archive: Building, export: Export, tmp_path: Path
) -> None:
    ledger.put(archive.archive, QuarantineTarget(RECORD, f"{X}comments/3"), "a person's home address")
    told = export("ice", "jsonl", context=True, filters=Filters(account=("news",)))
    assert included(tmp_path / "out") == NEWS[:3], "the answer to what is hidden would tell that something is"
    assert "Thanks" not in (tmp_path / "out/WORKING-COPY_records.jsonl").read_text()
    assert told["counts"]["context"] == {"rows": 2, "records": 2}
    whole = export(
        "ice", "jsonl", out="whole", context=True, filters=Filters(account=("news",), quarantined=True)
    )
    assert whole["counts"]["context"] == {"rows": 4, "records": 4}
