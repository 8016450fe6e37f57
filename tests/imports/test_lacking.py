"""Media that a file names and does not hold: told, a gap, and taken in when they are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from recordroom.archive import media
from recordroom.archive.gaps import MISSED, Gaps
from recordroom.canonical import sha256
from recordroom.capture.derived.rebuild import rebuild_records, rebuild_state
from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.errors import ImportRefused, UsageError
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import recognize
from recordroom.register.models import Chain
from tests.archives import TestArchive, make
from tests.services import S3, Buckets
from tests.verifier.agreement import check

NAME = "page"
POSTS = "your_facebook_activity/posts/your_posts_1.json"
PICTURES = [f"your_facebook_activity/posts/media/{letter}.jpg" for letter in "ab"]
SNOW = {
    "timestamp": 1_700_000_000,
    "data": [{"post": "Snow"}],
    "attachments": [{"data": [{"media": {"uri": name}} for name in PICTURES]}],
}


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[TestArchive]:
    entry = {
        "id": NAME,
        "platform": "facebook",
        "url": "https://www.facebook.com/district",
        "import_only": True,
    }
    yield make(s3, buckets, tmp_path / "place", entry)
    check(s3, buckets, tmp_path / "place")


def zipped(path: Path, *, posts: Any = None, pictures: tuple[str, ...] = (), top: str = "") -> Path:
    """The bytes of a picture are its name."""
    with ZipFile(path, "w") as made:
        if posts is not None:
            made.writestr(f"{top}{POSTS}", json.dumps(posts))
        for name in pictures:
            made.writestr(f"{top}{name}", name)
    return path


def take(archive: TestArchive, path: Path, *beside: Path, **more: Any) -> ImportReport:
    files = ImportFiles(path, archive.place.settings.spool, beside)
    try:
        order = ImportOrder(files, recognize(files, "facebook"), **more)
        return import_file(archive.place, archive.register, archive.account(NAME), order)
    finally:
        files.close()


def gaps(archive: TestArchive) -> list[str]:
    return [gap.detail for gap in Gaps(archive.archive).open_now([NAME])]


def files_held(archive: TestArchive) -> list[list[bytes | None]]:
    """The reason of each row, in the order in which we learned them."""
    return [
        [archive.archive.get(media.key_of(one["sha256"])) if one["sha256"] else None for one in row["media"]]
        for row in archive.rows(NAME)
    ]


FIRST, SECOND = (name.encode() for name in PICTURES)


def test_the_parts_of_a_split_download_are_one(archive: TestArchive, tmp_path: Path) -> None:
    part = zipped(tmp_path / "1.zip", posts=[SNOW], pictures=(PICTURES[0],))
    rest = zipped(tmp_path / "2.zip", pictures=(PICTURES[1],), top="facebook-district/")
    with pytest.raises(ImportRefused, match="cannot be imported") as refused:
        take(archive, rest)
    assert "--beside" in refused.value.mend
    alone = take(archive, part)
    assert (alone.media, alone.lacking) == (1, 1)
    assert [one.place for one in alone.sought] == [PICTURES[1]]
    [told] = gaps(archive)
    assert told == f"missing: 1 file that it names; the first: {PICTURES[1]}"
    assert archive.manifests(NAME)[-1].body["complete"] is False
    again = take(archive, part)
    assert (again.before is not None, again.lacking) == (True, 1), "what is missing is reported each time"
    whole = take(archive, part, rest)
    assert (whole.new, whole.changed, whole.media, whole.lacking, whole.untaken) == (0, 1, 1, 0, "")
    assert gaps(archive) == []
    assert files_held(archive) == [[FIRST, None], [FIRST, SECOND]]
    row = archive.rows(NAME)[-1]
    assert (row["sequence"], row["changed"], row["late_arrival"], row["text"]) == (
        2,
        ["media_bytes"],
        True,
        "Snow",
    )
    assert archive.archive.get(media.key_of(sha256(rest.read_bytes()))) == rest.read_bytes(), (
        "the part is kept too"
    )
    assert take(archive, part, rest).before
    rebuild_state(archive.archive, archive.derived, Chain("facebook", NAME))
    assert take(archive, part, rest).before
    before = archive.rows(NAME)
    rebuild_records(archive.archive, archive.derived)
    assert archive.rows(NAME) == before


def test_a_part_with_records_of_its_own_is_told_until_it_is_imported(
    archive: TestArchive, tmp_path: Path
) -> None:
    """Only media are taken from parts that are named along with one: messages in it were silently missed.

    The gap of missed ones was closed.
    """
    talk = "your_facebook_activity/messages/inbox/jo_1/message_1.json"
    said = {"messages": [{"sender_name": "P", "timestamp_ms": 1_700_000_000_000, "content": "Open?"}]}
    first, second, third = (tmp_path / f"{number}.zip" for number in (1, 2, 3))
    for path, names in (
        (first, [POSTS, talk]),
        (second, [talk]),
        (third, ["your_facebook_activity/groups/group_posts.json"]),
    ):
        with ZipFile(path, "w") as made:
            for name in names:
                made.writestr(name, json.dumps([SNOW | {"attachments": []}] if name == POSTS else said))
    Gaps(archive.archive).open_(NAME, f"{MISSED}20261124T000000Z-0", "older messages")
    done = take(archive, first, second, third)
    assert done.others == ["2.zip"]
    assert [one.place for one in done.rejects] == ["your_facebook_activity/groups/group_posts.json of 3.zip"]
    assert take(archive, first, second).others == ["2.zip"], "it is reported each time"
    assert "older messages" in gaps(archive)
    assert (take(archive, second, first).others, "older messages" in gaps(archive)) == ([], False)
    assert take(archive, first, second).others == []


def test_a_whole_download_fills_what_an_earlier_one_lacked(archive: TestArchive, tmp_path: Path) -> None:
    take(archive, zipped(tmp_path / "1.zip", posts=[SNOW]))
    digits = archive.manifests(NAME)[-1].body["import"]["sha256"][:12]
    whole = take(
        archive, zipped(tmp_path / "whole.zip", posts=[SNOW], pictures=tuple(PICTURES)), mends=digits
    )
    assert (whole.changed, whole.media) == (1, 2)
    assert files_held(archive)[-1] == [FIRST, SECOND]
    assert gaps(archive) == []


def test_a_file_that_comes_to_lie_beside_is_taken_by_the_same_command(
    archive: TestArchive, tmp_path: Path
) -> None:
    item = {"kind": "post", "native_id": "70", "text": "n", "media": [{"file": "a.jpg"}, {"file": "b.jpg"}]}
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(item) + "\n", "utf-8")
    assert take(archive, path).lacking == 2
    (tmp_path / "a.jpg").write_bytes(b"A")
    tried = take(archive, path, dry=1)
    assert (tried.media, tried.lacking) == (1, 1)
    done = take(archive, path)
    assert (done.changed, done.media, done.lacking) == (1, 1, 1)
    assert len(gaps(archive)) == 1, "one lacks still"
    (tmp_path / "b.jpg").write_bytes(b"B")
    assert take(archive, path).lacking == 0
    assert files_held(archive) == [[None, None], [b"A", None], [b"A", b"B"]]
    assert gaps(archive) == []


def test_what_comes_from_the_folder_is_listed_in_a_dry_run_and_nothing_hidden_comes(
    archive: TestArchive, tmp_path: Path
) -> None:
    names = [".ssh/id_ed25519", "a.jpg", "a.jpg", "b.jpg"]
    items = [
        {"kind": "post", "native_id": str(n), "text": "n", "media": [{"file": name}]}
        for n, name in enumerate(names, 70)
    ]
    path = tmp_path / "x.jsonl"
    path.write_text("".join(f"{json.dumps(item)}\n" for item in items), "utf-8")
    (tmp_path / ".ssh").mkdir()
    for name in dict.fromkeys(names):
        (tmp_path / name).write_text(name)
    tried = take(archive, path, dry=1)
    assert (tried.from_folder, tried.lacking) == (["a.jpg", "b.jpg"], 1)
    assert [(one.place, one.reason) for one in tried.sought] == [
        (".ssh/id_ed25519", "it is a hidden file (its name begins with a dot), and is not imported")
    ]
    take(archive, path)
    assert files_held(archive) == [[None], [b"a.jpg"], [b"a.jpg"], [b"b.jpg"]]
    [gap] = gaps(archive)
    assert "missing: 1 file that it names" in gap


def test_a_damaged_picture_is_lacking_and_ends_no_import(archive: TestArchive, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        made.writestr(POSTS, json.dumps([SNOW]))
        for name in PICTURES:
            made.writestr(name, "".join(f"{n} of {name}; " for n in range(500)))
        at = made.getinfo(PICTURES[0]).header_offset + 300
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes(100) + data[at + 100 :])
    done = take(archive, path)
    assert (done.new, done.media, done.lacking) == (1, 1, 1)
    assert done.sought[0].reason.startswith(f"{PICTURES[0]} of a.zip cannot be read: Error -3")


def test_a_gap_does_not_tell_whom_a_private_conversation_was_with(
    archive: TestArchive, tmp_path: Path
) -> None:
    """Coverage shows it to people who may read no record."""
    folder, path = "your_facebook_activity/messages/inbox", tmp_path / "a.zip"
    said = {
        "sender_name": "P",
        "timestamp_ms": 1_700_000_000_000,
        "photos": [{"uri": f"{folder}/janedoe_7/photos/1.jpg"}],
    }
    with ZipFile(path, "w") as made:
        made.writestr(f"{folder}/janedoe_7/message_1.json", json.dumps({"messages": [said, {}]}))
    done = take(archive, path)
    assert done.rejects[0].place == f"item 2 of {folder}/janedoe_7/message_1.json", "the output says which"
    [told] = gaps(archive)
    assert told.split("; ") == [
        "rejected: 1 item", f"the first: item 2 of {folder}/…/message_1.json",
        "missing: 1 file that it names", f"the first: {folder}/…/photos/1.jpg",
    ]  # fmt: skip


def test_only_archives_are_parts_of_a_download(archive: TestArchive, tmp_path: Path) -> None:
    part = zipped(tmp_path / "1.zip", posts=[SNOW])
    (tmp_path / "a.jpg").write_bytes(b"A")
    with pytest.raises(UsageError, match="is not another part of an archive"):
        take(archive, part, tmp_path / "a.jpg")
