"""Readings continue from each cursor of earlier code, without a repeated request or a lost record.

Together with the responses before the cursor, a reading gives what an uninterrupted one gave.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recordroom.platforms.registry import load
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.stored_cursors.reading import (
    UNREACHED,
    fields_of,
    fields_that_may_be,
    load_network,
    open_story,
    platforms,
    read,
    records_in,
)
from tests.tiers import Sample

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("*.tar.xz"))
STEP = 12  # the quick tier continues from each STEP-th stored cursor


@dataclass(frozen=True)
class StoredStory:
    """The readings of one account of a platform, and the sandbox on which they were made."""

    platform: str
    name: str
    sandbox: str
    page: int
    readings: list[dict[str, Any]]

    @property
    def cursors(self) -> list[str]:
        return [stored["cursor"] for reading in self.readings for stored in reading["cursors"]]


@cache
def stories_in(name: str) -> list[StoredStory]:
    with tarfile.open(HERE / name) as tar:
        texts = {member.name: tar.extractfile(member).read().decode() for member in tar.getmembers()}  # type: ignore[union-attr]
    folders = sorted({path.rpartition("/")[0] for path in texts})
    readings = {folder: json.loads(texts[f"{folder}/readings.json"]) for folder in folders}
    names = {folder: folder.split("/") for folder in folders}
    return [
        StoredStory(platform, story, texts[f"{folder}/sandbox.json"], **readings[folder])
        for folder, (platform, story) in names.items()
    ]


def of_platform(platform: str) -> list[StoredStory]:
    return [story for name in FILES for story in stories_in(name) if story.platform == platform]


def each(platform: str, folder: Path) -> Iterator[tuple[Sandbox, StoredStory]]:
    for story in of_platform(platform):
        with open_story(load_network(story.sandbox, folder), platform, story.page) as sandbox:
            yield sandbox, story


@pytest.mark.parametrize("platform", platforms())
def test_reading_resumes_from_a_stored_cursor(platform: str, tmp_path: Path, sample: Sample) -> None:
    for sandbox, story in each(platform, tmp_path):
        cases = [(reading, stored) for reading in story.readings for stored in reading["cursors"]]
        for reading, stored in sample.of(cases, STEP):
            where = f"{story.name}, {reading['window']}, {reading['trouble']}, {stored['cursor']}"
            rest, ended = read(sandbox, reading, stored["cursor"])
            before = set[str]().union(*reading["responses"][: stored["before"]])
            whole = set[str]().union(*reading["responses"])
            assert before | records_in(rest) == (whole - set(stored["less"])) | set(stored["more"]), where
            assert (len(rest), ended) == (stored["after"], stored["ended"]), where


def test_only_a_reading_that_fails_depends_on_where_it_was_interrupted() -> None:
    for name in FILES:
        for story in stories_in(name):
            for reading in story.readings:
                for stored in reading["cursors"]:
                    assert reading["trouble"] or not (stored["less"] or stored["more"] or stored["ended"])
                    assert stored["ended"] or not stored["less"]


@pytest.mark.parametrize("platform", platforms())
def test_uninterrupted_reading_gives_what_it_gave(platform: str, tmp_path: Path, sample: Sample) -> None:
    for sandbox, story in each(platform, tmp_path):
        for reading in sample.of(story.readings, 4):
            found, ended = read(sandbox, reading)
            assert ([sorted(one.records) for one in found], ended) == (
                reading["responses"],
                reading["ended"],
            ), reading["window"]


@pytest.mark.parametrize("platform", platforms())
def test_stored_cursor_is_understood_in_full(platform: str) -> None:
    """This version knows each field, and writes it back as it was."""
    connector = load(platform)
    for story in of_platform(platform):
        for cursor in story.cursors:
            todo: Any = connector.read_cursor(cursor)
            if is_dataclass(todo):
                assert json.loads(todo.cursor) == json.loads(cursor)  # type: ignore[union-attr]
                assert unknown_in(todo) == {}
            else:
                assert todo == cursor


def unknown_in(part: Any) -> dict[str, Any]:
    """Return the fields that this version of the connector does not know, also in the cursor's parts."""
    found = dict(part.unknown)
    for one in fields(part):
        if is_dataclass(value := getattr(part, one.name)):
            found |= unknown_in(value)
    return found


@pytest.mark.parametrize("platform", platforms())
def test_each_field_of_a_cursor_occurs_in_a_stored_one(platform: str) -> None:
    connector = load(platform)
    stored = [connector.read_cursor(cursor) for story in of_platform(platform) for cursor in story.cursors]
    assert stored
    if not is_dataclass(stored[0]):
        return
    said = {path for todo in stored for path, _, says in fields_of(todo) if says}
    assert fields_that_may_be(type(stored[0])) - said == UNREACHED.get(platform, set())


@pytest.mark.parametrize("platform", platforms())
def test_field_of_another_version_is_kept_to_the_end(platform: str, tmp_path: Path, sample: Sample) -> None:
    """It changes nothing of the reading, and each later cursor has it."""
    for sandbox, story in each(platform, tmp_path):
        [reading, *_] = [reading for reading in story.readings if reading["window"]["kind"] == "history"]
        for stored in sample.of(reading["cursors"] if platform != "feed" else [], STEP):
            rest, _ = read(
                sandbox, reading, json.dumps({**json.loads(stored["cursor"]), "of_a_later_version": [7]})
            )
            assert all(json.loads(one.cursor)["of_a_later_version"] == [7] for one in rest if one.cursor)
            assert len(rest) == stored["after"]
            before = set[str]().union(*reading["responses"][: stored["before"]])
            assert before | records_in(rest) == set[str]().union(*reading["responses"])


@pytest.mark.parametrize("platform", platforms())
def test_cursor_of_an_older_version_lacks_fields(platform: str) -> None:
    """Cursors of older versions have no fields that were unknown then; such a field has its default."""
    connector = load(platform)
    for story in of_platform(platform):
        for cursor in story.cursors:
            todo: Any = connector.read_cursor(cursor)
            if is_dataclass(todo):
                assert connector.read_cursor(json.dumps(shortened(json.loads(cursor), todo))) == todo


def shortened(told: dict[str, Any], part: Any) -> dict[str, Any]:
    """Return a cursor without the fields that have their default values."""
    begins = {path for path, _, says in fields_of(part) if not says}
    values = {name: getattr(part, name) for name in told}
    inside = {
        name: shortened(told[name], value) if is_dataclass(value) else told[name]
        for name, value in values.items()
    }
    return {name: value for name, value in inside.items() if name not in begins and value != {}}


def test_fixture_holds_no_name_of_a_module() -> None:
    for name in FILES:
        for story in stories_in(name):
            assert "recordroom" not in story.sandbox
            assert "recordroom" not in json.dumps(story.readings)
