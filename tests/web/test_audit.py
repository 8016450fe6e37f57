"""The audit in the browser: each search in it opens as the same search; of confidential accounts only that something was done."""

from __future__ import annotations

import html
import re

from infra.local.place import REPOSITORY
from recordroom.web.audit_page import WHAT
from tests.web.conftest import POST, SECRET, Room


def test_each_kind_of_event_has_words() -> None:
    code = "".join(p.read_text("utf-8") for p in (REPOSITORY / "plugins/recordroom").rglob("*.py"))
    assert set(re.findall(r"(?:self|searcher)\.note\(\s*\"([^\"]+)\"", code)) == set(WHAT)


def test_a_search_is_done_again_from_the_audit(room: Room) -> None:
    address = "/search?q=snow+OR+bus&kind=post&kind=comment&status=visible&from=2026-03&to=2026-03-31&versions=1&sort=oldest"
    with room.as_("legal") as client:
        first = client.get(address).text
    with room.as_("records-officer") as client:
        page = client.get("/audit?person=legal&what=search").text
        again = html.unescape(re.findall(r'href="[^"]*/records(/search\?[^"]*)">Search again', page)[0])
        second = client.get(again).text
    for words in (r"Understood as: [^<]*", r'<h2 id="found">[^<]*'):
        assert re.findall(words, first) == re.findall(words, second) != []


def test_the_auditor_sees_that_a_confidential_record_was_viewed_and_not_which(room: Room) -> None:
    with room.as_("legal") as client:
        client.get(f"/record?id={SECRET}")
        client.get(f"/record?id={POST}")
    with room.as_("auditor") as client:
        page, file = client.get("/audit?what=show").text, client.get("/audit.csv?what=show")
    assert "about something that you may not see" in page
    assert POST in page
    assert SECRET not in page + file.text
    assert file.headers["content-disposition"].startswith("attachment")
    with room.as_("records-officer") as client:
        assert SECRET in client.get("/audit?what=show").text


def test_an_address_that_no_page_wrote_is_refused(room: Room) -> None:
    with room.as_("auditor") as client:
        for after in ("x", "W10=", "WzEsMiwzXQ==", "W251bGwsICIuLi8uLiIsIHt9XQ=="):
            assert client.get(f"/audit?after={after}").status_code == 400
        assert client.get("/audit?from=yesterday").status_code == 400
