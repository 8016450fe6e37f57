"""Hostile words, names, links and files, captured and archived, then walked in a real browser: nothing runs,
nothing is asked elsewhere, and what a reader sees is what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from infra.sandbox.pictures import png
from recordroom.capture.workspace import Workspace
from recordroom.rights import Right
from recordroom.search.filters import Filters
from recordroom.text import to_one_line
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.archives import TestArchive
from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.browsing import Sitting
from tests.web.conftest import order_of
from tests.web.hostile import FILES, HARMLESS, PAYLOADS
from tests.web.seated import seated, served
from tests.web.test_pages import PAGES

pytestmark = pytest.mark.thorough

US = "mastodon/district"
THREAD = 60  # replies of a conversation are all that Mastodon gives without a token
ENTRIES = [
    account("hostile", "wordpress", title=PAYLOADS[0]),
    account(
        "captured",
        "mastodon",
        title="</title><img src=x onerror=alert(1)>",
        url="https://social.test/@district",
        api_url="http://social.test",
    ),
]
# in which a browser shows a file by itself
OF_THE_VIEWER = ("the browser: Applying inline style", "the browser: Loading media")
WORDS = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)].map(one => one.textContent);
    return {
        heading: all('h1'), title: all('.title'), text: all('.text'), code: all('main code'), caption: all('figcaption'), how: all('.how'),
        alt: [...document.images].map(one => one.alt), said: all('.conversation .words'), name: all('.conversation .meta'),
        found: all('.results .words'), by: all('.results h3'),
    };
}"""
FOREIGN = """() => {
    const ours = location.origin + '/records/';
    const kinds = 'script:not([src]), iframe, object, embed, svg:not([class]), math, style, base, meta[http-equiv], template, dialog, ' +
        'portal, frameset, textarea:not([name=terms], [name=reason], [name=evidence], [name=records], [name=conversations]), marquee, link:not([rel=stylesheet]), plaintext, noscript, picture, track';
    const names = /^(on.*|style|srcset|srcdoc|ping|formaction|background|contenteditable|autofocus)$/;
    const leads = (one) => ['href', 'src', 'action', 'data', 'poster'].some(name => one.hasAttribute(name) && !one[name].startsWith(ours));
    const out = (one) => one.matches('body > header > form') && one.action === location.origin + '/auth/sign-out/';
    return [...document.querySelectorAll('*')].filter(one => one.matches(kinds) || (leads(one) && !out(one)) ||
        [...one.attributes].some(attribute => names.test(attribute.name))).map(one => one.outerHTML.slice(0, 200));
}"""
TURNING = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) {
        const inside = node.parentElement, style = getComputedStyle(inside), alone = inside.textContent.trim() === node.data.trim();
        const apart = style.unicodeBidi.startsWith('isolate') && (style.display === 'inline' || alone);
        if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data) && !apart && !inside.closest('.text, .words, .at'))
            found.push(inside.outerHTML.slice(0, 200));
    }
    return found;
}"""


def at(place: int) -> str:
    return PAYLOADS[place % len(PAYLOADS)]


def name_of(number: int) -> str:
    """The id of a record: some platforms let their users choose it."""
    payload = at(number)
    return (
        f"wordpress:{number}/{payload if payload == to_one_line(payload) and len(payload) < 200 else number}"
    )


def as_shown(text: str) -> str:
    """What HTML makes of characters that it cannot hold."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def bare(text: str) -> str:
    """Return the text without white space, of which a platform's HTML keeps one."""
    return "".join(as_shown(text).split())


def assert_all_in(shown: list[str]) -> None:
    begins = {bare(one)[:200] for one in shown}
    lacking = [
        payload for payload in PAYLOADS if not any(one.startswith(bare(payload)[:200]) for one in begins)
    ]
    assert not lacking, lacking


def written(number: int) -> dict[str, Any]:
    """A record whose every word is hostile, each another one."""
    picture = FILES[number] if number < len(FILES) else png("x", 8, 8)
    files = [media(picture, "p1", alt_text=at(number + 4))]
    files.append(
        {
            "identity": at(number + 5),
            "type": "video",
            "sha256": None,
            "bytes": None,
            "position": 2,
            "missing_reason": at(number + 6),
        }
    )
    told: dict[str, Any] = {
        "title": at(number + 1),
        "author_name": at(number + 2),
        "author_handle": at(number + 3),
        "author_id": at(number + 3),
    }
    told |= {
        "url": at(number + 7),
        "links": [at(number + 8)],
        "tags": [at(number + 9)],
        "mentions": [at(number + 10)],
    }
    return {
        "record_id": name_of(number),
        "text": at(number),
        "media": files,
        "language": at(number + 11),
        **told,
    }


def changed(number: int) -> dict[str, Any]:
    return {
        "record_id": name_of(number),
        "text": at(number + 1),
        "status": "hidden",
        "acted_by": "agency",
        "status_reason": at(number + 12),
    }


def people_write(start: Any) -> Network:
    """Everything once as the words of somebody who is called so, and describes a picture so."""
    network = Network(start)
    network.place("mastodon", "District Social", host="social.test")
    network.account(US, "The district")
    network.quota("mastodon", 10**6)
    for first in range(0, len(PAYLOADS), THREAD):
        post = network.publish(US, f"What do you think, {first}?")
        for number, payload in enumerate(PAYLOADS[first : first + THREAD], first):
            who = f"mastodon/p{number}@elsewhere.test"
            network.account(who, at(number + 1))
            network.comment(who, post, payload, photos=[network.photo("mastodon", at(number + 2), seed="x")])
    return network


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """Every attack in every place with a text of other people; then captured from a platform that people
    write on.
    """
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("hostile"), elasticsearch)
    register = building.enrol(*ENTRIES)
    numbers = range(len(PAYLOADS))
    building.capture("hostile", [written(n) for n in numbers], at=DAY)
    building.capture("hostile", [changed(n) for n in numbers], at=DAY + timedelta(hours=1))
    transport = httpx.WSGITransport(create_app(people_write(DAY), "mastodon"))
    outcome = TestArchive(
        Workspace(building.settings, building.archive, building.derived, transport), register
    ).capture("captured")
    assert outcome.failure is None
    building.index()
    order_of(building, "</title>" + at(2), 'text:* OR "<script>alert(1)</script>"')
    return building


@pytest.fixture(scope="module")
def sitting(building: Building, browser: Browser, folder: Path) -> Iterator[Sitting]:
    """Before the room without Airflow around it: what is served is the same, and no other test meets these
    records.
    """
    with seated(building, lambda: Person("records-officer", frozenset(Right))) as room, served(room) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        yield Sitting.begin(context, url, folder)
        context.close()


def looked_at(sitting: Sitting, address: str, **asked: Any) -> dict[str, list[str]]:
    """The words of a page on which nothing is anybody else's but words."""
    page = sitting.open(f"{address}?{urlencode(asked)}" if asked else address)
    assert page.evaluate(FOREIGN) == []
    assert page.evaluate(TURNING) == []
    assert page.title() != "Something went wrong - Records"
    assert sitting.quiet()
    found: dict[str, list[str]] = page.evaluate(WORDS)
    return found


def test_there_is_enough_of_it() -> None:
    assert len(PAYLOADS) >= 300


def test_a_record_shows_all_of_it_as_it_was_written(sitting: Sitting) -> None:
    for number in range(0, len(PAYLOADS), 4):  # a record shows thirteen of them
        words = looked_at(sitting, "/record", id=name_of(number))
        expected = [as_shown(at(number + n)) for n in range(13)]
        text, title, name, _, alt, _, lacking, url, link, *_, reason = expected
        assert words["heading"] == [f"Post by {name}"]
        assert set(words["title"]) == {title}
        assert (words["text"][0], words["text"][-1]) == (expected[1], text)
        assert {url, link, as_shown(name_of(number))} <= set(words["code"])
        assert (
            alt in words["caption"][0],
            lacking in words["caption"][1],
            reason in "".join(words["how"]),
        ) == (True, True, True)
        if number in (0, 100, 300):
            sitting.picture(f"hostile-record-{number}")


def test_a_search_shows_all_of_it(sitting: Sitting) -> None:
    for account_, sort in (("hostile", "newest"), ("captured", "oldest")):
        sitting.open(f"/search?account={account_}&sort={sort}")
        shown: list[str] = []
        for number in range(100):
            words = looked_at(sitting, sitting.page.url.removeprefix(sitting.url))
            shown += words["found"]
            if number == 3:
                sitting.picture(f"hostile-search-{account_}")
            following = sitting.page.get_by_role("link", name="Next page")
            if not following.count():
                break
            following.click()
        assert_all_in(shown)


def test_a_conversation_shows_all_of_it(sitting: Sitting) -> None:
    found = deps.get_searcher().page(
        "author:district", Filters(account=("captured",)), size=100, viewer=officer(deps.get_searcher())
    )
    roots = [hit.record["record_id"] for hit in found.hits]
    assert len(roots) >= len(PAYLOADS) / THREAD
    said, names = [], ""
    for root in roots:
        words = looked_at(sitting, "/record", id=root)
        while True:
            said += words["said"]
            names += "\n".join(words["name"])
            following = sitting.page.get_by_role("link", name="More of the")
            if not following.count():
                break
            following.click()
            words = looked_at(sitting, sitting.page.url.removeprefix(sitting.url))
    looked_at(sitting, "/proof", id=roots[0], account="captured", sequence=1)
    assert "All steps passed" in sitting.page.get_by_role("status").inner_text()
    assert sitting.page.get_by_text("In plain words: the archive has the platform's response of").count() == 1
    assert_all_in(said)
    for payload in PAYLOADS:
        assert bare(payload)[:100] in bare(names), payload


def test_what_is_asked_comes_back_as_words(sitting: Sitting) -> None:
    others = ("from", "to", "sort", "account", "after", "versions")
    for number in range(0, len(PAYLOADS), 3):
        payload = at(number)[:2000]
        looked_at(
            sitting,
            "/search",
            q=payload,
            **({others[number % len(others)]: at(number + 1)[:2000]} if number % 2 else {}),
        )
        assert sitting.page.get_by_label("Words to search for").input_value() == as_shown(payload).replace(
            "\n", ""
        )


def test_a_proof_names_it_as_words(sitting: Sitting) -> None:
    for number in range(0, len(PAYLOADS), 20):
        words = looked_at(sitting, "/proof", id=name_of(number), account="hostile", sequence=1)
        assert as_shown(name_of(number)) in words["code"]


def test_only_what_begins_as_a_picture_film_or_sound_is_shown(sitting: Sitting) -> None:
    for number, data in enumerate(FILES):
        address = "/media?" + urlencode(
            {"id": name_of(number), "account": "hostile", "sequence": 1, "position": 1}
        )
        answer = sitting.page.request.get(sitting.url + address)
        assert (answer.status, answer.body()) == (200, data)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        attached = answer.headers.get("content-disposition", "").startswith("attachment")
        kind = answer.headers["content-type"]
        assert kind == "application/octet-stream" if attached else kind.startswith(("image/", "audio/"))
        assert attached == (number < HARMLESS)
        if not attached:
            sitting.open(address)
            assert all(words.startswith(OF_THE_VIEWER) for words in sitting.wrong)
            sitting.wrong.clear()


def test_every_other_page_stands_beside_it(sitting: Sitting) -> None:
    """Accounts have titles, and people look at what is not there.

    The help is left out: it shows nothing that was captured, and tests/web/test_help.py walks it.
    """
    for address in PAGES.values():
        if not address.startswith("/help"):
            looked_at(sitting, address)
