"""Records from WordPress's responses, including unusual, saved, and damaged ones."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms import wordpress
from recordroom.platforms.contract import Window
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer
from tests.platforms.wordpress.blog import ENTRY, HERE, SECRETS, body, run, serving


def test_ids_as_text_are_the_same_ids() -> None:
    posts, comments = body("ordinary"), body("replies-anonymous")
    for item in (*posts, *comments):
        item.update(
            {
                name: str(item[name])
                for name in ("id", "author", "post", "parent", "featured_media")
                if name in item
            }
        )
    as_text = run(serving({"posts": Answer(posts), "comments": Answer(comments)}))
    assert as_text == run(
        serving({"posts": Answer(body("ordinary")), "comments": Answer(body("replies-anonymous"))})
    )


def test_lone_surrogates_are_repaired_and_said_so() -> None:
    raw = json.dumps(body("ordinary")).replace(">closed<", ">cl\\ud83dsed<", 1)
    first, second = wordpress.parse(Exchange("GET", "", 200, (), raw.encode()))
    assert (first.repaired, second.repaired) == (True, False)
    assert "cl\ufffdsed" in (first.text or "") + (first.title or "")


def test_half_an_emoji_in_the_name_of_an_author_is_none_in_what_is_put_beside_earlier_wordings() -> None:
    """The evidence has what the post says of its author next to the texts; it must be valid UTF-8."""
    [revision], (post, _) = body("edited-alone"), body("ordinary")
    post = post | {
        "modified_gmt": "2026-11-25T00:00:00",
        "_embedded": {"author": [{"name": "Cl\ud83derk", "slug": "clerk"}]},
    }
    lists = {
        "posts/": Answer([revision]),
        "posts": lambda url: Answer(json.dumps([] if "trash" in url else [post])),
    }
    exchanges = list(wordpress.fetch(ENTRY, Window("history"), serving(lists, **SECRETS)))
    [wordings] = [exchange for exchange in exchanges if "live" in exchange.context]
    assert wordings.context["live"]["_embedded"]["author"][0]["name"] == "Cl\ufffderk"
    assert all(json.dumps(exchange.context, ensure_ascii=False).encode() for exchange in exchanges)


@pytest.mark.parametrize(
    ("api", "link", "server"),
    [
        ("https://d.example/schools/wp-json/wp/v2/", "https://d.example/schools/snow/", "d.example/schools"),
        # permalinks without rewriting
        ("https://d.example/index.php/wp-json/wp/v2/", "https://d.example/index.php/snow/", "d.example"),
        (
            "https://d.example/schools/index.php?rest_route=/wp/v2/",
            "https://d.example/schools/?p=7",
            "d.example/schools",
        ),
        # a prefix of the site's own
        ("https://d.example/api/wp/v2/", "https://d.example/snow/", "d.example"),
        (
            "https://public-api.wordpress.com/wp/v2/sites/123/",
            "https://d.wordpress.com/snow/",
            "d.wordpress.com",
        ),
    ],
)
def test_the_site_and_the_post_of_a_saved_comment(api: str, link: str, server: str) -> None:
    up = {"embeddable": True, "post_type": "page", "href": f"{api}pages/101"}
    item = body("replies-anonymous")[0] | {
        "link": link,
        "_links": {"self": [{"href": f"{api}comments/55"}], "up": [up]},
    }
    [record] = wordpress.parse(wordpress.saved(json.dumps([item]).encode(), None, None))
    assert (record.record_id, record.root_id) == (
        f"wordpress:{server}/comments/55",
        f"wordpress:{server}/pages/101",
    )


@pytest.mark.parametrize(
    ("text", "jetpack", "address"),
    [
        (
            '<img class="size-full wp-image-31" src="https://blog.example.org/up/bus.jpg" alt="A bus">',
            "",
            "https://blog.example.org/up/bus.jpg",
        ),
        (
            "<p>Closed</p>",
            "https://i0.wp.com/blog.example.org/up/bus.jpg?fit=9%2C6",
            "https://i0.wp.com/blog.example.org/up/bus.jpg?fit=9%2C6",
        ),
        ('<img class="wp-image-31" src="data:image/gif;base64,R0lGODlh">', False, None),
    ],
)
def test_a_featured_image_that_the_site_does_not_describe_is_captured_where_it_is_shown(
    text: str, jetpack: object, address: str | None
) -> None:
    """For example, a published post may show an attachment of a draft."""
    refused = {
        "code": "rest_forbidden",
        "message": "Sorry, you are not allowed to do that.",
        "data": {"status": 401},
    }
    item = body("ordinary")[0] | {"content": {"rendered": text, "protected": False}, "featured_media": 31}
    item |= {"_embedded": {"wp:featuredmedia": [refused]}, "jetpack_featured_media_url": jetpack}
    [post] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"})
    )
    [picture] = post.media
    assert (picture.identity, picture.type, picture.url) == (
        "wordpress:blog.example.org/media/31",
        "image",
        address,
    )
    assert (picture.missing_reason is None) == (address is not None)
    assert not post.leftover


def test_a_picture_that_is_shown_in_several_sizes_is_one_file_and_whole_where_it_leads_to_itself() -> None:
    """WordPress.com and its VIP sites make an image smaller with `?w=300`.

    A record has one file of one name.
    """
    site = "https://blog.example.org/up"
    text = '<a href="{0}/bus.jpg"><img src="{0}/bus.jpg?w=300" alt="A bus"></a>'
    text += '<img src="{0}/plow.jpg?w=300"><img src="{0}/plow.jpg?w=600" alt="A plow">'
    content = {"content": {"rendered": text.format(site), "protected": False}}
    here = {"server": "blog.example.org"}
    item = body("ordinary")[0] | content | {"featured_media": 0}
    [post] = wordpress.parse(Exchange("GET", "", 200, (), json.dumps([item]).encode(), here))
    assert [(m.identity, m.url, m.alt_text, m.position) for m in post.media] == [
        (f"{site}/bus.jpg", f"{site}/bus.jpg", "A bus", 1),
        (f"{site}/plow.jpg", f"{site}/plow.jpg?w=300", "A plow", 2),
    ]
    [said] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([body("replies-anonymous")[0] | content]).encode(), here)
    )
    assert [(m.identity, m.position) for m in said.media] == [(f"{site}/bus.jpg", 1), (f"{site}/plow.jpg", 2)]


def test_what_widespread_plugins_write_beside_each_post_is_no_unknown_field() -> None:
    """Yoast SEO, Advanced Custom Fields, Spectra, and AMP write such fields on real sites."""
    yoast = {"yoast_head": "<title>Snow</title>", "yoast_head_json": {"title": "Snow"}, "acf": []}
    item, comment = body("media")[0], body("replies-anonymous")[0]
    embedded = item["_embedded"]
    embedded["author"][0] |= yoast | {"amp_dev_tools_enabled": True}
    embedded["wp:featuredmedia"][0] |= yoast | {"has_video": False}
    embedded["wp:term"][0][0] |= yoast
    item |= yoast | {
        "amp_enabled": True,
        "uagb_excerpt": "Snow",
        "uagb_comment_info": 0,
        "uagb_author_info": {},
        "uagb_featured_image_src": [],
    }
    here = {"server": "blog.example.org"}
    [post] = wordpress.parse(Exchange("GET", "", 200, (), json.dumps([item]).encode(), here))
    [said] = wordpress.parse(Exchange("GET", "", 200, (), json.dumps([comment | {"acf": []}]).encode(), here))
    assert post.leftover == said.leftover == ()
    holding_none: list[object] = [None, False, []]
    for empty in holding_none:
        [post] = wordpress.parse(
            Exchange("GET", "", 200, (), json.dumps([item | {"acf": empty}]).encode(), here)
        )
        assert post.leftover == ()
    [post] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([item | {"acf": {"lead": "Words"}}]).encode(), here)
    )
    assert post.leftover == ("acf",)


@pytest.mark.parametrize(
    "up", ["wp/v2/my-events/101", "wc/v3/my-events/101", "?rest_route=/wp/v2/my-events/101&lang=es"]
)
def test_a_comment_on_something_of_the_site_s_own_type_is_not_put_to_a_post(up: str) -> None:
    item = body("replies-anonymous")[0] | {
        "_links": {"up": [{"embeddable": True, "href": f"https://blog.example.org/wp-json/{up}"}]}
    }
    [record] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"})
    )
    assert record.parent_id == record.root_id == "wordpress:blog.example.org/my-events/101"


def test_a_comment_without_a_date_keeps_the_others_readable() -> None:
    """For a zero in the database, the API writes 30 November of the year before 0.

    Comments that were imported long ago may have one.
    """
    comments = body("replies-anonymous")
    comments[0]["date_gmt"] = "-0001-11-30T00:00:00"
    first, *others = run(serving({"posts": Answer(body("ordinary")), "comments": Answer(comments)}))[
        -len(comments) :
    ]
    assert (first.published_at, first.leftover) == (None, ("date_gmt: no date",))
    assert all(record.published_at and not record.leftover for record in others)


@pytest.mark.parametrize(
    ("sort", "status"),
    [("note", "hold"), ("editorial-comment", "editorial-comment"), ("order_note", "approved")],
)
def test_notes_that_a_site_shows_to_its_own_people_alone_are_no_records(sort: str, status: str) -> None:
    """An Editor's password gives them with all other comments, including those on drafts."""
    comments = body("replies-anonymous")
    note = comments[0] | {
        "id": 9999,
        "type": sort,
        "status": status,
        "content": {"rendered": "<p>Do not publish this yet</p>"},
    }
    lists = {"posts": Answer(body("ordinary")), "comments": Answer([note, *comments])}
    assert "Do not publish this yet" not in [record.text for record in run(serving(lists))]
    assert len(run(serving(lists))) == len(run(serving({**lists, "comments": Answer(comments)})))


def test_the_site_s_own_files_that_a_post_links_to_are_kept() -> None:
    home, link = "https://blog.example.org/u", '<a href="{}">x</a>'.format
    small = (
        f'<a href="{home}/bus.jpg"><img src="{home}/bus-150x150.jpg" alt="Bus"></a><a'
        f' href="{home}/van.jpg"><img src="{home}/van.jpg"></a>'
    )
    files = "".join(
        map(
            link,
            (
                f"{home}/board.mp3",
                f"{home}/agenda.pdf",
                "https://blog.example.org.evil.example/x.pdf",
                f"{home}/page",
            ),
        )
    )
    item = body("ordinary")[0] | {
        "content": {"rendered": small + files, "protected": False},
        "featured_media": 0,
    }
    [record] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"})
    )
    assert [(m.identity.removeprefix(home), m.type) for m in record.media] == [
        ("/bus-150x150.jpg", "image"),
        ("/van.jpg", "image"),
        ("/bus.jpg", "image"),
        ("/board.mp3", "audio"),
        ("/agenda.pdf", "document"),
    ]


@pytest.mark.parametrize(
    "host", ["http://blog.example.org", "https://www.blog.example.org", "https://Blog.Example.org:443"]
)
def test_a_file_of_the_site_is_its_own_however_the_site_was_called(host: str) -> None:
    """Texts may be from before the site had https, or from a time when it had another name."""
    text = (
        f'<a href="{host}/u/agenda.pdf">x</a><a href="https://blog.example.org.evil.example/x.pdf">y</a><a'
        ' href="https://[/x.pdf">z</a>'
    )
    item = body("ordinary")[0] | {"content": {"rendered": text, "protected": False}, "featured_media": 0}
    [record] = wordpress.parse(
        Exchange("GET", "", 200, (), json.dumps([item]).encode(), {"server": "blog.example.org"})
    )
    assert [(m.url, m.type) for m in record.media] == [(f"{host}/u/agenda.pdf", "document")]


CASES = ("ordinary", "media", "replies", "page", "profile", "edited", "protected", "trashed")


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_bodies_are_records_or_named_failures(case: str, data: st.DataObject) -> None:
    given = json.loads((HERE / f"{case}.json").read_text())
    context = (
        given["context"] if isinstance(given, dict) and "context" in given else {"server": "blog.example.org"}
    )
    broken = data.draw(damaged(body(case)))
    raw = json.dumps(broken, ensure_ascii=True).encode()
    with suppress(PlatformFailure):
        for record in wordpress.parse(Exchange("GET", "", 200, (), raw, context)):
            version_of(record)
    with suppress(PlatformFailure):
        wordpress.saved(raw, None, None)


@pytest.mark.parametrize("author", [{"id": 1}, {"id": 1, "name": None, "slug": None}])
def test_a_post_whose_author_the_site_does_not_name_is_read(author: dict[str, Any]) -> None:
    """Plugins against the listing of users remove the name from each response."""
    post = body("ordinary")[0]
    given = [{**post, "_embedded": {**post["_embedded"], "author": [author]}}]
    [record] = wordpress.parse(
        Exchange("GET", "https://blog.example.org/wp-json/wp/v2/posts", 200, (), json.dumps(given).encode())
    )
    assert (record.author_name, record.author_id) == (None, str(post["author"]))
