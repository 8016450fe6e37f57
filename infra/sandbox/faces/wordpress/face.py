"""WordPress' REST API (wp/v2), written after WordPress 6.1.

Posts, pages, media, comments, users, revisions, terms, statuses, types, settings, and schemas.

Differences from a real site: slugs end with the item's number; the first version is a revision, too (as since
6.4); there is one category; each account that signs in is an administrator; nothing can be written; the pages
of the site have no HTML. A dead application password counts as no sign-in, as in 6.1. If
`reports_bad_password` of the place is set, it is a 401 incorrect_password, as on sites whose plugins look up
the user early.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, photo_bytes, quota, reply
from infra.sandbox.faces.wordpress import query
from infra.sandbox.faces.wordpress.items import POST_STATUS, ROUTE, Items, select_context
from infra.sandbox.faces.wordpress.site import FORBIDDEN, STATUSES, index, options, settings, types
from infra.sandbox.limits import retry_after
from infra.sandbox.model import Account, Post
from infra.sandbox.validation import wordpress as validation

POST_FILTERS = ("publish", "future", "draft", "pending", "private", "trash", "any")
SORTED_BY: dict[str, Callable[[Post], Any]] = {
    "id": lambda post: post.number,
    "modified": lambda post: post.changed or post.created,
    "title": lambda post: post.now.title,
}
COMMENT_FILTERS = {
    "all": ("approved", "hold"),
    "any": ("approved", "hold", "spam", "trash", "post-trashed"),
    "approve": ("approved",),
}


def answer(
    route: str, value: Any, status: int = 200, headers: dict[str, str] | None = None, **check: Any
) -> Response:
    """Return JSON as PHP writes it: slashes and all non-ASCII characters are escaped."""
    body = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    common = {
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Link": f'<{base()}/wp-json/>; rel="https://api.w.org/"',
    }
    return reply(
        partial(validation.check, route, **check),
        body,
        status,
        "application/json; charset=UTF-8",
        {**common, **(headers or {})},
    )


class WordPress(Face):
    """A WordPress site."""

    def routes(self) -> Routes:
        api = "/wp-json/wp/v2"
        lists = {f"{api}/{route}": partial(self.posts, kind) for kind, route in ROUTE.items()}
        items = {f"{api}/{route}/<int:number>": partial(self.post, kind) for kind, route in ROUTE.items()}
        past = {
            f"{api}/{route}/<int:number>/revisions": partial(self.revisions, kind)
            for kind, route in ROUTE.items()
        }
        versions = {
            f"{api}/{route}/<int:number>/revisions/<int:revision>": partial(self.revision, kind)
            for kind, route in ROUTE.items()
        }
        return {
            **lists,
            **items,
            **past,
            **versions,
            f"{api}/media": self.media,
            f"{api}/media/<int:number>": self.upload,
            f"{api}/comments": self.comments,
            f"{api}/comments/<int:number>": self.comment,
            f"{api}/users": self.users,
            f"{api}/users/me": self.me,
            f"{api}/users/<int:number>": self.user,
            f"{api}/categories": partial(self.terms, "categories"),
            f"{api}/tags": partial(self.terms, "tags"),
            f"{api}/statuses": self.statuses,
            f"{api}/types": lambda: answer("types", types(base())),
            f"{api}/settings": self.settings,
            "/wp-json": self.index,
            "/wp-content/uploads/<year>/<month>/<name>": self.file,
            "/": self.front,
        }

    # -- sign-in and errors ------------------------------------------------------------------------

    def client(self) -> str:
        return request.headers.get("Authorization", "anonymous")

    def signed_in(self) -> Account | None:
        """Return the account of the application password.

        There is none for a visitor or a dead password.
        """
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        token = self.network.token(self.where, re.sub(r"[^A-Za-z0-9]", "", password), user)
        if token is None and self.network.places[self.where].reports_bad_password:
            raise Refusal(
                401, "incorrect_password", "The provided password is an invalid application password."
            )
        return self.network.accounts[token.account] if token else None

    def items(self) -> Items:
        return Items(self.network, self.network.places[self.where], base(), self.signed_in() is not None)

    def throttled(self) -> Response:
        """Return a 429 of the web server: WordPress itself has no limit."""
        page = (
            "<html><head><title>429 Too Many Requests</title></head><body><h1>429 Too Many"
            " Requests</h1></body></html>"
        )
        return reply(
            partial(validation.check, "throttle"),
            page,
            429,
            "text/html",
            {"Retry-After": retry_after(self.network, quota())},
        )

    def refused(self, refusal: Refusal) -> Response:
        code, message, *more = refusal.details
        return answer(
            "error",
            {
                "code": code,
                "message": message,
                "data": {"status": refusal.status, **(more[0] if more else {})},
            },
            refusal.status,
        )

    def lost(self, error: HTTPException) -> Response:
        if not request.path.startswith("/wp-json"):
            return reply(
                partial(validation.check, "file"),
                "<title>Page not found</title>",
                404,
                "text/html; charset=UTF-8",
            )
        parts = request.path.removeprefix("/wp-json/wp/v2/").split("/")
        route = "revisions" if "revisions" in parts else parts[0]
        if error.code == 405 and request.method == "OPTIONS" and route in validation.RECORDED:
            return answer("options", options(route))
        return self.refused(
            Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
        )

    def require_context(self, items: Items, what: str) -> str:
        """Return the requested context; refuse `edit` to visitors."""
        context = query.context()
        if context == "edit" and not items.admin:
            raise Refusal(401, "rest_forbidden_context", f"Sorry, you are not allowed to edit {what}.")
        return context

    # -- responses ---------------------------------------------------------------------------------

    def select_item(self, items: Items, route: str, item: Json, context: str) -> Json:
        parse_integer = select_context(item, validation.RECORDED[route], context)
        if "_embed" in request.args:
            asked = query.many("_embed")
            found = items.embedded(route, item)
            named = {name: found[name] for name in asked if name in found}
            parse_integer["_embedded"] = found if asked in ([], ["1"], ["true"]) else named
        return query.select_fields(parse_integer, query.fields())

    def respond(self, items: Items, route: str, item: Json, context: str) -> Response:
        return answer(
            route, self.select_item(items, route, item, context), context=context, fields=query.fields()
        )

    def respond_page(
        self, items: Items, route: str, page: query.Page, made: Callable[[Any], Json], context: str
    ) -> Response:
        bodies = [self.select_item(items, route, made(one), context) for one in page.items]
        return answer(route, bodies, headers=page.headers(), context=context, fields=query.fields())

    # -- media -------------------------------------------------------------------------------------

    def media(self) -> Response:
        items = self.items()
        context, parents = self.require_context(items, "posts in this post type"), query.many("parent")
        include, order = query.many("include"), query.choice("order", "desc", ("asc", "desc"))
        found = [
            (photo, post)
            for photo, post in items.photos.values()
            if (items.is_readable(post) or post.status == "removed")
            and (not parents or (str(post.number) in parents and post.status != "removed"))
            and (not include or str(photo.number) in include)
        ]
        found.sort(key=lambda pair: (pair[1].created, pair[0].number), reverse=order == "desc")
        return self.respond_page(
            items, "media", query.cut_page(found, strict=True), lambda pair: items.media(*pair), context
        )

    def upload(self, number: int) -> Response:
        items = self.items()
        if number not in items.photos:
            raise Refusal(404, "rest_post_invalid_id", "Invalid post ID.")
        context, (photo, post) = self.require_context(items, "this post"), items.photos[number]
        if not items.is_readable(post) and post.status != "removed":
            raise Refusal(401, *FORBIDDEN)
        return self.respond(items, "media", items.media(photo, post), context)

    def file(self, year: str, month: str, name: str) -> Response:
        items, check = self.items(), partial(validation.check, "file")
        for photo, _ in items.photos.values():
            if items.file(photo)[0] == f"{year}/{month}/{name}":
                body = photo_bytes(self.where, photo)
                return reply(check, body, 200, f"image/{photo.kind}")
        return reply(check, "Not Found", 404, "text/html")

    # -- posts and pages ---------------------------------------------------------------------------

    def requested_statuses(self, items: Items) -> set[str]:
        asked = query.many("status") or ["publish"]
        unknown = [status for status in asked if status not in POST_FILTERS]
        if unknown:
            raise query.invalid(
                "status", "rest_not_in_enum", f"status[0] is not one of {query.enumeration(POST_FILTERS)}."
            )
        if not items.admin and asked != ["publish"]:
            raise query.invalid("status", "rest_forbidden_status", "Status is forbidden.", {"status": 401})
        return set(asked) | ({"publish", "draft", "private"} if "any" in asked else set())

    def posts(self, kind: str) -> Response:
        items = self.items()
        context = self.require_context(items, f"{ROUTE[kind]} in this post type")
        statuses = self.requested_statuses(items)
        found = [post for post in items.posts if post.kind == kind and POST_STATUS[post.status] in statuses]
        found = query.select_between(found, items, "after", "before", lambda post: post.created)
        found = query.select_between(
            found, items, "modified_after", "modified_before", lambda post: post.changed or post.created
        )
        slugs, tags = query.many("slug"), query.many("tags")
        found = [post for post in query.select_matching(found) if not slugs or items.slug(post) in slugs]
        found = [
            post for post in found if not tags or any(str(items.terms[tag]) in tags for tag in post.tags)
        ]
        found = query.sort_posts(found, "posts", "date", SORTED_BY)
        return self.respond_page(items, ROUTE[kind], query.cut_page(found, strict=True), items.post, context)

    def find_post(
        self, items: Items, kind: str, number: int, code: str = "rest_post_invalid_id", word: str = "post"
    ) -> Post:
        post = next((one for one in items.posts if one.number == number and one.kind == kind), None)
        if post is None:
            raise Refusal(404, code, f"Invalid {word} ID.")
        return post

    def find_parent(self, items: Items, kind: str, number: int) -> Post:
        """Return the post whose revisions are requested."""
        post = self.find_post(items, kind, number, "rest_post_invalid_parent", "post parent")
        if not items.admin:
            message = "Sorry, you are not allowed to view revisions of this post."
            raise Refusal(401, "rest_cannot_read", message)
        return post

    def post(self, kind: str, number: int) -> Response:
        items = self.items()
        post = self.find_post(items, kind, number)
        context = self.require_context(items, "this post")
        if not items.is_readable(post):
            raise Refusal(401, *FORBIDDEN)
        return self.respond(items, ROUTE[kind], items.post(post), context)

    def revisions(self, kind: str, number: int) -> Response:
        items = self.items()
        post = self.find_parent(items, kind, number)
        page = query.cut_page(post.versions[::-1], strict=False)
        if "per_page" not in request.args:  # without per_page, all of them
            page = query.Page(post.versions[::-1], len(post.versions), 1, 1)
        return self.respond_page(items, "revisions", page, partial(items.revision, post), query.context())

    def revision(self, kind: str, number: int, revision: int) -> Response:
        items = self.items()
        post = self.find_parent(items, kind, number)
        version = next((one for one in post.versions if one.number == revision), None)
        if version is None:
            raise Refusal(404, "rest_post_invalid_id", "Invalid revision ID.")
        return self.respond(items, "revisions", items.revision(post, version), query.context())

    # -- comments ----------------------------------------------------------------------------------

    def comments(self) -> Response:
        items = self.items()
        context = self.require_context(items, "comments")
        status = request.args.get("status", "approve")
        if status != "approve" and not items.admin:
            raise Refusal(401, "rest_forbidden_param", "Query parameter not permitted: status")
        statuses = COMMENT_FILTERS.get(status, (status,))
        posts = query.many("post")
        parents = query.many("parent")
        found = [
            one
            for one in query.select_matching(items.comments)
            if items.comment_status(one) in statuses and items.is_readable(one)
        ]
        found = query.select_between(found, items, "after", "before", lambda one: one.created)
        # there are no pingbacks, and no editors' notes
        if request.args.get("type", "comment") not in ("comment", "all"):
            found = []
        if posts:
            found = [one for one in found if items.root(one) in posts]
        if parents:
            found = [one for one in found if str(items.above(one)) in parents]
        found = query.sort_posts(found, "comments", "date_gmt", {**SORTED_BY, "post": items.root})
        return self.respond_page(
            items, "comments", query.cut_page(found, strict=False), items.comment, context
        )

    def comment(self, number: int) -> Response:
        items = self.items()
        comment = self.network.posts.get(f"{self.where}/c{number}")
        if comment is None or comment.status == "removed":
            raise Refusal(404, "rest_comment_invalid_id", "Invalid comment ID.")
        context = self.require_context(items, "comments")
        if not items.is_readable(comment):
            raise Refusal(401, "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
        return self.respond(items, "comments", items.comment(comment), context)

    # -- users, terms, and the site ----------------------------------------------------------------

    def users(self) -> Response:
        """List users. A visitor sees those who have published."""
        items = self.items()
        context = self.require_context(items, "users")
        authors = {post.author for post in items.posts if post.status == "visible"}
        found = [user for user in items.users if items.admin or user.key in authors]
        return self.respond_page(items, "users", query.cut_page(found, strict=False), items.user, context)

    def user(self, number: int) -> Response:
        items = self.items()
        user = next((one for one in items.users if one.number == number), None)
        if user is None:
            raise Refusal(404, "rest_user_invalid_id", "Invalid user ID.")
        return self.respond(items, "users", items.user(user), self.require_context(items, "users"))

    def me(self) -> Response:
        account, items = self.signed_in(), self.items()
        if account is None:
            raise Refusal(401, "rest_not_logged_in", "You are not currently logged in.")
        return self.respond(items, "users", items.user(account), query.context())

    def terms(self, route: str) -> Response:
        items = self.items()
        context = self.require_context(items, "terms in this taxonomy")
        taxonomy = "category" if route == "categories" else "post_tag"
        found = (
            [(1, "News")]
            if route == "categories"
            else [(number, name) for name, number in items.terms.items()]
        )
        return self.respond_page(
            items,
            route,
            query.cut_page(found, strict=False),
            lambda pair: items.term(taxonomy, *pair),
            context,
        )

    def statuses(self) -> Response:
        known = STATUSES if self.items().admin else {"publish": STATUSES["publish"]}
        statuses = {
            slug: {**status, "_links": {"archives": [{"href": f"{base()}/wp-json/wp/v2/posts"}]}}
            for slug, status in known.items()
        }
        return answer("statuses", statuses)

    def index(self) -> Response:
        place = self.network.places[self.where]
        return answer("index", index(place, base(), self.app, self.network.now()))

    def settings(self) -> Response:
        if self.signed_in() is None:
            raise Refusal(401, *FORBIDDEN)
        return answer("settings", settings(self.network.places[self.where], base()))

    def front(self) -> Response:
        """Return the front page, which only links to the API."""
        link = f'<{base()}/wp-json/>; rel="https://api.w.org/"'
        page = (
            f'<!DOCTYPE html><html lang="en-US"><head><link rel="https://api.w.org/" href="{base()}/wp-json/"'
            " /></head><body></body></html>"
        )
        return reply(
            partial(validation.check, "front"), page, 200, "text/html; charset=UTF-8", {"Link": link}
        )
