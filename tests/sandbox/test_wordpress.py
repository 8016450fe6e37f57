"""WordPress in the sandbox: the result of each action of a story in its REST API."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network

SITE = "wordpress/district"
EDITOR, ANA = f"{SITE}/editor", f"{SITE}/ana"
API = "/wp-json/wp/v2"


@pytest.fixture
def visitor(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, SITE)
    return opened


@pytest.fixture
def editor(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, SITE, auth=("editor", "abcd ABCD 1234"))
    return opened


@pytest.fixture
def post(network: Network) -> Post:
    return network.publish(EDITOR, "Closed because it's icy & dark", title="Closed", tags=["alerts"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_text_and_time(network: Network, post: Post, visitor: httpx.Client, editor: httpx.Client) -> None:
    shown = visitor.get(f"{API}/posts/{post.number}").json()
    whole = editor.get(f"{API}/posts/{post.number}?context=edit").json()
    assert shown["content"]["rendered"] == "\n<p>Closed because it&#8217;s icy &#038; dark</p>\n"
    assert (
        whole["content"]["raw"]
        == "<!-- wp:paragraph -->\n<p>Closed because it's icy & dark</p>\n<!-- /wp:paragraph -->"
    )
    assert (shown["date"], shown["date_gmt"]) == ("2026-11-24T10:30:01", "2026-11-24T18:30:01")
    assert "raw" not in shown["content"]
    network.places[SITE].timezone = "America/New_York"
    assert visitor.get(f"{API}/posts/{post.number}").json()["date"] == "2026-11-24T13:30:01"


def test_an_edit_makes_a_revision(
    network: Network, post: Post, visitor: httpx.Client, editor: httpx.Client
) -> None:
    network.edit(post, "Open again", title="Open")
    shown = visitor.get(f"{API}/posts/{post.number}").json()
    assert (shown["modified_gmt"], shown["title"]["rendered"], shown["slug"]) == (
        "2026-11-24T18:30:02",
        "Open",
        f"closed-{post.number}",
    )
    revisions = editor.get(f"{API}/posts/{post.number}/revisions?context=edit")
    assert [one["title"]["raw"] for one in revisions.json()] == ["Open", "Closed"]
    assert code(visitor.get(f"{API}/posts/{post.number}/revisions")) == (401, "rest_cannot_read")


def test_modified_after_reads_a_time_without_offset_as_the_sites(
    network: Network, post: Post, visitor: httpx.Client
) -> None:
    network.edit(post, "Open", at=datetime(2026, 11, 24, 20, tzinfo=UTC))
    for after, found in (
        ("2026-11-24T19:59:59Z", 1),
        ("2026-11-24T20:00:00Z", 0),
        ("2026-11-24T11:59:59", 1),
        ("2026-11-24T19:59:59", 0),
    ):
        assert len(visitor.get(f"{API}/posts", params={"modified_after": after}).json()) == found, after


def test_trash_erase_and_restore(
    network: Network, post: Post, visitor: httpx.Client, editor: httpx.Client
) -> None:
    comment, address = network.comment(ANA, post, "Why?"), f"{API}/posts/{post.number}"
    network.trash(post)
    assert code(visitor.get(address)) == (401, "rest_forbidden")
    trashed = editor.get(address).json()
    assert (trashed["status"], trashed["slug"]) == ("trash", f"closed-{post.number}__trashed")
    assert editor.get(f"{API}/comments/{comment.number}").json()["status"] == "post-trashed"
    assert editor.get(f"{API}/comments?status=all").json() == []
    assert editor.get(f"{API}/posts?status=any").json() == []
    assert len(editor.get(f"{API}/posts?status=publish,trash").json()) == 1
    network.restore(post)
    assert visitor.get(f"{API}/comments/{comment.number}").json()["status"] == "approved"
    network.remove(post)
    assert code(editor.get(address)) == (404, "rest_post_invalid_id")
    assert code(editor.get(f"{API}/comments/{comment.number}")) == (404, "rest_comment_invalid_id")
    with pytest.raises(Unsupported, match="does not come back"):
        network.restore(post)


def test_comments_in_every_status(
    network: Network, post: Post, visitor: httpx.Client, editor: httpx.Client
) -> None:
    verbs = {"hold": network.hold, "spam": network.spam, "trash": network.trash}
    for verb, done in verbs.items():
        comment = done(network.comment(ANA, post, verb))
        assert code(visitor.get(f"{API}/comments/{comment.number}")) == (401, "rest_cannot_read")
        assert [
            one["content"]["raw"] for one in editor.get(f"{API}/comments?status={verb}&context=edit").json()
        ] == [verb]
    network.comment(ANA, post, "Fine <b>bold</b> <script>alert(1)</script>")
    assert code(visitor.get(f"{API}/comments?status=hold")) == (401, "rest_forbidden_param")
    assert [one["content"]["rendered"] for one in visitor.get(f"{API}/comments").json()] == [
        "<p>Fine <b>bold</b> alert(1)</p>\n"
    ]
    assert len(editor.get(f"{API}/comments?status=all").json()) == 2
    assert len(editor.get(f"{API}/comments?status=any").json()) == 4


def test_erasing_a_comment_moves_its_answers_up(network: Network, post: Post, visitor: httpx.Client) -> None:
    first = network.comment(ANA, post, "1")
    second = network.comment(EDITOR, first, "2")
    third = network.comment(ANA, second, "3")
    address = f"{API}/comments/{third.number}"
    assert visitor.get(address).json()["parent"] == second.number
    network.remove(second)
    assert visitor.get(address).json()["parent"] == first.number
    network.remove(first)
    assert visitor.get(address).json()["parent"] == 0
    assert [one["id"] for one in visitor.get(f"{API}/comments?post={post.number}&parent=0").json()] == [
        third.number
    ]


def test_what_a_visitor_may_not(
    network: Network, post: Post, visitor: httpx.Client, editor: httpx.Client
) -> None:
    network.publish(EDITOR, "x", title="Private", status="private")
    network.publish(EDITOR, "x", title="Draft", status="draft")
    assert code(visitor.get(f"{API}/posts?context=edit")) == (401, "rest_forbidden_context")
    assert code(visitor.get(f"{API}/posts?status=any")) == (400, "rest_invalid_param")
    assert code(visitor.get(f"{API}/settings")) == (401, "rest_forbidden")
    assert code(visitor.get(f"{API}/users/me")) == (401, "rest_not_logged_in")
    assert code(visitor.get(f"{API}/nothing")) == (404, "rest_no_route")
    assert [one["id"] for one in visitor.get(f"{API}/posts").json()] == [post.number]
    assert {one["status"] for one in editor.get(f"{API}/posts?status=any").json()} == {
        "publish",
        "private",
        "draft",
    }


def test_a_dead_password_is_no_sign_in_unless_the_site_reports_it(
    network: Network, post: Post, editor: httpx.Client
) -> None:
    address = f"{API}/posts/{post.number}"
    assert editor.get(f"{address}?context=edit").status_code == 200
    network.expire_token(SITE)
    assert editor.get(address).status_code == 200
    assert code(editor.get(f"{address}?context=edit")) == (401, "rest_forbidden_context")
    network.places[SITE].reports_bad_password = True
    assert code(editor.get(address)) == (401, "incorrect_password")


@pytest.mark.parametrize(
    ("query", "inner"),
    [
        ("per_page=101", "rest_out_of_bounds"),
        ("page=0", "rest_out_of_bounds"),
        ("orderby=nonsense", "rest_not_in_enum"),
        ("modified_after=yesterday", "rest_invalid_date"),
        ("context=nonsense", "rest_not_in_enum"),
    ],
)
def test_wrong_parameters(visitor: httpx.Client, query: str, inner: str) -> None:
    answer = visitor.get(f"{API}/posts?{query}")
    name = query.partition("=")[0]
    assert code(answer) == (400, "rest_invalid_param")
    assert answer.json()["data"]["details"][name]["code"] == inner


def test_media_embeds_and_fields(network: Network, visitor: httpx.Client) -> None:
    photo = network.photo(SITE, 'A "yellow" bus', width=40, height=30)
    post = network.publish(EDITOR, "See", title="Bus", photos=[photo, network.photo(SITE, "Two", kind="png")])
    network.comment(ANA, post, "Nice")
    whole = visitor.get(f"{API}/posts/{post.number}?_embed").json()
    assert whole["_embedded"]["wp:featuredmedia"][0]["alt_text"] == 'A "yellow" bus'
    assert whole["_embedded"]["author"][0]["name"] == "The District"
    assert whole["_embedded"]["replies"][0][0]["author_name"] == "ana"
    media = visitor.get(f"{API}/media?parent={post.number}").json()
    assert visitor.get(media[0]["source_url"]).headers["content-type"] == "image/png"
    assert visitor.get(f"{API}/posts?_fields=id,title.rendered").json() == [
        {"id": post.number, "title": {"rendered": "Bus"}}
    ]
    network.remove(post)
    assert visitor.get(f"{API}/media/{photo.number}").json()["post"] is None


def test_options_tell_the_schema(visitor: httpx.Client) -> None:
    schema = visitor.options(f"{API}/comments").json()["schema"]
    assert schema["title"] == "comment"
    assert schema["properties"]["status"]["context"] == ["view", "edit"]
