"""WordPress' comments, users and terms as JSON, and what stands embedded in others.

Each item is built whole; `in_context` then leaves what a real site's schema names for a context.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from infra.sandbox.faces.wordpress_posts import ROUTE, Posts, linked, texturize
from infra.sandbox.faces.wordpress_site import slugify
from infra.sandbox.model import Account, Post
from infra.sandbox.validation.wordpress import RECORDED

ALLOWED = r"</?(?:b|i|em|strong|code|blockquote|a(?: href=\"[^\"<>]*\")?)>"  # of a visitor's comment


# what the role may, as far as content goes
# (https://wordpress.org/documentation/article/roles-and-capabilities/)
ADMINISTRATOR = (
    "moderate_comments", "manage_categories", "upload_files", "edit_posts", "edit_others_posts",
    "edit_published_posts", "publish_posts", "edit_private_posts", "read_private_posts", "delete_posts",
    "delete_others_posts", "delete_published_posts", "delete_private_posts", "edit_pages",
    "edit_others_pages", "edit_published_pages", "publish_pages", "edit_private_pages", "read_private_pages",
    "delete_pages", "delete_others_pages", "delete_published_pages", "delete_private_pages", "list_users",
    "read",
)  # fmt: skip


def in_context(item: dict[str, Any], schema: dict[str, Any], context: str) -> dict[str, Any]:
    """The fields that a context shows, by the schema that a real site told."""
    kept = {}
    for name, value in item.items():
        field = schema["properties"].get(name)
        if field is None:
            kept[name] = value  # _links, _embedded
        elif context in field.get("context", [context]):
            kept[name] = (
                in_context(value, field, context)
                if "properties" in field and isinstance(value, dict)
                else value
            )
    return kept


class Items(Posts):
    def avatars(self, account: Account) -> dict[str, str]:
        digest = hashlib.md5(account.key.encode(), usedforsecurity=False).hexdigest()
        return {
            size: f"https://avatars.{self.place.host}/avatar/{digest}?s={size}&d=mm&r=g"
            for size in ("24", "48", "96")
        }

    def root(self, comment: Post) -> str:
        """The number of the post or page that it stands under."""
        return str(self.network.posts[comment.root or ""].number)

    def above(self, comment: Post) -> int:
        """The number of the comment that this one answers, 0 where it answers the post."""
        answered = self.network.posts.get(comment.parent or "")
        return answered.number if answered is not None and answered.kind == "comment" else 0

    def comment(self, comment: Post) -> dict[str, Any]:
        author, parent = self.network.accounts[comment.author], self.network.posts[comment.root or ""]
        above = self.above(comment)
        raw = re.sub(
            r"<[^<>]*>", lambda tag: tag[0] if re.fullmatch(ALLOWED, tag[0]) else "", comment.now.text
        )
        paragraphs = [linked(texturize(part)).replace("\n", "<br />\n") for part in raw.split("\n\n")]
        return {
            "id": comment.number,
            "post": parent.number,
            "parent": above,
            "author": author.number if author.staff else 0,
            "author_name": author.name,
            "author_email": f"{slugify(author.handle)}@example.org",
            "author_url": "",
            "author_ip": "127.0.0.1",
            "author_user_agent": "Mozilla/5.0",
            **self.dates("date", comment.created),
            "content": {"rendered": "".join(f"<p>{part}</p>\n" for part in paragraphs), "raw": raw},
            "link": f"{self.link(parent)}#comment-{comment.number}",
            "status": self.comment_status(comment),
            "type": "comment",
            "author_avatar_urls": self.avatars(author),
            "meta": [],
            "_links": self.links(
                "comments",
                comment.number,
                author=self.embeddable(f"users/{author.number}") if author.staff else [],
                up=self.embeddable(f"{ROUTE[parent.kind]}/{parent.number}", post_type=parent.kind),
                in_reply_to=self.embeddable(f"comments/{above}") if above else [],
            ),
        }

    def user(self, user: Account) -> dict[str, Any]:
        first, _, last = user.name.partition(" ")
        return {
            "id": user.number,
            "username": user.handle,
            "name": user.name,
            "first_name": first,
            "last_name": last,
            "email": f"{user.handle}@{self.place.host}",
            "url": "",
            "description": user.about,
            "link": f"{self.base}/author/{user.handle}/",
            "locale": "en_US",
            "nickname": user.handle,
            "slug": user.handle,
            "roles": ["administrator"],
            "registered_date": user.created.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "capabilities": dict.fromkeys((*ADMINISTRATOR, "administrator"), True),
            "extra_capabilities": {"administrator": True},
            "avatar_urls": self.avatars(user),
            "meta": [],
            "_links": self.links("users", user.number),
        }

    def term(self, taxonomy: str, number: int, name: str) -> dict[str, Any]:
        category = taxonomy == "category"
        route, slug = ("categories", "category") if category else ("tags", "tag")
        uses = [
            post
            for post in self.posts
            if post.status == "visible" and post.kind == "post" and (category or name in post.tags)
        ]
        return {
            "id": number,
            "count": len(uses),
            "description": "",
            "link": f"{self.base}/{slug}/{slugify(name)}/",
            "name": name,
            "slug": slugify(name),
            "taxonomy": taxonomy,
            **({"parent": 0} if category else {}),
            "meta": [],
            "_links": self.links(
                route,
                number,
                about=[{"href": f"{self.api}/taxonomies/{taxonomy}"}],
                wp__post_type=[{"href": f"{self.api}/posts?{route}={number}"}],
            ),
        }

    # -- what stands inside others ----------------------------------------------------------------

    def embedded(self, route: str, item: dict[str, Any]) -> dict[str, Any]:
        """_embedded of an item: what its embeddable links lead to, in the context embed."""

        def shown(of: str, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
            return [in_context(one, RECORDED[of], "embed") for one in items]

        links = item["_links"]
        found: dict[str, list[Any]] = {}
        if "author" in links and item["author"]:
            found["author"] = shown(
                "users", [self.user(one) for one in self.users if one.number == item["author"]]
            )
        if route in ("posts", "pages"):
            talk = self.network.talk[f"{self.place.where}/{item['id']}"]
            answers = [
                one for one in talk if one.status != "removed" and self.comment_status(one) == "approved"
            ]
            if answers:
                found["replies"] = [shown("comments", [self.comment(one) for one in answers[:100]])]
        if "wp:featuredmedia" in links:
            found["wp:featuredmedia"] = shown("media", [self.media(*self.photos[item["featured_media"]])])
        if "wp:term" in links:
            tags = [
                self.term("post_tag", number, name)
                for name, number in self.terms.items()
                if number in item.get("tags", [])
            ]
            found["wp:term"] = [shown("categories", [self.term("category", 1, "News")]), shown("tags", tags)]
        if "up" in links:
            found["up"] = shown(
                "posts",
                [self.post(one) for one in self.posts if one.number == item["post"] and self.readable(one)],
            )
        if "in-reply-to" in links:
            found["in-reply-to"] = shown(
                "comments", [self.comment(one) for one in self.comments if one.number == item["parent"]]
            )
        return {name: value for name, value in found.items() if value}
