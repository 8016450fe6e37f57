"""The content of an entry: each part with text, its links, its files, and its authors."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.platforms.feed.feeds import atom, item, parsed, read


def test_every_part_with_words_is_read() -> None:
    caption = (
        '<media:content url="https://d.example/a.jpg" medium="image"><media:description>A'
        " plow.</media:description></media:content>"
    )
    record = read(
        "<description>The short of"
        f" it</description><content:encoded>&lt;p&gt;Whole&lt;/p&gt;</content:encoded>{caption}"
    )
    assert (record.text, record.text_html) == ("Whole\n\nThe short of it\n\nA plow.", "<p>Whole</p>")
    picture = '&lt;img src="https://d.example/b.jpg" alt="B"&gt;'
    two = (
        f'<content type="text">Words</content><content type="html">&lt;p&gt;More&lt;/p&gt;{picture}</content>'
    )
    record = atom(f'{two}<summary type="html">&lt;a href="https://d.example/x"&gt;Less&lt;/a&gt;</summary>')
    assert (record.text, record.links) == ("Words\n\nMore\n\nLess", ["https://d.example/x"])
    assert [(m.identity, m.alt_text, m.position) for m in record.media] == [
        ("https://d.example/b.jpg", "B", 1)
    ]


def test_a_summary_that_begins_the_content_is_read_once() -> None:
    record = read(
        "<description>Whole wo...</description><content:encoded>&lt;p&gt;Whole wo... and"
        " more&lt;/p&gt;</content:encoded>"
    )
    assert record.text == "Whole wo... and more"


def test_a_summary_that_goes_on_otherwise_after_a_like_beginning_is_read() -> None:
    start = "All schools of the district will be closed on Monday"
    for more in ("because of the flood", "because of the snow"):
        record = read(
            f"<description>{start} {more}.</description><content:encoded>&lt;p&gt;{start}. Read"
            " on.&lt;/p&gt;</content:encoded>"
        )
        assert record.text == f"{start}. Read on.\n\n{start} {more}."


def test_a_description_beside_a_content_and_a_summary_is_not_lost() -> None:
    content = "<content:encoded>&lt;p&gt;All words&lt;/p&gt;</content:encoded>"
    told = f"<description>Few</description>{content}<itunes:summary>Other</itunes:summary>"
    assert read(told).text == "All words\n\nOther\n\nFew"
    assert read(told.replace("Few", "All")).text == "All words\n\nOther"


def test_what_stands_below_the_title_of_an_episode_is_read_unless_something_else_says_it() -> None:
    below = "<itunes:subtitle>With the superintendent</itunes:subtitle>"
    assert read(f"<description>All words</description>{below}").text == "All words\n\nWith the superintendent"
    assert (
        read(f"<description>With the superintendent, live</description>{below}").text
        == "With the superintendent, live"
    )
    assert (read(below).text, read(below).leftover) == ("With the superintendent", ())
    assert read(f"<title>With the superintendent</title>{below}").text is None


def test_a_language_without_a_name_is_none() -> None:
    profile, entry = parsed(item("<guid>1</guid>", "<language></language>"))
    assert (profile.language, entry.language) == (None, None)


def test_no_description_takes_the_place_of_another() -> None:
    """An entry and each of its images have descriptions, in any order."""

    def captioned(words: str) -> str:
        url = f"https://d.example/{words}.jpg"
        return (
            f'<media:content url="{url}"'
            f' medium="image"><media:description>{words}</media:description></media:content>'
        )

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
        f'{summary}<content type="text">Content</content><group'
        ' xmlns="http://search.yahoo.com/mrss/"><description>Film</description></group>'
    )
    assert sorted((record.text or "").split("\n\n")) == ["Content", "Film", "Short"]


def test_what_is_said_of_a_picture_comes_after_what_the_entry_says() -> None:
    """The feed of a Mastodon account has its text first, then each image with its description.

    The description once replaced that text.
    """
    pictures = [
        f'<media:content url="https://d.example/{words}.png" type="image/png" medium="image">'
        '<media:rating scheme="urn:simple">nonadult</media:rating>'
        f'<media:description type="plain">{words}</media:description></media:content>'
        for words in ("A plow", "A bus")
    ]
    for number, text in ((1, "Closed today\n\nA plow"), (2, "Closed today\n\nA plow\n\nA bus")):
        record = read(
            "<description>&lt;p&gt;Closed"
            f" &lt;b&gt;today&lt;/b&gt;&lt;/p&gt;</description>{''.join(pictures[:number])}"
        )
        assert (record.text, record.text_html) == (text, "<p>Closed <b>today</b></p>")
    record = read(f"<description>A plow</description>{pictures[0]}")
    assert record.text == "A plow", "what both say is said once"


def test_a_picture_that_a_feed_gives_in_several_sizes_is_one_the_widest_and_known_by_its_ending() -> None:
    sizes = "".join(
        f'<media:content width="{w}" url="https://d.example/bus.jpg?w={w}"/>' for w in ("140", "460", "300")
    )
    [picture] = read(sizes).media
    assert (picture.identity, picture.type, picture.url) == (
        "https://d.example/bus.jpg",
        "image",
        "https://d.example/bus.jpg?w=460",
    )
    shown = '<description>&lt;img src="https://d.example/bus.jpg?w=700" alt="Bus 12"&gt;</description>'
    [picture] = read(f"{shown}{sizes}").media
    assert (picture.url, picture.alt_text) == ("https://d.example/bus.jpg?w=700", "Bus 12")
    files = (
        '<enclosure url="https://d.example/call.mp3"/><media:content type="application/octet-stream"'
        ' url="https://d.example/plow.mp4"/>'
    )
    assert [m.type for m in read(f'{files}<media:content url="https://d.example/plan"/>').media] == [
        "audio",
        "video",
        "document",
    ]


@pytest.mark.parametrize(
    ("declared", "sent", "said"),
    [
        ("ISO-8859-1", "utf-8", "Été"),  # the server's charset decides
        ("UTF-8", "iso-8859-1", "Été"),
        ("Shift_JIS", "shift_jis", "日本語"),
        ("UTF-8", "utf-8", "Été &#55357;&#56832;"),  # half a character each, which no XML may contain
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
    body = (
        item(parts.replace(f"{said} description", f"{said} own", 1))
        .decode()
        .replace("?>", f' encoding="{declared}"?>', 1)
    )
    record = parsed(body.encode(sent), Content_Type=f"application/rss+xml; charset={sent}")[-1]
    words = said.replace("&#55357;&#56832;", "\N{GRINNING FACE}")
    assert sorted((record.text or "").split("\n\n")) == [
        f"{words} {name}" for name in ("description", "encoded", "own", "summary")
    ]


def test_content_that_lies_elsewhere_is_a_file_or_a_link() -> None:
    record = atom('<content type="application/pdf" src="https://d.example/agenda.pdf"/>')
    assert ([m.identity for m in record.media], record.links) == (
        ["https://d.example/agenda.pdf"],
        ["https://d.example/agenda.pdf"],
    )
    record = atom('<content type="text/html" src="https://d.example/agenda"/>')
    assert (record.media, record.links) == ([], ["https://d.example/agenda"])


def test_addresses_below_a_base_that_is_relative_itself_lead_to_the_site() -> None:
    """https://www.w3.org/TR/xmlbase/: it is relative to the address of the feed."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"'
        ' xml:base="/blog/"><title>T</title><id>f</id><entry><id>1</id><link href="snow"/><content'
        ' type="html">&lt;img src="bus.png"&gt;&lt;a href="map.pdf"&gt;Map&lt;/a&gt;</content><link'
        ' rel="enclosure" href="a.mp3"/></entry></feed>'
    )
    _, record = parsed(feed.encode())
    site = "https://news.example.org/blog"
    assert (record.url, record.links) == (f"{site}/snow", [f"{site}/map.pdf"])
    assert [m.url for m in record.media] == [f"{site}/bus.png", f"{site}/a.mp3"]


def test_a_file_s_address_has_no_blanks_around_it() -> None:
    """Otherwise the file appeared twice, once with an address where there is nothing."""
    address = "https://d.example/My plow.jpg"
    record = read(
        f'<enclosure url=" {address}\n" type="image/jpeg"/><description>&lt;img'
        f' src="{address}"&gt;</description>'
    )
    assert [m.identity for m in record.media] == [address]


@pytest.mark.parametrize(
    "picture",
    [
        (
            "<image><url>https://d.example/a.jpg</url><title>Not the"
            " title</title><link>https://d.example/</link></image>"
        ),
        '<itunes:image href="https://d.example/a.jpg"/>',
    ],
)
def test_the_picture_of_an_entry_is_a_file_and_its_title_not_the_entry_s(picture: str) -> None:
    record = read(f"<title>Snow</title><link>https://d.example/1</link>{picture}")
    assert (record.title, record.url, [m.identity for m in record.media]) == (
        "Snow",
        "https://d.example/1",
        ["https://d.example/a.jpg"],
    )


def test_a_picture_that_feedparser_drops_is_told() -> None:
    profile, _ = parsed(item("<guid>1</guid><image>https://d.example/a.jpg</image>"))
    assert profile.leftover == ("image: an address alone, which feedparser drops",)


def test_what_feedburner_and_others_write_of_a_feed_is_nothing_new_at_each_capture_and_its_thumbnail_is_its_picture() -> (
    None
):
    names = (
        b'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
        b' xmlns:media="http://search.yahoo.com/mrss/"'
    )
    told = (
        "<feedburner:info"
        ' uri="d/news"/><feedburner:emailServiceId>d/news</feedburner:emailServiceId><rating>x</rating>'
    )
    told += "<feedburner:feedburnerHostname>https://feedburner.google.com</feedburner:feedburnerHostname>"
    told += '<media:copyright>D</media:copyright><media:thumbnail url="https://d.example/logo.png"/>'
    profile, _ = parsed(item("<guid>1</guid>", told).replace(b"<rss ", b"<rss " + names + b" "))
    assert ([m.identity for m in profile.media], profile.leftover) == (["https://d.example/logo.png"], ())


def test_the_player_of_a_film_in_a_feed_of_youtube_is_no_file_and_its_picture_is() -> None:
    group = (
        '<group xmlns="http://search.yahoo.com/mrss/"><content url="https://films.example/v/7?version=3"'
        ' width="640" height="390" '
    )
    group += (
        'type="application/x-shockwave-flash"/><thumbnail url="https://films.example/7/hq.jpg" width="480"'
        ' height="360"/>'
    )
    group += (
        '<community><starRating count="1" average="5.00" min="1" max="5"/><statistics'
        ' views="18"/></community></group>'
    )
    schemas = 'xmlns:yt="http://www.youtube.com/xml/schemas/2015"'
    ids = f"<yt:videoId {schemas}>7</yt:videoId><yt:channelId {schemas}>c</yt:channelId>"
    film = atom(f"{ids}{group}")
    assert [(m.identity, m.type, m.width) for m in film.media] == [
        ("https://films.example/7/hq.jpg", "image", 480)
    ]
    assert film.leftover == ()


def test_several_authors_are_all_named_and_never_mixed() -> None:
    record = atom(
        "<author><name>Ann</name><uri>https://a.example</uri></author><author><name>Ben</name></author>"
    )
    assert (record.author_name, record.author_id) == ("Ann, Ben", "https://a.example")
    record = atom(
        "<author><name>Ann</name></author><author><name>Ben</name><email>ben@d.example</email></author>"
    )
    assert (record.author_name, record.author_id) == ("Ann, Ben", None)
    assert read("<dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator>").author_name == "Ann, Ben"


@pytest.mark.parametrize("name", ["links", "title_detail", "summary_detail", "author_detail", "authors"])
def test_an_element_with_a_name_of_feedparser_s_own_is_left_over(name: str) -> None:
    record = read(f"<title>Snow</title><description>Closed</description><{name}>x</{name}>")
    assert (record.title, record.text, record.leftover) == ("Snow", "Closed", (name,))
