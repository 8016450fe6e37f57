"""The search as a reader uses it: suggestions for no hits, choices next to the hits, and where a hit leads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient

from recordroom import model
from recordroom.archive.gaps import WHOLE, Gaps
from recordroom.errors import ServiceUnavailable
from recordroom.records.changes import captions_in
from recordroom.register.models import COUNTS_DIFFER
from recordroom.rights import Right
from recordroom.search.facets import SHOWN
from recordroom.web import deps
from recordroom.web.routes import search
from recordroom.web.templating import EXAMPLES, STATUSES
from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

SITES = [f"site-{number:02}" for number in range(SHOWN + 3)]
URN = "urn:li:person:abc"
CONCERT = f"Concert of the choir. It sings at noon.{' Its stage is in the yard.' * 6} Bring a chair."
FILM, CAPTIONS = "youtube:f2", "f2/captions/es/t1/2026-03-02T00:00:00Z"
PAGE, COMMENT, ANSWER = "linkedin:urn:li:share:1", "linkedin:urn:li:comment:2", "linkedin:urn:li:comment:3"


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("search"), elasticsearch)
    entries = [
        *(account(name, "wordpress") for name in SITES),
        account("page", "linkedin"),
        account("films", "youtube"),
        account("board", "wordpress", confidential=True),
    ]
    building.enrol(*entries)
    for number, name in enumerate(SITES):
        words = "Snow on every road" if number else "The bus is late"
        building.capture(
            name, [{"record_id": f"wordpress:{name}/posts/1", "text": words, "author_id": "7"}], at=DAY
        )
    files: list[dict[str, Any]] = [media(b"a picture", "p"), media(b"a film", "f", type="video", position=2)]
    post = {
        "record_id": PAGE,
        "text": "Town hall",
        "media": files,
        "author_name": "Town",
        "author_id": "urn:li:organization:1",
    }
    talk = {"root_id": PAGE, "author_id": URN}
    below = [
        {"record_id": COMMENT, "kind": "comment", "text": "When?", "parent_id": PAGE, **talk},
        {"record_id": ANSWER, "kind": "reply", "text": "At seven", "parent_id": COMMENT, **talk},
    ]
    mira = {"author_name": "Mira Okonjo", "author_handle": "mira.o", "author_id": "mira"}
    below += [{"record_id": f"linkedin:urn:li:share:2{n}", "text": "Good morning", **mira} for n in range(4)]
    below += [{"record_id": "linkedin:urn:li:share:30", "text": "Mira Okonjo asked for the ice rink"}]
    thanks = {
        "record_id": "linkedin:urn:li:share:9",
        "text": "Thanks to the driver",
        "author_name": "Gate 9 Dad",
        "author_id": "dad",
    }
    building.capture("page", [post, *below, thanks], at=DAY)
    building.capture(
        "board", [{"record_id": "wordpress:b/posts/1", "text": "Snow and a bus and a secret"}], at=DAY
    )
    film: dict[str, Any] = media(b"a show", "f2", type="video", alt_text="A show")
    tracks = [film, media(b"WEBVTT", CAPTIONS, type="document", position=2)]
    building.capture("films", [{"record_id": FILM, "text": CONCERT, "media": tracks}], at=DAY)
    gaps = Gaps(building.archive)
    for reason, words in (
        (COUNTS_DIFFER, "2 answers to 1 record"),
        (f"{COUNTS_DIFFER}{WHOLE}", "5 answers to 2 records"),
    ):
        gaps.open_("page", reason, words)
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who, follow_redirects=True) as client:
        yield client


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def links(page: str, text: str) -> list[str]:
    """Return the addresses of links with these words."""
    return [
        unescape(to)
        for to, said in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
        if words(said) == text
    ]


# -- a hit
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("concert", r"Concert of the choir\. .* \.\.\."),
        ("sings", r"\.\.\. It sings at noon\. .* \.\.\."),
        ("chair", r"\.\.\. Bring a chair\."),
        ("concert+chair", r"Concert of the choir\. .* \.\.\. Bring a chair\."),
        ("show", r"file description: A show"),
    ],
)
def test_a_sentence_of_a_post_does_not_look_like_all_of_it(
    client: TestClient, query: str, shown: str
) -> None:
    page = client.get(f"/search?q={query}").text
    [first, *_] = re.findall(r'<p class="words">(.*?)</p>', page, re.DOTALL)
    assert re.fullmatch(shown, " ".join(unescape(re.sub(r"<[^>]*>", "", first)).split()))


# -- nothing found
# ------------------------------------------------------------------------------------------------------------


def test_where_nothing_has_all_words_any_of_them_are_offered_with_what_each_finds(
    client: TestClient, who: Who
) -> None:
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    page = client.get("/search?q=snow+bus&from=2026&sort=oldest").text
    assert f"Any of these words : {len(SITES)} records. Each alone: snow : {len(SITES) - 1} bus : 1" in words(
        page
    )
    [any_of], [alone] = links(page, "Any of these words"), links(page, "bus")
    assert f"{len(SITES)} records" in client.get(any_of).text
    assert "1 record<" in client.get(alone).text
    assert "from=2026" in any_of, "what narrows the search stays"
    who.rights = frozenset(Right)
    assert "1 record<" in client.get("/search?q=snow+bus").text, (
        "a person who may see the record that has both finds it"
    )


def test_what_was_ruled_out_stays_ruled_out(client: TestClient) -> None:
    page = client.get('/search?q="town+hall"+bus+-secret').text
    [any_of] = links(page, "Any of these words")
    assert any_of.startswith("/search?q=%28%22town+hall%22+OR+bus%29+-secret")
    assert "2 records<" in client.get(any_of).text
    assert 'Each alone: "town hall" -secret : 1 bus -secret : 1' in words(page)


def test_what_may_be_offered_fails_alone(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ServiceUnavailable("Elasticsearch responded with status 503")

    monkeypatch.setattr("recordroom.search.searcher.Searcher._count_each", away)
    answer = client.get("/search?q=zebra+gnu")
    assert (answer.status_code, "Nothing was found" in words(answer.text)) == (200, True)


@pytest.mark.parametrize("query", ["zebra", "zebra+OR+gnu", "", "-snow+-bus+-town+-when+-seven"])
def test_one_word_alternatives_and_nothing_offer_no_other_words(client: TestClient, query: str) -> None:
    page = words(client.get(f"/search?q={query}&from=1990&to=1991").text)
    assert "Nothing was found" in page
    assert "Any of these words" not in page


def test_where_no_word_is_found_that_is_said(client: TestClient) -> None:
    assert "None of these words is found with these filters." in client.get("/search?q=zebra+gnu").text
    assert client.get(f"/search?q={'+'.join(f'zebra{n}' for n in range(40))}").status_code == 200


@pytest.mark.parametrize("query", ["gate 9 dad", '"Gate 9 Dad"', "dad", "+dad -snow", "dad dad"])
def test_who_is_called_so_is_offered_where_no_record_has_the_words(client: TestClient, query: str) -> None:
    page = client.get("/search", params={"q": query, "account": "page"}).text
    assert "This name as an author : 1 record" in words(page)
    [to] = links(page, "This name as an author")
    assert "account=page" in to, "what narrows the search stays"
    found = words(client.get(to).text)
    assert "1 record Search:" in found
    assert "Thanks to the driver" in found


@pytest.mark.parametrize(
    "query",
    ["zebra", "gate:9", "author:zebra", "da*y", "dad OR zebra", "-dad -snow -bus -town -when -seven -thanks"],
)
def test_nobody_is_offered_who_is_not_called_so_nor_for_what_is_no_name(
    client: TestClient, query: str
) -> None:
    assert "This name as an author" not in client.get("/search", params={"q": query}).text


@pytest.mark.parametrize("query", ["Mira Okonjo", '"mira okonjo"', "Okonjo, Mira", "@mira.o", "mira.o"])
def test_a_query_that_is_an_authors_name_offers_what_the_author_wrote(client: TestClient, query: str) -> None:
    page = client.get("/search", params={"q": query, "account": "page"}).text
    [to] = links(page, "Records by this author") or links(page, "This name as an author")
    assert re.search(r"(Records by this author|This name as an author) : 4 records", words(page))
    assert "account=page" in to, "what narrows the search stays"
    assert "4 records Search:" in words(client.get(to).text)


@pytest.mark.parametrize("query", ["mira", "ice", "asked", "Mira Okonjo rink", "Mira OR Okonjo", ""])
def test_other_queries_with_hits_offer_no_author(client: TestClient, query: str) -> None:
    page = client.get("/search", params={"q": query, "account": "page"}).text
    assert "Nothing was found" not in page
    assert "Records by this author" not in page


@pytest.mark.parametrize(
    "query", ["snow/bus", "snow-bus", "snow & bus", "snow w/5 bus", "snow and bus", '"snow bus"', "snow,bus"]
)
def test_words_that_are_joined_in_any_way_keep_the_offer_of_any_of_them(
    client: TestClient, who: Who, query: str
) -> None:
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    page = client.get("/search", params={"q": query}).text
    assert f"Any of these words : {len(SITES)} records. Each alone: snow : {len(SITES) - 1} bus : 1" in words(
        page
    )
    who.rights = frozenset(Right)
    page = client.get("/search", params={"q": query}).text
    apart = query not in ("snow & bus", "snow and bus")
    assert bool(links(page, "All of these words, anywhere")) == (apart and "Nothing was found" in page)


def test_where_nothing_is_found_the_doubts_of_the_reading_are_listed(client: TestClient) -> None:
    page = words(client.get("/search", params={"q": "zebra? gnu"}).text)
    told = page.partition(
        "Before you report that there are no records, check that the search means what you intended:"
    )[2]
    assert told.startswith(
        " Without an operator, all words must occur (AND) . ? at the end of a word is punctuation"
    )
    assert "Before you report" not in client.get("/search?q=zebra").text
    assert "Before you report" not in client.get("/search?q=snow%3F").text


def test_a_question_finds_what_its_words_find(client: TestClient) -> None:
    page = words(client.get("/search", params={"q": "Is the bus late?"}).text)
    assert 'and the word "late". Without an operator' in page
    assert "1 record Search:" in page


def test_the_series_that_the_facet_calls_undecided_is_found_by_that_name(client: TestClient) -> None:
    page = client.get("/search?q=bus&facets=1").text
    [number] = re.findall(r"undecided: retain (\d+)", words(page))
    found = words(client.get("/search", params={"q": 'bus series:"undecided: retain"'}).text)
    assert f"{number} record" in found.partition("Search: ")[0]
    assert int(number) > 0


@pytest.mark.parametrize(
    ("page", "given"),
    [
        *(
            (page, given)
            for page in ("search", "export", "terms")
            for given in ("versions=on", "messages=true", "quarantined=0")
        ),
        *(
            (page, given)
            for page in ("search", "export")
            for given in ("media=blob", "kind=pst", "status=zebra")
        ),
    ],
)
def test_a_value_that_nothing_can_have_is_refused(client: TestClient, page: str, given: str) -> None:
    answer = client.get(f"/{page}?q=snow&{given}")
    name, value = given.split("=")
    assert answer.status_code == 400
    assert re.search(
        f"There is no {name} '{value}' in the index|'{value}' is not a value of {name}", words(answer.text)
    )


def test_fewer_words_are_proposed_where_all_of_them_must_be_there(client: TestClient) -> None:
    many = [f"zebra{n}" for n in range(40)]
    for query, proposed in (
        (" ".join(many), True),
        (" OR ".join(many), False),
        ("zebra OR gnu", False),
        ('"zebra gnu"', False),
    ):
        page = client.get("/search", params={"q": query}).text
        assert ("Try fewer words. A record must contain all of them." in page) == proposed, query


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("author:gate", True),
        ("name:gate -snow", True),
        ("handle:gate", True),
        ("gate 9 dad", True),  # the offer of an author
        ("author:gate account:films", False),
        ("author:gate OR account:films", True),
        ("snow", False),
        ('"author_name"', False),
        ("zebra gnu", False),
    ],
)
def test_a_search_for_an_author_says_where_nobody_is_named(
    client: TestClient, query: str, told: bool
) -> None:
    page = words(client.get("/search", params={"q": query}).text)
    notice = "LinkedIn organization pages (page): only pages that comment have a name"
    assert (notice in page, "These platforms do not name all authors" in page) == (told, told)
    assert notice not in words(client.get("/search", params={"q": query, "account": "films"}).text)


def test_an_export_and_a_list_of_terms_for_an_author_say_it_too(client: TestClient) -> None:
    notice = "LinkedIn organization pages (page): only pages that comment have a name"
    assert notice in words(client.get("/export?q=author:gate").text)
    assert notice not in words(client.get("/export?q=gate").text)
    for list_, told in (("snow\nauthor:gate", True), ("snow\nbus", False)):
        [token] = set(re.findall(r'name="token" value="([0-9a-f]{64})"', client.get("/terms").text))
        form = {"token": token, "terms": list_}
        assert (notice in words(client.post("/terms", data=form).text)) == told
        assert (
            f"a search by author name may miss records: {notice}"
            in client.post("/terms", data=form | {"form": "csv"}).text
        ) == told


@pytest.mark.parametrize(
    ("query", "told"),
    [("acted_by:agency", True), ("snow -acted_by:(author OR agency)", True), ("agency", False)],
)
def test_a_search_by_whom_says_that_most_platforms_do_not_prove_it(
    client: TestClient, query: str, told: bool
) -> None:
    page = client.get("/search", params={"q": query, "account": "page", "versions": "1"}).text
    assert ("only if the platform proves it" in page) == told
    leads = [parse_qs(urlsplit(to).query) for to in links(page, "Show what an unknown person hid or removed")]
    assert leads == [{"q": ["acted_by:unknown"], "account": ["page"], "versions": ["1"]}] * told


def test_of_what_is_too_long_a_part_is_shown_and_nothing_is_guessed(client: TestClient) -> None:
    page = words(client.get(f"/search?q={'levy+' * 999}levyy").text)
    assert (
        "The query has 5,000 characters; the limit is 4,000, and a term report takes a list of queries"
        in page
    )
    assert "of 5,000 characters" in page
    assert ("Did you mean" in page, page.count("levy") < 100) == (False, True)
    long = words(client.get(f"/search?q={'snow+' * 300}%28").text)
    assert ("of 1,501 characters" in long, long.count("snow") < 100) == (True, True)


# -- how to search, and what no search finds
# ------------------------------------------------------------------------------------------------------------


def test_help_leads_to_searches_that_can_be_read_and_says_what_each_status_means(client: TestClient) -> None:
    page = client.get("/search").text
    for one in EXAMPLES:
        [to] = [to for to in links(page, one.query) if ("versions=1" in to) == one.versions]
        assert client.get(to).status_code == 200
    assert {"changed:text", "acted_by:agency", "status:(removed OR unavailable)"} <= {
        one.query for one in EXAMPLES
    }
    assert set(STATUSES) == set(model.STATUSES)
    assert all(f"status:{status} {meaning}" in words(page) for status, meaning in STATUSES.items())
    assert "or captions." in words(page)


def test_help_leads_to_searches_within_the_same_limits(client: TestClient) -> None:
    limits = {"account": ["page"], "from": ["2026"], "messages": ["1"], "sort": ["oldest"]}
    page = client.get("/search", params={"q": "snow", **limits}).text
    for query, more in (("bus OR train", {}), ("changed:text", {"versions": ["1"]}), ("status:removed", {})):
        [to] = links(page, query)
        asked = parse_qs(urlsplit(to).query)
        assert asked.pop("q") == [query]
        assert asked == limits | more
    for to in links(client.get("/search", params={"versions": "1"}).text, "bus OR train"):
        assert "versions=1" in to, "what was chosen stays chosen"


def test_files_without_a_description_lead_to_their_records(client: TestClient) -> None:
    page = client.get("/search?q=zebra&account=films&account=page").text
    assert "3 files in these accounts and dates have no description" in words(page)
    [to] = links(page, "Show the records with such files")
    found = words(client.get(to).text)
    assert '2 records Search: number of files without a description after "0";' in found
    assert ("Town hall" in found, "Concert" in found) == (True, True)


def test_captions_are_called_so(client: TestClient) -> None:
    page = words(client.get(f"/record?id={FILM}").text)
    assert "Description by its author: A show" in page
    assert (
        page.count("Captions in es : the spoken words of the video as text. Search does not cover captions.")
        == 1
    )
    assert "No description by its author" not in page
    assert (
        captions_in({"identity": "texttracks/14/en-US/captions/English", "type": "document"}, "vimeo")
        == "en-US"
    )
    assert captions_in({"identity": "771/es_LA/2026", "type": "document"}, "facebook") == "es_LA"
    assert captions_in({"identity": CAPTIONS, "type": "document"}, "linkedin") is None


# -- what a hit shows
# ------------------------------------------------------------------------------------------------------------


def test_a_hit_shows_its_words_also_where_something_else_of_it_was_sought(client: TestClient) -> None:
    page = words(client.get("/search?q=author:town").text)
    assert "author: Town Town hall" in page
    assert page.count("Town hall") == 1
    assert words(client.get("/search?q=hall+author:town").text).count("Town hall") == 1, (
        "once, where they are marked"
    )


def test_a_list_says_that_what_was_said_before_an_edit_is_not_in_it(client: TestClient) -> None:
    page = client.get("/search?q=town&account=page").text
    assert "This search covers the current version of each record" in words(page)
    [to] = links(page, "Search every version")
    assert "account=page" in to
    assert "before an edit" not in client.get(to).text


# -- what can be chosen
# ------------------------------------------------------------------------------------------------------------


def test_every_account_can_be_chosen_also_beyond_the_first(client: TestClient) -> None:
    page = client.get("/search?q=&facets=1").text
    assert all(links(page, f"{name} 1") for name in SITES)
    last = links(page, f"{SITES[-1]} 1")[0]
    assert f"<summary>{len(SITES) + 3 - SHOWN} more</summary>" in page
    chosen = client.get(last).text
    assert "1 record<" in chosen
    assert re.search(r"<details open>\s*<summary>\d+ more", chosen), "what is chosen is not shut away"


def test_the_facets_of_a_page_are_those_of_its_own_request(client: TestClient) -> None:
    """Their links keep the order of the results."""
    page = client.get("/search?q=town&account=page&sort=best").text
    [alone] = re.findall(r'<aside [^>]*data-facets="([^"]*)"', page)
    separate = client.get(unescape(alone)).text
    complete = client.get("/search?q=town&account=page&sort=best&facets=1").text
    [inside] = re.findall(r"<aside[^>]*>(.*)</aside>", complete, re.DOTALL)
    assert "Remove filter: page" in words(separate)
    assert words(inside) == words(separate)
    addresses = re.findall(r'href="([^"]*)"', separate)
    assert addresses
    assert all("sort=best" in address for address in addresses)
    assert [
        address.replace("&amp;facets=1", "") for address in re.findall(r'href="([^"]*)"', inside)
    ] == addresses


def test_facets_are_an_event_of_the_audit_unless_their_search_is_one(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[dict[str, Any]] = []
    searcher = deps.get_searcher()
    monkeypatch.setattr(
        searcher.journal, "note", lambda type_, body, _: noted.append({"type": type_, **body})
    )
    for address in (
        "/search/facets?q=snow",
        "/search?q=road",
        "/search/facets?q=road",
        "/search/facets?q=bus",
    ):
        assert client.get(address).status_code == 200
    many = len(SITES)  # with the confidential board, without the late bus
    events = [(event["type"], event["query"], event["total"], event["shown"]) for event in noted]
    assert events == [
        ("search", "snow", many, 0),
        ("search", "road", many - 1, many - 1),
        ("search", "bus", 2, 0),
    ]


def test_authors_say_of_which_platform_and_files_that_one_record_counts_twice(client: TestClient) -> None:
    page = client.get("/search?q=&facets=1").text
    assert links(page, f"{URN} LinkedIn 2")
    assert links(page, f"7 WordPress {len(SITES)}")
    assert "A record with several kinds of files counts for each kind." in page


def test_a_facet_that_lists_some_says_which_and_how_to_find_the_rest(
    building: Building, client: TestClient
) -> None:
    many = [
        {"record_id": f"linkedin:urn:li:share:{n}", "text": "Hello", "author_id": f"a{n}"}
        for n in range(100, 100 + SHOWN + 1)
    ]
    building.capture("page", many, at=DAY + timedelta(days=1))
    building.index()
    assert f"The {SHOWN} with the most records. To find others, search for author: and a name" in words(
        client.get("/search?q=hello&facets=1").text
    )


def test_what_stands_in_no_facet_is_said(client: TestClient) -> None:
    page = words(client.get("/search?q=&facets=1").text)
    assert "Authors without an ID on the platform, such as other people on Threads, are not listed" in page
    assert "Records without a date are in no year." in page
    without_authors = words(client.get("/search?q=secret&facets=1").text)
    assert "Author Authors without an ID on the platform" in without_authors, (
        "also where there is none to choose"
    )
    assert "Authors without an ID" not in words(client.get("/search?q=zebra&facets=1").text)


# -- where it leads
# ------------------------------------------------------------------------------------------------------------


def test_an_author_without_a_name_has_a_heading_in_words(client: TestClient) -> None:
    page = client.get(f"/person?platform=linkedin&id={URN}").text
    assert f"<h1>Records by an author without a name on LinkedIn: <code>{URN}</code></h1>" in page
    assert (
        "<h1>Records by <bdi>Town</bdi>, on LinkedIn</h1>"
        in client.get("/person?platform=linkedin&id=urn:li:organization:1").text
    )
    assert (
        "<h1>Comment by an author without a name in the platform&#39;s data</h1>"
        in client.get(f"/record?id={COMMENT}").text
    )


def test_a_record_leads_to_its_conversation_and_to_the_list_of_it(client: TestClient) -> None:
    page = client.get(f"/record?id={ANSWER}").text
    [talk] = links(page, "Show the conversation from its root post")
    assert talk == "/conversation?id=linkedin%3Aurn%3Ali%3Ashare%3A1"
    whole = client.get(talk).text
    assert all(text in whole for text in ("Town hall", "When?", "At seven"))
    assert not links(whole, "Show the conversation from its root post")
    [listed] = links(page, "List all records, oldest first")
    assert "3 records<" in client.get(listed).text


def test_what_the_last_days_and_the_whole_account_lack_is_told_once(client: TestClient) -> None:
    page = words(client.get("/search?q=&account=page").text)
    assert (
        "1 known gap in this search page: the platform counts more than the archive has ( counts-differ )"
        " since " in page
    )
    assert page.count("5 answers to 2 records (of the last days: 2 answers to 1 record)") == 1


def test_a_list_says_which_part_of_it_a_page_is(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on paper, where nothing leads to the other pages."""
    monkeypatch.setattr(search, "SIZE", 8)
    for sort, words in (("", "newest first"), ("&sort=best", "best match first")):
        first = client.get(f"/search?q=snow{sort}").text
        assert f'<p class="meta">Records 1 to 8 of 15, {words}.</p>' in first
        address = unescape(re.findall(r'rel="next" href="([^"]*)"', first)[0])
        second = client.get(address).text
        assert f'<p class="meta">Records 9 to 15 of 15, {words}.</p>' in second
        assert '<ol class="results" start="9">' in second
        old = re.sub("&passed=8", "", address)
        assert (
            f'<p class="meta">7 records of 15, continued from the page before, {words}.</p>'
            in client.get(old).text
        )
    assert "Record 1 of 1, newest" in client.get("/search?q=bus&account=site-00").text
    home = client.get("/").text
    [held] = re.findall(r'<h2 id="held">(\d+) records', home)
    assert f"The 10 most recently captured records of {held}, without private messages." in home


def test_a_conversation_says_which_part_of_it_a_page_is(
    building: Building, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.records.conversation.SIZE", 1)
    address = f"/conversation?{urlencode({'id': PAGE})}"
    page = client.get(address).text
    assert "Reply 1 of 1, in order of publication, each with the first of its own replies." in page
    assert 'rel="next"' not in page, "nothing follows"
    assert "Reply 1 of 1, in order" in client.get(f"/record?{urlencode({'id': COMMENT})}").text
    later = {
        "record_id": "linkedin:urn:li:comment:4",
        "kind": "comment",
        "text": "Where?",
        "parent_id": PAGE,
        "root_id": PAGE,
    }
    building.capture("page", [later], at=DAY + timedelta(days=2))
    building.index()
    next_ = unescape(re.findall(r'rel="next" href="([^"]*)"', client.get(address).text)[0])
    assert "&passed=1" in next_
    last = client.get(next_).text
    assert ("Reply 2 of 2, in order" in last, 'rel="next"' in last) == (True, False)


def test_a_status_that_is_what_is_new_is_told_once(building: Building, client: TestClient) -> None:
    building.capture(
        "films", [{"record_id": FILM, "status": "removed", "acted_by": "agency"}], at=DAY + timedelta(days=3)
    )
    held = {
        "record_id": f"{FILM}0",
        "kind": "comment",
        "text": "Who sings?",
        "status": "held",
        "acted_by": "platform",
    }
    building.capture("films", [held], at=DAY + timedelta(days=4))
    building.index()
    home = words(client.get("/").text)
    assert (home.count("removed by the agency"), home.count("held by the platform")) == (1, 1)
