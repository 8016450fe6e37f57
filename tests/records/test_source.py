"""The source of one version, and what else is in the same evidence."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.canonical import sha256
from recordroom.errors import Tampered, UsageError
from recordroom.records.record import RecordVersion, list_versions
from recordroom.records.source import ANOTHER, SourceItem, _xml, describe_file, read_source
from recordroom.search.hits import mentions_any
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.capture.everywhere.scene import Scene, opened, something
from tests.imports.taking import take
from tests.services import S3, Buckets
from tests.viewers import reader

pytestmark = pytest.mark.thorough

WORDS = ("Closed today", "And the buses?", "They stay in the yard.")


@pytest.fixture
def scene(request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path) -> Scene:
    return opened(
        request.param, s3, buckets, tmp_path, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    )


@pytest.fixture
def searcher(scene: Scene, elasticsearch: str) -> Iterator[Searcher]:
    """Over a captured conversation, indexed."""
    something(scene)
    scene.sound()
    place = scene.archive.place
    settings = place.settings.model_copy(
        update={"elasticsearch_url": elasticsearch, "index": f"native-{scene.name}"}
    )
    scene.archive.place = place = replace(place, settings=settings)
    caught_up(scene)
    found = Searcher(settings, place.archive, place.derived)
    yield found
    found.client.close()


def caught_up(scene: Scene) -> None:
    place = scene.archive.place
    index = Index(place.settings, place.archive, place.derived)
    index.catch_up()
    index.client.close()


def first(scene: Scene, searcher: Searcher, words: str) -> Any:
    [row] = [r for r in scene.rows() if words in (r["text"] or "")]
    return list_versions(searcher, row["record_id"], reader(searcher))[0]


def sent(searcher: Searcher, version: RecordVersion) -> SourceItem:
    return read_source(
        searcher.archive,
        version,
        list_versions(searcher, version.record["record_id"], reader(searcher)),
        reader(searcher),
    )


@pytest.mark.parametrize("scene", ["facebook", "mastodon", "youtube", "feed"], indirect=True)
def test_the_item_is_shown_and_no_other_record_that_stands_in_it(scene: Scene, searcher: Searcher) -> None:
    for words in WORDS if scene.stage.answered else WORDS[:1]:
        version = first(scene, searcher, words)
        found = sent(searcher, version)
        others = [one for one in WORDS if one != words]
        assert words in found.text
        assert not [one for one in others if one in found.text]
        assert found.pointer == version.record["pointer"]
        kept = describe_file(searcher, version, reader(searcher))
        assert version.record["record_id"] in kept.records
        assert kept.sha256 == sha256(searcher.archive.get(kept.key))
        assert found.others < len(kept.records)


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
def test_an_answer_within_a_comment_is_named_and_left_out(scene: Scene, searcher: Searcher) -> None:
    found = sent(searcher, first(scene, searcher, "And the buses?"))
    assert ANOTHER in found.text
    assert orjson.loads(found.text)


@pytest.mark.parametrize("scene", ["facebook", "bluesky", "mastodon"], indirect=True)
def test_of_what_had_gone_the_answer_without_it_is_shown_apart_from_its_words(
    scene: Scene, searcher: Searcher
) -> None:
    """Each next to the evidence that it is in."""
    before = first(scene, searcher, WORDS[2])
    scene.network.remove(
        next(post for post in scene.network.posts.values() if post.versions[-1].text == WORDS[2])
    )
    scene.sound()
    caught_up(scene)
    versions = list_versions(searcher, before.record["record_id"], reader(searcher))
    found = read_source(searcher.archive, versions[-1], versions, reader(searcher))
    assert (found.sequence, WORDS[2] in found.text, found.sent.evidence) == (1, True, before.evidence.key)
    assert found.gone
    assert found.gone.sent.evidence == versions[-1].evidence.key != before.evidence.key
    assert WORDS[2] not in found.gone.text
    assert found.gone.text or found.gone.others
    assert read_source(searcher.archive, versions[0], versions, reader(searcher)).gone is None


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_what_is_gone_or_under_quarantine_is_counted_before_it_is_saved(
    scene: Scene, searcher: Searcher
) -> None:
    version = first(scene, searcher, "And the buses?")
    assert (
        describe_file(searcher, version, reader(searcher)).gone,
        describe_file(searcher, version, reader(searcher)).barred,
    ) == (0, 0)
    ledger.put(searcher.archive, QuarantineTarget(RECORD, version.record["record_id"]), "a test", "officer")
    searcher.quarantine.refresh()
    assert describe_file(searcher, version, reader(searcher)).barred == 1


@pytest.mark.parametrize("scene", ["linkedin"], indirect=True)
def test_what_an_answer_of_something_that_had_gone_names_counts_too(scene: Scene, searcher: Searcher) -> None:
    """LinkedIn reports a removal in a list of events that has the text of the post above, which no record
    notes.
    """
    before, post = first(scene, searcher, WORDS[2]), first(scene, searcher, WORDS[0]).record["record_id"]
    scene.network.remove(
        next(one for one in scene.network.posts.values() if one.versions[-1].text == WORDS[2])
    )
    scene.sound()
    caught_up(scene)
    gone = list_versions(searcher, before.record["record_id"], reader(searcher))[-1]
    assert WORDS[0].encode() in gzip.decompress(searcher.archive.get(gone.evidence.key))
    found = describe_file(searcher, gone, reader(searcher))
    assert (found.responses, found.unnoted, found.records, found.barred) == (1, 1, (), 0)
    for number, name in enumerate((post, before.record["record_id"]), 1):
        ledger.put(searcher.archive, QuarantineTarget(RECORD, name), "a test", "officer")
        searcher.quarantine.refresh()
        assert describe_file(searcher, gone, reader(searcher)).barred == number


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_what_an_item_names_counts_too(scene: Scene, searcher: Searcher) -> None:
    """Whatever it says of it may be its words; but a number of few digits may be any."""
    version = first(scene, searcher, "Closed today")
    named = next(
        one
        for one in re.findall(r'"(\d{9,})"', sent(searcher, version).text)
        if one != version.record["native_id"]
    )
    for name, counted in (
        (f"mastodon:square.test/statuses/{named}", 1),
        ("mastodon:square.test/statuses/1", 1),
    ):
        ledger.put(searcher.archive, QuarantineTarget(RECORD, name), "a test", "officer")
        searcher.quarantine.refresh()
        assert describe_file(searcher, version, reader(searcher)).barred == counted


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_evidence_that_is_not_what_its_manifest_names_is_not_handed_out(
    scene: Scene, searcher: Searcher
) -> None:
    version = first(scene, searcher, "Closed today")
    with pytest.raises(Tampered, match="does not match its manifest"):
        describe_file(
            searcher, replace(version, evidence=replace(version.evidence, sha256="0" * 64)), reader(searcher)
        )


@pytest.mark.parametrize(
    ("text", "record_id", "named"),
    [
        ('{"quoted": {"id": "116160410484736002", "text": "a home address"}}', "mastodon:square.test/statuses/116160410484736002", True),
        ('{"in_reply_to": 12}', "wordpress:x/posts/12", True),
        ('{"id": 312, "at": "2012"}', "wordpress:x/posts/12", False),
        ('{"uri": "at://did:plc:a/app.bsky.feed.post/3kx"}', "bluesky:did:plc:a/app.bsky.feed.post/3kx", True),
        ("{}", "threads:7", False),
    ],
)  # fmt: skip
def test_an_item_that_names_another_record_may_hold_its_words(text: str, record_id: str, named: bool) -> None:
    assert mentions_any(text, [record_id]) == named


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_a_place_that_the_evidence_does_not_have_is_told(scene: Scene, searcher: Searcher) -> None:
    version = first(scene, searcher, "Closed today")
    wrong = replace(version, record=version.record | {"pointer": "/nothing/there"})
    with pytest.raises(Exception, match="the evidence has nothing at /nothing/there"):
        sent(searcher, wrong)


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_half_an_emoji_is_shown_as_it_was_sent(scene: Scene, searcher: Searcher) -> None:
    scene.publish("Grüße, half \ud83d of a pair")
    scene.sound()
    caught_up(scene)
    assert "Grüße, half \\ud83d of a pair" in sent(searcher, first(scene, searcher, "of a pair")).text


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
def test_a_row_of_a_table_that_was_handed_in_is_shown_alone(
    scene: Scene, searcher: Searcher, tmp_path: Path
) -> None:
    table = tmp_path / "old.csv"
    table.write_text(
        '"Id","Kind","Message"\n"old1","comment","The first row"\n"old2","comment","The second row"\n'
    )
    columns = {"native_id": "Id", "kind": "Kind", "text": "Message"}
    take(
        scene.archive,
        scene.name,
        table,
        mapping={"format": 1, "made_by": "Old", "zone": "UTC", "columns": columns},
    )
    caught_up(scene)
    found = sent(searcher, first(scene, searcher, "The second row"))
    assert (found.text, found.pointer) == (
        '"Id": "old2"\n"Kind": "comment"\n"Message": "The second row"',
        "line/3",
    )
    assert found.others == 1


def test_what_is_neither_json_nor_xml_is_told_to_whoever_reads() -> None:
    """It is no damage: a failure of the archive would have a number alone."""
    with pytest.raises(UsageError, match="neither JSON nor XML"):
        _xml(b"name,text\n", "line/1")
