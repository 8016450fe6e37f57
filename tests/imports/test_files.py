"""Files made to do harm are refused as a whole, with words; those that are as they should be are read in any
wrapping.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from recordroom.errors import ImportRefused, SpoolFull, UsageError
from recordroom.imports import files, split
from recordroom.imports.contract import ImportPiece, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer
from tests.disk import full
from tests.imports.reading import account, read


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def opened(path: Path) -> ImportFiles:
    return ImportFiles(path, path.parent / "room")


@pytest.mark.parametrize("name", ["../out.json", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b"])
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match="leads out of the archive"):
        opened(zipped(tmp_path / "a.zip", (name, b"x")))


def test_links_and_other_special_files(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with pytest.raises(ImportRefused, match="not a regular file"):
        opened(zipped(tmp_path / "a.zip", (link, b"/etc/passwd")))
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(ImportRefused, match="not a regular file"):
        opened(tmp_path / "a.tar.gz")


def test_names_that_stand_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "a.zip", ("a.json", b"1"), ("a.json", b"2"))
    with pytest.raises(ImportRefused, match=r"contains 'a.json' twice"):
        opened(path)


def test_names_in_another_encoding_that_cannot_be_told_apart(tmp_path: Path) -> None:
    """One took the other's place, whose words were lost without notice."""
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        for name in ("posts_é.json", "posts_è.json"):
            member = tarfile.TarInfo(name)
            member.size = 2
            archive.addfile(member, io.BytesIO(b"[]"))
    with pytest.raises(ImportRefused, match=r"contains 'posts_\ufffd\.json' twice"):
        opened(tmp_path / "a.tar")


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNSUSPICIOUS", 1_000_000)
    nothing = b"\0" * 3_000_000
    with pytest.raises(ImportRefused, match="unpacks to 1 file of 3,000,000 bytes"):
        opened(zipped(tmp_path / "a.zip", ("a.json", nothing)))
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("a.json")
        member.size = len(nothing)
        archive.addfile(member, io.BytesIO(nothing))
    with pytest.raises(ImportRefused, match="unpacks to more than"):
        opened(tmp_path / "a.tar.gz")
    monkeypatch.setattr(files, "MOST_MEMBERS", 10)
    with pytest.raises(ImportRefused, match="unpacks to 11 files"):
        opened(zipped(tmp_path / "b.zip", *((f"{n}.json", b"") for n in range(11))))


def test_a_member_that_is_larger_than_it_says_is_never_read_further(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.json", b"x" * 1000))
    data = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    found = opened(path)
    with pytest.raises(ImportRefused, match="cannot be read"):
        list(found.chunks("a.json"))


def test_what_is_broken_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b\x08\x00 cut")
    with pytest.raises(ImportRefused, match="cannot be unpacked"):
        opened(tmp_path / "a.tar.gz")
    (tmp_path / "a.tar").write_bytes(b"no archive at all")
    with pytest.raises(ImportRefused, match="is not a tar archive"):
        opened(tmp_path / "a.tar")
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(ImportRefused, match="is empty"):
        opened(tmp_path / "empty.csv")
    with pytest.raises(UsageError, match="is not a file"):
        opened(tmp_path)


def test_damaged_archives_are_told_whatever_is_damaged(tmp_path: Path) -> None:
    """Each of these ended with a trace: the modules that read archives have no one error for it."""
    text = b"".join(b"%d words " % n for n in range(2_000))
    whole = zipped(tmp_path / "whole.zip", ("a.json", text)).read_bytes()
    directory = whole.rindex(b"PK\x01\x02")
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        for name in ("a.json", "b.json"):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    packed = gzip.compress(tarred.getvalue())
    nameless = zipfile.ZipInfo("a.json")
    nameless.filename = ""
    damaged = {
        "directory.zip": whole[:directory] + b"PK\0\0" + whole[directory + 4 :],
        "cut.zip": whole[:-30],
        "cut.xlsx": whole[:-30],
        "nameless.zip": zipped(tmp_path / "nameless", (nameless, b"x")).read_bytes(),
        "cut.tar": tarred.getvalue()[: len(tarred.getvalue()) // 2],
        "damaged.tar.gz": packed[:500] + bytes(200) + packed[700:],
    }
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImportRefused, match=name):
            opened(tmp_path / name)
    (tmp_path / "member.zip").write_bytes(whole[:500] + bytes(200) + whole[700:])
    found = opened(tmp_path / "member.zip")
    with pytest.raises(ImportRefused, match=r"a.json of member.zip cannot be read"):
        list(found.chunks("a.json"))
    found.close()


def test_names_that_macos_writes_are_those_that_records_name(tmp_path: Path) -> None:
    """In UTF-8 without the flag for it, each file with an accent in its name was missing."""
    data = zipped(tmp_path / "a.zip", ("cafXX.jpg", b"picture"), ("caf\u00e9.png", b"flagged")).read_bytes()
    (tmp_path / "a.zip").write_bytes(data.replace(b"cafXX", "caf\u00e9".encode()))
    found = opened(tmp_path / "a.zip")
    assert found.names() == ["caf\u00e9.jpg", "caf\u00e9.png"]
    assert b"".join(found.chunks("caf\u00e9.jpg")) == b"picture"
    found.close()
    (tmp_path / "a.zip").write_bytes(data.replace(b"cafXX", b"caf\x82\x82"))
    found = opened(tmp_path / "a.zip")
    assert "caf\u00e9\u00e9.jpg" in found.names(), "in code page 437, as programs of Windows write it"
    found.close()


def test_names_that_begin_here_are_found(tmp_path: Path) -> None:
    found = opened(zipped(tmp_path / "a.zip", ("./data/tweets.js", b"[1]")))
    assert (found.names(), found.json("data/tweets.js")) == (["data/tweets.js"], [1])
    found.close()


def test_members_are_found_in_each_wrapping(tmp_path: Path) -> None:
    inside = {"data/tweets.js": b"[1]", "data/media/a.jpg": b"picture"}
    zipped(tmp_path / "a.zip", *inside.items())
    for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:  # type: ignore[call-overload]
            for member, data in inside.items():
                told = tarfile.TarInfo(f"./{member}")
                told.size = len(data)
                archive.addfile(told, io.BytesIO(data))
    for name in ("a.zip", "a.tar", "a.tar.gz"):
        found = opened(tmp_path / name)
        assert found.names() == sorted(inside), name
        assert found.find("tweets.js") == ["data/tweets.js"]
        assert found.find("ets.js") == []
        assert b"".join(found.chunks("data/media/a.jpg")) == b"picture"
        assert (found.size_of("data/media/a.jpg"), found.size_of("nowhere")) == (7, None)
        assert found.json("data/tweets.js") == [1]
        found.close()


def test_a_disk_without_room_for_what_is_packed_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    """It was said to be damaged, and to be downloaded again."""
    told = tarfile.TarInfo("outbox.json")
    told.size = 3_000_000
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.addfile(told, io.BytesIO(bytes(told.size)))
    with full(1_000_000), pytest.raises(SpoolFull, match=r"no space for a\.tar\.gz"):
        opened(tmp_path / "a.tar.gz")


def test_a_tar_archive_is_one_whatever_it_holds_and_is_called(tmp_path: Path) -> None:
    """A file whose last part is a ZIP archive was read as that archive; a name that is not text could not be
    reported.
    """
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("other.json", "[]")
    names = ("a.json", os.fsdecode(b"caf\xe9.txt"), "inner.zip")
    for name, mode in (("a.tar", "w"), ("A.TAR.GZ", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:  # type: ignore[call-overload]
            for member in names:
                told = tarfile.TarInfo(member)
                told.size = len(inner.getvalue())
                archive.addfile(told, io.BytesIO(inner.getvalue()))
        found = opened(tmp_path / name)
        assert found.names() == ["a.json", "caf\ufffd.txt", "inner.zip"], name
        assert found.whole("caf\ufffd.txt") == inner.getvalue()
        found.close()


def test_what_systems_add_to_an_archive_that_is_packed_anew_is_no_part_of_it(tmp_path: Path) -> None:
    """macOS unpacks downloads by itself; in a repacked one every media file was missing, and nothing closed
    the gap.
    """
    picture = "media/posts/a.jpg"
    posts = b'[{"media": [{"uri": "media/posts/a.jpg", "creation_timestamp": 1}]}]'
    added = (
        "__MACOSX/instagram-d/media/._posts_1.json",
        "instagram-d/.DS_Store",
        "instagram-d/media/._a.jpg",
        "instagram-d/Thumbs.db",
    )
    parts = [
        ("instagram-d/media/posts_1.json", posts),
        (f"instagram-d/{picture}", b"picture"),
        *((name, b"x") for name in added),
    ]
    path = zipped(tmp_path / "a.zip", *parts)
    assert opened(path).names() == ["instagram-d/media/posts/a.jpg", "instagram-d/media/posts_1.json"]
    [post], rejects = read(find_importer("instagramdownload"), path, account("instagram"))
    assert (opened(path).holder(post.media[0].url or "") is not None, rejects) == (True, [])


def test_what_lies_beside_a_file_alone(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "media").mkdir(parents=True)
    (folder / "media/a.jpg").write_bytes(b"picture")
    (folder / "a.jsonl").write_bytes(b"{}\n")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    found = opened(folder / "a.jsonl")
    assert found.size_of("media/a.jpg") == 7
    for name in ("../secret", "link", str(tmp_path / "secret"), "media", "nowhere", "x" * 300, "x\0.jpg"):
        assert found.size_of(name) is None, name
        assert not found.is_hidden(name), name
    assert not found.is_hidden("media/a.jpg")


@pytest.mark.parametrize(
    "name",
    [
        ".ssh/id_ed25519",
        ".netrc",
        "./.netrc",
        "x/../.netrc",
        "x/../.ssh/id_ed25519",
        "key",
        "x/.hidden/a.jpg",
        "x/.link",
    ],
)
def test_hidden_files_beside_a_file_alone_are_not_taken(tmp_path: Path, name: str) -> None:
    """The creator of the file chose the names, and it may be in a person's home folder."""
    for folder in (".ssh", "x/.hidden"):
        (tmp_path / folder).mkdir(parents=True)
    for path in (".ssh/id_ed25519", ".netrc", "x/.hidden/a.jpg", "x/a.jpg", "a.jsonl"):
        (tmp_path / path).write_bytes(b"secret")
    (tmp_path / "key").symlink_to(tmp_path / ".ssh/id_ed25519")
    (tmp_path / "x/.link").symlink_to(tmp_path / "x/a.jpg")
    found = opened(tmp_path / "a.jsonl")
    assert found.size_of(name) is None
    assert found.is_hidden(name)
    assert (found.size_of("x/a.jpg"), found.size_of("./x/../x/a.jpg")) == (6, 6)


def test_a_file_in_a_hidden_folder_has_its_media_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / ".exports"
    folder.mkdir()
    for name in ("a.jsonl", "a.jpg"):
        (folder / name).write_bytes(b"data")
    assert opened(folder / "a.jsonl").size_of("a.jpg") == 4


def test_lists_are_cut_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "_READ", 5)
    items = [b'{"a": "x,]\\"" , "b":[1, {"c": "\\\\"}]}', b"[]", b"7", b'"\xc3\xa9"', b"null"]
    whole = b"window.YTD.tweets.part0 = [ " + b" ,\n".join(items) + b" ]"
    assert [i.raw for i in split.elements(io.BytesIO(whole)) if not isinstance(i, Reject)] == items
    inner = b'{"before": {"items": [0]}, "items":[' + b",".join(items) + b'], "after": [1]}'
    assert [i.raw for i in split.elements(io.BytesIO(inner), "items") if not isinstance(i, Reject)] == items
    assert list(split.elements(io.BytesIO(b"[]"))) == list(split.elements(io.BytesIO(b"[ ]"))) == []


def test_an_item_that_is_no_json_takes_no_other_along() -> None:
    """A file in another encoding, as an editor saves it: the piece with it could not be read."""
    items = [
        b'{"a": "\xc3\xa9"}',
        b'{"a": "\xe9"}',
        b"{'a': 1}",
        b"",
        b'{"a": "\\ud83d"}',
        b"[" * 9_000 + b"]" * 9_000,
    ]
    found = list(split.elements(io.BytesIO(b"[" + b",".join(items) + b"]"), None, "data/tweets.js"))
    assert [one.raw for one in found if isinstance(one, split.Item)] == [items[0], items[4]]
    assert [one for one in found if isinstance(one, Reject)] == [
        Reject(f"item {number} of data/tweets.js", "it is not JSON in UTF-8") for number in (2, 3, 4, 6)
    ]
    pairs = list(split.elements(io.BytesIO(b'{"chats": {"a": [1], "\xe9": [2], "b": [3]}}'), "chats"))
    assert [one.raw if isinstance(one, split.Item) else one.place for one in pairs] == [
        b'"a": [1]',
        "item 2",
        b'"b": [3]',
    ]


def test_a_list_that_breaks_off_is_told_with_its_item() -> None:
    first, broken = split.elements(io.BytesIO(b'[{"a": 1}, {"b": 2'), None, "data/tweets.js")
    assert isinstance(first, split.Item)
    assert broken == Reject("item 2 of data/tweets.js", "the JSON ends here before it is complete")
    assert list(split.elements(io.BytesIO(b'{"a": 1}'), "items")) == [
        Reject("the file", "it has no list 'items'")
    ]


def test_items_behind_one_that_is_told_apart_are_counted_on() -> None:
    """A reject names the place of an item in its file by the number of the first one of its piece."""
    found = list(split.json_pieces(io.BytesIO(b'[{"a":1}, {"b":2}, \xff, {"c":3}, {"d":4}]'), "a.json"))
    pieces = [one for one in found if isinstance(one, ImportPiece)]
    assert [(one.context["first"], one.body) for one in pieces] == [
        (1, b'[{"a":1},{"b":2}]'),
        (4, b'[{"c":3},{"d":4}]'),
    ]
    assert [one.place for one in found if isinstance(one, Reject)] == ["item 3 of a.json"]


def test_what_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "LARGEST_ITEM", 100)
    monkeypatch.setattr(split, "_READ", 10)
    told = list(split.lines(io.BytesIO(b"short\n" + b"x" * 250 + b"\n\nlast")))
    assert told == [
        split.Item(1, b"short"),
        Reject("line 2", "it is longer than 100 bytes"),
        split.Item(4, b"last"),
    ]
    many = b"[" + b",".join([b"12"] * 100) + b"]"
    several = list(
        split.elements(io.BytesIO(b'[{"a":1}, ' + many + b', {"b":2}, {"c":' + many + b"}]"), None, "a.js")
    )
    assert several == [
        split.Item(1, b'{"a":1}'), Reject("item 2 of a.js", "it is larger than 100 bytes"),
        split.Item(3, b'{"b":2}'), Reject("item 4 of a.js", "it is larger than 100 bytes"),
    ]  # fmt: skip
    [reject] = split.elements(io.BytesIO(b'["' + b"x" * 250 + b'"]'))
    assert isinstance(reject, Reject)
    assert "larger than 100 bytes" in reject.reason
