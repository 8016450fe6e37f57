"""`recordroom import` and `recordroom submit` as somebody types them, with the real store and the real index."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter

from recordroom.archive import media, records, store
from recordroom.archive.gaps import ROWS_WAIT, Gaps
from recordroom.canonical import sha256
from tests.archives import settings_for
from tests.running import recordroom
from tests.services import S3, Buckets
from tests.verifier.agreement import check

pytestmark = pytest.mark.thorough

REGISTER = """agency: {id: esd, name: Test district, contact: records@example.org}
accounts:
- {id: pictures, platform: flickr, url: "https://flickr.example/district", title: P, class: official, owner: O, import_only: true}
- {id: moved, platform: flickr, url: "https://flickr.example/moved", title: M, class: official, owner: O, import_only: true}
- {id: films, platform: tiktok, url: "https://www.tiktok.com/@district", title: F, class: official, owner: O, import_only: true}
- {id: director, platform: mastodon, url: "https://social.test/@director", title: D, class: individual, owner: O, import_only: true}
"""
ITEM = {
    "kind": "post",
    "native_id": "77",
    "text": "Closed because of snow",
    "published_at": "2019-02-04T06:10:00-08:00",
}


@pytest.fixture(scope="module")
def desk(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, buckets = tmp_path_factory.mktemp("desk"), Buckets()
    (folder / "accounts.yaml").write_text(REGISTER, "utf-8")
    made = Desk(s3, buckets, elasticsearch, folder)
    assert made("setup").returncode == 0
    yield made
    check(s3, buckets, folder)


class Desk:
    def __init__(self, s3: S3, buckets: Buckets, elasticsearch: str, folder: Path) -> None:
        self.folder = folder
        self.archive = store.archive(settings_for(s3, buckets, folder))
        self.derived = store.derived(settings_for(s3, buckets, folder))
        told = {
            "BUCKET": buckets.archive, "DERIVED_BUCKET": buckets.derived, "S3_ENDPOINT": s3.endpoint,
            "S3_ACCESS_KEY": s3.access_key, "S3_SECRET_KEY": s3.secret_key,
            "ELASTICSEARCH_URL": elasticsearch, "INDEX": f"i{buckets.archive}", "LOCAL": folder,
            "REGISTER": folder / "accounts.yaml", "SPOOL": folder / "spool", "JOURNAL": folder / "journal",
        }  # fmt: skip
        self.environment = {f"RECORDROOM_{name}": str(value) for name, value in told.items()}

    def __call__(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return recordroom(*words, environment=self.environment)

    def told(self, *words: str | Path) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self(*words, "--json").stdout.splitlines()]


def test_a_dry_run_lists_what_would_be_taken_from_the_folder(desk: Desk) -> None:
    path = desk.folder / "with-files.jsonl"
    path.write_text(json.dumps(ITEM | {"media": [{"file": "snow.jpg"}, {"file": ".netrc"}]}), "utf-8")
    for name in ("snow.jpg", ".netrc"):
        (desk.folder / name).write_text(name)
    shown = desk("import", "pictures", path, "--dry-run").stdout
    assert "FROM THE FOLDER snow.jpg\n" in shown
    assert "FROM THE FOLDER .netrc" not in shown
    assert "MISSING .netrc: it is a hidden file (its name begins with a dot), and is not imported" in shown


def test_a_file_is_imported_and_found(desk: Desk) -> None:
    path = desk.folder / "flickr.jsonl"
    path.write_text(f"{json.dumps(ITEM)}\n{{\n", "utf-8")
    dry = desk("import", "pictures", path, "--dry-run")
    assert dry.returncode == 1
    assert "Closed because of snow" in dry.stdout
    assert "REJECTED line 2: it is not JSON" in dry.stdout
    assert "Nothing was stored." in dry.stdout
    assert desk.told("search", "snow") == []
    done = desk("import", "pictures", path)
    assert done.returncode == 1, "what was not taken is no success"
    assert (
        "1 record: 1 new, 0 further versions, 0 already archived; 0 files, 0 missing; 1 rejected"
        in done.stdout
    )
    assert "Nothing in the file shows which account it comes from" in done.stdout
    [found] = desk.told("search", "snow")
    assert (found["record_id"], found["source"], found["current"]) == (
        "flickr:77",
        "import: JSON Lines file",
        True,
    )
    assert (found["last_seen_at"], found["retention_trigger"]) == (
        None,
        "import not confirmed",
    ), "no one saw it on the platform"
    status = next(one for one in desk.told("status") if one["account"] == "pictures")
    assert [gap["reason"] for gap in status["gaps"]] == [
        f"import-rejects: flickr.jsonl {sha256(path.read_bytes())[:12]}"
    ]
    assert (status["last_capture"], status["imports"]["files"]) == (
        None,
        1,
    ), "an import is no look at the account"
    assert (status["held"], status["imports"]["words"]) == (
        {},
        "plus records that only 1 imported file has (not counted here)",
    )
    [again] = desk.told("import", "pictures", path)
    assert again["before"]
    assert again["tally"]["known"] == 1
    shown = desk("show", "flickr:77", "--at", "2020-01-01")
    assert "no capture found it; only imported files have it" in shown.stdout, shown
    assert desk("verify", "--full").returncode == 0
    assert desk("rebuild", "records").returncode == 0


@pytest.mark.parametrize("verb", ["import", "submit"])
def test_rows_that_wait_for_a_damaged_catalog_are_shown(desk: Desk, verb: str) -> None:
    desk.derived.delete(records.CATALOG)
    desk.derived.put_new(records.CATALOG, b"[]")
    path = desk.folder / f"{verb}.jsonl"
    path.write_text(json.dumps(ITEM | {"native_id": "damaged"}), "utf-8")
    words = "--submitter", "Jane Doe", "--on", "2026-11-24", "--attestation", "I took it myself."
    order = ("import", "moved", path) if verb == "import" else ("submit", path, "--account", "moved", *words)
    done = desk(*order)
    assert done.returncode == 1, done
    assert "search and exports do not show the newest records yet" in done.stdout + done.stderr
    assert "recordroom rebuild records" in done.stdout + done.stderr
    waiting = Gaps(desk.archive).open_now(["moved"])
    assert [gap.reason for gap in waiting] == [ROWS_WAIT]
    assert desk("rebuild", "records").returncode == 0
    assert Gaps(desk.archive).open_now(["moved"]) == []


def test_an_export_holds_what_was_imported(desk: Desk) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text(
        "".join(json.dumps(ITEM | {"native_id": "90", "text": text}) + "\n" for text in ("Ice",)), "utf-8"
    )
    assert desk("import", "pictures", path).returncode == 0
    later = ITEM | {"native_id": "90", "text": "Ice everywhere", "edited_at": "2019-03-04T06:10:00-08:00"}
    path.write_text(json.dumps(later) + "\n", "utf-8")
    assert desk("import", "pictures", path).returncode == 0
    assert [hit["text"] for hit in desk.told("search", "ice")] == ["Ice everywhere"]
    done = desk("export", "ice", "--out", desk.folder / "out", "--format", "jsonl")
    assert done.returncode in (0, 1), done.stderr
    [file] = (desk.folder / "out").rglob("*.jsonl")
    told = [json.loads(one) for one in file.read_text("utf-8").splitlines()]
    assert [(one["text"], one["sequence"], one["retention_trigger"]) for one in told] == [
        ("Ice everywhere", 2, "import not confirmed")
    ]


MAPPING = """format: 1
made_by: Export of the old archive
zone: America/Los_Angeles
dates: "%m/%d/%Y %I:%M %p"
columns: {native_id: Post ID, kind: Type, text: Message, author_name: From, published_at: Date, parent_id: In reply to}
values: {kind: {Post: post, Comment: comment}}
deleted: {column: Deleted, words: ["yes"]}
edited: {column: Edited, words: ["1"]}
"""
TABLE = (
    ("Post ID", "Type", "Message", "From", "Date", "In reply to", "Deleted", "Edited"),
    ("301", "Post", "Hail at the bus stop", "Us", "02/04/2019 06:10 AM", "", "", "1"),
    ("302", "Comment", "Hail, and the buses?", "A parent", "02/04/2019 06:12 AM", "301", "yes", ""),
    ("303", "Rumor", "Hail, I heard", "Somebody", "02/04/2019 06:13 AM", "301", "", ""),
)


def test_a_table_of_another_product_is_tried_and_then_taken(desk: Desk) -> None:
    """As CSV and as a workbook, which say the same: a dry run shows the first rows and what would not be
    taken, and stores nothing.
    """
    (desk.folder / "mapping.yaml").write_text(MAPPING, "utf-8")
    sheet, book = desk.folder / "export.csv", desk.folder / "export.xlsx"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(TABLE)
    with xlsxwriter.Workbook(str(book)) as made:
        page = made.add_worksheet()
        for number, row in enumerate(TABLE):
            page.write_row(number, 0, row)
    order = ("import", "pictures", sheet, "--map", desk.folder / "mapping.yaml")
    tried = desk(*order, "--dry-run", "--rows", "1")
    assert tried.returncode == 1
    shown = " ".join(tried.stdout.split())
    assert ("flickr:301" in shown, "flickr:302" in shown, "Nothing was stored." in shown) == (
        True,
        False,
        True,
    )
    assert "2 records: 2 new" in shown
    assert "REJECTED line 4" in shown
    assert desk.told("search", "hail") == []
    done = desk(*order)
    assert (done.returncode, "2 records: 2 new" in done.stdout) == (1, True), done.stdout
    post, comment = sorted(desk.told("search", "hail"), key=lambda found: found["native_id"])
    assert (post["published_at"], post["source"]) == (
        "2019-02-04T14:10:00.000000Z",
        "import: Export of the old archive",
    )
    assert (comment["status"], comment["parent_id"]) == ("removed", "flickr:301")
    claims = [found["status_reason"] for found in (post, comment)]
    assert all("Export of the old archive" in (claim or "") for claim in claims), claims
    again = desk("import", "pictures", book, "--map", desk.folder / "mapping.yaml")
    assert "0 new, 0 further versions, 2 already archived" in again.stdout, again.stdout


def test_the_parts_of_a_download_are_named_beside_it(desk: Desk) -> None:
    parts = [desk.folder / f"part-{number}.zip" for number in (1, 2)]
    item = ITEM | {"native_id": "95", "text": "Sleet", "media": [{"file": "a.jpg"}]}
    for path, (name, content) in zip(
        parts, (("posts.jsonl", json.dumps(item)), ("a.jpg", "picture")), strict=True
    ):
        with ZipFile(path, "w") as made:
            made.writestr(name, content)
    alone = desk("import", "pictures", parts[0])
    assert alone.returncode == 1, "missing files are no success"
    assert "MISSING a.jpg: the imported file names it but does not contain it" in alone.stdout
    whole = desk("import", "pictures", parts[0], "--beside", parts[1])
    assert (whole.returncode, "1 further versions" in whole.stdout) == (0, True), whole.stdout
    [found] = desk.told("search", "sleet")
    assert [(m["sha256"], found["sequence"]) for m in found["media"]] == [(sha256(b"picture"), 2)]
    with ZipFile(parts[1], "a") as made:
        made.writestr("more.jsonl", json.dumps(ITEM | {"native_id": "96"}))
    more = desk("import", "pictures", parts[0], "--beside", parts[1])
    assert (more.returncode, "NOT READ part-2.zip: only its media files were used" in more.stdout) == (
        1,
        True,
    ), more.stdout
    assert desk("verify", "--full").returncode == 0


def test_why_a_download_never_holds_a_file_is_told(desk: Desk) -> None:
    path = desk.folder / "user_data_tiktok.json"
    video = {
        "Date": "2023-06-01 12:34:56",
        "Link": "https://www.tiktokv.com/share/video/7234567890123456789/",
        "Title": "Snow day",
    }
    path.write_text(json.dumps({"Video": {"Videos": {"VideoList": [video]}}}), "utf-8")
    done = desk("import", "films", path, "--dry-run")
    assert (done.returncode, "0 files, 1 missing" in done.stdout) == (0, True), done.stdout + done.stderr
    assert (
        "MISSING 1 file: TikTok's download has links to the films, which end after some days\n" in done.stdout
    )
    assert desk.told("import", "films", path, "--dry-run")[0]["nowhere"] == {
        "TikTok's download has links to the films, which end after some days": 1
    }


def test_a_submission_is_kept_with_its_claim(desk: Desk) -> None:
    picture = desk.folder / "screenshot.png"
    picture.write_bytes(b"\x89PNG a screenshot")
    words = (
        "--submitter",
        "Jane Doe",
        "--on",
        "2026-11-24",
        "--attestation",
        "I took it myself.",
        "--text",
        "Meeting moved to Friday",
    )
    done = desk("submit", picture, "--account", "director", *words)
    assert done.returncode == 0, done.stderr
    assert "Submitted by Jane Doe on 2026-11-24, who attests: I took it myself." in done.stdout
    digest = sha256(picture.read_bytes())
    assert digest in done.stdout
    assert "capture/mastodon/director entry 1" in done.stdout
    assert desk.archive.get(media.key_of(digest)) == picture.read_bytes()
    [found] = desk.told("search", "Friday")
    assert (found["source"], found["title"]) == ("submission: Jane Doe", "Handed in: screenshot.png")
    assert [m["sha256"] for m in found["media"]] == [digest]
    assert found["record_id"] in done.stdout
    again = desk("submit", picture, "--account", "director", *words)
    assert "was already submitted" in again.stdout
    in_us_style = tuple("11/24/2026" if word == "2026-11-24" else word for word in words)
    again = desk("submit", picture, "--account", "director", *in_us_style)
    assert "was already submitted" in again.stdout
    assert not list(desk.folder.glob("spool/**/submission-*"))


def test_a_time_of_publication_in_us_style_gets_its_offset(desk: Desk) -> None:
    picture = desk.folder / "board.png"
    picture.write_bytes(b"\x89PNG another screenshot")
    words = (
        "--submitter",
        "Jane Doe",
        "--on",
        "Nov 24, 2026",
        "--attestation",
        "I took it.",
        "--text",
        "Board night",
    )
    done = desk("submit", picture, "--account", "director", *words, "--published", "11/23/2026 8:00 a.m.")
    assert done.returncode == 0, done.stderr
    [found] = desk.told("search", "Board")
    assert found["published_at"] == "2026-11-23T16:00:00.000000Z"
    late = desk("submit", picture, "--account", "director", *words, "--published", "11/25/2026 8:00 a.m.")
    assert "is in the future, or after the day of the submission" in late.stderr


def test_what_cannot_be(desk: Desk) -> None:
    path = desk.folder / "x.jsonl"
    path.write_text(json.dumps(ITEM) + "\n", "utf-8")
    assert desk("import", "nobody", path).returncode == 2
    assert desk("import", "pictures", desk.folder / "nowhere.zip").returncode == 2
    assert (
        desk(
            "submit",
            path,
            "--account",
            "director",
            "--submitter",
            "J",
            "--on",
            "yesterday",
            "--attestation",
            "x",
        ).returncode
        == 2
    )
    handed = (
        "submit",
        path,
        "--account",
        "director",
        "--submitter",
        "J",
        "--on",
        "2026-11-20",
        "--attestation",
        "x",
        "--published",
    )
    for later in ("2062-11-19T08:00:00-08:00", "2026-11-21T00:00:00-08:00", "9999-12-31T23:59:59Z"):
        assert "is in the future, or after the day of the submission" in desk(*handed, later).stderr, later
    captured = desk("capture", "director")
    assert "is kept by imports only" in captured.stderr + captured.stdout


def test_an_export_of_ours_is_imported_elsewhere(desk: Desk) -> None:
    """docs/admin/import.md says so; each line was refused because an export adds fields that a record does not
    have.
    """
    (desk.folder / "levy.jpg").write_bytes(b"picture")
    told = {"kind": "post", "text": "The levy failed", "published_at": "2019-02-12T20:00:00-08:00"}
    lines = [
        {**told, "native_id": "190", "media": [{"file": "levy.jpg"}]},
        {**told, "native_id": "191", "status": "removed"},
    ]
    path = desk.folder / "levy.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    assert desk("import", "pictures", path).returncode == 0
    assert (
        desk("export", "levy", "--versions", "--out", desk.folder / "moving", "--format", "jsonl").returncode
        == 0
    )
    [exported] = (desk.folder / "moving").rglob("*_records.jsonl")
    [again] = desk.told("import", "pictures", exported)
    assert (again["tally"]["known"], again["tally"]["new"], again["tally"]["changed"]) == (2, 0, 0), again[
        "rejects"
    ]
    [done] = desk.told("import", "moved", exported)
    assert (done["tally"]["new"], done["tally"]["media"], done["tally"]["lacking"]) == (2, 1, 0), done[
        "rejects"
    ]
    ours, theirs = (
        [
            (
                r["record_id"],
                r["text"],
                r["status"],
                r["valid_from"],
                [m["sha256"] for m in r.get("media", ())],
            )
            for r in found
        ]
        for found in (desk.told("search", "levy", "--account", name) for name in ("pictures", "moved"))
    )
    assert ours == theirs
