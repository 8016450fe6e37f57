"""A forgotten viewer is a type error: nothing that reads records has a default for who asks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import recordroom.audit
import recordroom.records
import recordroom.search
from recordroom.archive.quarantine.ledger import Quarantine, QuarantineEntry
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.errors import ServiceUnavailable
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from tests.building import DAY

PACKAGES = (recordroom.search, recordroom.records, recordroom.audit)
ACCESS = ("Viewer", "AuditReader", "HiddenContent")  # who asks, or what was worked out from that
OPENS = ("Searcher", "Elasticsearch")  # what a function needs to read records
OLD = ("who", "without", "hidden", "quarantined", "barred")
# These run a search that their caller made, with the viewer's clauses in it; the index itself knows no
# viewers. Whether a hold covers a record, and whether an act needs a second person, does not
# depend on who asks.
GIVEN = {
    "recordroom.audit.visible_ids.search_many", "recordroom.search.hit_counts.read_reply_count",
    "recordroom.search.counting.Counting", "recordroom.search.client.Batches",
    "recordroom.search.caveats.StatusReader", "recordroom.search.hold_counts.is_any_covered",
    "recordroom.records.approvals.list_changes", "recordroom.records.hold_instructions.forbids_moderation",
}  # fmt: skip


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function, method and constructor of the three packages, by its full name."""
    for package in PACKAGES:
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, found in vars(module).items():
                if name.startswith("_") or getattr(found, "__module__", "") != info.name:
                    continue
                if inspect.isfunction(found):
                    yield f"{info.name}.{name}", found
                elif inspect.isclass(found):
                    yield f"{info.name}.{name}", found
                    for method, own in vars(found).items():
                        if not method.startswith("_") and inspect.isfunction(own):
                            yield f"{info.name}.{name}.{method}", own


def parameters(found: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(found).parameters.values())
    except ValueError:
        return []  # an exception's constructor


def kind(parameter: inspect.Parameter) -> str:
    return str(getattr(parameter.annotation, "__name__", parameter.annotation))


def test_no_parameter_that_says_who_asks_has_a_default() -> None:
    asked = 0
    for name, found in functions():
        for parameter in parameters(found):
            if kind(parameter) in ACCESS:
                asked += 1
                assert parameter.default is inspect.Parameter.empty, name
            if parameter.name in OLD and not name.startswith("recordroom.search.filters.Filters"):
                assert parameter.default is inspect.Parameter.empty, f"{name}: {parameter.name}"
    assert asked > 40


def test_what_reads_records_takes_a_viewer() -> None:
    read = 0
    for name, found in functions():
        given = [kind(parameter) for parameter in parameters(found)]
        if any(one in OPENS for one in given) and name not in GIVEN and ".index." not in name:
            read += 1
            assert any(one in ACCESS for one in given), name
    assert read > 20


def test_a_viewer_says_everything_of_who_asks() -> None:
    with pytest.raises(TypeError):
        Viewer("clerk")  # type: ignore[call-arg]


def test_while_the_quarantine_is_not_known_no_search_runs() -> None:
    """Also for a person who may see it: what is hidden from others could not be marked."""

    def away() -> Quarantine:
        raise ServiceUnavailable("the bucket does not respond", "")

    viewer = Viewer(
        "officer", (), sees_quarantine=True, sees_matters=False, snapshot=QuarantineSnapshot(away)
    )
    for filters in (Filters(), Filters(quarantined=True)):
        with pytest.raises(ServiceUnavailable):
            filters.clauses(viewer)


def test_a_request_has_one_quarantine() -> None:
    """What is put there meanwhile is in force at the next request."""
    ledgers = iter([Quarantine(records={"x:1": QuarantineEntry("why", "who", DAY, 1)}), Quarantine()])
    viewer = Viewer(
        "clerk",
        (),
        sees_quarantine=False,
        sees_matters=False,
        snapshot=QuarantineSnapshot(lambda: next(ledgers)),
    )
    assert [set(viewer.withheld_records) for _ in range(3)] == [{"x:1"}] * 3
    assert set(Filters(quarantined=True).limit(viewer).withheld_records) == {"x:1"}
    assert not viewer.renew().withheld_records
