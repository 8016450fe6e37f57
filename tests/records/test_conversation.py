"""The conversation around a record, a screen at a time, and what one author wrote."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from recordroom.archive.quarantine import watch
from recordroom.errors import UsageError
from recordroom.records.conversation import NESTED, SIZE, ConversationScreen, show_conversation
from recordroom.records.record import list_versions, show_on_screen
from recordroom.search import caveats
from recordroom.search.hit_counts import count_versions_and_replies
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.search.summaries import AuthorName, server_of, summarize_author
from tests.building import DAY, Building, account
from tests.viewers import officer, reader

ROOT = "wordpress:x/posts/1"
ANSWERS = 2 * SIZE + 5


def item(name: str, parent: str | None = None, minute: int = 0, **more: Any) -> dict[str, Any]:
    told = {
        "record_id": name,
        "parent_id": parent,
        "root_id": ROOT,
        "text": name,
        "published_at": DAY + timedelta(minutes=minute),
    }
    return {
        **told,
        "kind": "reply" if parent not in (None, ROOT) else "comment" if parent else "post",
        **more,
    }


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    """Build a post with 45 comments; the third has five replies, one of which has a reply.

    A second account saw some of it; a third one is secret.
    """
    building.register(*(account(name, "wordpress") for name in ("news", "other", "secret")))
    comments = [
        item(f"wordpress:x/comments/{n:02d}", ROOT, n, author_id=f"p{n % 3}", author_name=f"Parent {n % 3}")
        for n in range(ANSWERS)
    ]
    third = comments[2]["record_id"]
    answers = [item(f"wordpress:x/replies/{n}", third, 100 + n) for n in range(5)]
    deep = item("wordpress:x/replies/deep", "wordpress:x/replies/4", 200)
    lost = item("wordpress:x/replies/lost", "wordpress:x/replies/nobody-has-it", 201)
    building.capture("news", [item(ROOT), *comments, *answers, deep, lost], at=DAY)
    building.capture(
        "other", [item(ROOT), comments[2], comments[SIZE - 2], *answers[:2]], at=DAY + timedelta(hours=1)
    )
    building.capture(
        "secret",
        [item(ROOT), item("wordpress:x/comments/secret", ROOT, 300, author_id="p1")],
        at=DAY + timedelta(hours=2),
    )
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


def ids(found: ConversationScreen) -> list[str]:
    return [turn.record["record_id"].rpartition("/")[2] for turn in found.turns]


def test_page_after_page_are_all_answers_once_in_order(searcher: Searcher) -> None:
    first = show_conversation(searcher, ROOT, viewer=reader(searcher, hidden=("secret",)))
    assert (first.above, first.answers, first.whole) == ((), ANSWERS, ANSWERS + 8)
    pages = [first]
    while pages[-1].after:
        pages.append(
            show_conversation(
                searcher, ROOT, viewer=reader(searcher, hidden=("secret",)), after=pages[-1].after
            )
        )
    assert [name for page in pages for name in ids(page)] == [f"{n:02d}" for n in range(ANSWERS)]
    assert {page.answers for page in pages} == {ANSWERS}


def test_an_answer_has_its_own_first_ones_and_says_how_many_there_are(searcher: Searcher) -> None:
    third = show_conversation(searcher, ROOT, viewer=reader(searcher, hidden=("secret",))).turns[2]
    assert third.answers == 5
    assert [record["text"] for record, _ in third.first] == [
        f"wordpress:x/replies/{n}" for n in range(NESTED)
    ]


def test_thousands_of_answers_are_counted_and_not_estimated(building: Building, index: Index) -> None:
    """Two accounts have some of them. Elasticsearch by itself would say 4,110."""
    building.register(*(account(name, "wordpress") for name in ("news", "other")))
    first, busy = (
        item(f"wordpress:x/comments/{name}", above)
        for name, above in (("first", ROOT), ("busy", "wordpress:x/comments/first"))
    )
    replies = [item(f"wordpress:x/comments/r{n}", busy["record_id"], n) for n in range(4_100)]
    building.capture("news", [item(ROOT), first, busy, *replies], at=DAY)
    building.capture("other", [item(ROOT), first, busy, *replies[:9]], at=DAY + timedelta(hours=1))
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    [(shown, below)] = show_conversation(searcher, ROOT, viewer=reader(searcher)).turns[0].first
    assert (shown["record_id"], below) == (busy["record_id"], len(replies))
    counts = count_versions_and_replies(searcher.client, searcher.alias, [shown], reader(searcher))
    assert counts.replies == {busy["record_id"]: len(replies)}
    searcher.client.close()


def test_an_answer_of_which_no_answers_are_shown_says_how_many_there_are(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """Each record appears once, however many accounts have it; a hidden account leaves no trace."""
    first = "wordpress:x/replies/0"
    deeper = [item(f"wordpress:x/replies/0-{n}", first, 210 + n) for n in range(2)]
    for name, hour in (("news", 4), ("other", 5)):
        building.capture(name, deeper, at=DAY + timedelta(hours=hour))
    building.capture(
        "secret", [item("wordpress:x/replies/0-secret", first, 220)], at=DAY + timedelta(hours=6)
    )
    index.catch_up()
    shown = show_conversation(searcher, ROOT, viewer=reader(searcher, hidden=("secret",)))
    assert [(record["record_id"], more) for record, more in shown.turns[2].first][:2] == [
        (first, 2),
        ("wordpress:x/replies/1", 0),
    ]
    assert (shown.here, shown.whole) == (len(shown.ids), ANSWERS + 10)
    assert {more for turn in shown.turns for record, more in turn.first if record["record_id"] != first} == {
        0
    }


def test_the_journal_has_the_ids_of_all_whose_words_are_shown(building: Building, searcher: Searcher) -> None:
    shown = show_conversation(
        searcher, "wordpress:x/comments/02", viewer=reader(searcher, hidden=("secret",))
    )
    with pytest.raises(UsageError):
        show_conversation(
            searcher, "wordpress:x/comments/secret", viewer=reader(searcher, hidden=("secret",))
        )
    turns = show_conversation(searcher, ROOT, viewer=reader(searcher, hidden=("secret",))).turns
    amid, talk = show_on_screen(
        searcher, "wordpress:x/replies/deep", viewer=reader(searcher, hidden=("secret",))
    )
    some, none, root, record = (
        orjson.loads(line)
        for path in building.settings.journal.glob("*.jsonl")
        for line in path.read_bytes().splitlines()
    )
    replies = [f"wordpress:x/replies/{n}" for n in range(5)]
    assert (
        set(some["records"])
        == {ROOT, "wordpress:x/comments/02", *replies, "wordpress:x/replies/deep"}
        == set(shown.ids)
    )
    assert none["records"] == []
    assert len(root["records"]) == len(set(root["records"])) == 1 + len(turns) + NESTED
    above = [ROOT, "wordpress:x/comments/02", "wordpress:x/replies/4"]
    assert (record["type"], record["versions"]) == ("show", len(amid.versions))
    assert record["records"] == ["wordpress:x/replies/deep", *above]
    assert [one["record_id"] for one in talk.above] == above


def test_above_it_stands_what_it_answers_up_to_the_first_post(searcher: Searcher) -> None:
    found = show_conversation(
        searcher, "wordpress:x/replies/deep", viewer=reader(searcher, hidden=("secret",))
    )
    assert [record["text"] for record in found.above] == [
        ROOT,
        "wordpress:x/comments/02",
        "wordpress:x/replies/4",
    ]
    assert (found.turns, found.answers, found.whole, found.conversation) == ((), 0, ANSWERS + 8, ROOT)
    assert show_conversation(searcher, "wordpress:x/replies/lost", viewer=reader(searcher)).above == ()


def test_an_account_that_somebody_may_not_see_adds_nothing(searcher: Searcher) -> None:
    seen = show_conversation(searcher, ROOT, viewer=reader(searcher))
    assert (seen.answers, seen.whole) == (ANSWERS + 1, ANSWERS + 9)
    with pytest.raises(UsageError, match="there is no record"):
        show_conversation(
            searcher, "wordpress:x/comments/secret", viewer=reader(searcher, hidden=("secret",))
        )
    assert summarize_author(searcher, "wordpress", "p1", viewer=officer(searcher)).accounts == {
        "news": 15,
        "secret": 1,
    }
    assert summarize_author(
        searcher, "wordpress", "p1", viewer=officer(searcher, hidden=("secret",))
    ).accounts == {"news": 15}


def test_a_page_that_is_full_and_the_last_one_leads_nowhere(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture(
        "news", [item(ROOT), *(item(f"wordpress:x/comments/{n:02d}", ROOT, n) for n in range(SIZE))], at=DAY
    )
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    found = show_conversation(searcher, ROOT, viewer=reader(searcher))
    assert (len(found.turns), found.after) == (SIZE, ())
    searcher.client.close()


def test_what_an_author_wrote_is_counted_under_every_name(searcher: Searcher) -> None:
    found = summarize_author(searcher, "wordpress", "p2", viewer=officer(searcher, hidden=("secret",)))
    assert (found.records, found.accounts) == (16, {"news": 15, "other": 1})
    assert [(one.name, one.records) for one in found.called] == [("Parent 2", 16)]
    with pytest.raises(UsageError, match="no records by this author"):
        summarize_author(searcher, "wordpress", "nobody", viewer=officer(searcher))


def test_an_id_of_one_site_alone_is_not_the_same_author_on_another(building: Building, index: Index) -> None:
    """One site in a path of the other, too; what two accounts have of one site is one author's. The audit
    names the accounts.
    """
    building.register(*(account(name, "wordpress") for name in ("news", "school", "board")))
    told = {
        "news": ("one.example", "Ms Smith"),
        "school": ("one.example/school", "Mr Jones"),
        "board": ("one.example", "Ms Smith"),
    }
    for hour, (name, (site, who)) in enumerate(told.items()):
        own = [
            item(f"wordpress:{site}/{kind}/{hour}", None, author_id="1", author_name=who)
            for kind in ("posts", "comments")
        ]
        building.capture(name, own, at=DAY + timedelta(hours=hour))
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    [mine] = {
        server_of(version.record)
        for version in list_versions(searcher, "wordpress:one.example/school/posts/1", reader(searcher))
    }
    found = [
        summarize_author(searcher, "wordpress", "1", server, viewer=officer(searcher))
        for server in ("one.example", mine, "")
    ]
    assert [one.accounts for one in found] == [
        {"board": 2, "news": 2},
        {"school": 2},
        {"board": 2, "news": 2, "school": 2},
    ]
    assert [[called.name for called in one.called] for one in found[:2]] == [["Ms Smith"], ["Mr Jones"]]
    assert [one.several for one in found] == [False, False, True]
    events = [
        one
        for path in building.settings.journal.glob("*.jsonl")
        for one in map(orjson.loads, path.read_bytes().splitlines())
    ]
    assert [one.get("accounts") for one in events if one["type"] == "person"] == [
        ["board", "news"],
        ["school"],
        None,
    ]
    for server in ("example", "one.example/", "x" * 300):
        with pytest.raises(UsageError, match="no records by this author"):
            summarize_author(searcher, "wordpress", "1", server, viewer=officer(searcher))
    searcher.client.close()


def test_who_changed_their_name_is_counted_under_each(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    names = [
        ("a", "Old Name"),
        ("a", "Old Name"),
        ("a", "New name, an' more"),
        ("b", "Old Name"),
        (None, None),
    ]
    told = [{"author_id": "p9", "author_handle": handle, "author_name": name} for handle, name in names]
    building.capture(
        "news", [item(f"wordpress:x/posts/{n}", None, n, **one) for n, one in enumerate(told)], at=DAY
    )
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    found = summarize_author(searcher, "wordpress", "p9", viewer=officer(searcher))
    assert found.called[0] == AuthorName("a", "Old Name", 2)
    assert set(found.called[1:]) == {
        AuthorName("a", "New name, an' more", 1),
        AuthorName("b", "Old Name", 1),
        AuthorName("", "", 1),
    }
    assert sum(one.records for one in found.called) == found.records
    searcher.client.close()


def test_a_screen_of_a_long_conversation_costs_what_one_of_a_short_one_costs(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for looked_at in (watch, caveats):  # every few seconds, however many screens there are meanwhile
        monkeypatch.setattr(looked_at, "REMEMBERED", 3600.0)
    building.register(account("news", "wordpress"))
    for hour, (name, number) in enumerate((("short", 50), ("long", 1_000))):
        root = f"wordpress:x/posts/{name}"
        below = [item(f"{root}/{n}", root, n, root_id=root) for n in range(number)]
        building.capture("news", [item(root, root_id=root), *below], at=DAY + timedelta(hours=hour))
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    sent: list[int] = []
    searcher.client.transport.perform_request = _counting(searcher.client.transport.perform_request, sent)  # type: ignore[method-assign]
    cost = {}
    for name in ("short", "long", "short", "long"):
        sent.clear()
        tracemalloc.start()
        found = show_conversation(searcher, f"wordpress:x/posts/{name}", viewer=reader(searcher))
        cost[name] = (len(sent), tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(found.turns) == SIZE
    assert cost["long"][0] == cost["short"][0]
    assert cost["long"][1] < 1.5 * cost["short"][1]
    searcher.client.close()


def _counting(real: Any, sent: list[int]) -> Any:
    def perform(*given: Any, **more: Any) -> Any:
        sent.append(1)
        return real(*given, **more)

    return perform
