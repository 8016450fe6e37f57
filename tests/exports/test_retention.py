"""Retention in exports: fields as of the moment, and searches by them, whatever the index has now."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import ledger as chain
from recordroom.errors import UsageError
from recordroom.exports.retention import find_leaves, make_cases
from recordroom.model import to_local
from recordroom.retention.checks import check_files
from recordroom.retention.ledger import apply_policy
from recordroom.search.filters import NONE, Filters
from recordroom.search.index.indexer import Index
from recordroom.search.query.query import read
from tests.building import DAY, Building, account
from tests.exports.conftest import HOUR, Export
from tests.exports.reading import read_csv
from tests.retention.test_policy_files import REVIEW

ONE, TWO, OTHER = "wordpress:x/posts/1", "wordpress:x/posts/2", "wordpress:y/posts/3"
TODAY = date(2026, 12, 1)


@pytest.fixture
def building_with_policy(
    building: Building, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Building:
    """Two accounts, one with a reviewed series; a post that was removed; the policy came later."""
    building.register(account("news", "wordpress", series="GS50-01-12"), account("b", "wordpress"))
    posts = [{"record_id": ONE, "text": "snow"}, {"record_id": TWO, "text": "ice"}]
    building.capture("news", posts, at=DAY)
    building.capture("b", [{"record_id": OTHER, "text": "snow"}], at=DAY)
    building.capture("news", [{"record_id": ONE, "status": "removed"}], at=DAY + HOUR)
    path = tmp_path / "retention.yaml"
    path.write_text(REVIEW, "utf-8")
    real = chain.time_after
    monkeypatch.setattr(chain, "time_after", lambda tail, _: real(tail, DAY + 3 * HOUR))
    apply_policy(building.archive, check_files(path, TODAY))
    monkeypatch.setattr(chain, "time_after", real)
    index.catch_up()
    return building


def found(export: Export, tmp_path: Path, query: str, **more: Any) -> set[str]:
    """The records that an export of this query has."""
    name = f"out{len(list(tmp_path.iterdir()))}"
    export(query, out=name, **more)
    return {row["Document id"] for row in read_csv(next((tmp_path / name).glob("*.csv")))}


@pytest.mark.usefixtures("building_with_policy")
def test_fields_are_those_of_the_moment(export: Export, tmp_path: Path) -> None:
    receipt = export("", out="now")
    rows = {row["Document id"]: row for row in read_csv(next((tmp_path / "now").glob("*.csv")))}
    day = to_local(DAY + HOUR).date()
    assert rows[ONE]["Retention trigger on"] == str(day)
    assert rows[ONE]["Eligible on"] == str(day.replace(year=day.year + 2) + timedelta(days=1))
    assert rows[ONE]["Series decided"] == "no"
    assert "On hold" not in rows[ONE], "a reader may not know of a hold"
    assert rows[ONE]["Retention action"] == "appraise"
    assert (rows[TWO]["Retention trigger"], rows[TWO]["Eligible on"]) == ("still published", "")
    assert receipt["retention"]["entry"] == 1
    text = (tmp_path / "now/WORKING-COPY_receipt.txt").read_text("utf-8")
    assert f"entry 1 of the ledger retention, SHA-256 {receipt['retention']['sha256']}" in text
    before = export("", out="before", as_of=DAY + 2 * HOUR)
    rows = {row["Document id"]: row for row in read_csv(next((tmp_path / "before").glob("*.csv")))}
    assert before["retention"] == {"entry": 0, "sha256": None}
    assert (rows[ONE]["Retention trigger"], rows[ONE]["Eligible on"]) == ("withdrawn", "")


@pytest.mark.parametrize(
    ("query", "more", "wanted"),
    [
        ("eligible_on:*", {}, {ONE}),
        ("eligible_on:[* TO 2027-01-01]", {}, set()),
        ("eligible_on:[* TO 2030-01-01] AND NOT on_hold:true", {}, {ONE}),
        ("snow AND NOT series:gs50-01-12", {}, {OTHER}),
        ("ice OR eligible_on:*", {}, {ONE, TWO}),
        ("eligible_on:*", {"as_of": DAY + 2 * HOUR}, set()),
        ("series:GS50-01-12", {"as_of": DAY + 2 * HOUR}, set()),  # the register was written later too
        ("retention_status:undecided", {"as_of": DAY + 2 * HOUR}, {ONE, TWO, OTHER}),
        ("retention_status:running OR retention_status:published", {}, {ONE, TWO}),
        ("", {"filters": Filters(series=("GS50-01-12",))}, {ONE, TWO}),
        ("", {"filters": Filters(series=(NONE,))}, {OTHER}),
        ("snow", {"filters": Filters(retention=("running", "undecided"))}, {ONE, OTHER}),
        ("retention_trigger_on:* AND status:removed", {}, {ONE}),
        ("series_decided:false", {}, {ONE, TWO, OTHER}),
    ],
)
@pytest.mark.usefixtures("building_with_policy")
def test_a_search_by_retention_fields_counts_as_of_the_moment(
    export: Export, tmp_path: Path, query: str, more: dict[str, Any], wanted: set[str]
) -> None:
    assert found(export, tmp_path, query, **more) == wanted


def test_every_combination_is_asked_once() -> None:
    query = read("(snow AND series:A) OR (NOT series:A AND eligible_on:>2027-01-01)").dsl
    leaves = find_leaves(query, TODAY)
    assert len(leaves) == 2
    cases = make_cases(query, leaves)
    assert len({case.truth for case in cases}) == len(cases) == 4
    assert all(find_leaves(case.query, TODAY) == [] for case in cases)
    assert make_cases(read("snow").dsl, [])[0].query == read("snow").dsl


@pytest.mark.parametrize("query", ["series:GS*", "series:GS50-01-12~", "retention_trigger:with*"])
def test_what_cannot_be_evaluated_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="by a pattern or by similar words"):
        find_leaves(read(query).dsl, TODAY)
