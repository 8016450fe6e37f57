"""WordPress' REST API (wp/v2): posts, pages, media, comments, users, revisions, terms, statuses, types,
settings, schemas.

Seen on WordPress 6.1 and written after it. It differs from a real site in this: slugs end with the item's
number; the first version is a revision too (so it is from 6.4 on); there is one category; whoever signs in is
an administrator; nothing can be written; pages of the site itself have no HTML. A dead application password
counts as no sign-in, as 6.1 does, unless the place's `reports_bad_password` is set, as sites do whose plugins
ask for the user early: then 401 incorrect_password.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request

from infra.sandbox.faces import wordpress_query as query
from infra.sandbox.faces.common import Refusal, Routes, base, reply
from infra.sandbox.faces.wordpress_base import answer
from infra.sandbox.faces.wordpress_items import Items
from infra.sandbox.faces.wordpress_media import WordPressMedia
from infra.sandbox.faces.wordpress_posts import ROUTE
from infra.sandbox.faces.wordpress_site import POST_STATUS
from infra.sandbox.faces.wordpress_words import FORBIDDEN, STATUSES, index, settings, types
from infra.sandbox.model import Post
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


class WordPress(WordPressMedia):
    def routes(self) -> Routes:
        api = "/wp-json/wp/v2"
        lists = {f"{api}/{route}": partial(self.posts, kind) for kind, route in ROUTE.items()}
        items = {f"{api}/{route}/<int:number>": partial(self.post, kind) for kind, route in ROUTE.items()}
        past = {
            f"{api}/{route}/<int:number>/revisions": partial(self.revisions, kind)
            for kind, route in ROUTE.items()
        }
        return {
            **lists, **items, **past,
            **{f"{api}/{route}/<int:number>/revisions/<int:revision>": partial(self.revision, kind) for kind, route in ROUTE.items()},
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
            "/wp-json": lambda: answer("index", index(self.network.places[self.where], base(), self.app, self.network.now())),
            "/wp-content/uploads/<year>/<month>/<name>": self.file,
            "/": self.front,
        }  # fmt: skip

    # -- posts and pages --------------------------------------------------------------------------

    def asked_statuses(self, items: Items) -> set[str]:
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
        context = self.forbid(items, f"{ROUTE[kind]} in this post type")
        statuses = self.asked_statuses(items)
        found = [post for post in items.posts if post.kind == kind and POST_STATUS[post.status] in statuses]
        found = query.between(found, items, "after", "before", lambda post: post.created)
        found = query.between(
            found, items, "modified_after", "modified_before", lambda post: post.changed or post.created
        )
        slugs, tags = query.many("slug"), query.many("tags")
        found = [post for post in query.matching(found) if not slugs or items.slug(post) in slugs]
        found = [
            post for post in found if not tags or any(str(items.terms[tag]) in tags for tag in post.tags)
        ]
        found = query.ordered(found, "posts", "date", SORTED_BY)
        return self.several(items, ROUTE[kind], query.page_of(found, strict=True), items.post, context)

    def known(
        self, items: Items, kind: str, number: int, code: str = "rest_post_invalid_id", word: str = "post"
    ) -> Post:
        post = next((one for one in items.posts if one.number == number and one.kind == kind), None)
        if post is None:
            raise Refusal(404, code, f"Invalid {word} ID.")
        return post

    def post(self, kind: str, number: int) -> Response:
        items = self.items()
        post = self.known(items, kind, number)
        context = self.forbid(items, "this post")
        if not items.readable(post):
            raise Refusal(401, *FORBIDDEN)
        return self.one(items, ROUTE[kind], items.post(post), context)

    def revisions(self, kind: str, number: int) -> Response:
        items = self.items()
        post = self.known(items, kind, number, "rest_post_invalid_parent", "post parent")
        if not items.admin:
            raise Refusal(
                401, "rest_cannot_read", "Sorry, you are not allowed to view revisions of this post."
            )
        page = query.page_of(post.versions[::-1], strict=False)
        if "per_page" not in request.args:  # all of them, unless a page is asked for
            page = query.Page(post.versions[::-1], len(post.versions), 1, 1)
        return self.several(items, "revisions", page, partial(items.revision, post), query.context())

    def revision(self, kind: str, number: int, revision: int) -> Response:
        items = self.items()
        post = self.known(items, kind, number, "rest_post_invalid_parent", "post parent")
        if not items.admin:
            raise Refusal(
                401, "rest_cannot_read", "Sorry, you are not allowed to view revisions of this post."
            )
        version = next((one for one in post.versions if one.number == revision), None)
        if version is None:
            raise Refusal(404, "rest_post_invalid_id", "Invalid revision ID.")
        return self.one(items, "revisions", items.revision(post, version), query.context())

    # -- comments ---------------------------------------------------------------------------------

    def comments(self) -> Response:
        items = self.items()
        context = self.forbid(items, "comments")
        status = request.args.get("status", "approve")
        if status != "approve" and not items.admin:
            raise Refusal(401, "rest_forbidden_param", "Query parameter not permitted: status")
        statuses, posts, parents = (
            COMMENT_FILTERS.get(status, (status,)),
            query.many("post"),
            query.many("parent"),
        )
        found = [
            one
            for one in query.matching(items.comments)
            if items.comment_status(one) in statuses and items.readable(one)
        ]
        found = query.between(found, items, "after", "before", lambda one: one.created)
        if request.args.get("type", "comment") not in (
            "comment",
            "all",
        ):  # nobody links here, and editors leave no notes
            found = []
        if posts:
            found = [one for one in found if items.root(one) in posts]
        if parents:
            found = [one for one in found if str(items.above(one)) in parents]
        found = query.ordered(found, "comments", "date_gmt", {**SORTED_BY, "post": items.root})
        return self.several(items, "comments", query.page_of(found, strict=False), items.comment, context)

    def comment(self, number: int) -> Response:
        items = self.items()
        comment = self.network.posts.get(f"{self.where}/c{number}")
        if comment is None or comment.status == "removed":
            raise Refusal(404, "rest_comment_invalid_id", "Invalid comment ID.")
        context = self.forbid(items, "comments")
        if not items.readable(comment):
            raise Refusal(401, "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
        return self.one(items, "comments", items.comment(comment), context)

    # -- users, terms, the site -------------------------------------------------------------------

    def users(self) -> Response:
        """A visitor sees those who have published."""
        items = self.items()
        context = self.forbid(items, "users")
        authors = {post.author for post in items.posts if post.status == "visible"}
        found = [user for user in items.users if items.admin or user.key in authors]
        return self.several(items, "users", query.page_of(found, strict=False), items.user, context)

    def user(self, number: int) -> Response:
        items = self.items()
        user = next((one for one in items.users if one.number == number), None)
        if user is None:
            raise Refusal(404, "rest_user_invalid_id", "Invalid user ID.")
        return self.one(items, "users", items.user(user), self.forbid(items, "users"))

    def me(self) -> Response:
        account, items = self.account(), self.items()
        if account is None:
            raise Refusal(401, "rest_not_logged_in", "You are not currently logged in.")
        return self.one(items, "users", items.user(account), query.context())

    def terms(self, route: str) -> Response:
        items = self.items()
        context = self.forbid(items, "terms in this taxonomy")
        taxonomy = "category" if route == "categories" else "post_tag"
        found = (
            [(1, "News")]
            if route == "categories"
            else [(number, name) for name, number in items.terms.items()]
        )
        return self.several(
            items,
            route,
            query.page_of(found, strict=False),
            lambda pair: items.term(taxonomy, *pair),
            context,
        )

    def statuses(self) -> Response:
        known = STATUSES if self.items().admin else {"publish": STATUSES["publish"]}
        told = {
            slug: {**status, "_links": {"archives": [{"href": f"{base()}/wp-json/wp/v2/posts"}]}}
            for slug, status in known.items()
        }
        return answer("statuses", told)

    def settings(self) -> Response:
        if self.account() is None:
            raise Refusal(401, *FORBIDDEN)
        return answer("settings", settings(self.network.places[self.where], base()))

    def front(self) -> Response:
        """The front page: only what leads to the API."""
        link = f'<{base()}/wp-json/>; rel="https://api.w.org/"'
        page = (
            f'<!DOCTYPE html><html lang="en-US"><head><link rel="https://api.w.org/" href="{base()}/wp-json/"'
            " /></head><body></body></html>"
        )
        return reply(
            partial(validation.check, "front"), page, 200, "text/html; charset=UTF-8", {"Link": link}
        )
