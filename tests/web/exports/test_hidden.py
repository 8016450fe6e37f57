"""Exports, their receipts and their files tell nothing of what their reader may not see, also where it was
hidden since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.canonical import sha256
from recordroom.exports.formats.registry import FORMATS
from recordroom.exports.receipt import JSON, UNTOLD
from recordroom.model import instant
from recordroom.records import quarantine
from recordroom.register.models import COUNTS_DIFFER
from recordroom.rights import Right
from recordroom.web import deps
from tests.building import Building
from tests.exports.reading import pdf_text, read_csv, read_xlsx
from tests.viewers import officer
from tests.web.conftest import COMMENT, PICTURE, POST
from tests.web.exports.asking import made, ordered, unzipped, words
from tests.web.seated import Who

pytestmark = pytest.mark.thorough

ALL = frozenset(Right)


@pytest.fixture
def barred(client: TestClient) -> Iterator[Callable[[str], None]]:  # noqa: ARG001 (its searcher)
    """`barred(record_id)` puts a record under quarantine until the test ends."""
    things: list[QuarantineTarget] = []

    def put(name: str) -> None:
        things.append(QuarantineTarget(RECORD, name))
        quarantine.put(
            deps.get_searcher(),
            things[-1],
            "a person's home address",
            officer(deps.get_searcher(), "officer"),
        )

    yield put
    for thing in things:
        if thing.name in deps.get_searcher().quarantine.refresh().records:
            quarantine.lift(deps.get_searcher(), thing, "the test is over", officer(deps.get_searcher()))


def test_a_receipt_of_before_does_not_name_what_is_under_quarantine_now(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None]
) -> None:
    Gaps(building.archive).open_("news", COUNTS_DIFFER, f"answers to 1 record ({POST})")
    who.rights = ALL - {Right.QUARANTINE}
    page = ordered(client, q="snow", title="receipts")
    made(building, page)
    assert POST in unescape(client.get(page).text)
    assert POST in client.get(f"{page}/receipt").text
    barred(POST)
    for address in (page, f"{page}/receipt", "/exports"):
        assert POST not in unescape(client.get(address).text), address
    who.rights = ALL
    assert POST in client.get(f"{page}/receipt").text
    Gaps(building.archive).close("news", COUNTS_DIFFER, "the test is over")


def test_a_receipt_of_another_version_is_told_as_that_where_nobody_knows_what_it_names(
    client: TestClient, who: Who, building: Building
) -> None:
    page = ordered(client, q="snow", title="other")
    made(building, page)
    key = f"exports/{page.rpartition('/')[2]}/{JSON}"
    there = building.derived.find_tagged(key)
    assert there
    building.derived.replace(key, b'{"gaps": [], "of": "another form"}', there[1])
    assert "NOT REVIEWED FOR RELEASE" in client.get(page).text
    who.rights = ALL - {Right.QUARANTINE}
    for address in (page, f"{page}/receipt"):
        refused = client.get(address)
        assert (refused.status_code, "of another version of recordroom" in refused.text) == (400, True)


def test_no_file_of_an_export_names_in_a_gap_what_is_hidden(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None], tmp_path: Path
) -> None:
    Gaps(building.archive).open_(
        "news", COUNTS_DIFFER, f"2 answers to 1 record (first: {COMMENT}; another is at board)"
    )
    barred(COMMENT)
    who.rights = ALL - {Right.QUARANTINE, Right.RESTRICTED}
    for form in ("jsonl", "pdf"):
        page = ordered(client, q="snow", title="gaps", format=form)
        made(building, page)
        told = [
            client.get(page).text,
            client.get("/search?q=snow").text,
            client.get("/export?q=snow").text,
            client.get("/coverage").text,
        ]
        for name, data in unzipped(client, page).items():
            (tmp_path / "read.pdf").write_bytes(data)
            told.append(
                pdf_text(tmp_path / "read.pdf") if name.endswith(".pdf") else data.decode(errors="ignore")
            )
        assert not [
            one
            for one in told
            if COMMENT in unescape(one) or "board" in one.replace('"without":["board"]', "")
        ]
        assert (
            sum(
                "2 answers to 1 record (first: a record; another is at an account)" in " ".join(one.split())
                for one in told
            )
            >= 6
        )
    Gaps(building.archive).close("news", COUNTS_DIFFER, "the test is over")


def test_nothing_of_an_export_depends_on_what_is_under_quarantine(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None], tmp_path: Path
) -> None:
    """Otherwise a query for one hidden record and a word would reveal whether the record contains the word."""
    now = instant(datetime.now(UTC))

    def said(word: str, form: str) -> list[str]:
        """Return everything that an export shows to the person who ordered it.

        That is page, receipts, and files, without the word and the time of the order.
        """
        page = ordered(client, q=f'record_id:"{COMMENT}" AND {word}', title="oracle", format=form, as_of=now)
        made(building, page)
        files = {name: data for name, data in unzipped(client, page).items() if "manifest" not in name}
        told = [
            client.get(page).text.partition('id="receipt"')[2].partition("</section>")[0],
            client.get(f"{page}/receipt").text,
        ]
        for name, data in sorted(files.items()):
            (tmp_path / "read.pdf").write_bytes(data)
            told += [name, pdf_text(tmp_path / "read.pdf") if name.endswith(".pdf") else data.decode()]
        whole = "\n".join(told).replace(word, "WORD").splitlines()
        return [
            line for line in whole if not re.search(r"made by|SHA-256 of|\"(when|manifest_sha256)\"", line)
        ]

    nothing = {form: said("bux", form) for form in ("csv", "pdf")}
    barred(COMMENT)
    who.rights = ALL - {Right.QUARANTINE}
    for form, lines in nothing.items():
        there, absent = said("bus", form), said("bux", form)
        assert there == absent == lines
        assert sum(UNTOLD in line for line in there) == (4 if form == "pdf" else 3)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_stays_here_is_told_in_the_same_words_everywhere(
    client: TestClient, who: Who, building: Building, tmp_path: Path, form: str
) -> None:
    """That it is under quarantine is not, nor which it is."""
    thing = QuarantineTarget(FILE, sha256(PICTURE))
    quarantine.put(deps.get_searcher(), thing, "a person's home", officer(deps.get_searcher(), "officer"))
    who.rights = ALL - {Right.QUARANTINE}
    page = ordered(client, q=f'record_id:"{POST}"', format=form)
    made(building, page)
    quarantine.lift(deps.get_searcher(), thing, "the test is over", officer(deps.get_searcher()))
    files, told = unzipped(client, page), client.get(f"{page}/receipt").text
    assert "media: 1 reference, 1 different file; handed over: 0" in told
    assert "media files: 1: not handed over; the words of their records are here" in told
    assert thing.name not in told
    assert "named by their place" not in told
    assert not [name for name in files if "media/" in name]
    [data] = [data for name, data in files.items() if name.endswith((".csv", ".xlsx", ".jsonl", ".pdf"))]
    (tmp_path / f"read.{form}").write_bytes(data)
    if form == "pdf":
        text = " ".join(pdf_text(tmp_path / "read.pdf").split())
        assert "Files named: 1; different ones in the archive: 1; handed over: 0" in text
        assert (
            "Not in this export: media files: 1: not handed over; the words of their records are here" in text
        )
        assert "Picture 1 of 1 is not handed over." in text
    elif form == "jsonl":
        assert "path" not in orjson.loads(data)["media"][0]
    else:
        [row] = read_csv(tmp_path / "read.csv") if form == "csv" else read_xlsx(tmp_path / "read.xlsx")[0]
        assert (row["Media paths"], row["Media missing because"]) == ("(none)", "not handed over")


def test_what_was_put_under_quarantine_since_is_not_handed_out(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None]
) -> None:
    who.rights = ALL - {Right.QUARANTINE}
    page = ordered(client, q="schools", title="before", format="jsonl")
    made(building, page)
    assert client.get(f"{page}/file").status_code == 200
    barred(POST)
    shut = client.get(f"{page}/file")
    assert (shut.status_code, "Order it again" in shut.text) == (403, True)
    told = client.get(page).text
    assert "may be in it, so the download is blocked" in told
    assert "This export is ready, but its download is blocked." in told
    listed = words(client.get("/exports").text)
    assert "download blocked : a record was put under quarantine after this export was made" in listed
    [anew, _] = [unescape(one) for one in re.findall(r'href="(/export\?[^"]*)"', told)]
    assert anew == "/export?q=schools&format=jsonl&title=before"
    assert "0 records" in words(client.get(anew).text)
    assert "under quarantine" not in client.get(anew).text
    again = ordered(client, q="schools", format="jsonl", quarantined="1")
    made(building, again)
    assert "open late" not in zipped(client, again)
    who.rights = ALL
    assert "1 record under quarantine matches too" in words(client.get(anew).text)
    assert client.get(f"{page}/file").status_code == 200
    whole = ordered(client, q="schools", format="jsonl", quarantined="1", title="what is hidden")
    made(building, whole)
    assert "open late" in zipped(client, whole)
    who.rights = ALL - {Right.QUARANTINE}
    assert client.get(whole).status_code == 404
    assert "what is hidden" not in client.get("/exports").text
    quarantine.lift(
        deps.get_searcher(), QuarantineTarget(RECORD, POST), "it was nobody's", officer(deps.get_searcher())
    )
    assert client.get(f"{page}/file").status_code == 200


def zipped(client: TestClient, page: str) -> str:
    """All that an export says."""
    texts = (".txt", ".json", ".jsonl", ".csv")
    return "".join(data.decode() for name, data in unzipped(client, page).items() if name.endswith(texts))
