"""A folder that proves a record is checked by a Python that has nothing of recordroom, and each tampering with
it is named.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from infra.local.commands import debian
from recordroom.anchor_copies.timestamp_authority import TimestampAuthority
from recordroom.archive import anchor, format_set
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
from recordroom.records.proof_page import PROGRAM
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
UNRULED = {"parser": "wordpress 0", "canon": "1/wordpress 0"}  # the rules do not know this parser


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
    assert format_set.put(scene.archive.archive)
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
        "version 2: the text in proof.json",
        "READ-ME-FIRST.html shows exactly these texts",
        "format/: entry 1 of format has each file with its hash",
        "format/: anchor 1 names entry 1",
        "version 1: the file",
        "version 4: the capture found the record at that place",
        "anchor-000000000001.json: it is an anchor of this folder",
        "anchor-000000000003.json: it is an anchor of this folder",
    ):
        assert [one for one in lines if one.startswith("right") and words in one], (words, lines)
    assert not (folder / "evidence").exists()
    assert [one for one in lines if one.startswith("not checked") and "complete evidence file" in one]
    assert lines[-1].startswith("PROVEN: "), lines
    [text] = [one for one in lines if one.startswith("text ") and "version 2" in one]
    assert text.endswith(', version 2: text "And the buses, please?"')
    [alone] = [one for one in lines if one.startswith("ledger only") and "version 4" in one]
    assert all(f" {name} " in alone for name in ("status", "published_at", "root_id", "parent_id"))
    assert "These texts, and not READ-ME-FIRST.html, are what is proved." in " ".join(lines)


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
    return 'the page shows text "And the trains, please?", and the version has text "And the buses, please?"'


def words_after_a_text(folder: Path) -> str:
    path = folder / PAGE
    path.write_bytes(path.read_bytes().replace(b"please?</blockquote>", b"please? Or else!</blockquote>"))
    return 'the page shows text "And the buses, please? Or else!"'


def a_text_in_a_comment_of_the_page(folder: Path) -> str:
    path, true = folder / PAGE, b"And the buses, please?</blockquote>"
    path.write_bytes(path.read_bytes().replace(true, b"No buses!</blockquote><!--" + true + b"-->"))
    return 'the page shows text "No buses!"'


def another_quotation(folder: Path) -> str:
    path = folder / PAGE
    path.write_bytes(path.read_bytes().replace(b"</main>", b"<blockquote>A threat</blockquote></main>"))
    return 'the page also shows text "A threat"'


def a_hidden_quotation(folder: Path) -> str:
    path, true = folder / PAGE, b'<blockquote dir="auto">And the buses, please?</blockquote>'
    path.write_bytes(
        path.read_bytes().replace(true, b"<p>A threat</p>" + true.replace(b"dir", b"hidden dir"))
    )
    return "it has a tag that the archive's software does not write: <blockquote>"


def another_text_in_proof_json(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"][1]["content"].update(text="A\nthreat"))
    return 'version 2: the text in proof.json has the hash in the entry (proof.json has text "A\\nthreat"'


def another_hash_of_the_evidence(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"][1]["evidence"].update(bytes=1))
    return (
        "version 2: proof.json says of its anchor, evidence, and files what the folder says (proof.json has"
    )


def another_name_of_the_set(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value.update(format_set="0" * 64))
    return "format/: its files are the set that proof.json names"


def other_accounts(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["accounts"].append("other"))
    return "proof.json says of the folder what is in it (it has another accounts)"


def no_versions(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"].clear())
    return "no version between the first and the last is left out (proof.json has no version)"


def a_changed_program(folder: Path) -> str:
    with (folder / "format/timestamps.py").open("a") as file:
        file.write("# changed")
    return "format/: entry 1 of format has each file with its hash (not as in the entry: timestamps.py)"


def a_set_of_its_own(folder: Path) -> str:
    """The entry has the changed file, and no anchor has the entry."""
    a_changed_program(folder)
    data = (folder / "format/timestamps.py").read_bytes()

    def forge(value: Any) -> None:
        files = value["body"]["files"]
        files["timestamps.py"] = {"sha256": sha256(data), "bytes": len(data)}
        value["body"]["set"] = version_of_list(files)

    edit(folder / "ledger/format/000000000001.json", forge)
    return "format/: anchor 1 names entry 1 by its hash"


def version_of_list(files: Any) -> str:
    return sha256(json.dumps(files, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def no_anchors_in_proof_json(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value.update(anchors=None))
    return "proof.json says of the folder what is in it (it has another anchors)"


def no_anchor_of_a_version(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"][1].update(anchor=None, anchored_entry=None))
    return "version 2: proof.json says of its anchor, evidence, and files what the folder says"


def a_text_at_another_version(folder: Path) -> str:
    path, first, second = folder / PAGE, b">And the buses?<", b">And the buses, please?<"
    page = path.read_bytes()
    assert (page.count(first), page.count(second)) == (1, 3)
    page = page.replace(first, b">?<").replace(second, first, 1).replace(b">?<", second)
    path.write_bytes(page)
    return 'the page shows text "And the buses, please?", and the version has text "And the buses?"'


def an_anchor_that_is_denied(folder: Path) -> str:
    """So that nothing would bind the entry."""
    a_changed_ledger_entry(folder)
    none = {"anchored_entry": None, "anchor": None}
    edit(folder / "proof.json", lambda value: value["versions"][2].update(none))
    return "version 3: proof.json says of its anchor, evidence, and files what the folder says"


def another_picture(folder: Path) -> str:
    next(path for path in folder.glob("media/**/*") if path.is_file()).write_bytes(b"another picture")
    return "version 1: the file"


def a_version_that_is_left_out(folder: Path) -> str:
    edit(folder / "proof.json", lambda value: value["versions"].pop(1))
    return "no version between the first and the last is left out"


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
    a_rule_that_reads_something_else, words_after_a_text, a_text_in_a_comment_of_the_page, another_quotation,
    a_hidden_quotation, another_text_in_proof_json, another_hash_of_the_evidence, another_name_of_the_set,
    other_accounts, no_versions, a_changed_program, a_set_of_its_own, no_anchors_in_proof_json,
    no_anchor_of_a_version,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_each_tampering_is_named(fresh: Path, folder: Path, tamper: Callable[[Path], str]) -> None:
    words = tamper(folder)
    code, lines = check(fresh, folder)
    assert code == 1
    assert [line for line in wrong(lines) if words in line], lines
    assert lines[-1].startswith("WRONG: ")


def test_what_cannot_be_read_is_said_in_printable_words(fresh: Path, folder: Path) -> None:
    exchange(folder, 2).write_bytes(bytes(range(256)))
    code, lines = check(fresh, folder, folder / "nowhere.json")
    assert code == 1
    assert all(line.isascii() for line in wrong(lines))
    assert [line for line in wrong(lines) if line.endswith("(it is not a readable WARC file)")], lines
    assert [line for line in wrong(lines) if "nowhere.json" in line and "there is no such file" in line], (
        lines
    )


@pytest.mark.parametrize("text", ["\ud800", ["list"], 1])
def test_a_text_that_cannot_be_hashed_is_wrong(fresh: Path, folder: Path, text: object) -> None:
    path = folder / "proof.json"
    value = json.loads(path.read_bytes())
    value["versions"][1]["content"] = {"text": text}
    path.write_text(json.dumps(value))
    code, lines = check(fresh, folder)
    assert (code, lines[-1][:6]) == (1, "WRONG:")
    assert [line for line in wrong(lines) if "version 2: the text in proof.json has the hash" in line], lines


def test_an_entry_that_does_not_name_the_response_is_wrong(fresh: Path, folder: Path) -> None:
    def forge(value: Any) -> None:
        value["body"]["evidence"] = []

    edit(entry(folder, 2), forge)
    code, lines = check(fresh, folder)
    assert (code, lines[-1][:6]) == (1, "WRONG:")
    assert [line for line in wrong(lines) if "the entry does not name the response" in line], lines


def test_without_an_anchor_from_outside_nothing_is_proven(fresh: Path, folder: Path) -> None:
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, [])
    assert lines[-1] == "NOT PROVEN: nothing is wrong, but no anchor from outside was given."


def test_an_anchor_from_outside_proves_only_the_versions_before_it(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    code, lines = check(fresh, folder, lived[2] / "anchor-000000000001.json")
    assert (code, wrong(lines)) == (2, [])
    assert "version 3: no anchor from outside covers anchor 2, which names its ledger entry" in lines[-1]
    assert "version 2" not in lines[-1]


def test_an_anchor_that_was_compared_with_nothing_is_wrong(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    """A forger leaves out the anchors, and proof.json says that there are none."""
    shutil.rmtree(folder / "ledger/anchor")

    def forge(value: Any) -> None:
        value.update(anchors=None, stamps=[])
        for one in (*value["versions"], value["format_entry"]):
            one.update(anchor=None, anchored_entry=None)

    edit(folder / "proof.json", forge)
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, [])
    assert "version 1: no anchor in this folder names its ledger entry" in lines[-1]
    code, lines = check(fresh, folder, lived[2] / "anchor-000000000003.json")
    assert code == 1
    assert (
        "it is anchor 3, and was compared with nothing, because this folder has no anchors" in wrong(lines)[0]
    )
    assert lines[-1].startswith("WRONG: ")


def test_other_files_are_named(fresh: Path, folder: Path) -> None:
    (folder / "ledger/anchor/notes.txt").write_text("mine")
    (folder / "check").mkdir()
    (folder / "check/python").write_text("")
    lines = check(fresh, folder)[1]
    for name in ("ledger/anchor/notes.txt", "check/"):
        assert f"not checked {name}: it is no part of the proof" in lines
    assert f"not checked ledger/anchor/{2:012d}.tsr: timestamps.py checks it" in lines


def test_a_person_can_check_the_program_with_the_commands_on_the_page(
    folder: Path, lived: tuple[Searcher, str, Path]
) -> None:
    page = (folder / PAGE).read_text("utf-8")
    [commands] = [
        unescape(one) for one in re.findall("<pre>(.*?)</pre>", page, re.DOTALL) if "sha256sum" in one
    ]
    commands = commands.replace("ANCHOR_FILE", str(lived[2] / "anchor-000000000003.json"))

    def run() -> list[str]:
        line = ["sh", "-c", commands]
        return subprocess.run(
            line, cwd=folder, capture_output=True, text=True, check=False
        ).stdout.splitlines()

    lines, files = run(), [file for file in folder.glob("format/**/*") if file.is_file()]
    assert len([one for one in lines if one.endswith(": OK")]) == len(files) > 30
    assert [one for one in lines if one.isdecimal()] == [str(len(files))] * 2
    assert not [one for one in lines if "does not follow" in one]
    digests = [one.split()[0] for one in lines if re.match("[0-9a-f]{64} ", one) and "anchor" in one]
    own, named = sha256((folder / "ledger/format/000000000001.json").read_bytes()), lines[-5]
    assert (own in lines[-6], own in named) == (True, True), lines
    assert digests[0] == digests[-1]
    with (folder / "format/check_proof.py").open("a") as file:
        file.write("print('PROVEN')")
    (folder / "format/json.py").write_text("")
    edit(folder / "ledger/anchor/000000000001.json", lambda value: value.update(nonce="0"))
    lines = run()
    assert "format/check_proof.py: FAILED" in lines
    assert len({one for one in lines if one.isdecimal()}) == 2
    assert "ledger/anchor/000000000002.json does not follow" in lines


def test_the_page_names_all_modules_of_the_program_and_no_media_where_there_are_none(
    made: Path, searcher: Searcher, tmp_path: Path
) -> None:
    found, waiting = set[str](), ["check_proof.py"]
    while waiting:
        name = waiting.pop()
        found.add(name)
        nodes = list(ast.walk(ast.parse((made / "format" / name).read_text("utf-8"))))
        names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
        waiting += [
            f"{one}.py" for one in names if (made / f"format/{one}.py").exists() and f"{one}.py" not in found
        ]
    assert found == set(PROGRAM)
    page = (made / PAGE).read_text("utf-8")
    assert [name for name in PROGRAM if f"<code>{name}</code>" not in page] == []
    assert "<code>media/</code>" in page
    folder = write(prepare(searcher, reader(searcher), record=OTHER), tmp_path / "proof")
    page = (folder / PAGE).read_text("utf-8")
    assert "<code>media/</code>" not in page
    assert "bound by the ledger alone" in page


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
    assert (code, wrong(lines)) == (2, [])
    assert [line for line in lines if line.startswith("not checked") and "no anchor from outside" in line]
    code, lines = check(fresh, folder, lived[2] / "anchor-000000000003.json")
    assert code == 1
    assert "it is anchor 3, and anchor 3 of this folder has other bytes" in wrong(lines)[0]


def test_an_anchor_that_the_folder_does_not_reach_is_said_so(
    fresh: Path, folder: Path, lived: tuple[Searcher, str, Path], tmp_path: Path
) -> None:
    searcher = lived[0]
    outside = tmp_path / "outside"
    for _ in range(2):
        add_anchor(searcher.archive, outside)
    next_, later = sorted(outside.iterdir())
    (tmp_path / "none.json").write_text("{}")
    code, lines = check(fresh, folder, next_)
    assert (code, lines[-1][:8]) == (0, "PROVEN: ")
    code, lines = check(fresh, folder, next_, later, tmp_path / "none.json")
    assert code == 1
    assert [line for line in lines if line.startswith("right") and f"{next_.name}: it is an anchor" in line]
    words = "it is anchor 5, and was compared with nothing, because this folder has anchors 1 to 3"
    assert [line for line in wrong(lines) if words in line]
    assert [line for line in wrong(lines) if "none.json" in line and "it is not an anchor" in line]


def test_with_the_complete_evidence_files_their_hashes_are_checked(
    fresh: Path, lived: tuple[Searcher, str, Path], tmp_path: Path
) -> None:
    searcher, record, _ = lived
    request = FolderRequest(record, complete=True)
    folder = write(prepare_folder(searcher, request, reader(searcher)), tmp_path / "proof")
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, [])
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
    post: dict[str, Any] = {
        "record_id": POST,
        "text": "Snow day",
        "media": [picture],
        "author_name": "Mary",
    } | UNRULED
    other = {"record_id": OTHER, "text": "A home address"} | UNRULED
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
    assert (code, wrong(lines)) == (2, [])
    assert [line for line in lines if "there are no parsing rules for wordpress 0" in line]
    assert (folder.others.records, folder.others.named) == ({OTHER}, {OTHER})
    assert folder.others.accounts == {"board", "news"}
    [event] = events(searcher)
    assert (event["actor"], event["accounts"], event["versions"]) == ("counsel", ["board", "news"], 3)


def test_the_anchors_begin_with_the_one_that_covers_the_programs(
    fresh: Path, building: Building, tmp_path: Path
) -> None:
    building.enrol(account("news", "wordpress"))
    format_set.put(building.archive)
    add_anchor(building.archive)
    building.capture("news", [{"record_id": POST, "text": "Snow day"} | UNRULED], at=datetime.now(UTC))
    with searching(building.settings, building.archive, building.derived) as made:
        folder = write(prepare(made, reader(made)), tmp_path / "early")
        add_anchor(building.archive, tmp_path / "outside")
        later = prepare(made, reader(made))
    assert not (folder / "ledger/anchor").exists()  # an anchor names accounts, and would prove no version
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, [])
    assert [line for line in lines if "no anchor in this folder names entry 1 of format" in line]
    assert proof_of(later)["anchors"] == {"first": 1, "last": 2}
    assert later.others.accounts == {"news"}
    code, lines = check(fresh, write(later, tmp_path / "proof"), *(tmp_path / "outside").iterdir())
    assert (code, wrong(lines)) == (0, []), lines
    assert not [line for line in lines if line.startswith("not checked format/")]


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
    building.capture("news", [{"record_id": POST, "text": "Snow day"} | UNRULED], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = prepare(searcher, reader(searcher))
    assert proof_of(folder)["anchors"] is None
    assert any("no anchor names its ledger entry yet" in words for words in folder.missing)
    code, lines = check(fresh, write(folder, tmp_path / "proof"))
    assert (code, wrong(lines)) == (2, [])
    assert "version 1: no anchor in this folder names its ledger entry" in lines[-1]
    assert [line for line in lines if line.startswith("not checked") and "no anchor covers these" in line]


def test_a_record_without_text_is_proved_too(fresh: Path, building: Building, tmp_path: Path) -> None:
    building.enrol(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": None, "title": None}], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = write(prepare(searcher, reader(searcher)), tmp_path / "proof")
    assert "There is no text." in (folder / PAGE).read_text("utf-8")
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, []), lines


HOSTILE = (
    '<script>alert(1)</script></blockquote><img src=x onerror="alert(2)"> & &lt;b&gt; \u202eevil\r\n{{ 7*7 }}'
)


def test_hostile_text_has_no_power_over_the_page(fresh: Path, building: Building, tmp_path: Path) -> None:
    building.enrol(account("news", "wordpress"))
    row = {"record_id": POST, "text": HOSTILE, "title": HOSTILE, "author_name": HOSTILE, "author_id": HOSTILE}
    row |= UNRULED
    building.capture("news", [row | {"status": "hidden", "status_reason": HOSTILE}], at=DAY)
    with searching(building.settings, building.archive, building.derived) as searcher:
        folder = write(prepare(searcher, reader(searcher, HOSTILE)), tmp_path / "proof")
    page = (folder / PAGE).read_text("utf-8")
    assert not any(tag in page for tag in ("<script", "<img", 'onerror="'))
    assert "default-src 'none'" in page
    assert page.count("</blockquote>") == 1
    assert "{{ 7*7 }}" in page
    code, lines = check(fresh, folder)
    assert (code, wrong(lines)) == (2, []), lines
    [said] = [line for line in lines if line.startswith("text ")]
    assert "\\u202eevil\\r\\n{{ 7*7 }}" in said
    assert "\u202e" not in "".join(lines)
