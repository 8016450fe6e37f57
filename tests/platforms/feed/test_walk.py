"""Requests for a feed: an unchanged feed, pages of older entries, one entry, and entries that were missed."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from recordroom.errors import PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Identity
from recordroom.platforms import feed
from recordroom.platforms.contract import KnownRecord, Plan, Window
from tests.platforms.feed.feeds import ENTRY, RSS, URL, fetched, item
from tests.platforms.scripted import Answer, Scripted, account


def test_the_address_is_the_identity() -> None:
    assert (
        feed.identify(account("feed", "https://News.example.org:443/feed/"), Scripted([])).server
        == "news.example.org/feed"
    )
    assert (
        feed.identify(account("feed", "http://example.org:8080"), Scripted([])).native_id
        == "example.org:8080"
    )


def test_feeds_of_one_path_are_told_apart_by_what_is_asked_there() -> None:
    """The cases are a city's site, the channels of YouTube, and a site in two languages."""
    url = "https://news.example.org/RSSFeed.aspx?ModID=1"
    one, other = (
        feed.identify(account("feed", address), Scripted([])) for address in (url, url.replace("=1", "=58"))
    )
    assert one != other
    assert one.server.startswith("news.example.org/RSSFeed.aspx?")
    assert "ModID" not in one.server, "a query may hold a secret, and is in no record's ID"
    long_ago = Identity("news.example.org/RSSFeed.aspx", "news.example.org/RSSFeed.aspx")
    assert feed.identify(account("feed", url, long_ago), Scripted([])) == long_ago


def test_an_unchanged_feed_is_a_success_that_says_so() -> None:
    tags = {"ETag": '"a"', "Last-Modified": "Tue, 24 Nov 2026 08:00:00 GMT"}
    client = Scripted([Answer(RSS, headers=tags), Answer("", 304), Answer(RSS, headers=tags)])
    [first] = fetched(client, Window("recent"))
    assert first.context["validator"] is True
    known = {URL: {"etag": '"a"', "last-modified": tags["Last-Modified"]}}
    [unchanged] = fetched(client, Window("recent", validators=known))
    assert client.sent[1]["If-None-Match"] == '"a"'
    assert client.sent[1]["If-Modified-Since"] == tags["Last-Modified"]
    assert (unchanged.status, list(feed.parse(unchanged)), "validator" in unchanged.context) == (
        304,
        [],
        False,
    )
    fetched(client, Window("full", validators=known))
    assert "If-None-Match" not in client.sent[2]


def test_the_validators_of_where_a_redirect_led_are_used() -> None:
    client = Scripted([Answer("", 304)])
    fetched(client, Window("recent", validators={"https://news.example.org/feed.xml": {"etag": '"b"'}}))
    assert client.sent[0]["If-None-Match"] == '"b"'
    assert "If-Modified-Since" not in client.sent[0]


def test_older_pages_are_followed_in_a_history() -> None:
    def page(number: int) -> Answer:
        more = (
            '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next"'
            f' href="/feed/?page={number + 1}"/>'
            if number < 3
            else ""
        )
        return Answer(item(f"<guid>{number}</guid><title>x</title>", more))

    pages = fetched(Scripted(map(page, (1, 2, 3))), Window("history"))
    assert [e.url for e in pages] == [URL, f"{URL}?page=2", f"{URL}?page=3"]
    assert [e.cursor for e in pages] == [f"{URL}?page=2", f"{URL}?page=3", None] or pages[
        0
    ].cursor == "/feed/?page=2"
    [last] = fetched(Scripted([page(3)]), Window("history", cursor=pages[1].cursor))
    assert last.url == f"{URL}?page=3"
    assert len(fetched(Scripted([page(1)]), Window("recent"))) == 1
    with pytest.raises(UnexpectedResponse, match="the same page again"):
        fetched(Scripted(lambda _: page(1)), Window("full"))


@pytest.mark.parametrize(
    "answer", [Answer("", 404), Answer("", 403), Answer("", 500), Answer("<html><body>No more</body></html>")]
)
def test_a_further_page_that_is_not_given_is_the_last_and_is_told(answer: Answer) -> None:
    """Otherwise neither a first reading nor a sweep would end, although everything else is given."""
    more = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed/?page=2"/>'
    first, last = fetched(
        Scripted([Answer(item("<guid>1</guid><title>x</title>", more)), answer]), Window("full")
    )
    assert len(list(feed.parse(first))) == 2
    assert (list(feed.parse(last)), last.cursor) == ([], None)
    assert last.context["short"].startswith(
        "the feed links to a page of older entries that could not be read: "
    )
    [gone_on] = fetched(Scripted([answer]), Window("history", cursor=first.cursor))
    assert "not_given" in gone_on.context
    with pytest.raises(PlatformFailure):
        fetched(Scripted([answer]), Window("full"))


def test_a_feed_that_leads_on_and_on_without_an_entry_is_named() -> None:
    """Earlier code requested 20,000 pages of such a feed, at each sweep."""

    def page(url: str) -> Answer:
        number = int(url.partition("page=")[2] or 1) + 1
        more = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed/?page={number}"/>'
        return Answer(
            item("<guid>1</guid><title>x</title>", more)
            if number == 2
            else item("", more).replace(b"<item></item>", b"")
        )

    with pytest.raises(UnexpectedResponse, match="20 empty pages in a row"):
        fetched(Scripted(page), Window("full"))


def test_one_entry_or_a_word_that_it_is_not_there() -> None:
    for url in ("https://news.example.org/board/", "http://www.news.example.org/board?utm_source=mail#more"):
        assert len(fetched(Scripted([Answer(RSS)]), Window("one", url=url))) == 1
    with pytest.raises(UsageError, match="does not currently list"):
        fetched(Scripted([Answer(RSS)]), Window("one", url="https://news.example.org/long-ago/"))


def test_nothing_that_leaves_is_called_gone() -> None:
    assert feed.PLATFORM.window_is_partial
    assert list(feed.lookup(ENTRY, [], Scripted([]))) == []
    assert feed.totals(ENTRY, Scripted([])) is None


def pinned(*numbers: int, dated: bool = True) -> bytes:
    """Return entries by the hour of their publication."""
    entry = "<guid>{0}</guid>" + ("<pubDate>Mon, 02 Feb 2026 {0:02d}:00:00 GMT</pubDate>" if dated else "")
    return item("</item><item>".join(entry.format(number) for number in numbers))


@pytest.mark.parametrize(
    ("shown", "dated", "words"),
    [
        ([11, 10, 9, 8], True, "none of the 4 entries"),
        (
            [1, 11, 10, 9],
            True,
            (
                "of the 4 entries in https://news.example.org/feed/, only 1 was seen before, above the new"
                " entries"
            ),
        ),
        ([1, 2, 11, 10], True, "only 2 were seen before"),
        ([1, 11, 10, 9], False, "only 1 was seen before"),
        ([1, 11, 10, 7], True, ""),
        ([11, 10, 7, 6], True, ""),
        ([11, 10, 7, 6], False, ""),
        ([6, 7, 10, 11], True, ""),
        ([7, 6, 0], True, ""),
        ([7, 6], False, ""),
    ],
)
def test_entries_that_stay_on_top_prove_nothing_of_those_below(
    shown: list[int], dated: bool, words: str
) -> None:
    window = Window(
        "recent",
        has_archived_records=True,
        is_archived={f"feed:news.example.org/feed#{n}" for n in range(1, 8)}.__contains__,
    )
    [exchange] = fetched(Scripted([Answer(pinned(*shown, dated=dated))]), window)
    told = exchange.context.get("missed", "")
    assert words in told if words else told == ""


def test_an_entry_that_comes_to_the_top_by_a_change_proves_nothing_of_those_below() -> None:
    """The feed is Atom without dates of publication: the first was seen at nine, as it was then."""
    name = "feed:news.example.org/feed#1"
    held = {name: KnownRecord(name, "1", "post", captured=datetime(2026, 2, 2, 9, tzinfo=UTC))}
    plan = cast(Plan, SimpleNamespace(find_known=lambda record_id, **_: held.get(record_id)))
    for hours, missed in (((8, 7, 6), False), ((12, 11, 10), True)):
        entries = zip((1, 3, 2), hours, strict=True)
        told = "".join(
            f"<entry><id>{number}</id><updated>2026-02-02T{hour:02d}:00:00Z</updated></entry>"
            for number, hour in entries
        )
        answer = Answer(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>f</id>{told}</feed>')
        [exchange] = fetched(
            Scripted([answer]),
            Window("recent", has_archived_records=True, is_archived=held.__contains__, plan=plan),
        )
        assert ("missed" in exchange.context) == missed
