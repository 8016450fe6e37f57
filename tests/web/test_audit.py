"""The audit in the browser: each search in it opens as the same search; of confidential accounts only that
something was done.
"""

from __future__ import annotations

import csv
import html
import re
from urllib.parse import urlencode

import orjson

from infra.local.support.place import REPOSITORY
from recordroom.archive.audit import trail
from recordroom.search.filters import Filters
from recordroom.web import audit_wording
from recordroom.web.audit_wording import ACTS
from tests.building import DAY
from tests.web.conftest import COMMENT, POST, SECRET, Room

SHOWN_NONE = {"requested a record and was shown none", "requested a conversation and was shown none"}


def test_each_kind_of_event_has_words() -> None:
    code = "".join(p.read_text("utf-8") for p in (REPOSITORY / "plugins/recordroom").rglob("*.py"))
    assert set(re.findall(r"\b(?:note|note_deed|note_order|record_release)\(\s*\"([^\"]+)\"", code)) == set(
        ACTS
    )


def test_an_event_is_told_in_words_each_thing_under_its_name() -> None:
    filters = Filters(account=("news",), kind=("post",), versions=True, matter="24-117").to_audit()
    search = audit_wording.describe_event(
        {"type": "search", "query": "snow", "filters": filters, "sort": "oldest", "total": 2, "shown": 2}
    )
    assert [(fact.name, fact.value) for fact in search.facts] == [
        ("within", "account news, kind post, every version"), ("legal matter", "24-117"), ("order", "oldest first"),
        ("shown", "2"),
    ]  # fmt: skip
    terms = [{"line": n, "query": f"w{n}", "total": 1_200, "unique": 3} for n in range(25)]
    report = audit_wording.describe_event(
        {"type": "term report", "terms": terms, "filters": Filters().to_audit(), "total": 9}
    )
    assert (report.terms[0].value, len(report.terms), report.more_terms) == (
        "1,200 found, 3 only by this term",
        20,
        5,
    )
    unread = [
        {"line": 1, "query": "a", "not_counted": "not counted: why"},
        {"line": 2, "query": "b", "not_counted": "the same as line 1"},
    ]
    told = audit_wording.describe_event(
        {"type": "term report", "terms": unread, "filters": Filters().to_audit(), "total": 0}
    ).terms
    assert [one.value for one in told] == ["not counted: why", "not counted: the same as line 1"]
    left = audit_wording.describe_event(
        {"type": "download", "export": "e", "bytes": 2_500_000, "of": "legal"}
    )
    assert [(fact.name, fact.value) for fact in left.facts] == [
        ("ordered by", "legal"),
        ("export", "e"),
        ("size", "2.5 MB"),
    ]
    assert audit_wording.describe_event({"type": "audit", "of": "legal"}).facts[0].name == "person"
    changed = audit_wording.describe_event({"type": "roles", "from": ["Ops"], "to": []})
    assert [(fact.name, fact.value) for fact in changed.facts] == [
        ("earlier roles", "Ops"),
        ("new roles", "none"),
    ]
    other = audit_wording.describe_event(
        {
            "type": "search",
            "query": "snow",
            "filters": {"account": ["x"], "of_a_later_version": True},
            "newly_told": 3,
        }
    )
    assert ("newly told", "3") in [(fact.name, fact.value) for fact in other.facts]


def test_a_search_without_words_is_told_by_what_it_was_of() -> None:
    filters = Filters(author=("p7",), account=("news",), from_=DAY, to=DAY).to_audit()
    asked = (
        "all records of account news, author p7, published from Mar 2, 2026, 8:00 a.m. (2026-03-02 16:00:00"
        " UTC), published up to"
    )
    event = {"type": "search", "query": "", "filters": filters, "total": 7}
    assert audit_wording.describe_event(event).asked.startswith(asked)
    assert str(audit_wording.describe_event_for_file(event)[1]).startswith(f"({asked}")
    assert audit_wording.describe_event_for_file(event | {"query": "snow"})[1] == "snow"
    assert audit_wording.describe_event_for_file({"type": "show", "record_id": POST})[1] is None
    for chosen, words in (
        ({"conversation": (POST,)}, f"all records of conversation {POST}"),
        ({"record": ("a", "b")}, "2 chosen records"), ({}, "all records"),
    ):  # fmt: skip
        assert audit_wording.describe_event(event | {"filters": Filters(**chosen).to_audit()}).asked == words


def test_the_page_and_the_file_say_what_was_searched_without_words(room: Room) -> None:
    words = "all records of account news, author p7"
    with room.as_("legal") as client:
        assert (
            "<title>All records of account news, author p7"
            in client.get("/search?account=news&author=p7").text
        )
    with room.as_("records-officer") as client:
        assert f"<bdi>{words}</bdi>: 1 found" in client.get("/audit?person=legal&what=search").text
        lines = list(
            csv.DictReader(
                client.get("/audit.csv?person=legal&what=search").text.removeprefix("\ufeff").splitlines()
            )
        )
    assert lines[0]["query"] == f"({words})"


def test_what_stood_on_a_page_is_told_folded_and_leads_there_for_who_may_read(room: Room) -> None:
    with room.as_("legal") as client:
        client.get(f"/record?id={POST}")
        client.get(f"/conversation?id={POST}")
        client.get("/search?q=snow&sort=oldest")
    link = f'<a href="/records/record?{urlencode({"id": COMMENT})}"><code>{COMMENT}</code></a>'
    for user, linked in (("records-officer", True), ("auditor", False)):
        with room.as_(user) as client:
            for what in ("show", "conversation"):
                page = client.get(f"/audit?person=legal&what={what}").text
                assert "Records on the page: " in page
                assert f"<code>{COMMENT}</code>" in page
                assert (link in page) == linked
            assert f"<code>{POST}</code>" in client.get("/audit?person=legal&what=search").text
    told = audit_wording.describe_event(
        {"type": "search", "query": "", "records": [f"wordpress:x/posts/{n}" for n in range(250)]}
    )
    assert (len(told.records), told.more_records) == (200, 50)
    assert audit_wording.describe_event({"type": "export", "records": 1_200}).facts[0].value == "1,200"
    for nothing in (list[str](), 0):
        asked = {"type": "conversation", "record_id": POST, "records": nothing}
        assert audit_wording.describe_event(asked).did == "requested a conversation and was shown none"


def test_the_audit_is_asked_who_saw_a_record(room: Room) -> None:
    """On whatever page: the record's own one leads there for who may see the audit."""
    with room.as_("legal") as client:
        client.get("/search?q=account:board")
        client.get("/search?q=zebra")
        client.get(f"/conversation?id={POST}")
        client.get(f"/record?id={SECRET}")
        assert "Who viewed this record" not in client.get(f"/record?id={COMMENT}").text
    with room.as_("records-officer") as client:
        link = html.unescape(
            re.findall(
                r'href="[^"]*/records(/audit[^"]*)">Who viewed this record',
                client.get(f"/record?id={COMMENT}").text,
            )[0]
        )
        assert link == f"/audit?{urlencode({'record': COMMENT})}"
        page = client.get(link + "&person=legal").text
        file = client.get(link.replace("/audit", "/audit.csv") + "&person=legal").text
        assert "viewed a record" in client.get(f"/audit?record={SECRET}").text
    for told in (page, file):
        assert "zebra" not in told
        assert told.count(COMMENT) > 2
    assert "viewed a conversation" in page
    assert {row["what"] for row in csv.DictReader(file.removeprefix("\ufeff").splitlines())} >= {
        "viewed a conversation",
        "viewed a record",
    }
    with room.as_("auditor") as client:
        for nothing in (SECRET, "wordpress:x/posts/no-such"):
            assert (
                "No such event was found, as far as you may see."
                in client.get(f"/audit?record={nothing}").text
            )
            assert len(client.get(f"/audit.csv?record={nothing}").text.splitlines()) == 1
        assert "viewed a conversation" in client.get(f"/audit?record={COMMENT}").text


def test_whoever_cannot_search_reads_what_was_searched_within(room: Room) -> None:
    with room.as_("legal") as client:
        client.get("/search?q=snow&kind=post&account=news&from=2026-03-01")
    with room.as_("auditor") as client:
        page = client.get("/audit?person=legal&what=search").text
    assert "account news, kind post, published from Mar 1, 2026, 12:00 a.m." in page
    assert "Search again" not in page


def test_nothing_in_the_audit_is_told_as_data(room: Room) -> None:
    """Whatever the other tests have done, and this one."""
    with room.as_("legal") as client:
        client.get("/search?q=snow")
        client.post(
            "/terms", data={"terms": "snow\nbus"}, headers={"Origin": room.url.removesuffix("/records")}
        )
        client.get(f"/record?id={POST}")
        client.get("/export?q=snow")
    with room.as_("records-officer") as client:
        page, file = client.get("/audit").text, client.get("/audit.csv").text
    assert "{&#39;" not in page
    assert "versions&#39;" not in page
    told = {
        name for row in csv.DictReader(file.splitlines()) if row["more"] for name in orjson.loads(row["more"])
    }
    assert "within" in told
    assert not {name for name in told if "_" in name} | told & {
        "filters",
        "sort",
        "sequence",
        "ok",
        "further",
        "as_of",
    }, "names of data"
    rows = list(csv.DictReader(file.removeprefix("\ufeff").splitlines()))
    assert {row["what"] for row in rows} <= set(audit_wording.ACTS.values()) | SHOWN_NONE | {trail.DAMAGED}
    seen = set(re.findall(r'<time[^>]* title="(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)"', page))
    assert seen & {f"{row['time'][:19].replace('T', ' ')} UTC" for row in rows}, "to the second in both"


def test_a_search_is_done_again_from_the_audit(room: Room) -> None:
    address = "/search?q=snow+OR+bus&kind=post&kind=comment&status=visible&from=2026-03&to=2026-03-31&versions=1&sort=oldest"
    with room.as_("legal") as client:
        first = client.get(address).text
    with room.as_("records-officer") as client:
        page = client.get("/audit?person=legal&what=search").text
        again = html.unescape(re.findall(r'href="[^"]*/records(/search\?[^"]*)">Search again', page)[0])
        second = client.get(again).text
    for words in (r"Search: [^<]*", r'<h2 id="found">[^<]*'):
        assert re.findall(words, first) == re.findall(words, second) != []


def test_the_auditor_sees_that_a_confidential_record_was_viewed_and_not_which(room: Room) -> None:
    with room.as_("legal") as client:
        client.get(f"/record?id={SECRET}")
        client.get(f"/record?id={POST}")
    with room.as_("auditor") as client:
        page, file = client.get("/audit?what=show").text, client.get("/audit.csv?what=show")
    assert "concern something that you may not see" in page
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
