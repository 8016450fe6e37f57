"""No search, count, report, or export finds a record by the ID of a quarantined one, unless it asks for
quarantined records.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.exports.estimate import estimate
from recordroom.exports.production import ExportRequest, make_export
from recordroom.records import quarantine
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import BEST, Searcher
from recordroom.search.term_list import parse_text
from recordroom.search.term_report import count_terms
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.viewers import officer

S = "mastodon:s/statuses/"
HIDDEN, OPEN, SHARE, REPLY, BELOW = (
    f"{S}{name}" for name in ("Hidden77", "open5", "share1", "reply2", "below3")
)
PATTERN = S.replace(":", "\\:").replace("/", "\\/")
URL = "https://s.test/@district/Hidden77/comments/2"
FINDERS = {  # query -> the records that it finds for a viewer who asks for quarantined records too
    f"shared_id:{PATTERN}Hid*": {SHARE},
    f"shared_id:{PATTERN}hidden7?": {SHARE},
    f'shared_id:"{HIDDEN}"': {SHARE},
    f'shared_id:"{HIDDEN.upper()}"': {SHARE},
    f"shared_id:{PATTERN}Hidden76~1": {SHARE},
    f'shared_id:["{S}Hi" TO "{S}Hj"]': {SHARE},
    "shared_id:*": {SHARE},
    f"parent:{PATTERN}Hid*": {REPLY},
    f'(parent:"{HIDDEN}" OR nothing)^2': {REPLY},
    f"root:{PATTERN}Hid*": {HIDDEN, REPLY, BELOW},
    f'conversation:"{HIDDEN}"': {HIDDEN, REPLY, BELOW},
    "url:*Hidden77*": {REPLY},
    'url:["https://s.test/@district/Hi" TO "https://s.test/@district/Hj"]': {REPLY},
    f'url:"{URL}"': {REPLY},
    URL: {REPLY},
}
EMPTY = ("NOT shared_id:*", f"*:* -shared_id:{PATTERN}Hid*")
KEPT = {  # queries by what the viewer sees
    f'parent:"{REPLY}"': {BELOW},
    f"parent:{PATTERN}rep*": {BELOW},
    f'root:"{OPEN}"': {OPEN},
    "url:*": {OPEN, REPLY},
    f'record_id:"{SHARE}"': {SHARE},
    "text:snow": {OPEN, SHARE, REPLY, BELOW},
}


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A quarantined post, a share of it, a reply to it whose address names it, a reply to that reply, and
    another post.
    """
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("withholding"), elasticsearch)
    building.register(account("district", "mastodon"))
    rows = [
        {"record_id": HIDDEN, "text": "snow", "root_id": HIDDEN},
        {"record_id": OPEN, "text": "snow", "root_id": OPEN, "url": "https://s.test/@district/open5"},
        {"record_id": SHARE, "text": "snow", "root_id": SHARE, "shared_id": HIDDEN},
        {
            "record_id": REPLY,
            "text": "snow",
            "root_id": HIDDEN,
            "parent_id": HIDDEN,
            "kind": "comment",
            "url": URL,
        },
        {"record_id": BELOW, "text": "snow", "root_id": HIDDEN, "parent_id": REPLY, "kind": "reply"},
    ]
    building.capture("district", rows, at=DAY)
    index = Index(building.settings, building.archive, building.derived)
    index.catch_up()
    index.client.close()
    return building


@pytest.fixture(scope="module")
def searcher(building: Building) -> Iterator[Searcher]:
    searcher = Searcher(building.settings, building.archive, building.derived)
    quarantine.put(searcher, QuarantineTarget(RECORD, HIDDEN), "a home address", officer(searcher))
    yield searcher
    searcher.client.close()


def found(searcher: Searcher, text: str, filters: Filters) -> set[str]:
    """Return the hits of the page and of the stream; they agree, as do the count and the facets."""
    page = searcher.page(text, filters, viewer=officer(searcher))
    best = searcher.page(text, filters, viewer=officer(searcher), sort=BEST)
    ids = {hit.record["record_id"] for hit in page.hits}
    stream = searcher.stream(text, filters, viewer=officer(searcher))
    facets = searcher.count_facets(text, filters, viewer=officer(searcher))
    [accounts] = [facet for facet in facets if facet.name == "account"]
    counted = sum(choice.count for choice in accounts.choices)
    assert (
        ids
        == {hit.record["record_id"] for hit in stream.hits}
        == {hit.record["record_id"] for hit in best.hits}
    )
    assert page.total == best.total == stream.total == counted == len(ids)
    return ids


@pytest.mark.parametrize("text", FINDERS)
def test_a_search_finds_nothing_by_a_hidden_id(searcher: Searcher, text: str) -> None:
    assert found(searcher, text, Filters()) == set()
    assert found(searcher, text, Filters(quarantined=True)) == FINDERS[text]


@pytest.mark.parametrize("text", EMPTY)
def test_a_field_with_a_hidden_id_counts_as_empty(searcher: Searcher, text: str) -> None:
    assert found(searcher, text, Filters()) == {OPEN, SHARE, REPLY, BELOW}
    assert SHARE not in found(searcher, text, Filters(quarantined=True))


@pytest.mark.parametrize("text", KEPT)
def test_what_a_viewer_sees_is_still_found(searcher: Searcher, text: str) -> None:
    assert found(searcher, text, Filters()) == KEPT[text]
    assert found(searcher, text, Filters(quarantined=True)) >= KEPT[text]


def test_the_number_of_quarantined_records_that_match_is_still_known(searcher: Searcher) -> None:
    assert searcher.page(f"root:{PATTERN}Hid*", viewer=officer(searcher)).quarantined_left_out == 1


def test_the_filter_by_conversation_does_not_confirm_a_hidden_id(searcher: Searcher) -> None:
    guessed, wrong = (
        (
            searcher.page("", filters, viewer=officer(searcher)).total,
            searcher.count_facets("", filters, viewer=officer(searcher)),
        )
        for filters in (Filters(conversation=(name,)) for name in (HIDDEN, f"{S}none"))
    )
    assert guessed == wrong
    assert found(searcher, "", Filters(conversation=(HIDDEN,), quarantined=True)) == {HIDDEN, REPLY, BELOW}
    assert found(searcher, "", Filters(conversation=(HIDDEN, OPEN))) == {OPEN}


def test_offers_reports_and_estimates_find_nothing_by_a_hidden_id(searcher: Searcher) -> None:
    for allowed in (False, True):
        filters = Filters(quarantined=allowed)
        page = searcher.page(
            f"shared_id:{PATTERN}Hid* nothing", filters, viewer=officer(searcher), with_suggestions=True
        )
        offers = page.suggestions
        assert offers is not None
        assert [one.records for one in offers.each] == [int(allowed), 0]
        made = count_terms(searcher, parse_text("\n".join(FINDERS)), filters, viewer=officer(searcher))
        numbers = [row.found.records if row.found else None for row in made.rows if row.line.same_as is None]
        assert set(numbers) == ({1, 3} if allowed else {0})
        assert made.total.records == (4 if allowed else 0)
        for text, ids in FINDERS.items():
            if "~1" in text:
                continue
            assert (
                estimate(searcher, text, filters, officer(searcher, "x"), context=False).rows.records
                == len(ids) * allowed
            ), text
    by_filter = estimate(searcher, "", Filters(conversation=(HIDDEN,)), officer(searcher, "x"), context=True)
    assert by_filter.rows.records == 0


@pytest.mark.usefixtures("searcher")
@pytest.mark.parametrize("allowed", [False, True])
def test_an_export_holds_nothing_by_a_hidden_id(building: Building, tmp_path: Path, allowed: bool) -> None:
    asked = {
        f"shared_id:{PATTERN}Hid*": Filters(quarantined=allowed),
        f"root:{PATTERN}Hid*": Filters(quarantined=allowed),
        "": Filters(conversation=(HIDDEN,), quarantined=allowed),
    }
    numbers, left = [], []
    for number, (text, filters) in enumerate(asked.items()):
        request = ExportRequest(text, tmp_path / str(number), "jsonl", filters, hidden_accounts=())
        made = make_export(building.settings, request)
        numbers.append(made["counts"]["rows"])
        left.append(sum(one["count"] for one in made["left_out"] if one["why"] == "under quarantine"))
    assert numbers == ([1, 3, 3] if allowed else [0, 0, 0])
    assert allowed or left == [0, 1, 1]
