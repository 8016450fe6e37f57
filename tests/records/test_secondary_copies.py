"""A secondary copy names its primary record, which must be there, be verified, and be no copy itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import NotThere, ServiceUnavailable, UsageError
from recordroom.records import classification, quarantine
from recordroom.records.classification import ClassificationOrder
from recordroom.records.record import list_documents
from recordroom.records.secondary_copies import find_primaries
from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import HoldScope
from recordroom.search.index.documents import id_of
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.capture.everywhere.scene import conversation, opened
from tests.retention.test_classification import FILE, SCHEDULE, TODAY
from tests.services import S3, Buckets
from tests.verifier.agreement import broken_schemas
from tests.viewers import officer


@pytest.fixture
def searcher(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Iterator[Searcher]:
    """What a capture brought, which can be verified: a post, a comment, and a reply."""
    scene = opened(
        "wordpress", s3, buckets, tmp_path, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    )
    conversation(scene)
    scene.sound()
    place = scene.archive.place
    settings = place.settings.model_copy(
        update={
            "elasticsearch_url": elasticsearch,
            "index": buckets.archive,
            "retention_file": tmp_path / "r.yaml",
        }
    )
    (tmp_path / "local.yaml").write_text(SCHEDULE, "utf-8")
    settings.retention_file.write_text(FILE, "utf-8")
    ledger.apply_policy(place.archive, check_files(settings.retention_file, TODAY))
    with closing(Index(settings, place.archive, place.derived).client):
        Index(settings, place.archive, place.derived).catch_up()
    found = Searcher(settings, place.archive, place.derived)
    with closing(found.client):
        yield found


def list_ids(searcher: Searcher) -> list[str]:
    """The post, and two of its comments."""
    query = {"bool": {"must_not": {"term": {"kind": "profile"}}, "filter": {"term": {"current": True}}}}
    hits = searcher.client.search(index=searcher.alias, size=50, query=query)["hits"]["hits"]
    found = sorted(
        (hit["_source"] for hit in hits), key=lambda one: (one["kind"] != "post", one["record_id"])
    )
    return [one["record_id"] for one in found][:3]


def make_order(copy: str, primary: str) -> ClassificationOrder:
    return ClassificationOrder("SIX", HoldScope(records=frozenset({copy})), "a copy", primary=primary)


def decide(searcher: Searcher, copy: str, primary: str) -> Decision:
    return classification.decide(searcher, make_order(copy, primary), officer(searcher, "ana@example"))


def test_the_primary_is_verified_and_stored(searcher: Searcher) -> None:
    post, comment, _ = list_ids(searcher)
    decision = decide(searcher, comment, post)
    assert decision.primary == post
    state = searcher.retention.now()
    [document] = list_documents(searcher, comment, officer(searcher))
    assert find_primaries(state, document) == (post,)
    [other] = list_documents(searcher, post, officer(searcher))
    assert find_primaries(state, other) == ()
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys}) == []


def test_a_primary_whose_text_is_not_what_was_captured_is_refused(searcher: Searcher) -> None:
    post, comment, _ = list_ids(searcher)
    [document] = list_documents(searcher, post, officer(searcher))
    key = id_of(document["account"], post, document["sequence"])
    false = document | {"text": "Open today"}
    searcher.client.index(index=searcher.alias, id=key, document=false, refresh=True)
    for act in (classification.preview_decision, classification.decide):
        with pytest.raises(UsageError, match="does not pass its verification"):
            act(searcher, make_order(comment, post), officer(searcher))
    assert searcher.retention.refresh().decisions == {}


def test_a_primary_that_cannot_be_verified_now_is_refused(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, comment, _ = list_ids(searcher)
    decided = searcher.retention.refresh()

    def away(*_: object) -> None:
        raise ServiceUnavailable("the store cannot be reached")

    monkeypatch.setattr("recordroom.records.proof.compare_entry", away)
    with pytest.raises(ServiceUnavailable, match="cannot be verified now"):
        decide(searcher, comment, post)
    assert searcher.retention.refresh() == decided


def test_no_record_is_its_own_primary(searcher: Searcher) -> None:
    post, comment, _ = list_ids(searcher)
    with pytest.raises(UsageError, match="itself among the records"):
        decide(searcher, comment, comment)
    whole = replace(make_order(comment, comment), scope=HoldScope(conversations=frozenset({post})))
    with pytest.raises(UsageError, match="itself among the records"):
        classification.decide(searcher, whole, officer(searcher))
    with pytest.raises(NotThere, match="no such primary record"):
        decide(searcher, comment, f"{post}0")


def test_records_that_make_each_other_primary_are_refused(searcher: Searcher) -> None:
    post, comment, reply = list_ids(searcher)
    first = decide(searcher, comment, post)
    with pytest.raises(UsageError, match="to be a secondary copy of one of these"):
        decide(searcher, post, comment)
    second = decide(searcher, reply, comment)
    with pytest.raises(UsageError, match="to be a secondary copy of one of these"):
        decide(searcher, post, reply)
    classification.revoke(searcher, first.id, "a mistake", officer(searcher))
    classification.approve(searcher, first.id, "agreed", officer(searcher, "ben@example"))
    assert decide(searcher, post, reply).counts
    assert second.counts


def test_a_primary_under_quarantine_stays_the_primary(searcher: Searcher) -> None:
    """Nothing is guessed: a person revokes the decision, or does not."""
    post, comment, _ = list_ids(searcher)
    decision = decide(searcher, comment, post)
    quarantine.put(searcher, QuarantineTarget(RECORD, post), "an address", officer(searcher))
    assert searcher.retention.refresh().decisions[decision.id].counts
