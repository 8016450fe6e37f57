"""Feeds: a real WordPress' own, a server that says "unchanged", and everything that is wrong with feeds in the wild."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.capture.client import HttpClient
from recordroom.errors import PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, Identity, Record, version_of
from recordroom.platforms import Known, Plan, Window, feed
from tests.platforms.scripted import Answer, Scripted, account
from tests.services import WordPressSite

HERE = Path(__file__).parent / "feed"
URL = "https://news.example.org/feed/"
ENTRY = account("feed", URL, Identity("news.example.org/feed", "news.example.org/feed"))
RSS = (HERE / "ordinary.xml").read_bytes()


def fetched(client: Scripted, window: Window) -> list[Exchange]:
    return list(feed.fetch(ENTRY, window, client))


def parsed(body: bytes, url: str = URL, **headers: str) -> list[Record]:
    given_headers = tuple((k.replace("_", "-"), v) for k, v in headers.items())
    return list(feed.parse(Exchange("GET", url, 200, given_headers, body, {"server": "news.example.org/feed"})))


def item(inner: str, outer: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{outer}<item>{inner}</item></channel></rss>'.encode()


# -- what is asked for --------------------------------------------------------------------------------------------------------------


def test_the_address_is_the_identity() -> None:
    assert feed.identify(account("feed", "https://News.example.org:443/feed/?lang=es"), Scripted([])).server == "news.example.org/feed"
    assert feed.identify(account("feed", "http://example.org:8080"), Scripted([])).native_id == "example.org:8080"


def test_an_unchanged_feed_is_a_success_that_says_so() -> None:
    tags = {"ETag": '"a"', "Last-Modified": "Tue, 24 Nov 2026 08:00:00 GMT"}
    client = Scripted([Answer(RSS, headers=tags), Answer("", 304), Answer(RSS, headers=tags)])
    [first] = fetched(client, Window("recent"))
    assert first.context["validator"] is True
    known = {URL: {"etag": '"a"', "last-modified": tags["Last-Modified"]}}
    [unchanged] = fetched(client, Window("recent", validators=known))
    assert client.sent[1]["If-None-Match"] == '"a"'
    assert client.sent[1]["If-Modified-Since"] == tags["Last-Modified"]
    assert (unchanged.status, list(feed.parse(unchanged)), "validator" in unchanged.context) == (304, [], False)
    fetched(client, Window("full", validators=known))
    assert "If-None-Match" not in client.sent[2]


def test_the_validators_of_where_a_redirect_led_are_used() -> None:
    client = Scripted([Answer("", 304)])
    fetched(client, Window("recent", validators={"https://news.example.org/feed.xml": {"etag": '"b"'}}))
    assert client.sent[0]["If-None-Match"] == '"b"'
    assert "If-Modified-Since" not in client.sent[0]


def test_older_pages_are_followed_in_a_history() -> None:
    def page(number: int) -> Answer:
        more = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed/?page={number + 1}"/>' if number < 3 else ""
        return Answer(item(f"<guid>{number}</guid><title>x</title>", more))

    pages = fetched(Scripted(map(page, (1, 2, 3))), Window("history"))
    assert [e.url for e in pages] == [URL, f"{URL}?page=2", f"{URL}?page=3"]
    assert [e.cursor for e in pages] == [f"{URL}?page=2", f"{URL}?page=3", None] or pages[0].cursor == "/feed/?page=2"
    [last] = fetched(Scripted([page(3)]), Window("history", cursor=pages[1].cursor))
    assert last.url == f"{URL}?page=3"
    assert len(fetched(Scripted([page(1)]), Window("recent"))) == 1
    with pytest.raises(UnexpectedResponse, match="the same page again"):
        fetched(Scripted(lambda _: page(1)), Window("full"))


@pytest.mark.parametrize("answer", [Answer("", 404), Answer("", 403), Answer("", 500), Answer("<html><body>No more</body></html>")])
def test_a_further_page_that_is_not_given_is_the_last_and_is_told(answer: Answer) -> None:
    """A first reading would not come to its end, and no sweep, though all else is given."""
    more = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed/?page=2"/>'
    first, last = fetched(Scripted([Answer(item("<guid>1</guid><title>x</title>", more)), answer]), Window("full"))
    assert len(list(feed.parse(first))) == 2
    assert (list(feed.parse(last)), last.cursor) == ([], None)
    assert last.context["short"].startswith("the feed leads to a further page of older entries, which is not given: ")
    [gone_on] = fetched(Scripted([answer]), Window("history", cursor=first.cursor))
    assert "not_given" in gone_on.context
    with pytest.raises(PlatformFailure):
        fetched(Scripted([answer]), Window("full"))


def test_one_entry_or_a_word_that_it_is_not_there() -> None:
    for url in ("https://news.example.org/board/", "http://www.news.example.org/board?utm_source=mail#more"):
        assert len(fetched(Scripted([Answer(RSS)]), Window("one", url=url))) == 1
    with pytest.raises(UsageError, match="does not show"):
        fetched(Scripted([Answer(RSS)]), Window("one", url="https://news.example.org/long-ago/"))


def test_nothing_that_leaves_is_called_gone() -> None:
    assert feed.PLATFORM.window_is_partial
    assert list(feed.lookup(ENTRY, [], Scripted([]))) == []
    assert feed.totals(ENTRY, Scripted([])) is None


# -- what is read -------------------------------------------------------------------------------------------------------------------


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
        ("Mon, 30 Nov -0001 00:00:00 +0000", None, ("published: no date",)),  # WordPress, of a post that has none
        ("Tuesday, 24-Nov-26 08:00:00 GMT", datetime(2026, 11, 24, 8, tzinfo=UTC), ()),
    ],
)
def test_dates(raw: str, moment: datetime | None, note: tuple[str, ...]) -> None:
    _, record = parsed(item(f"<guid>1</guid><pubDate>{raw}</pubDate>"))
    assert (record.published_at, record.leftover) == (moment, note)
    assert record.valid_from is None


NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def read(inner: str) -> Record:
    return parsed(item(f"<guid>1</guid>{inner}").replace(b"<rss ", f"<rss {NAMESPACES} ".encode()))[1]


def atom(inner: str) -> Record:
    return parsed(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>T</title><entry><id>1</id>{inner}</entry></feed>'.encode())[
        1
    ]


def test_every_part_with_words_is_read() -> None:
    caption = '<media:content url="https://d.example/a.jpg" medium="image"><media:description>A plow.</media:description></media:content>'
    record = read(f"<description>The short of it</description><content:encoded>&lt;p&gt;Whole&lt;/p&gt;</content:encoded>{caption}")
    assert (record.text, record.text_html) == ("Whole\n\nThe short of it\n\nA plow.", "<p>Whole</p>")
    picture = '&lt;img src="https://d.example/b.jpg" alt="B"&gt;'
    two = f'<content type="text">Words</content><content type="html">&lt;p&gt;More&lt;/p&gt;{picture}</content>'
    record = atom(f'{two}<summary type="html">&lt;a href="https://d.example/x"&gt;Less&lt;/a&gt;</summary>')
    assert (record.text, record.links) == ("Words\n\nMore\n\nLess", ["https://d.example/x"])
    assert [(m.identity, m.alt_text, m.position) for m in record.media] == [("https://d.example/b.jpg", "B", 1)]


def test_a_summary_that_begins_the_content_is_read_once() -> None:
    record = read("<description>Whole wo...</description><content:encoded>&lt;p&gt;Whole wo... and more&lt;/p&gt;</content:encoded>")
    assert record.text == "Whole wo... and more"


def test_a_summary_that_goes_on_otherwise_after_a_like_beginning_is_read() -> None:
    start = "All schools of the district will be closed on Monday"
    for more in ("because of the flood", "because of the snow"):
        record = read(f"<description>{start} {more}.</description><content:encoded>&lt;p&gt;{start}. Read on.&lt;/p&gt;</content:encoded>")
        assert record.text == f"{start}. Read on.\n\n{start} {more}."


def test_a_description_beside_a_content_and_a_summary_is_not_lost() -> None:
    content = "<content:encoded>&lt;p&gt;All words&lt;/p&gt;</content:encoded>"
    told = f"<description>Few</description>{content}<itunes:summary>Other</itunes:summary>"
    assert read(told).text == "All words\n\nOther\n\nFew"
    assert read(told.replace("Few", "All")).text == "All words\n\nOther"


def test_no_description_takes_the_place_of_another() -> None:
    """Of an entry, and of each of its pictures, in whatever order they come."""

    def captioned(words: str) -> str:
        url = f"https://d.example/{words}.jpg"
        return f'<media:content url="{url}" medium="image"><media:description>{words}</media:description></media:content>'

    parts = {
        "Content": "<content:encoded>&lt;p&gt;Content&lt;/p&gt;</content:encoded>",
        "Described": "<description>Described</description>",
        "Plow": captioned("Plow"),
        "Bus": captioned("Bus"),
        "Beside": "<media:description>Beside</media:description>",
    }
    for order in permutations(parts):
        for some in (order, order[1:], order[2:]):
            text = read("".join(parts[name] for name in some)).text or ""
            assert sorted(text.split("\n\n")) == sorted(some)
    summary = '<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Short</p></div></summary>'
    record = atom(
        f'{summary}<content type="text">Content</content><group xmlns="http://search.yahoo.com/mrss/"><description>Film</description></group>'
    )
    assert sorted((record.text or "").split("\n\n")) == ["Content", "Film", "Short"]


@pytest.mark.parametrize(
    ("declared", "sent", "said"),
    [
        ("ISO-8859-1", "utf-8", "Été"),  # the server's word counts
        ("UTF-8", "iso-8859-1", "Été"),
        ("Shift_JIS", "shift_jis", "日本語"),
        ("UTF-8", "utf-8", "Été &#55357;&#56832;"),  # half a character each, which no XML may hold
    ],
)
def test_descriptions_are_read_in_the_encoding_of_the_feed(declared: str, sent: str, said: str) -> None:
    parts = "".join(
        f'<{name} xmlns="{space}">{said} {name}</{name}>'
        for name, space in (
            ("description", ""),
            ("encoded", "http://purl.org/rss/1.0/modules/content/"),
            ("summary", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
            ("description", "http://search.yahoo.com/mrss/"),
        )
    )
    body = item(parts.replace(f"{said} description", f"{said} own", 1)).decode().replace("?>", f' encoding="{declared}"?>', 1)
    record = parsed(body.encode(sent), Content_Type=f"application/rss+xml; charset={sent}")[-1]
    words = said.replace("&#55357;&#56832;", "\N{GRINNING FACE}")
    assert sorted((record.text or "").split("\n\n")) == [f"{words} {name}" for name in ("description", "encoded", "own", "summary")]


@pytest.mark.parametrize(
    "words", ["Our page says </rss> in text, then half of the wor", "<![CDATA[ </rss> ", "<b>bold</b></rss> then half"]
)
def test_a_feed_that_is_cut_off_within_words_that_hold_its_end_is_cut_off(words: str) -> None:
    whole = item("<guid>1</guid><description>one</description>").decode()
    cut = whole.partition("</channel>")[0] + f"<item><guid>2</guid><description>{words}"
    with pytest.raises(UnexpectedResponse, match="cut off"):
        parsed(cut.encode())
    for end in ("<!-- cached --> ", '<script src="x.js"></script>\n'):
        assert len(parsed(whole.replace("one", "one \x0b two").encode() + end.encode())) == 2


def test_content_that_lies_elsewhere_is_a_file_or_a_link() -> None:
    record = atom('<content type="application/pdf" src="https://d.example/agenda.pdf"/>')
    assert ([m.identity for m in record.media], record.links) == (["https://d.example/agenda.pdf"], ["https://d.example/agenda.pdf"])
    record = atom('<content type="text/html" src="https://d.example/agenda"/>')
    assert (record.media, record.links) == ([], ["https://d.example/agenda"])


def test_addresses_below_a_base_that_is_relative_itself_lead_to_the_site() -> None:
    """https://www.w3.org/TR/xmlbase/: it is relative to the address of the feed."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/blog/"><title>T</title><id>f</id><entry><id>1</id><link href="snow"/>'
        '<content type="html">&lt;img src="bus.png"&gt;&lt;a href="map.pdf"&gt;Map&lt;/a&gt;</content><link rel="enclosure" href="a.mp3"/>'
        "</entry></feed>"
    )
    _, record = parsed(feed.encode())
    site = "https://news.example.org/blog"
    assert (record.url, record.links) == (f"{site}/snow", [f"{site}/map.pdf"])
    assert [m.url for m in record.media] == [f"{site}/bus.png", f"{site}/a.mp3"]


@pytest.mark.parametrize(
    "picture",
    [
        "<image><url>https://d.example/a.jpg</url><title>Not the title</title><link>https://d.example/</link></image>",
        '<itunes:image href="https://d.example/a.jpg"/>',
    ],
)
def test_the_picture_of_an_entry_is_a_file_and_its_title_not_the_entry_s(picture: str) -> None:
    record = read(f"<title>Snow</title><link>https://d.example/1</link>{picture}")
    assert (record.title, record.url, [m.identity for m in record.media]) == ("Snow", "https://d.example/1", ["https://d.example/a.jpg"])


def test_a_picture_that_feedparser_drops_is_told() -> None:
    profile, _ = parsed(item("<guid>1</guid><image>https://d.example/a.jpg</image>"))
    assert profile.leftover == ("image: an address alone, which feedparser drops",)


def test_several_authors_are_all_named_and_never_mixed() -> None:
    record = atom("<author><name>Ann</name><uri>https://a.example</uri></author><author><name>Ben</name></author>")
    assert (record.author_name, record.author_id) == ("Ann, Ben", "https://a.example")
    record = atom("<author><name>Ann</name></author><author><name>Ben</name><email>ben@d.example</email></author>")
    assert (record.author_name, record.author_id) == ("Ann, Ben", None)
    assert read("<dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator>").author_name == "Ann, Ben"


@pytest.mark.parametrize("name", ["links", "title_detail", "summary_detail", "author_detail", "authors"])
def test_an_element_with_a_name_of_feedparser_s_own_is_left_over(name: str) -> None:
    record = read(f"<title>Snow</title><description>Closed</description><{name}>x</{name}>")
    assert (record.title, record.text, record.leftover) == ("Snow", "Closed", (name,))


def test_an_entry_keeps_its_id_when_it_moves_down() -> None:
    above, below = parsed(RSS), parsed(RSS.replace(b"<item>", b"<item><title>New</title><guid>new</guid></item><item>", 1))
    assert {r.record_id for r in above} < {r.record_id for r in below}


ALERT = "<title>Alert</title><link>https://d.example/alerts</link><pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate>"


def alerts(*words: str, guid: str = "") -> bytes:
    told = "</item><item>".join(f"{ALERT}{guid}<description>{one}</description>" for one in words)
    return item(told)


@pytest.mark.parametrize("guid", ["", "<guid>alerts</guid>"])
def test_entries_of_one_link_date_and_title_are_each_one_of_their_own(guid: str) -> None:
    first, second = (r for r in parsed(alerts("Road 1 is closed", "Road 2 is closed", guid=guid)) if r.kind == "post")
    assert (first.text, second.text) == ("Road 1 is closed", "Road 2 is closed")
    assert first.record_id != second.record_id
    alone = parsed(alerts("Road 2 is closed"))[1]
    assert alone.record_id == parsed(alerts("Road 1 is closed"))[1].record_id == first.record_id, "as the archive has them already"
    same = parsed(alerts("Road 1 is closed", "Road 1 is closed", guid=guid))
    assert len({r.record_id for r in same if r.kind == "post"}) == 1


def test_such_an_entry_keeps_its_name_when_others_come_above_it_and_leave() -> None:
    held, texts = set[str](), dict[str, set[str]]()
    for shown in (["1"], ["2", "1"], ["3", "2", "1"], ["3", "2"], ["2"]):
        [exchange] = fetched(Scripted([Answer(alerts(*shown))]), Window("recent", held=True, holds=held.__contains__))
        found = [r for r in feed.parse(exchange) if r.kind == "post" and r.text]
        for record in found:
            texts.setdefault(record.record_id, set()).add(record.text or "")
        held |= {r.record_id for r in found}
    assert sorted(map(sorted, texts.values())) == [["1"], ["2"], ["3"]]


def pinned(*numbers: int, dated: bool = True) -> bytes:
    """Entries by the hour of their publication."""
    entry = "<guid>{0}</guid>" + ("<pubDate>Mon, 02 Feb 2026 {0:02d}:00:00 GMT</pubDate>" if dated else "")
    return item("</item><item>".join(entry.format(number) for number in numbers))


@pytest.mark.parametrize(
    ("shown", "dated", "words"),
    [
        ([11, 10, 9, 8], True, "none of the 4 entries"),
        ([1, 11, 10, 9], True, "of the 4 entries that https://news.example.org/feed/ shows only 1 was seen before, above the new ones"),
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
def test_entries_that_stay_on_top_prove_nothing_of_those_below(shown: list[int], dated: bool, words: str) -> None:
    window = Window("recent", held=True, holds={f"feed:news.example.org/feed#{n}" for n in range(1, 8)}.__contains__)
    [exchange] = fetched(Scripted([Answer(pinned(*shown, dated=dated))]), window)
    told = exchange.context.get("missed", "")
    assert words in told if words else told == ""


def test_an_entry_that_comes_to_the_top_by_a_change_proves_nothing_of_those_below() -> None:
    """Of Atom without dates of publication: the first was seen at nine, as it was then."""
    name = "feed:news.example.org/feed#1"
    held = {name: Known(name, "1", "post", captured=datetime(2026, 2, 2, 9, tzinfo=UTC))}
    plan = cast(Plan, SimpleNamespace(known=lambda record_id, **_: held.get(record_id)))
    for hours, missed in (((8, 7, 6), False), ((12, 11, 10), True)):
        entries = zip((1, 3, 2), hours, strict=True)
        told = "".join(f"<entry><id>{number}</id><updated>2026-02-02T{hour:02d}:00:00Z</updated></entry>" for number, hour in entries)
        answer = Answer(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>f</id>{told}</feed>')
        [exchange] = fetched(Scripted([answer]), Window("recent", held=True, holds=held.__contains__, plan=plan))
        assert ("missed" in exchange.context) == missed


@pytest.mark.parametrize(
    ("declared", "header", "encoding"),
    [
        ("utf-8", "application/rss+xml", "utf-8"),
        ("iso-8859-1", "application/rss+xml", "iso-8859-1"),
        ("iso-8859-1", "application/rss+xml; charset=utf-8", "utf-8"),
        ("utf-8", "text/xml; charset=iso-8859-1", "iso-8859-1"),
        ("utf-16", "application/xml", "utf-16"),
        ("utf-8", "text/html; charset=utf-8", "utf-8"),
        ("windows-1252", "", "cp1252"),
    ],
)
def test_encodings(declared: str, header: str, encoding: str) -> None:
    inner = "<channel><title>Niños</title><item><guid>ñ</guid></item></channel>"
    text = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0">{inner}</rss>'
    profile, record = parsed(text.encode(encoding), **({"Content_Type": header} if header else {}))
    assert (profile.title, record.native_id, profile.leftover) == ("Niños", "ñ", ())


def test_surrogates_as_characters() -> None:
    _, record = parsed(item("<guid>1</guid><title>&#xD83D;&#xDE00; and half &#55357; one</title>"))
    assert (record.title, record.repaired) == ("😀 and half \ufffd one", True)


def test_hostile_text_stays_text() -> None:
    hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick='x'&gt;bold&lt;/b&gt; &lt;a href='javascript:x'&gt;a&lt;/a&gt;"
    _, record = parsed(item(f"<guid>1</guid><description>{hostile}</description>"))
    assert (record.text, record.links) == ("bold a", [])
    assert "<script>" in (record.text_html or "")
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    _, record = parsed(bomb + item("<guid>1</guid><title>&b;</title>").partition(b"?>")[2])
    assert len(record.title or "") < 1000


@pytest.mark.parametrize("body", [b"", b"  \n", b"<html><body>hi</body></html>", b"{}", b"\x00\x01\x02", b"<x/>", RSS[:900], RSS[:-20]])
def test_what_is_no_feed_is_named(body: bytes) -> None:
    with pytest.raises(UnexpectedResponse):
        parsed(body)


PIECES = st.sampled_from(
    [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"</item>", b"<item>", b"<guid>", b"&#xD800;", b"&#0;", b"&#99999999999;", b"\x00", b"\xff",
     b"\xef\xbb\xbf", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<media:content url='//x:y:z'/>", b"<link>http://[</link>", b"<enclosure/>",
     b"<category/>", b"<pubDate>x</pubDate>", b"<content type='xhtml'><div>", b"<author>", b"xml:base='http://['",
     b"<content type='application/octet-stream'>AAAA</content>", b"<links>x</links>", b"<title_detail>x</title_detail>",
     b"<summary_detail a='b'/>", b"<authors>x</authors>", b"<image>x", b"<media_content>x</media_content>", b"<content src='//['/>"]
)  # fmt: skip


@given(st.sampled_from(sorted(p.name for p in HERE.glob("*.xml"))), st.data())
@settings(max_examples=400, deadline=None)
def test_damaged_feeds_are_records_or_named_failures(name: str, data: st.DataObject) -> None:
    body = (HERE / name).read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = start + data.draw(st.integers(0, 60))
        body = body[:start] + data.draw(PIECES) + body[end:]
    with suppress(PlatformFailure):
        for record in parsed(body):
            version_of(record)
    with suppress(PlatformFailure):
        feed.saved(body, None, None)


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("<dc:date>2026-11-24T08:00:00-08:00</dc:date>", "2026-11-24T16:00:00"),
        ("<dc:date>2026-11-25T08:00:00-08:00</dc:date><pubDate>Tue, 24 Nov 2026 08:00:00 -0800</pubDate>", "2026-11-24T16:00:00"),
        ('<d:modified xmlns:d="http://purl.org/dc/terms/">2026-11-24T08:00:00-08:00</d:modified>', None),
    ],
)
def test_the_only_date_of_an_entry_of_rss_is_when_it_was_published(date: str, published: str | None) -> None:
    """Else no range of dates would find it."""
    item = f'<item xmlns:dc="http://purl.org/dc/elements/1.1/"><title>Snow</title><guid>1</guid>{date}</item>'
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{item}</channel></rss>'.encode()
    _, record = feed.parse(Exchange("GET", "https://a.example/feed", 200, (), body))
    assert record.published_at == (datetime.fromisoformat(f"{published}+00:00") if published else None)


def test_when_an_entry_of_atom_was_published_is_not_told_by_its_last_change() -> None:
    item = "<entry><id>1</id><title>Snow</title><updated>2026-11-24T16:00:00Z</updated></entry>"
    body = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{item}</feed>'.encode()
    _, record = feed.parse(Exchange("GET", "https://a.example/feed", 200, (), body))
    assert (record.published_at, record.valid_from) == (None, datetime(2026, 11, 24, 16, tzinfo=UTC))


def test_the_feeds_of_a_real_wordpress(wordpress: WordPressSite) -> None:
    api = httpx.Client(base_url=wordpress.api, auth=(wordpress.user, wordpress.password), timeout=60)
    made: dict[str, Any] = api.post("/posts", json={"title": "Snow & ice", "content": "<p>Closed 😀</p>", "status": "publish"}).json()
    comment = {"post": made["id"], "content": "When?", "author_name": "Ann", "author_email": "a@example.org", "status": "approved"}
    assert api.post("/comments", json=comment).is_success
    client = HttpClient(contact="records@example.org", limit=10**7, private=True)
    for path in ("/feed/", "/feed/atom/", "/feed/rdf/", "/feed/rss/", "/comments/feed/", "/comments/feed/atom/", "/?feed=rss2"):
        entry = account("feed", wordpress.url + path)
        entry = entry.identified(feed.identify(entry, client))
        [exchange] = feed.fetch(entry, Window("recent"), client)
        profile, *records = feed.parse(exchange)
        assert profile.kind == "profile"
        assert [r.leftover for r in (profile, *records) if r.leftover] == [], path
        if "comments" in path:
            assert any(r.kind == "comment" and (r.text or "").endswith("When?") for r in records), path
        else:
            found = next(r for r in records if r.title == "Snow & ice")
            assert found.text == "Closed 😀", path
        tags = {exchange.url: {"etag": exchange.header("etag") or "", "last-modified": exchange.header("last-modified") or ""}}
        [again] = feed.fetch(entry, Window("recent", validators=tags), client)
        assert again.status == 304, path


# -- no entries ---------------------------------------------------------------------------------------------------------------------

NONE = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><image><title>T</title><link>https://a.example</link></image>{}</channel></rss>'
ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><author><uri>https://a.example</uri></author>{}</feed>'
)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (NONE.format("<story><title>A</title><guid>1</guid></story><story><guid>2</guid></story>"), "story"),
        (NONE.format("<items><link>https://a.example/1</link></items>"), "items"),
        (NONE.format('<n:entry xmlns:n="urn:n"><id>1</id></n:entry>'), "n:entry"),
        (NONE.format("<story><headline>A</headline></story>"), "feed.headline, feed.story"),
        (ATOM.format("<post><id>1</id><content>A</content></post>"), "post"),
        (NONE.format("<story><guid>1</guid></story>").removesuffix("</channel></rss>") + "<b></channel></rss>", "story"),
    ],
)
def test_entries_under_another_name_are_named_where_some_are_held(body: str, names: str) -> None:
    answer = Answer(body, headers={"Content-Type": "application/rss+xml"})
    for window in (Window("recent", held=True), Window("full", held=True)):
        [page] = fetched(Scripted([answer]), window)
        with pytest.raises(UnexpectedResponse, match=rf"in their place: {names}\. If") as caught:
            list(feed.parse(page))
        assert caught.value.exchange == page
    [page] = fetched(Scripted([answer]), Window("recent"))
    assert [r.kind for r in feed.parse(page)] == ["profile"], "a new feed may hold what it likes"


@pytest.mark.parametrize(
    "body", [NONE.format(""), ATOM.format(""), NONE.format("<itunes:owner xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'/>")]
)
def test_an_empty_feed_in_which_everything_is_known_is_an_empty_feed(body: str) -> None:
    [page] = fetched(Scripted([Answer(body, headers={"Content-Type": "application/rss+xml"})]), Window("recent", held=True))
    assert [r.kind for r in feed.parse(page)] == ["profile"]
