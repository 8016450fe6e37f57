"""Complete exports from a real archive as of a time, in files that can be checked, whatever happened since."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordroom.archive import records
from recordroom.archive.compaction import put_merged
from recordroom.archive.gaps import Gaps
from recordroom.archive.records import Catalog
from recordroom.errors import UsageError
from recordroom.exports import derived_values, rows
from recordroom.exports.receipt import INCOMPLETE_NAMES, write_text
from recordroom.model import moment
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account, media
from tests.exports.conftest import COMMENT, HOUR, PNG, POST, Export
from tests.exports.reading import audited, data_files, lines, pdf_text, read_csv, read_xlsx, told
from tests.story import ACCOUNTS, story

ALL = Filters(versions=True)


@pytest.mark.usefixtures("archive")
def test_what_stands_in_a_row(export: Export, tmp_path: Path) -> None:
    export()
    other, post, comment = read_csv(tmp_path / "out" / "WORKING-COPY_records.csv")
    assert (other["Account"], post["Account"], comment["Account"]) == ("b", "news", "news")
    assert (post["Document id"], post["Conversation id"], post["Parent document id"]) == (POST, POST, "")
    assert (comment["Document id"], comment["Conversation id"], comment["Parent document id"]) == (
        COMMENT,
        POST,
        POST,
    )
    assert (post["Sequence (n of m)"], comment["Sequence (n of m)"]) == ("3 of 3", "1 of 1")
    assert {row["release_status"] for row in (other, post, comment)} == {"NOT REVIEWED FOR RELEASE"}
    assert (comment["In accounts"], post["In accounts"]) == ("b\nnews", "news")
    digest = hashlib.sha256(PNG).hexdigest()
    assert (post["Media paths"], post["Media SHA-256"]) == (f"media/sha256/{digest[:2]}/{digest}", digest)
    assert (post["Media descriptions"], post["Media missing because"]) == ("snow", "(none)")
    assert (post["Text"], post["Status"], post["Acted by"], post["Changed"]) == (
        "Snow day, again",
        "removed",
        "author",
        "status",
    )
    assert (comment["Text"], comment["Notes on cells"]) == ("'=Thanks!", "Text: apostrophe")
    assert "  Text: apostrophe: 2 (the first apostrophe keeps" in (
        tmp_path / "out/WORKING-COPY_receipt.txt"
    ).read_text("utf-8")
    assert (post["Published (Pacific)"], post["Published (UTC)"]) == (
        "2026-03-02 07:00:00-08:00",
        "2026-03-02 15:00:00+00:00",
    )
    assert post["First seen (UTC)"] == "2026-03-02 16:00:00+00:00"
    assert post["Last seen (UTC)"] == "2026-03-02 18:00:00+00:00"
    assert post["Removal noticed (UTC)"] == "2026-03-02 20:00:00+00:00"
    assert (post["Records series"], post["Retention trigger"], post["Eligible on"]) == (
        "GS2016-001",
        "withdrawn",
        "",
    )
    assert other["Records series"] == ""


def test_private_messages_are_handed_over_only_if_asked_for_and_counted_if_not(
    building: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    building.register(account("page", "facebook"))
    message = {
        "kind": "message",
        "root_id": "facebook:conversations/7",
        "published_at": DAY,
        "text": "Snow? My child is ill",
    }
    picture = {"media": [media(PNG, "m1")]}
    building.capture(
        "page",
        [
            {"record_id": "facebook:1", "text": "Snow day"},
            {"record_id": "facebook:messages/1", **message, **picture},
        ],
        at=DAY,
    )
    building.capture(
        "page", [{"record_id": "facebook:messages/1", "text": "Snow? My child is well"}], at=DAY + HOUR
    )
    building.capture("page", [{"record_id": "facebook:messages/2", **message}], at=DAY + 3 * HOUR)
    index.catch_up()
    for form in ("csv", "xlsx", "jsonl"):
        told = export("snow", form, out=form)
        assert told["left_out"] == [
            {"what": "private messages that match", "count": 2, "why": "not requested"}
        ]
        handed = b"".join(
            p.read_bytes() for p in (tmp_path / form).rglob("*") if p.is_file() and p.suffix != ".xlsx"
        )
        assert not any(secret in handed for secret in (b"My child", b"messages/1", b"conversations/7", PNG))
    assert "My child" not in str(read_xlsx(tmp_path / "xlsx" / "WORKING-COPY_records.xlsx"))
    assert export("snow", out="all versions", filters=ALL)["left_out"][0]["count"] == 3
    assert export("snow", out="before", as_of=DAY + 2 * HOUR)["left_out"][0]["count"] == 1
    assert export("snow", out="asked", filters=Filters(messages=True))["counts"]["by_account_and_kind"] == {
        "page": {"message": 2, "post": 1}
    }
    assert "left" not in str(export("snow", out="posts", filters=Filters(kind=("post",)))["left_out"])


@pytest.mark.usefixtures("archive")
def test_as_it_stood_then(export: Export, tmp_path: Path) -> None:
    before = export("snow", "jsonl", out="before", as_of=DAY + HOUR)
    edited = export("snow", "jsonl", out="edited", as_of=DAY + 3 * HOUR)
    assert [(r["text"], r["sequence"], r["sequences"], r["current"]) for r in lines(tmp_path / "before")] == [
        ("Snow day", 1, 1, True)
    ]
    assert [(r["text"], r["sequence"], r["sequences"]) for r in lines(tmp_path / "edited")] == [
        ("Snow day, again", 2, 2)
    ]
    assert [c["number"] for c in before["archive"] if c["account"] == "news"] == [1]
    assert edited["left_out"][0]["what"] == "matching versions that were not current at that time"
    assert edited["left_out"][0]["count"] == 1
    export("again", "jsonl", out="not yet", as_of=DAY + HOUR)
    assert lines(tmp_path / "not yet") == []
    versions = export("snow", "jsonl", out="versions", filters=ALL, as_of=DAY + 3 * HOUR)
    assert [(r["sequence"], r["current"]) for r in lines(tmp_path / "versions")] == [(1, False), (2, True)]
    assert versions["left_out"] == []


@pytest.mark.usefixtures("archive")
def test_an_older_text_is_not_found_in_what_stands_there_now(export: Export, tmp_path: Path) -> None:
    """The query matches a superseded version: it is counted as left out, not exported in another one's place."""
    receipt = export('exact:"Snow day" AND NOT again', "jsonl", filters=Filters(account=("news",)))
    assert lines(tmp_path / "out") == []
    assert receipt["left_out"][0]["count"] == 1


@pytest.mark.usefixtures("archive")
def test_filters_are_those_of_search(export: Export, tmp_path: Path) -> None:
    receipt = export("", "jsonl", filters=Filters(account=("news",), kind=("comment",), to=DAY))
    assert [r["record_id"] for r in lines(tmp_path / "out")] == [COMMENT]
    assert receipt["counts"]["by_account_and_kind"] == {"news": {"comment": 1}}
    assert [c["account"] for c in receipt["archive"]] == ["news"]
    assert receipt["understood"].startswith("every record; account news, kind comment, published up to")
    assert [o for o in receipt["left_out"] if "silent" in o["what"]] == [], "not in scope"
    with pytest.raises(UsageError, match="there is no account 'nws'"):
        export("", "jsonl", out="misspelt", filters=Filters(account=("nws",)))
    assert [p.name for p in tmp_path.iterdir() if "misspelt" in p.name] == []


@pytest.mark.usefixtures("archive")
def test_the_sums_are_those_of_the_files(export: Export, tmp_path: Path) -> None:
    receipt = export("", "jsonl")
    folder = tmp_path / "out"
    assert (
        subprocess.run(
            ["sha256sum", "--strict", "-c", "WORKING-COPY_manifest-sha256.txt"], cwd=folder, check=False
        ).returncode
        == 0
    )
    sums = (folder / "WORKING-COPY_manifest-sha256.txt").read_bytes()
    assert receipt["manifest_sha256"] == hashlib.sha256(sums).hexdigest()
    listed = {line.split("  ", 1)[1] for line in sums.decode().splitlines()}
    assert listed == {n for n in data_files(folder) if "manifest" not in n}
    assert all(path.name.startswith("WORKING-COPY_") for path in folder.iterdir())
    digest = hashlib.sha256(PNG).hexdigest()
    assert (folder / f"WORKING-COPY_media/{digest}.png").read_bytes() == PNG
    [post] = [r for r in lines(folder) if r["record_id"] == POST]
    assert [m["path"] for m in post["media"]] == [f"WORKING-COPY_media/{digest}.png"]


@pytest.mark.usefixtures("archive")
def test_a_pdf_stands_beside_its_files_and_says_what_the_receipt_says(export: Export, tmp_path: Path) -> None:
    receipt = export("", "pdf", filters=ALL)
    out, digest = tmp_path / "out", hashlib.sha256(PNG).hexdigest()
    assert receipt["files"] == ["WORKING-COPY_records-001.pdf"]
    assert receipt["cells_noted"] == {"Media: pictures that cannot be drawn, named by their files": 3}, (
        "one in each version"
    )
    assert (out / f"WORKING-COPY_media/{digest}.png").read_bytes() == PNG
    text = " ".join(pdf_text(out / "WORKING-COPY_records-001.pdf").split())
    assert (
        "Interpreted as: every record Versions: all versions of each record Private messages: not included"
        in text
    )
    assert "Image 1 of 1, not shown: the file cannot be read as an image." in text
    assert f"WORKING-COPY_media/{digest}.png" in text.replace(" ", "")
    gone = (
        "It was last seen there Mar 2, 2026, 10:00:00 a.m. PST (2026-03-02 18:00:00 UTC) and first found"
        " removed"
    )
    assert f"{gone} Mar 2, 2026, 12:00:00 p.m." in text
    export("", "pdf", filters=ALL, out="again", as_of=moment(receipt["as_of"]))
    assert data_files(tmp_path / "again") == data_files(out)


def test_the_receipt_says_what_was_done(archive: Building, export: Export, tmp_path: Path) -> None:
    Gaps(archive.archive).open_("news", "throttled", "429 for an hour")
    receipt = export("", "csv")
    assert json.loads((tmp_path / "out/WORKING-COPY_receipt.json").read_text()) == receipt
    assert (receipt["release_status"], receipt["query"], receipt["name"]) == (
        "NOT REVIEWED FOR RELEASE",
        "",
        "out",
    )
    assert receipt["counts"]["rows"] == 3
    assert receipt["counts"]["records"] == 2
    assert receipt["counts"]["by_status"] == {"removed": 1, "visible": 2}
    assert receipt["checked"] == {
        "manifests": 4, "rows": 5, "evidence_objects": 4, "parsed_again": False, "reparsed_manifests": 0,
    }  # fmt: skip
    assert [(g["account"], g["reason"]) for g in receipt["gaps"]] == [("news", "throttled")]
    assert {o["what"] for o in receipt["left_out"]} == {
        "matching versions that were not current at that time", "media files", "account silent (WordPress)",
    }  # fmt: skip
    assert receipt["versions"]["recordroom"]
    text = (tmp_path / "out/WORKING-COPY_receipt.txt").read_text()
    for words in (
        "NOT REVIEWED FOR RELEASE",
        "Rows: 3, one for each record in an account",
        "  different records: 2",
        "throttled",
        "Account silent (WordPress): no capture by that time",
        receipt["who"],
        receipt["manifest_sha256"],
    ):
        assert words in text
    assert receipt["counts"]["by_account_and_kind"] == {
        "b": {"comment": 1},
        "news": {"comment": 1, "post": 1},
    }
    assert "  news (WordPress): 1 comment, 1 post\n" in text
    told = receipt | {
        "counts": (
            receipt["counts"] | {"by_account_and_kind": {"news": {"post": 2, "reply": 1_000, "story": 2}}}
        )
    }
    assert "  news (WordPress): 2 posts, 1,000 replies, 2 stories\n" in write_text(told)


def test_a_file_that_is_lacking_counts_as_often_as_rows_name_it_and_the_receipt_says_so(
    building: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    building.register(account("films", "tiktok"))
    film = {
        "identity": "7",
        "type": "video",
        "sha256": None,
        "bytes": None,
        "position": 1,
        "missing_reason": "not given",
    }
    for day, text in enumerate(("Snow", "Snow day")):
        building.capture(
            "films",
            [{"record_id": "tiktok:videos/7", "text": text, "media": [film]}],
            at=DAY + timedelta(days=day),
        )
    index.catch_up()
    export("", "csv", filters=ALL)
    told = (tmp_path / "out/WORKING-COPY_receipt.txt").read_text()
    assert "counted once for each row that names them: 2 (not in the archive: not given)" in told
    assert "  Media files of account films (TikTok), counted" in told
    assert "\n  parsers bluesky " in told


def test_an_export_by_an_author_says_where_people_have_no_name(
    building: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    building.register(account("page", "linkedin"), account("news", "wordpress"))
    for name in ("page", "news"):
        building.capture(name, [{"record_id": f"{name}:1", "text": "Snow", "author_name": "Maria"}], at=DAY)
    index.catch_up()
    receipt = export("author:maria", "pdf")
    words = "page (LinkedIn organization pages): only pages that comment have a name"
    assert f"{INCOMPLETE_NAMES}:\n  {words}" in write_text(receipt)
    assert words in " ".join(pdf_text(tmp_path / "out/WORKING-COPY_records-001.pdf").split())
    for out, query, filters in (
        ("words", "snow", Filters()),
        ("blog", "author:maria", Filters(account=("news",))),
    ):
        assert INCOMPLETE_NAMES not in write_text(export(query, out=out, filters=filters))


def test_what_a_narrower_audience_sees_is_counted_apart(
    archive: Building, index: Index, export: Export
) -> None:
    archive.capture(
        "news",
        [{"record_id": "wordpress:x/posts/9", "text": "A draft", "visibility": "password"}],
        at=DAY + 5 * HOUR,
    )
    index.catch_up()
    told = export("", "csv")["counts"]["by_status"]
    assert told == {"removed": 1, "visible": 2, "visible to a narrower audience": 1}


def test_what_a_file_claims_is_counted_apart(archive: Building, index: Index, export: Export) -> None:
    claim = {
        "late_arrival": True,
        "valid_from_source": "import",
        "source": "import: Old",
        "valid_from": DAY,
        "text": "Thaw",
    }
    rows = [
        {"record_id": f"wordpress:x/posts/{n}", "status": status, **claim}
        for n, status in ((8, "visible"), (9, "removed"))
    ]
    archive.capture("news", rows, at=DAY + 5 * HOUR)
    index.catch_up()
    receipt = export("", "csv")
    assert receipt["counts"]["by_status"] == {
        "removed": 1, "removed (says a file that was handed in)": 1, "visible": 2,
        "visible (says a file that was handed in)": 1,
    }  # fmt: skip
    assert (
        "  status on the platform: 1 removed, 1 removed (according to a submitted file), 2 visible, 1 visible"
        in write_text(receipt)
    )


@pytest.mark.usefixtures("archive")
def test_the_receipt_has_pacific_time_beside_the_exact_one(export: Export) -> None:
    told = export("snow", as_of=DAY + HOUR)
    text = write_text(told)
    assert "Archive as of: Mar 2, 2026, 9:00:00 a.m. PST (2026-03-02T17:00:00.000000Z)" in text
    assert re.search(
        r"ordered by \S+ on \w{3} \d+, \d{4}, \d+:\d\d:\d\d [ap]\.m\. P[SD]T \("
        + re.escape(told["when"])
        + r"\)",
        text,
    )


def test_the_audit_ledger_has_it(archive: Building, export: Export, tmp_path: Path) -> None:
    receipt = export("snow", "csv")
    [event] = audited(archive)
    assert (event["query"], event["rows"], event["actor"]) == ("snow", 1, receipt["who"])
    assert (
        event["receipt_sha256"]
        == hashlib.sha256((tmp_path / "out/WORKING-COPY_receipt.json").read_bytes()).hexdigest()
    )
    assert event["manifest_sha256"] == receipt["manifest_sha256"]


@pytest.mark.parametrize("format_", ["csv", "xlsx", "jsonl"])
def test_equal_bytes_after_all_that_is_derived_was_burned_down(
    building: Building, index: Index, export: Export, tmp_path: Path, format_: str
) -> None:
    """Later captures, merged and shuffled records, a rebuilt index: an export of the same `as_of` is the
    same.
    """
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    segments = list(story(600, segment=40))
    then = next(part.at for part in segments[8:] if part.final)
    building.tell(part for part in segments if part.at <= then)
    index.catch_up()
    query = "escuela OR board OR snow OR NOT escuela"
    first = export(query, format_, out="first", filters=ALL, as_of=then)
    building.tell(part for part in segments if part.at > then)
    Gaps(building.archive).open_("news", "later", "opened after as_of")
    _burn_down(building)
    index.rebuild()
    second = export(query, format_, out="second", filters=ALL, as_of=then)
    assert data_files(tmp_path / "first") == data_files(tmp_path / "second")
    assert told(first) == told(second)
    assert 300 < first["counts"]["rows"] < 600
    third = export(query, format_, out="third", filters=ALL)
    assert third["counts"]["rows"] == 600


def test_the_files_are_the_same_however_much_is_read_at_a_time(
    building: Building, index: Index, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(300, segment=40))
    index.catch_up()
    then = max(entry.at for entry in story(300, segment=40))
    together = export(out="together", filters=ALL, as_of=then)
    monkeypatch.setattr(rows, "FILES", 3)
    monkeypatch.setattr(derived_values, "PART", 7)
    parts = export(out="parts", filters=ALL, as_of=then)
    assert data_files(tmp_path / "together") == data_files(tmp_path / "parts")
    assert told(together) == told(parts)
    assert together["counts"]["rows"] == 300


def _burn_down(building: Building) -> None:
    """The records as another generation in two merged files, their rows in another order."""
    have = records.catalog(building.derived)
    tables = [
        records.decode(building.derived.get(key)) for key in records.list_single_files(building.derived, have)
    ]
    found = [row for table in tables for row in table.to_pylist()]
    found.sort(key=lambda row: str(row["version"]))
    merged = [
        put_merged(building.derived, "g2", records.encode(records.table_of(part)))
        for part in (found[:200], found[200:])
    ]
    for key in list(building.derived.keys("records/g1/")):
        building.derived.delete(key)
    covered: dict[str, int] = {}
    for row in found:
        covered[row["account"]] = max(covered.get(row["account"], 0), row["ledger_number"])
    assert records.publish(building.derived, Catalog("g2", tuple(merged), covered, (), have.etag))


def test_a_story_in_every_format_holds_the_same_records(
    building: Building, index: Index, export: Export, tmp_path: Path
) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(500, segment=50))
    index.catch_up()
    for format_ in ("csv", "xlsx", "jsonl"):
        export("", format_, out=format_, as_of=datetime.now(UTC))
    said = lines(tmp_path / "jsonl")
    [sheet] = read_xlsx(tmp_path / "xlsx/WORKING-COPY_records.xlsx")
    cells = read_csv(tmp_path / "csv/WORKING-COPY_records.csv")
    ids = [(r["account"], r["record_id"], f"{r['sequence']} of {r['sequences']}") for r in said]
    assert ids == [(c["Account"], c["Document id"], c["Sequence (n of m)"]) for c in cells]
    assert ids == [(c["Account"], c["Document id"], c["Sequence (n of m)"]) for c in sheet]
    assert len({i[:2] for i in ids}) == len(ids), "one current version of each"
    place = {i[:2]: n for n, i in enumerate(ids)}
    for row in said:
        parent = (row["account"], row.get("parent_id"))
        assert parent not in place or place[parent] < place[row["account"], row["record_id"]]
    assert any(len(r["accounts"]) == 2 for r in said)
    for row in said:
        for file in row["media"]:
            assert ("path" in file) == ("sha256" in file)
            assert (
                "path" not in file
                or hashlib.sha256((tmp_path / "jsonl" / file["path"]).read_bytes()).hexdigest()
                == file["sha256"]
            )


def test_words_of_others_begin_no_line_of_the_receipt(
    archive: Building, export: Export, tmp_path: Path
) -> None:
    Gaps(archive.archive).open_("news", "throttled", "busy\nRows: 0\x1b[2J\u2028\u202edesrever")
    export('snow OR\n"Search terms: none"', "csv")
    text = (tmp_path / "out/WORKING-COPY_receipt.txt").read_text("utf-8")
    assert len([line for line in text.splitlines() if line.startswith(("Rows:", "Search terms:"))]) == 2
    assert not set("\x1b\u2028\u202e") & set(text)


# -- what stops an export
# ------------------------------------------------------------------------------------------------------------
