"""The parsing rules give the significant content that `parse` gives, for every fixture of every platform.

The interpreter of the rules imports nothing of recordroom.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import feed_input
import html_text
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from parsing_rules import Rules, follow

from recordroom.canonical import select_significant, version_of
from recordroom.errors import PlatformFailure
from recordroom.model import SCHEMAS, Exchange, Record
from recordroom.platforms.html_text import read_html
from recordroom.platforms.registry import list_names, load
from recordroom.platforms.schema import load_content
from tests.platforms.test_fixtures import FIXTURES, _wrapped, exchange_of

PLATFORMS = sorted(list_names())
PARSERS = json.loads((SCHEMAS / "rules/parsers.json").read_bytes())  # connector -> number -> what it did
PARTS = (
    "<p>", "</p>", "<b>", "</b>", "<br>", "<br/>", "<div>", "</div>", "<li>", "<td>", "<pre>", "</pre>", "a",
    '<a href="/x?a=1&amp;b=2">', "</a>", "<a href='http://'>", '<img src="b.png" alt="bus">', " ", "\n",
    '<img class="emoji" alt=":)">', "<script>x</script>", "&amp;", "&nbsp;", "&lt;", "<video>", "</video>",
    '<source src="f.mp4">', '<iframe src="https://v.example/1">', "</iframe>", "<", ">", "caf\u00e9", "<!-- -->",
    "<figure style=\"background-image:url('/bus.jpg')\">", "</figure>", "<table>", "<tr>", "</table>", "\t",
)  # fmt: skip


@cache
def rules_of(platform: str) -> Rules:
    return Rules(SCHEMAS / "rules", f"{platform} {load(platform).PLATFORM.parser}")


def records(platform: str) -> Iterator[tuple[str, Exchange, Record]]:
    """Yield (fixture, exchange, record) of every record of a platform's fixtures."""
    connector = load(platform)
    for fixture in FIXTURES:
        if fixture.parent.name != platform:
            continue
        raw = fixture.read_bytes()
        wrapped = _wrapped(raw) if fixture.suffix == ".json" else None
        if wrapped and "known" in wrapped:
            continue  # requests of lookups; their responses are like the others
        try:
            exchange = exchange_of(wrapped) if wrapped else connector.saved(raw, None, None)
            yield from ((fixture.name, exchange, record) for record in connector.parse(exchange))
        except PlatformFailure:
            continue


def read_by_rules(platform: str, exchange: Exchange, pointer: str) -> dict[str, Any]:
    shared = {"context": dict(exchange.context), "url": exchange.url, "pointer": pointer}
    if platform == "feed":
        content_type = exchange.header("Content-Type") or ""
        item = feed_input.read(exchange.body, content_type, exchange.url, pointer)
        return rules_of(platform).read(shared | {"item": item})
    body = load_content(exchange)
    return rules_of(platform).read(shared | {"item": follow(body, pointer), "body": body})


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_rules_are_those_of_the_present_parser_and_earlier_ones(platform: str) -> None:
    assert list(PARSERS[platform])[-1] == str(load(platform).PLATFORM.parser)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_rules_give_the_content_of_every_fixture(platform: str) -> None:
    compared = 0
    for fixture, exchange, record in records(platform):
        found = read_by_rules(platform, exchange, record.pointer)
        assert found == select_significant(record), (fixture, record.pointer)
        compared += 1
    assert compared >= 14


def test_another_text_is_another_version() -> None:
    _, exchange, record = next(one for one in records("mastodon") if one[2].kind == "post")
    body = exchange.body.replace(b"<p>", b"<p>Not ", 1)
    changed = Exchange(exchange.method, exchange.url, 200, (), body, exchange.context)
    assert read_by_rules("mastodon", changed, record.pointer) != select_significant(record)
    assert version_of(record) != version_of(next(load("mastodon").parse(changed)))


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
@example('<p>Schools <b>closed</b>&nbsp;today.<br>See <a href="/x">here</a></p>')
@example('<span style="background:#fff url(&quot;b.png&quot;) 0">')
@example('<a href="http://exam^ple.org">x</a>')
def test_html_is_read_as_parsers_read_it(html: str) -> None:
    ours, theirs = read_html(html, "https://d.example/a"), html_text.read(html, "https://d.example/a")
    assert (ours.text, ours.links) == (theirs["text"], theirs["links"])
    pictures = [(one.url, one.type, one.alt_text, one.width, one.height) for one in ours.pictures]
    names = ("url", "type", "alt", "width", "height")
    assert pictures == [tuple(one[name] for name in names) for one in theirs["images"]]


@pytest.mark.parametrize("file", sorted((SCHEMAS / "format").glob("*.py")), ids=lambda file: file.name)
def test_what_explains_the_archive_imports_nothing_of_recordroom(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.split(".")[0] in ("recordroom", "tests", "infra")]
