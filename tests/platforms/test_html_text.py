"""The quick reader of plain markup finds exactly what a browser's parser finds, for any input."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.platforms import html_text
from recordroom.platforms.html_text import HtmlContent, HtmlImage, read_html, read_text

WORDS = st.sampled_from(
    ["snow", " ", "\n", "  two", "\xa0", "&amp;", "&#8217;", "&nbsp;", "&copy", "é", "😀", "a > b", '"', "'", "\t", "&lt;p&gt;",
     "&", "x ", " y", "&#32;"]
)  # fmt: skip
NAMES = (*sorted(html_text.PLAIN), "table", "td", "tr", "pre", "script", "iframe", "title", "P")
TAGS = st.sampled_from(
    [f"<{slash}{name}>" for name in NAMES for slash in ("", "/")]
    + ['<a href="/x?a=1&amp;b=2">', '<a href="https://d.example/y" class="b">', "<a href='/z'>", '<a href="javascript:x()">']
    + ['<a href=" /q">', '<img src="/i.png" alt="a > b" class="wp-image-7" width="10" />', '<img alt="x">', "<!-- c -->", "<"]
    + ['<img src="data:image/png;base64,AA">', '<img class="wp-smiley" src="/e.png" alt="😀">', '<video src="/v.mp4">', "<video>"]
    + ["<audio>", '<source src="/s.mp3">', '<a href="/x&copy=1">', '<a href="/1" href="/2">', '<p style="color:red">', "<br/>"]
    + ["<br />", "<>", "</", "<p", "\0", "\r\n", "<svg>", '<img src="/0.gif" data-src="/real.jpg">', "<pre class='c'>"]
    + ['<div style="background-image:url(/b.jpg)" aria-label="B">', '<span style="background:#fff url(&quot;b.png&quot;) 0">']
    + ['<embed src="/x.pdf">', "<object data='/y.pdf'>"]
)  # fmt: skip


def elements(*names: str) -> Callable[[st.SearchStrategy[str]], st.SearchStrategy[str]]:
    return lambda inner: st.tuples(st.sampled_from(names), st.lists(inner, max_size=3)).map(
        lambda t: f"<{t[0]}>{''.join(t[1])}</{t[0]}>"
    )


LEAVES = WORDS.filter(lambda w: "<" not in w) | st.sampled_from(
    ["<br>", '<a href="/x?a=1&amp;b=2">x</a>', '<img src="/i.png" alt="a">']
)
PHRASES = st.recursive(LEAVES, elements("b", "em", "span", "code", "sup"), max_leaves=4)
PARAGRAPHS = elements("p", "h2", "li", "figcaption", "dd")(PHRASES)
NESTED = st.recursive(
    PARAGRAPHS, elements("div", "section", "blockquote", "ul", "figure", "header"), max_leaves=4
)
BASE = "https://d.example/p/"


def carefully(html: str) -> HtmlContent:
    return html_text._assembled(html_text._TAG.split(html_text._CLEANER.clean(html)), BASE, careful=False)


@given(st.lists(WORDS | TAGS, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_both_ways_find_the_same_words_links_and_pictures(html: str) -> None:
    quick = read_html(html, BASE)
    if "<" in html and "<pre" not in html:
        careful = carefully(html)
        assert "".join(quick.text.split()) == "".join(careful.text.split())
        assert (quick.links, quick.pictures) == (careful.links, careful.pictures)


@given(st.lists(NESTED, max_size=4).map("".join))
@settings(max_examples=300, deadline=None)
def test_both_ways_break_lines_alike_where_tags_are_closed(html: str) -> None:
    assert "<" not in html or read_html(html, BASE) == carefully(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain  text &amp; more\n", "plain text & more"),
        ("", ""),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>after", "a\nb\n\nafter"),
        ("before<ul><li>a</li></ul>", "before\n\na"),
        ("a<br><br><br>b", "a\n\nb"),
        ("<b>a</b> <i>b</i>", "a b"),
        (
            "<table><tr><td>Mon</td><td>closed</td></tr><tr><td>Tue</td><td>open</td></tr></table>",
            "Mon closed\nTue open",
        ),
        ("<pre>a\n  b</pre>", "a\nb"),
        ('<pre class="wp-block-code"><code>a\nb</code></pre>', "a\nb"),
        ("x <script>alert(1)</script><style>p{}</style>y", "x y"),
        ("1 < 2 and <b>3</b>", "1 < 2 and 3"),
        (
            (
                "<p>See</p><svg><title>T</title><text>Closed:"
                " <tspan>one</tspan></text><text>Two</text></svg>after"
            ),
            "See\n\nClosed: one\nTwo\nafter",
        ),
        (
            (
                "<svg><desc>Made with</desc><path d='M0'/></svg>x"
                " <svg><style>p{}</style><script>y</script></svg>"
            ),
            "x",
        ),
        ("<svg><foreignObject><div>inner <b>words</b></div></foreignObject></svg>", "inner words"),
        (
            "is <math><mrow><mn>1</mn><mo>+</mo><mi>x</mi></mrow><annotation>1+x</annotation></math> long",
            "is 1+x long",
        ),
        ("<p>Snow <img class='wp-smiley' src='/s.png' alt='❄️'> day</p>", "Snow ❄️ day"),
    ],
)
def test_text(html: str, text: str) -> None:
    assert read_text(html) == text


def test_links_and_pictures() -> None:
    html = (
        '<p><a href="/a?x=1&amp;y=2">a</a><a href="/a?x=1&amp;y=2">again</a><a'
        ' href="javascript:alert(1)">no</a><img src="https://cdn.example/i-300x200.jpg?w=3" alt="A bus &gt; a'
        ' car" width="300" height="200" class="wp-image-9 large"></p><video><source src="v.mp4"><source'
        ' src="v.webm"></video><audio controls src="/s.mp3"></audio><iframe'
        ' src="https://v.example/1"></iframe>'
    )
    found = read_html(html, "https://d.example/p/")
    assert found.links == ["https://d.example/a?x=1&y=2", "https://v.example/1"]
    assert found.pictures == [
        HtmlImage(
            "https://cdn.example/i-300x200.jpg?w=3", "image", "A bus > a car", 300, 200, "wp-image-9 large"
        ),
        HtmlImage("https://d.example/p/v.mp4", "video", None, None, None, ""),
        HtmlImage("https://d.example/s.mp3", "audio", None, None, None, ""),
    ]


COVER = (
    '<div class="wp-block-cover__image-background wp-image-3 has-parallax" role="img" aria-label="Bus" '
    'style="background-position:50% 50%;background-image:url(/bus.jpg)"></div>'
)


@pytest.mark.parametrize(
    ("html", "links", "pictures"),
    [
        (
            '<img class="lazy" src="/placeholder.gif" data-src="/bus.jpg" alt="Bus">',
            [],
            [("/bus.jpg", "image", "Bus")],
        ),
        (
            '<img src="/placeholder.gif" data-lazy-src="/bus.jpg" alt="Bus" />',
            [],
            [("/bus.jpg", "image", "Bus")],
        ),
        (COVER, [], [("/bus.jpg", "image", "Bus")]),
        ("<figure style=\"background-image:url('/bus.jpg')\"></figure>", [], [("/bus.jpg", "image", "")]),
        ('<div style="color:red">x</div>', [], []),
        (
            '<object data="/agenda.pdf" type="application/pdf"><a href="/agenda.pdf">PDF</a></object>',
            ["/agenda.pdf"],
            [],
        ),
        ('<embed src="/agenda.pdf">', ["/agenda.pdf"], []),
        ('<iframe data-src="https://d.example/map" src="about:blank"></iframe>', ["/map"], []),
        (
            '<video src="/v.mp4"><track kind="captions" src="/v.vtt"></video>',
            ["/v.vtt"],
            [("/v.mp4", "video", None)],
        ),
    ],
)
def test_files_are_found_wherever_a_page_keeps_them(
    html: str, links: list[str], pictures: list[tuple[str, str, str | None]]
) -> None:
    found = read_html(html, "https://d.example/")
    assert [link.removeprefix("https://d.example") for link in found.links] == links
    assert [(p.url.removeprefix("https://d.example"), p.type, p.alt_text) for p in found.pictures] == pictures


def test_very_many_links_are_read_at_once() -> None:
    """A stranger's reply may have them.

    Earlier code compared each with all before it, which took minutes.
    """
    html = "".join(f'<a href="https://a.example/{number}">x</a> ' for number in [*range(100_000), 7])
    began = process_time()
    found = read_html(html, BASE)
    assert (len(found.links), found.links[-1]) == (100_000, "https://a.example/99999")
    assert process_time() - began < 30
