"""Faults of real feeds: encodings, hostile text, incomplete feeds, other content, and renamed elements."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.platforms import feed
from recordroom.platforms.contract import Window
from tests.platforms.feed.feeds import HERE, RSS, fetched, item, parsed
from tests.platforms.scripted import Answer, Scripted


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
    hostile = (
        "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick='x'&gt;bold&lt;/b&gt; &lt;a"
        " href='javascript:x'&gt;a&lt;/a&gt;"
    )
    _, record = parsed(item(f"<guid>1</guid><description>{hostile}</description>"))
    assert (record.text, record.links) == ("bold a", [])
    assert "<script>" in (record.text_html or "")
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    )
    _, record = parsed(bomb + item("<guid>1</guid><title>&b;</title>").partition(b"?>")[2])
    assert len(record.title or "") < 1000


@pytest.mark.parametrize(
    "words",
    [
        "Our page says </rss> in text, then half of the wor",
        "<![CDATA[ </rss> ",
        "<b>bold</b></rss> then half",
    ],
)
def test_a_feed_that_is_cut_off_within_words_that_hold_its_end_is_cut_off(words: str) -> None:
    whole = item("<guid>1</guid><description>one</description>").decode()
    cut = whole.partition("</channel>")[0] + f"<item><guid>2</guid><description>{words}"
    with pytest.raises(UnexpectedResponse, match="cut off"):
        parsed(cut.encode())
    for end in ("<!-- cached --> ", '<script src="x.js"></script>\n'):
        assert len(parsed(whole.replace("one", "one \x0b two").encode() + end.encode())) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"  \n", b"<html><body>hi</body></html>", b"{}", b"\x00\x01\x02", b"<x/>", RSS[:900], RSS[:-20]],
)
def test_what_is_no_feed_is_named(body: bytes) -> None:
    with pytest.raises(UnexpectedResponse):
        parsed(body)


PIECES = st.sampled_from(
    [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"</item>", b"<item>", b"<guid>", b"&#xD800;", b"&#0;", b"&#99999999999;", b"\x00", b"\xff",
     b"\xef\xbb\xbf", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<media:content url='//x:y:z'/>",
     b"<link>http://[</link>", b"<enclosure/>", b"<category/>", b"<pubDate>x</pubDate>",
     b"<content type='xhtml'><div>", b"<author>", b"xml:base='http://['",
     b"<content type='application/octet-stream'>AAAA</content>", b"<links>x</links>",
     b"<title_detail>x</title_detail>", b"<summary_detail a='b'/>", b"<authors>x</authors>", b"<image>x",
     b"<media_content>x</media_content>", b"<content src='//['/>"]
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


NONE = (
    '<?xml version="1.0"?><rss'
    ' version="2.0"><channel><title>T</title><image><title>T</title><link>https://a.example</link></image>{}</channel></rss>'
)
ATOM = (
    '<?xml version="1.0"?><feed'
    ' xmlns="http://www.w3.org/2005/Atom"><title>T</title><author><uri>https://a.example</uri></author>{}</feed>'
)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (NONE.format("<story><title>A</title><guid>1</guid></story><story><guid>2</guid></story>"), "story"),
        (NONE.format("<items><link>https://a.example/1</link></items>"), "items"),
        (NONE.format('<n:entry xmlns:n="urn:n"><id>1</id></n:entry>'), "n:entry"),
        (NONE.format("<story><headline>A</headline></story>"), "feed.headline, feed.story"),
        (ATOM.format("<post><id>1</id><content>A</content></post>"), "post"),
        (
            NONE.format("<story><guid>1</guid></story>").removesuffix("</channel></rss>")
            + "<b></channel></rss>",
            "story",
        ),
    ],
)
def test_entries_under_another_name_are_named_where_some_are_held(body: str, names: str) -> None:
    answer = Answer(body, headers={"Content-Type": "application/rss+xml"})
    for window in (Window("recent", has_archived_records=True), Window("full", has_archived_records=True)):
        [page] = fetched(Scripted([answer]), window)
        with pytest.raises(UnexpectedResponse, match=rf"unknown elements: {names}\. If") as caught:
            list(feed.parse(page))
        assert caught.value.exchange == page
    [page] = fetched(Scripted([answer]), Window("recent"))
    assert [r.kind for r in feed.parse(page)] == ["profile"], "a new feed may hold what it likes"


@pytest.mark.parametrize(
    "body",
    [
        NONE.format(""),
        ATOM.format(""),
        NONE.format("<itunes:owner xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'/>"),
    ],
)
def test_an_empty_feed_in_which_everything_is_known_is_an_empty_feed(body: str) -> None:
    [page] = fetched(
        Scripted([Answer(body, headers={"Content-Type": "application/rss+xml"})]),
        Window("recent", has_archived_records=True),
    )
    assert [r.kind for r in feed.parse(page)] == ["profile"]
