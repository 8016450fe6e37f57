"""The dates of a feed's entries: the publication, and dates that are missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recordroom.model import Exchange
from recordroom.platforms import feed
from tests.platforms.feed.feeds import item, parsed


@pytest.mark.parametrize(
    ("raw", "moment", "note"),
    [
        ("Tue, 24 Nov 2026 08:00:00 +0000", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
        ("Tue, 24 Nov 2026 08:00:00 -0000", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
        ("Tue, 24 Nov 2026 00:00 PST", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
        ("24 Nov 26 08:00:00 Z", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
        ("2026-11-24T00:00:00-08:00", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
        ("2026-11-24T08:00:00.25Z", datetime(2026, 11, 24, 8, 0, 0, 250_000, tzinfo=UTC), ()),
        ("Tue, 24 Nov 2026 08:00:00", None, ("published: no time zone",)),
        ("Tue, 24 Nov 2026 08:00:00 XYZ", None, ("published: no time zone",)),
        ("2026-11-24T08:00:00", None, ("published: no time zone",)),
        ("2026-11-24", None, ("published: no time zone",)),
        ("yesterday", None, ("published: no date",)),
        ("Tue, 99 Nov 2026 08:00:00 +0000", None, ("published: no date",)),
        ("0001-01-01T00:00:00+14:00", None, ("published: no date",)),
        # WordPress, of a post that has none
        ("Mon, 30 Nov -0001 00:00:00 +0000", None, ("published: no date",)),
        ("Mon, 01 Jan 0001 00:00:00 +0000", None, ("published: no date",)),  # Hugo, of a page that has none
        ("Mon, 01 Jan 0001 00:00:00 GMT", None, ("published: no date",)),  # .NET
        ("Fri, 05 Jan 01 08:00:00 -0800", datetime(2001, 1, 5, 16, tzinfo=UTC), ()),
        ("Tuesday, 24-Nov-26 08:00:00 GMT", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
    ],
)
def test_dates(raw: str, moment: datetime | None, note: tuple[str, ...]) -> None:
    _, record = parsed(item(f"<guid>1</guid><pubDate>{raw}</pubDate>"))
    assert (record.published_at, record.leftover) == (moment, note)
    assert record.valid_from is None


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("<dc:date>2026-11-24T08:00:00-08:00</dc:date>", "2026-11-24T16:00:00"),
        (
            "<dc:date>2026-11-25T08:00:00-08:00</dc:date><pubDate>Tue, 24 Nov 2026 08:00:00 -0800</pubDate>",
            "2026-11-24T16:00:00",
        ),
        ('<d:modified xmlns:d="http://purl.org/dc/terms/">2026-11-24T08:00:00-08:00</d:modified>', None),
    ],
)
def test_the_only_date_of_an_entry_of_rss_is_when_it_was_published(date: str, published: str | None) -> None:
    """Otherwise no range of dates would find it."""
    item = f'<item xmlns:dc="http://purl.org/dc/elements/1.1/"><title>Snow</title><guid>1</guid>{date}</item>'
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{item}</channel></rss>'.encode()
    _, record = feed.parse(Exchange("GET", "https://a.example/feed", 200, (), body))
    assert record.published_at == (datetime.fromisoformat(f"{published}+00:00") if published else None)


def test_when_an_entry_of_atom_was_published_is_not_told_by_its_last_change() -> None:
    item = "<entry><id>1</id><title>Snow</title><updated>2026-11-24T16:00:00Z</updated></entry>"
    body = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{item}</feed>'.encode()
    _, record = feed.parse(Exchange("GET", "https://a.example/feed", 200, (), body))
    assert (record.published_at, record.valid_from) == (None, datetime(2026, 11, 24, 16, tzinfo=UTC))


def test_an_entry_of_atom_whose_change_has_no_date_has_stood_there_since_nobody_knows_when() -> None:
    """.NET writes the first moment of the year 1 for a time that was never set."""
    item = "<entry><id>1</id><title>Snow</title><updated>0001-01-01T00:00:00Z</updated></entry>"
    body = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{item}</feed>'.encode()
    _, record = feed.parse(Exchange("GET", "https://a.example/feed", 200, (), body))
    assert (record.valid_from, record.leftover) == (None, ("updated: no date",))
