"""A folder that proves a record is checked by a Python that has nothing of recordroom, and each tampering with
it is named.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from infra.local.commands import debian
from recordroom.anchor_copies.timestamp_authority import TimestampAuthority
from recordroom.archive import anchor
from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.canonical import sha256
from recordroom.errors import ArchiveError, NotThere
from recordroom.records import quarantine
from recordroom.records.proof_folder import (
    PAGE,
    ContentWithheld,
    FolderRequest,
    ProofFolder,
    prepare_folder,
)
from recordroom.search.access import Viewer
from recordroom.search.index.documents import id_of
from recordroom.search.searcher import Searcher
from tests.anchor_copies.authority import stamping
from tests.building import DAY, Building, account, media
from tests.capture.everywhere.scene import opened
from tests.conftest import need
from tests.proof_folders import add_anchor, check, make_python, searching, write, wrong
from tests.services import S3, Buckets
from tests.viewers import officer, reader

POST, OTHER = "wordpress:x/posts/1001", "wordpress:x/posts/1002"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_python(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def lived(
    s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Searcher, str, Path]]:
    """A comment with a picture that was edited, hidden, and removed, and three anchors.

    They were kept outside, and a time-stamping authority stamped the last two.
    """
    need(debian.OPENSSL)
    buckets, folder = Buckets(), tmp_path_factory.mktemp("lived")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    scene = opened("facebook", s3, buckets, folder, start)
    post = scene.publish("Closed today")
    comment = scene.network.comment(scene.parent, post, "And the buses?", photos=[scene.photo("A bus")])
    scene.network.comment(scene.teacher, post, "A secret of somebody else")
    scene.sound()
    scene.network.edit(comment, "And the buses, please?")
    scene.sound()
    add_anchor(scene.archive.archive, folder / "outside")
    scene.network.hide(comment)
    scene.sound()
    scene.network.remove(comment)
    scene.sound("full")
    scene.sound()
    add_anchor(scene.archive.archive, folder / "outside")
    scene.sound()
    add_anchor(scene.archive.archive, folder / "outside")
    with stamping(tmp_path_factory.mktemp("authority")) as authority:
        own = scene.archive.place.settings.model_copy(update={"timestamp_ca": authority.root})
        for file in sorted((folder / "outside").iterdir())[1:]:
            TimestampAuthority(scene.archive.archive, own, authority.url).put({file.name: file.read_bytes()})
        shutil.copy(authority.root, folder / "root.pem")
    [first] = [r for r in scene.rows() if r["text"] == "And the buses?"]
    place = scene.archive.place
    settings = place.settings.model_copy(
        update={"elasticsearch_url": elasticsearch, "index": buckets.archive}
    )
    with searching(settings, place.archive, place.derived) as searcher:
        yield searcher, first["record_id"], folder / "outside"


@pytest.fixture(scope="module")
def made(lived: tuple[Searcher, str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    searcher, record, _ = lived
    prepared = prepare_folder(searcher, FolderRequest(record), reader(searcher, "counsel"))
    return write(prepared, tmp_path_factory.mktemp("made") / "proof")


def test_the_folder_has_the_first_time_stamp_that_covers_each_version(
    folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    program = [sys.executable, "format/timestamps.py", str(lived[2].parent / "root.pem")]

    def check_stamps() -> tuple[int, str]:
        files = sorted(folder.glob("ledger/anchor/*.tsr"))
        done = subprocess.run([*program, *files], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert [file.stem for file in folder.glob("ledger/anchor/*.tsr")] == [f"{2:012d}"]  # it covers 1 and 2
    assert f"ledger/anchor/{2:012d}.tsr" in (folder / PAGE).read_text("utf-8")
    code, said = check_stamps()
    assert (code, "its anchor existed on" in said) == (0, True), said
    stamped = folder / f"ledger/anchor/{2:012d}.json"
    stamped.write_bytes(stamped.read_bytes().replace(b'"number":2', b'"number":9'))
    assert check_stamps()[0] == 1


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that may be harmed."""
    return Path(shutil.copytree(made, tmp_path / "proof"))


def test_a_life_of_a_record_is_right_on_a_machine_without_recordroom(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    outside = sorted(lived[2].iterdir())
    code, lines = check(fresh, folder, *outside)
    proof = json.loads((folder / "proof.json").read_bytes())
    assert (code, wrong(lines)) == (0, []), lines
    said = [(one["delta"]["status"], one["delta"]["changed"]) for one in proof["versions"]]
    assert [status for status, _ in said][:3] == ["visible", "visible", "hidden"], said
    assert said[1][1] == ["text"]
    assert said[-1][0] in ("removed", "unavailable")
    for words in (
        "version 2: the rules read content",
        "version 2: the text in READ-ME-FIRST.html",
        "version 1: the file",
        "version 4: the capture found the record at that place",
        "is anchor 1 of this folder, byte for byte",
        "is anchor 3 of this folder, byte for byte",
    ):
        assert [one for one in lines if one.startswith("right") and words in one], (words, lines)
    assert not (folder / "evidence").exists()
    assert [one for one in lines if one.startswith("not checked") and "complete evidence file" in one]


def test_the_page_names_the_versions_with_which_the_program_is_tested(made: Path) -> None:
    page = (made / PAGE).read_text("utf-8")
    for name in ("jq", "nh3", "feedparser", "warcio"):
        assert f"{name} {'.'.join(metadata.version(name).split('.')[:2])}" in page


def edit(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def exchange(folder: Path, number: int) -> Path:
    """Return the file with the response of a version."""
    proof = json.loads((folder / "proof.json").read_bytes())
    return folder / str(proof["versions"][number - 1]["exchanges"][0])


def entry(folder: Path, number: int) -> Path:
    [ledger] = folder.glob("ledger/capture/facebook/*")
    return ledger / f"{number:012d}.json"


def a_changed_text_in_a_response(folder: Path) -> str:
    path = exchange(folder, 2)
    changed = gzip.decompress(path.read_bytes()).replace(b"please", b"PLEASE")
    path.write_bytes(gzip.compress(changed))
    return "version 2: the stored response is complete"


def another_response_in_its_place(folder: Path) -> str:
    shutil.copy(exchange(folder, 1), exchange(folder, 2))
    return "version 2: the capture found the record"


def a_changed_ledger_entry(folder: Path) -> str:
    edit(entry(folder, 3), lambda value: value["body"].update(complete=False))
    return "version 3: the ledger is linked from entry 3"


def a_forged_head(folder: Path) -> str:
    """The last entry of the way: no other entry has its hash, but an anchor has."""
    edit(entry(folder, 5), lambda value: value["body"].update(complete=False))
    return "version 3: anchor 2 names entry 5"


def a_forged_anchor(folder: Path) -> str:
    """Its root and its head fit the forged entry; the next anchor does not."""
    a_forged_head(folder)
    head = {"number": 5, "sha256": sha256(entry(folder, 5).read_bytes())}
    path = folder / "ledger/anchor/000000000002.json"

    def forge(value: Any) -> None:
        value["body"]["chains"][next(iter(value["body"]["chains"]))] = head

    edit(path, forge)
    return "anchors 1 to 3: each has the hash of the one before"


def a_forged_root(folder: Path) -> str:
    """Of the newest anchor, which no other one names."""
    edit(folder / "ledger/anchor/000000000003.json", lambda value: value["body"].update(root="0" * 64))
    return "anchors 1 to 3: each has the root of what it names"


def a_status_that_is_another(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"][2]["delta"].update(status="visible"))
    return "version 3: entry 3 of capture/facebook/"


def a_text_that_is_another(folder: Path) -> str:
    path = folder / PAGE
    path.write_bytes(path.read_bytes().replace(b"And the buses, please?", b"And the trains, please?"))
    return "version 2: the text in READ-ME-FIRST.html"


def a_text_at_another_version(folder: Path) -> str:
    path, first, second = folder / PAGE, b">And the buses?<", b">And the buses, please?<"
    page = path.read_bytes()
    assert (page.count(first), page.count(second)) == (1, 3)
    page = page.replace(first, b">?<").replace(second, first, 1).replace(b">?<", second)
    path.write_bytes(page)
    return "version 1: the text in READ-ME-FIRST.html"


def an_anchor_that_is_denied(folder: Path) -> str:
    """So that nothing would bind the entry."""
    a_changed_ledger_entry(folder)
    none = {"anchored_entry": None, "anchor": None}
    edit(folder / "proof.json", lambda value: value["versions"][2].update(none))
    return "version 3: proof.json says that no anchor names this entry, and one does"


def another_picture(folder: Path) -> str:
    next(path for path in folder.glob("media/**/*") if path.is_file()).write_bytes(b"another picture")
    return "version 1: the file"


def a_version_that_is_left_out(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"].pop(1))
    return "no version between 1 and 3 is left out"


def a_file_that_is_gone(folder: Path) -> str:
    exchange(folder, 4).unlink()
    return "version 4: the response was received"


def a_proof_that_is_no_json(folder: Path) -> str:
    (folder / "proof.json").write_text("{")
    return "proof.json cannot be read"


def a_rule_that_reads_something_else(folder: Path) -> str:
    path = folder / "format/rules/facebook.jq"
    path.write_text(path.read_text("utf-8").replace("def content:", 'def content: {text: "x"} |', 1), "utf-8")
    return "version 1: the rules read content"


TAMPERINGS = (
    a_changed_text_in_a_response, another_response_in_its_place, a_changed_ledger_entry, a_forged_head,
    a_forged_anchor, a_forged_root, a_status_that_is_another, a_text_that_is_another,
    a_text_at_another_version, an_anchor_that_is_denied, another_picture,
    a_version_that_is_left_out, a_file_that_is_gone, a_proof_that_is_no_json,
    a_rule_that_reads_something_else,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_each_tampering_is_named(fresh: Path, folder: Path, tamper: Callable[[Path], str]) -> None:
    words = tamper(folder)
    code, lines = check(fresh, folder)
    assert code == 1
    assert [line for line in wrong(lines) if words in line], lines


def test_a_consistent_forgery_is_known_by_an_anchor_from_outside_alone(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    """Entry, anchors, and all hashes between them fit each other."""
    a_forged_head(folder)
    previous, root = "", None
    for number in (1, 2, 3):
        path = folder / f"ledger/anchor/{number:012d}.json"
        value = json.loads(path.read_bytes())
        if previous:
            value["previous"], value["body"]["previous_root"] = previous, root
        for name, head in value["body"]["chains"].items():
            file = folder / f"ledger/{name}/{head['number']:012d}.json"
            if file.exists():
                head["sha256"] = sha256(file.read_bytes())
        value["body"]["root"] = root = anchor.root_of(value["body"])
        edit(path, lambda stored, value=value: stored.update(value))  # type: ignore[misc]
        previous = sha256(path.read_bytes())
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (0, [])
    assert [line for line in lines if line.startswith("not checked") and "no anchor from outside" in line]
    code, lines = check(fresh, folder, lived[2] / "anchor-000000000003.json")
    assert code == 1
    assert "anchor-000000000003.json is anchor 3 of this folder, byte for byte" in wrong(lines)[0]


def test_an_anchor_that_the_folder_does_not_reach_is_said_so(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path], tmp_path: Path
) -> None:
    searcher = lived[0]
    outside = tmp_path / "outside"
    for _ in range(2):
        add_anchor(searcher.archive, outside)
    next_, later = sorted(outside.iterdir())
    (tmp_path / "none.json").write_text("{}")
    _, lines = check(fresh, folder, next_, later, tmp_path / "none.json")
    assert [line for line in lines if line.startswith("right") and "has the hash of anchor 3 of this" in line]
    assert [line for line in lines if line.startswith("not checked") and "has anchors 1 to 3 only" in line]
    assert [line for line in wrong(lines) if "none.json is no anchor" in line]


def test_an_anchor_from_outside_is_not_passed_over_silently(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    edit(folder / "proof.json", lambda value: value.update(anchors=None))
    _, lines = check(fresh, folder, min(lived[2].iterdir()))
    assert lines[-2].startswith("not checked anchor-000000000001.json: this folder has no anchor to compare")


def test_with_the_complete_evidence_files_their_hashes_are_checked(
    fresh: Path, lived: tuple[Searcher, str, Path], tmp_path: Path
) -> None:
    searcher, record, _ = lived
    request = FolderRequest(record, complete=True)
    folder = write(prepare_folder(searcher, request, reader(searcher)), tmp_path / "proof")
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (0, [])
    assert len([one for one in lines if "the complete evidence file has its hash" in one]) == 4
    path = min(folder.glob("evidence/**/*.warc.gz"))
    data = bytearray(path.read_bytes())
    data[20] ^= 1  # of the warcinfo record, which no exchange has
    path.write_bytes(bytes(data))
    assert "the complete evidence file has its hash" in wrong(check(fresh, folder)[1])[0]


# -- who may have it, of an archive that is written by hand


@pytest.fixture
def searcher(building: Building) -> Iterator[Searcher]:
    """A post in two accounts, one of them confidential, in the same responses as another post."""
    building.enrol(account("news", "wordpress"), account("board", "wordpress", confidential=True))
    picture = media(b"a picture", "p1", alt_text="A bus")
    post: dict[str, Any] = {"record_id": POST, "text": "Snow day", "media": [picture], "author_name": "Mary"}
    other = {"record_id": OTHER, "text": "A home address"}
    building.capture("news", [post, other], at=DAY)
    building.capture("news", [post | {"text": "Snow day again"}], at=DAY + timedelta(hours=1))
    building.capture("board", [post], at=DAY)
    add_anchor(building.archive)
    with searching(building.settings, building.archive, building.derived) as made:
        yield made


def prepare(searcher: Searcher, viewer: Viewer, *accounts: str, record: str = POST) -> ProofFolder:
    return prepare_folder(searcher, FolderRequest(record, accounts), viewer)


def proof_of(folder: ProofFolder) -> dict[str, Any]:
    [file] = [file for file in folder.files if file.path == "proof.json"]
    value: dict[str, Any] = json.loads(b"".join(file.read()))
    return value


def events(searcher: Searcher) -> list[dict[str, Any]]:
    """Return the events of folders that are in the archive."""
    entries = (
        one
        for name in list_ledgers(searcher.archive, "audit/")
        for one in Ledger(searcher.archive, name).entries()
    )
    return [event for one in entries for event in one.body["events"] if event["type"] == "proof folder"]


def test_two_accounts_are_in_one_folder(fresh: Path, searcher: Searcher, tmp_path: Path) -> None:
    folder = prepare(searcher, reader(searcher, "counsel"))
    assert [(one["account"], one["delta"]["sequence"]) for one in proof_of(folder)["versions"]] == [
        ("board", 1), ("news", 1), ("news", 2),
    ]  # fmt: skip
    code, lines = check(fresh, write(folder, tmp_path / "proof"))
    assert (code, wrong(lines)) == (0, [])
    assert [line for line in lines if "there are no parsing rules for wordpress 0" in line]
    assert (folder.others.records, folder.others.named) == ({OTHER}, {OTHER})
    assert folder.others.accounts == {"board", "news"}
    [event] = events(searcher)
    assert (event["actor"], event["accounts"], event["versions"]) == ("counsel", ["board", "news"], 3)


def test_a_folder_may_be_limited_to_an_account(searcher: Searcher) -> None:
    folder = prepare(searcher, reader(searcher), "news")
    assert proof_of(folder)["accounts"] == ["news"]
    assert any("limited to the accounts" in words for words in folder.missing)
    with pytest.raises(NotThere):
        prepare(searcher, reader(searcher), "nowhere")


def test_the_name_of_a_confidential_account_is_in_no_folder_of_those_who_may_not_see_it(
    searcher: Searcher,
) -> None:
    """Its anchors have the name."""
    with pytest.raises(ContentWithheld) as refused:
        prepare(searcher, reader(searcher, hidden=["board"]), "news")
    assert (refused.value.quarantined, "board" in str(refused.value)) == (False, False)
    with pytest.raises(NotThere):
        prepare(searcher, reader(searcher, hidden=["board"]), "board")
    assert events(searcher) == []


@pytest.mark.parametrize(
    "target", [QuarantineTarget(RECORD, OTHER), QuarantineTarget(FILE, sha256(b"a picture"))]
)
def test_what_is_under_quarantine_is_in_no_folder_of_those_who_may_not_see_it(
    searcher: Searcher, target: QuarantineTarget
) -> None:
    quarantine.put(searcher, target, "a home address", officer(searcher, "officer"))
    with pytest.raises(ContentWithheld) as refused:
        prepare(searcher, reader(searcher))
    assert (refused.value.quarantined, target.name in str(refused.value)) == (True, False)
    assert events(searcher) == []
    assert prepare(searcher, officer(searcher)).others.under_quarantine == {target.name}


def test_a_record_under_quarantine_is_not_there(searcher: Searcher) -> None:
    quarantine.put(searcher, QuarantineTarget(RECORD, POST), "a home address", officer(searcher, "officer"))
    with pytest.raises(NotThere):
        prepare(searcher, reader(searcher))
    assert prepare(searcher, officer(searcher)).files


def test_a_version_that_the_index_does_not_have_yet_stops_the_folder(searcher: Searcher) -> None:
    """The program would find it in the ledger entries, and call the folder wrong."""
    searcher.client.delete(index=searcher.alias, id=id_of("news", POST, 2), refresh=True)
    with pytest.raises(ArchiveError, match="does not have version 2 of this record yet"):
        prepare(searcher, reader(searcher))


def test_a_version_in_an_entry_after_the_index_stops_the_folder(
    searcher: Searcher, building: Building
) -> None:
    """Else the folder would show an earlier version as the last one."""
    building.capture("news", [{"record_id": POST, "text": "No snow"}], at=DAY + timedelta(hours=9))
    with pytest.raises(ArchiveError, match="does not have version 3 of this record yet"):
        prepare(searcher, reader(searcher))
    assert prepare(searcher, reader(searcher), "board").files


def test_a_record_without_an_anchor_says_so(fresh: Path, building: Building, tmp_path: Path) -> None:
    building.enrol(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow day"}], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = prepare(searcher, reader(searcher))
    assert proof_of(folder)["anchors"] is None
    assert any("no anchor names its ledger entry yet" in words for words in folder.missing)
    code, lines = check(fresh, write(folder, tmp_path / "proof"))
    assert (code, wrong(lines)) == (0, [])
    assert [
        line for line in lines if line.startswith("not checked") and "no anchor names this entry yet" in line
    ]


def test_a_record_without_text_is_proved_too(fresh: Path, building: Building, tmp_path: Path) -> None:
    building.enrol(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": None, "title": None}], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = write(prepare(searcher, reader(searcher)), tmp_path / "proof")
    assert "There is no text." in (folder / PAGE).read_text("utf-8")
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (0, []), lines


HOSTILE = (
    '<script>alert(1)</script></blockquote><img src=x onerror="alert(2)"> & &lt;b&gt; \u202eevil\r\n{{ 7*7 }}'
)


def test_hostile_text_has_no_power_over_the_page(fresh: Path, building: Building, tmp_path: Path) -> None:
    building.enrol(account("news", "wordpress"))
    row = {"record_id": POST, "text": HOSTILE, "title": HOSTILE, "author_name": HOSTILE, "author_id": HOSTILE}
    building.capture("news", [row | {"status": "hidden", "status_reason": HOSTILE}], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = write(prepare(searcher, reader(searcher, HOSTILE)), tmp_path / "proof")
    page = (folder / PAGE).read_text("utf-8")
    assert not any(tag in page for tag in ("<script", "<img", 'onerror="'))
    assert "default-src 'none'" in page
    assert page.count("</blockquote>") == 1
    assert "{{ 7*7 }}" in page
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (0, []), lines
    assert "\u202e" not in "".join(lines)
