"""A feed in a real archive: rewording in the feed loses no text."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from recordroom.archive.gaps import Gaps
from recordroom.canonical import sha256
from recordroom.capture import register_ledger
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.model import ZONE
from tests.archives import AGENCY, TestArchive, make, register_of
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME = "news"
ENTRY = {"id": NAME, "platform": "feed", "url": "https://news.example.org/rss"}


@dataclass
class Site(httpx.BaseTransport):
    """A feed with entries in elements named `tag`; unchanged since the ETag that it gave last."""

    entries: list[str] = field(default_factory=list)
    tag: str = "item"
    answered: list[int] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        told = "".join(
            f"<{self.tag}><title>{one}</title><guid>{one}</guid></{self.tag}>" for one in self.entries
        )
        tag = f'"{self.tag} {len(self.entries)}"'
        status = 304 if request.headers.get("If-None-Match") == tag else 200
        self.answered.append(status)
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{told}</channel></rss>'
        return httpx.Response(
            status,
            headers={"ETag": tag, "Content-Type": "application/rss+xml"},
            text=body if status == 200 else "",
        )


@pytest.fixture
def site() -> Site:
    return Site(["Closed", "Open"])


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, site: Site) -> TestArchive:
    return make(s3, buckets, tmp_path, ENTRY, transport=site)


def posts(archive: TestArchive) -> set[str]:
    return {row["title"] for row in archive.rows(NAME) if row["kind"] == "post"}


def test_entries_that_come_under_another_name_are_a_failure_and_kept(
    archive: TestArchive, site: Site
) -> None:
    assert archive.capture(NAME).failure is None
    site.tag, site.entries = "story", [*site.entries, "New"]
    for kind in (None, None, "full"):
        outcome = archive.capture(NAME, kind)
        assert "the feed has no entries, but has unknown elements: story" in str(outcome.failure)
        assert (outcome.changed, outcome.absent) == (0, 0)
    assert 304 not in site.answered, "what could not be read was not taken for seen"
    assert {row["title"] for row in archive.rows(NAME)} == {"News", "Closed", "Open"}
    evidence = [
        archive.archive.get(one["key"]) for entry in archive.manifests(NAME) for one in entry.body["evidence"]
    ]
    assert any(b"<story><title>New" in gzip.decompress(warc) for warc in evidence), (
        "a corrected connector can read it"
    )
    site.tag = "item"
    assert (archive.capture(NAME).new, posts(archive)) == (1, {"Closed", "Open", "New"})


def test_a_site_that_has_published_nothing_yet_and_one_that_shows_nothing_any_more_are_no_failures(
    archive: TestArchive, site: Site
) -> None:
    site.entries = []
    assert archive.capture(NAME).failure is None
    site.entries = ["Closed"]
    assert archive.capture(NAME).new == 1
    site.entries = []
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent) == (None, 0)
    assert posts(archive) == {"Closed"}


def test_pictures_whose_addresses_differ_in_the_query_are_each_kept(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    told = "".join(
        f"<item><title>{n}</title><guid>{n}</guid><description>&lt;img"
        f" src='https://news.example.org/show.jpg?id={n}'&gt;</description></item>"
        for n in (1, 2)
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{told}</channel></rss>'

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/rss":
            return httpx.Response(200, headers={"Content-Type": "application/rss+xml"}, text=body)
        return httpx.Response(200, headers={"Content-Type": "image/jpeg"}, content=request.url.query)

    archive = make(s3, buckets, tmp_path, ENTRY, transport=httpx.MockTransport(answer))
    assert archive.capture(NAME).failure is None
    shown = {row["title"]: row["media"][0]["sha256"] for row in archive.rows(NAME) if row["media"]}
    assert shown == {str(n): sha256(f"id={n}".encode()) for n in (1, 2)}


def test_the_receipt_of_an_entry_names_that_entry(archive: TestArchive, site: Site) -> None:
    """A feed shows all of them at once, and receipts once named the oldest."""
    site.entries[:] = [
        "http://[odd",
        *(f"https://news.test/?p={number}&amp;utm_source=rss" for number in range(3)),
    ]
    _, receipt = capture_conversation(
        archive.place, archive.register, archive.account(NAME), "https://news.test/?p=1&utm_source=mail"
    )
    assert receipt.whose is not None
    assert (receipt.whose.address, receipt.lacking) == ("https://news.test/?p=1&utm_source=rss", [])


def missed(archive: TestArchive) -> list[str]:
    return [
        gap.detail
        for gap in Gaps(archive.archive).open_now([NAME])
        if gap.reason.startswith("posts-missed: ")
    ]


def test_entries_that_may_have_come_and_gone_between_two_looks_are_a_gap_that_no_later_look_closes(
    archive: TestArchive, site: Site, tmp_path: Path
) -> None:
    archive.capture(NAME)
    site.entries = ["Open again", "Late start", "Open"]
    archive.capture(NAME)
    assert missed(archive) == [], "one was seen before: nothing can have come between"
    site.entries = ["Water is back", "Buses late", "Thanks", "Monday"]
    outcome = archive.capture(NAME)
    assert (outcome.new, outcome.failure) == (4, None)
    [words] = missed(archive)
    assert "none of the 4 entries" in words
    for kind in (None, "full"):
        archive.capture(NAME, kind)
    assert missed(archive) == [words]
    today = datetime.now(ZONE).date()
    explain(archive, tmp_path, until=today - timedelta(days=1))
    assert missed(archive) == [words], "it was opened after that day"
    explain(archive, tmp_path, until=today)
    assert missed(archive) == []
    site.entries = ["Snow", "Ice"]
    archive.capture(NAME)
    [new] = missed(archive)
    assert "none of the 2 entries" in new
    explain(archive, tmp_path, until=today)
    assert missed(archive) == [new], "it came on that day, but after that was said"
    explain(archive, tmp_path, until=today, why="these were sent too")
    assert missed(archive) == []
    archive.register = register_of(ENTRY)
    archive.capture(NAME, "full")
    assert sorted(missed(archive)) == sorted([words, new]), "the word was taken back"


def explain(
    archive: TestArchive,
    folder: Path,
    *,
    until: date,
    why: str = "the site's owner sent the two that were missing",
) -> None:
    """Explain it in the agency's register, and run the next sweep."""
    said = {"posts-missed": {"until": until.isoformat(), "why": why}}
    entry = {**ENTRY, "title": "News", "class": "official", "owner": "Communications", "explained": said}
    path = folder / "accounts.yaml"
    path.write_text(json.dumps({"agency": AGENCY, "accounts": [entry]}), "utf-8")
    archive.register, _ = register_ledger.in_force(archive.archive, path)
    archive.capture(NAME, "full")


def test_an_entry_that_was_changed_is_not_changed_back_by_the_page_of_its_time(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """RFC 5005: an entry is published again with its new text; the archive of its month keeps the old one.

    The title of such a page is not that of the feed.
    """
    first, older = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>{title}</title><link rel="{rel}"'
        ' href="/may"/>'
        f"<entry><id>1</id><title>Snow</title><updated>2026-05-{day}T08:00:00Z</updated><content>{words}</content></entry>{more}</feed>"
        for title, rel, day, words, more in (
            ("News", "prev-archive", 12, "Open at ten", ""),
            (
                "News of May",
                "self",
                11,
                "Closed",
                "<entry><id>2</id><title>Ice</title><updated>2026-05-10T08:00:00Z</updated></entry>",
            ),
        )
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200,
            headers={"Content-Type": "application/atom+xml"},
            text=older if request.url.path == "/may" else first,
        )

    archive = make(s3, buckets, tmp_path, ENTRY, transport=httpx.MockTransport(answer))
    assert archive.capture(NAME).new == 3
    for kind in (None, "full", "sweep"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.changed, outcome.failure) == (0, None)
    assert [(row["title"], row["text"]) for row in archive.rows(NAME)] == [
        ("News", None),
        ("Snow", "Open at ten"),
        ("Ice", None),
    ]


def test_words_of_an_entry_without_a_guid_are_not_passed_over_for_those_of_another_page(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """Two alerts of one minute have one title and link.

    Nothing tells whether the older page shows the same entry.
    """
    of_both = (
        "<title>Alert</title><link>https://city.example/alerts</link><pubDate>Mon, 11 May 2026 08:00:00"
        " GMT</pubDate>"
    )
    first, older = (
        '<?xml version="1.0"?><rss version="2.0"'
        f' xmlns:a="http://www.w3.org/2005/Atom"><channel><title>T</title>{more}'
        f"<item>{of_both}<description>{words}</description></item></channel></rss>"
        for words, more in (("Closed", '<a:link rel="next" href="https://city.example/2"/>'), ("Ice", ""))
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200,
            headers={"Content-Type": "application/rss+xml"},
            text=older if request.url.path == "/2" else first,
        )

    archive = make(
        s3,
        buckets,
        tmp_path,
        {**ENTRY, "url": "https://city.example/1"},
        transport=httpx.MockTransport(answer),
    )
    assert archive.capture(NAME).failure is None
    assert {"Closed", "Ice"} <= {row["text"] for row in archive.rows(NAME)}


def test_two_feeds_of_one_path_share_no_record_and_none_takes_the_place_of_the_other(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """A city's site has one address for its news and its calendar, and numbers their entries separately."""
    place = "https://city.example/RSSFeed.aspx?ModID="

    def answer(request: httpx.Request) -> httpx.Response:
        told = f"<title>{request.url.params['ModID']}</title>"
        body = (
            '<?xml version="1.0"?><rss'
            f' version="2.0"><channel>{told}<item><guid>1</guid>{told}</item></channel></rss>'
        )
        return httpx.Response(200, headers={"Content-Type": "application/rss+xml"}, text=body)

    both = [{"id": name, "platform": "feed", "url": f"{place}{name}"} for name in ("news", "calendar")]
    archive = make(s3, buckets, tmp_path, *both, transport=httpx.MockTransport(answer))
    for name in ("news", "calendar", "news"):
        assert archive.capture(name).failure is None
    news, calendar = ({row["record_id"] for row in archive.rows(name)} for name in ("news", "calendar"))
    assert (len(news), len(calendar), news & calendar) == (2, 2, set())
    for formerly, failure in (
        ([], "the platform returns city.example/RSSFeed.aspx?"),
        ([f"{place}news"], None),
    ):
        archive.register = register_of({**both[0], "url": f"{place}new", "formerly": formerly}, both[1])
        assert str(failure) in str(archive.capture("news").failure)
    assert {row["record_id"] for row in archive.rows("news")} == news
