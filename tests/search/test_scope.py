"""A result's caveats concern the accounts that the search can reach, however that was typed; in doubt they
appear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom import settings
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, Tail
from recordroom.archive.quarantine.ledger import Quarantine, QuarantineEntry
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.exports.estimate import estimate
from recordroom.exports.production import ExportRequest, make_export
from recordroom.search import term_list
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.scope import Reach, find_holders
from recordroom.search.searcher import Searcher
from recordroom.search.term_report import count_terms
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.viewers import officer

ACCOUNTS = {"blog": "wordpress", "page": "facebook", "second-page": "facebook", "never-captured": "facebook"}
EVERY = set(ACCOUNTS)
NOTHING = Quarantine()
POST = "facebook:page/posts/1"


def viewing(quarantine: Quarantine = NOTHING, hidden: tuple[str, ...] = ()) -> Viewer:
    return Viewer(
        None,
        hidden,
        sees_quarantine=True,
        sees_matters=False,
        snapshot=QuarantineSnapshot(lambda: quarantine),
    )


def reached(text: str, hidden: tuple[str, ...] = (), **filters: Any) -> set[str]:
    reach = Reach.of(Filters(**filters), [read(text).dsl], viewing(hidden=hidden))
    return {name for name, platform in ACCOUNTS.items() if reach.has(name, platform)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", EVERY),
        ("snow", EVERY),
        ("account:page", {"page"}),
        ('account:"Page" snow', {"page"}),
        ("+account:page AND (snow OR bus)", {"page"}),
        ("account:page OR snow", EVERY),
        ("account:page OR account:blog", {"page", "blog"}),
        ("account:(page OR blog) -snow", {"page", "blog"}),
        ("platform:facebook", EVERY - {"blog"}),
        ("platform:facebook NOT account:page", {"second-page", "never-captured"}),
        ("NOT platform:facebook", {"blog"}),
        ("NOT (platform:facebook AND snow)", EVERY),
        ("account:pag*", EVERY),  # which is not worked out
        ("account:page account:blog", set()),
        ("account:page^3", {"page"}),
        ("NOT account:PAGE", EVERY - {"page"}),
        ("NOT account:\u017fecond-page", EVERY),  # a letter that only a library takes for an s
        ("account:\u017fecond-page", set()),
    ],
)
def test_a_query_reaches_the_accounts_that_it_can_find(text: str, names: set[str]) -> None:
    assert reached(text) == names
    assert reached(text, hidden=("page",)) == names - {"page"}
    assert reached(text, platform=("wordpress",), kind=("post",), media=("none",)) == names & {"blog"}
    assert reached(text, account=("page", "blog"), quarantined=True, versions=True) == names & {
        "page",
        "blog",
    }


def test_an_account_of_unknown_platform_is_told_in_doubt() -> None:
    reach = Reach.of(Filters(platform=("facebook",)), [read("account:strange").dsl], viewing())
    assert (reach.has("strange", ""), reach.has("other", "")) == (True, False)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A gap in each account, one of which was never captured; two have the same conversation."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("reach"), elasticsearch)
    building.enrol(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.capture("blog", [{"record_id": "wordpress:x/posts/1", "text": "snow"}], at=DAY)
    building.capture(
        "page", [{"record_id": POST, "text": "snow"}, {"record_id": "facebook:page/posts/2"}], at=DAY
    )
    answer = {"record_id": "facebook:page/comments/3", "kind": "comment", "parent_id": POST, "root_id": POST}
    building.capture("page", [answer], at=DAY + timedelta(hours=1))
    building.capture("second-page", [answer], at=DAY + timedelta(hours=2))
    for name in ACCOUNTS:
        Gaps(building.archive).open_(name, "counts-differ", "something is lacking")
    building.index()
    return building


@pytest.fixture
def searcher(building: Building, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searcher]:
    yield from searching(building, monkeypatch)


@pytest.fixture
def of_odd(odd: Building, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searcher]:
    yield from searching(odd, monkeypatch)


def searching(building: Building, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searcher]:
    for name, value in building.environment().items():
        monkeypatch.setenv(name, value)
    settings.load.cache_clear()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()
    settings.load.cache_clear()


@pytest.mark.parametrize(
    ("text", "chosen", "names"),
    [
        ("snow", {}, EVERY),
        ("", {"platform": ("facebook",)}, EVERY - {"blog"}),
        ("platform:facebook snow", {}, EVERY - {"blog"}),
        ("account:page", {}, {"page"}),
        ("", {"conversation": (POST,)}, {"page", "second-page"}),
        ("", {"record": ("facebook:page/posts/2",)}, {"page"}),
        ("account:page", {"conversation": (POST,)}, {"page"}),
        # the account that would have it is not known
        ("", {"conversation": ("facebook:page/posts/99",)}, EVERY),
    ],
)
def test_a_search_an_export_and_a_term_report_tell_gaps_of_no_other_account(
    searcher: Searcher, tmp_path: Path, text: str, chosen: dict[str, Any], names: set[str]
) -> None:
    filters = Filters(**chosen)
    viewer, terms = officer(searcher, "officer"), term_list.parse_text(text or "*")
    assert told(searcher.page(text, filters, viewer=officer(searcher)).gaps) == names
    assert told(estimate(searcher, text, filters, viewer, context=False).lacks.gaps) == names
    assert told(count_terms(searcher, terms, filters, viewer=officer(searcher)).lacks.gaps) == names
    request = ExportRequest(text, tmp_path / "out", "csv", filters, hidden_accounts=())
    receipt = make_export(settings.load(), request)
    assert {gap["account"] for gap in receipt["gaps"]} == names
    never = {left["what"] for left in receipt["left_out"] if left["what"].startswith("account ")}
    assert never == ({"account never-captured (Facebook Pages)"} if "never-captured" in names else set())


@pytest.fixture(scope="module")
def odd(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A register with entries that name no platform, or no id; and gaps of them and of one that is gone from
    it.
    """
    odd = Building.at(s3, Buckets(), tmp_path_factory.mktemp("odd"), elasticsearch)
    unknown, nameless = account("unknown", "facebook"), account("nameless", "facebook")
    del unknown["platform"], nameless["id"]
    Ledger(odd.archive, "register").append(
        "register",
        {
            "agency": {"id": "esd", "name": "ESD", "contact": "a@b.example"},
            "accounts": [account("blog", "wordpress"), unknown, nameless],
            "problems": [],
            "file_sha256": "0" * 64,
            "platforms": {"blog": "wordpress", "gone": "facebook"},
            "confidential": [],
        },
        Tail(),
    )
    odd.platforms["blog"] = "wordpress"
    odd.capture("blog", [{"record_id": "wordpress:x/posts/1", "text": "snow"}], at=DAY)
    for name in ("blog", "unknown", "entry 3", "gone"):
        Gaps(odd.archive).open_(name, "register-error", "its entry in the register has errors")
    odd.index()
    return odd


@pytest.mark.parametrize(
    ("text", "hidden", "names"),
    [
        ("", (), {"blog", "unknown", "entry 3", "gone"}),
        ("platform:facebook", (), {"unknown", "entry 3", "gone"}),
        ("platform:wordpress", (), {"blog", "unknown"}),
        ("account:unknown", (), {"unknown"}),
        ("", ("unknown", "entry 3"), {"blog", "gone"}),
    ],
)
def test_a_search_and_an_export_report_an_account_of_unknown_platform_alike(
    of_odd: Searcher, tmp_path: Path, text: str, hidden: tuple[str, ...], names: set[str]
) -> None:
    assert told(of_odd.page(text, viewer=officer(of_odd, hidden=hidden)).gaps) == names
    request = ExportRequest(text, tmp_path / "out", "csv", hidden_accounts=hidden)
    receipt = make_export(settings.load(), request)
    assert {gap["account"] for gap in receipt["gaps"]} == names


def test_what_a_query_finds_it_reaches_whatever_letters_it_is_written_with(searcher: Searcher) -> None:
    """By what Elasticsearch itself takes for the same letter."""
    for name in (
        "Blog",
        "BLOG",
        "\u1d2elog",
        "\ufb01",
        "\u017fecond-page",
        "SECOND-page",
        "page\u0301",
        "P\u00c1GE",
        "second\u2010page",
    ):
        for query in (f'account:"{name}"', f'NOT account:"{name}"'):
            found = searcher.page(query, viewer=officer(searcher))
            accounts = {hit.record["account"] for hit in found.hits}
            assert accounts <= told(found.gaps), query


def test_a_conversation_is_held_by_whoever_held_it_at_the_moment_of_an_export(searcher: Searcher) -> None:
    """So that the same moment gives the same receipt whatever was captured since."""
    filters = Filters(conversation=(POST,))
    assert find_holders(searcher.client, searcher.alias, filters, viewing()) == frozenset(
        {"page", "second-page"}
    )
    for upto, found in (
        ({"page": 9, "blog": 9}, {"page"}),
        ({"page": 9, "second-page": 9}, {"page", "second-page"}),
    ):
        assert find_holders(searcher.client, searcher.alias, filters, viewing(), upto) == frozenset(found)
    for upto in ({"page": 0, "blog": 9}, {}):
        assert find_holders(searcher.client, searcher.alias, filters, viewing(), upto) is None
    assert find_holders(searcher.client, searcher.alias, Filters(account=("page",)), viewing()) is None


def test_what_may_not_be_seen_is_told_apart_from_what_never_was_by_nothing(searcher: Searcher) -> None:
    """Else gaps would say that an id is one, and whose."""
    hidden = Filters(record=("facebook:page/posts/2",))
    never = Filters(record=("facebook:page/posts/99",))
    assert (
        told(searcher.page("", hidden, viewer=officer(searcher, hidden=("page",))).gaps)
        == told(searcher.page("", never, viewer=officer(searcher, hidden=("page",))).gaps)
        == EVERY - {"page"}
    )
    barred = Quarantine(records={"facebook:page/posts/2": QuarantineEntry("why", "who", DAY, 1)})
    asked = Filters(record=("facebook:page/posts/2",))
    assert find_holders(searcher.client, searcher.alias, asked, viewing()) == frozenset({"page"})
    assert find_holders(searcher.client, searcher.alias, asked, viewing(barred)) is None
    assert find_holders(
        searcher.client, searcher.alias, replace(asked, quarantined=True), viewing(barred)
    ) == frozenset({"page"})


def told(gaps: Any) -> set[str]:
    return {gap.account for gap in gaps}
