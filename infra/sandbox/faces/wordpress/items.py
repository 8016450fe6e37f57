"""A WordPress site's posts, media, comments, users, and terms as JSON.

Each item is built as `context=edit` gives it; `select_context` then keeps the fields that the schema of a
real site lists for a context. Seen on WordPress 6.1: `raw` contains block comments that `rendered` does not;
text is texturized (apostrophes and ampersands are entities); an upload has the status "inherit" and outlives
its post; times are local without an offset, next to GMT without one; a trashed post's comments are
"post-trashed", whatever they were before.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from infra.sandbox.faces.common import Json
from infra.sandbox.markup import pieces
from infra.sandbox.model import Account, Photo, Place, Post, Version
from infra.sandbox.network import Network
from infra.sandbox.validation.wordpress import RECORDED

POST_STATUS = {"visible": "publish", "trashed": "trash", "private": "private", "draft": "draft"}
COMMENT_STATUS = {"visible": "approved", "held": "hold", "spam": "spam", "trashed": "trash"}
TEXTURES = (("...", "&#8230;"), (" - ", " &#8211; "), ("'", "&#8217;"))
ROUTE = {"post": "posts", "page": "pages"}
ALLOWED = r"</?(?:b|i|em|strong|code|blockquote|a(?: href=\"[^\"<>]*\")?)>"  # in comments of visitors
# capabilities of the role for content
# (https://wordpress.org/documentation/article/roles-and-capabilities/)
ADMINISTRATOR = (
    "moderate_comments", "manage_categories", "upload_files", "edit_posts", "edit_others_posts",
    "edit_published_posts", "publish_posts", "edit_private_posts", "read_private_posts", "delete_posts",
    "delete_others_posts", "delete_published_posts", "delete_private_posts", "edit_pages",
    "edit_others_pages", "edit_published_pages", "publish_pages", "edit_private_pages", "read_private_pages",
    "delete_pages", "delete_others_pages", "delete_published_pages", "delete_private_pages", "list_users",
    "read",
)  # fmt: skip


def slugify(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "untitled"


def texturize(text: str) -> str:
    """Apply typography outside of tags, and escape lone ampersands."""
    parts = re.split(r"(<[^>]*>)", text)
    for at in range(0, len(parts), 2):
        for plain, entity in TEXTURES:
            parts[at] = parts[at].replace(plain, entity)
        parts[at] = re.sub(r"&(?!#?\w+;)", "&#038;", parts[at])
    return "".join(parts)


def link_addresses(text: str) -> str:
    return "".join(
        f'<a href="{one.value}">{one.value}</a>' if one.kind == "link" else text[one.start : one.end]
        for one in pieces(text)
    )


def select_context(item: Json, schema: Json, context: str) -> Json:
    """Return the fields of a context, by the schema of a real site."""
    kept = {}
    for name, value in item.items():
        field = schema["properties"].get(name)
        if field is None:
            kept[name] = value  # _links, _embedded
        elif context in field.get("context", [context]):
            kept[name] = (
                select_context(value, field, context)
                if "properties" in field and isinstance(value, dict)
                else value
            )
    return kept


@dataclass(frozen=True)
class Items:
    """All that a visitor or an administrator sees on one site.

    Created for each request.
    """

    network: Network
    place: Place
    base: str  # address of the face
    admin: bool  # the viewer is an administrator

    # -- content -----------------------------------------------------------------------------------

    @property
    def api(self) -> str:
        return f"{self.base}/wp-json/wp/v2"

    @cached_property
    def posts(self) -> list[Post]:
        """Return the posts and pages that are not erased."""
        return [one for one in self.network.heads[self.place.where] if one.status != "removed"]

    @cached_property
    def comments(self) -> list[Post]:
        return [one for one in self.network.said(self.place.where) if one.status != "removed"]

    @cached_property
    def photos(self) -> dict[int, tuple[Photo, Post]]:
        """Return every upload with its first post.

        An erased post leaves it in the library.
        """
        found: dict[int, tuple[Photo, Post]] = {}
        for post in self.network.posts.values():
            for version in post.versions if post.where == self.place.where else ():
                for photo in version.photos:
                    found.setdefault(photo.number, (photo, post))
        return found

    @cached_property
    def terms(self) -> dict[str, int]:
        """Return tags and their numbers, in the order of their first use."""
        names = dict.fromkeys(
            tag for post in self.network.posts.values() if post.where == self.place.where for tag in post.tags
        )
        return {name: number for number, name in enumerate(names, 2)}  # 1 is the category

    @cached_property
    def users(self) -> list[Account]:
        return [one for one in self.network.accounts.values() if one.where == self.place.where and one.staff]

    def is_readable(self, post: Post) -> bool:
        if post.kind == "comment":
            parent = self.network.posts[post.root or ""]
            return self.admin or (post.status == "visible" and parent.status == "visible")
        return self.admin or post.status == "visible"

    def comment_status(self, comment: Post) -> str:
        parent = self.network.posts[comment.root or ""]
        return "post-trashed" if parent.status == "trashed" else COMMENT_STATUS[comment.status]

    # -- dates and links ---------------------------------------------------------------------------

    def local(self, when: datetime) -> str:
        return when.astimezone(ZoneInfo(self.place.timezone)).strftime("%Y-%m-%dT%H:%M:%S")

    def dates(self, name: str, when: datetime) -> dict[str, str]:
        return {name: self.local(when), f"{name}_gmt": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}

    def slug(self, post: Post) -> str:
        return f"{slugify(post.versions[0].title)}-{post.number}"

    def link(self, post: Post) -> str:
        return (
            f"{self.base}/{self.slug(post)}/" if post.status == "visible" else f"{self.base}/?p={post.number}"
        )

    def links(self, route: str, number: int, **more: list[Json]) -> Json:
        """Return _links. In names of relations, __ is a colon and _ a dash."""
        named = {name.replace("__", ":").replace("_", "-"): value for name, value in more.items() if value}
        return {
            "self": [{"href": f"{self.api}/{route}/{number}"}],
            "collection": [{"href": f"{self.api}/{route}"}],
            **named,
        }

    def embeddable(self, path: str, **more: str) -> list[Json]:
        return [{"embeddable": True, **more, "href": f"{self.api}/{path}"}]

    def file(self, photo: Photo) -> tuple[str, str]:
        """Return the path of a photo below uploads, and its address."""
        name = f"{slugify(photo.alt)[:30]}-{photo.number}.{'jpg' if photo.kind == 'jpeg' else 'png'}"
        path = f"{self.network.start:%Y/%m}/{name}"
        return path, f"{self.base}/wp-content/uploads/{path}"

    def content(self, version: Version, block: Callable[[str, str], str]) -> str:
        """Return the paragraphs of a version, and its photos except the featured first."""
        paragraphs = (link_addresses(part).replace("\n", "<br>") for part in version.text.split("\n\n"))
        blocks = [block("paragraph", f"<p>{one}</p>") for one in paragraphs]
        for photo in version.photos[1:]:
            image = (
                f'<img src="{self.file(photo)[1]}" alt="{escape(photo.alt)}"'
                f' class="wp-image-{photo.number}"/>'
            )
            blocks.append(
                block(f'image {{"id":{photo.number}}}', f'<figure class="wp-block-image">{image}</figure>')
            )
        return "\n\n".join(blocks)

    def bodies(self, version: Version) -> Json:
        raw = self.content(
            version, lambda name, html: f"<!-- wp:{name} -->\n{html}\n<!-- /wp:{name.split()[0]} -->"
        )
        rendered = texturize(self.content(version, lambda _, html: f"\n{html}\n"))
        words = re.sub(r"<[^>]*>", "", version.text).split()
        excerpt = texturize(" ".join(words[:55])) + (" [&hellip;]" if len(words) > 55 else "")
        return {
            "title": {"raw": version.title, "rendered": texturize(version.title)},
            "content": {"raw": raw, "rendered": rendered, "protected": False, "block_version": 1},
            "excerpt": {"raw": "", "rendered": f"<p>{excerpt}</p>\n", "protected": False},
        }

    def post(self, post: Post) -> Json:
        route, author = ROUTE[post.kind], self.network.accounts[post.author].number
        guid = f"{self.base}/?{'page_id' if post.kind == 'page' else 'p'}={post.number}"
        featured = post.now.photos[0].number if post.now.photos else 0
        page = {"parent": 0, "menu_order": 0} if post.kind == "page" else {}
        tags = [self.terms[tag] for tag in post.tags]
        article = (
            {"sticky": False, "format": "standard", "categories": [1], "tags": tags}
            if post.kind == "post"
            else {}
        )
        return {
            "id": post.number,
            **self.dates("date", post.created),
            "guid": {"rendered": guid, "raw": guid},
            **self.dates("modified", post.changed or post.created),
            "password": "",
            "slug": self.slug(post) + ("__trashed" if post.status == "trashed" else ""),
            "status": POST_STATUS[post.status],
            "type": post.kind,
            "link": self.link(post),
            **self.bodies(post.now),
            "author": author,
            "featured_media": featured,
            **page,
            "comment_status": "closed" if post.kind == "page" else "open",
            "ping_status": "closed",
            "template": "",
            "meta": [],
            **article,
            "permalink_template": f"{self.base}/%postname%/",
            "generated_slug": self.slug(post),
            "_links": self.post_links(post, route, author, featured),
        }

    def post_links(self, post: Post, route: str, author: int, featured: int) -> Json:
        terms = [
            {"taxonomy": taxonomy, **self.embeddable(f"{path}?post={post.number}")[0]}
            for taxonomy, path in (("category", "categories"), ("post_tag", "tags"))
        ]
        return self.links(
            route,
            post.number,
            about=[{"href": f"{self.api}/types/{post.kind}"}],
            author=self.embeddable(f"users/{author}"),
            replies=self.embeddable(f"comments?post={post.number}"),
            version_history=[
                {"count": len(post.versions), "href": f"{self.api}/{route}/{post.number}/revisions"}
            ],
            wp__featuredmedia=self.embeddable(f"media/{featured}") if featured else [],
            wp__attachment=[{"href": f"{self.api}/media?parent={post.number}"}],
            wp__term=terms if post.kind == "post" else [],
        )

    def revision(self, post: Post, version: Version) -> Json:
        bodies = self.bodies(version)
        del bodies["excerpt"]["protected"], bodies["content"]["protected"], bodies["content"]["block_version"]
        guid = f"{self.base}/?p={version.number}"
        return {
            "author": self.network.accounts[post.author].number,
            **self.dates("date", version.at),
            "id": version.number,
            **self.dates("modified", version.at),
            "parent": post.number,
            "slug": f"{post.number}-revision-v1",
            "guid": {"rendered": guid, "raw": guid},
            **bodies,
            "_links": {"parent": [{"href": f"{self.api}/{ROUTE[post.kind]}/{post.number}"}]},
        }

    def media(self, photo: Photo, post: Post) -> Json:
        path, url = self.file(photo)
        author = self.network.accounts[post.author].number
        slug = path.rsplit("/", 1)[1].rsplit(".", 1)[0]
        caption = f"<p>{texturize(photo.caption)}</p>\n" if photo.caption else ""
        image = f'<img width="{photo.width}" height="{photo.height}" src="{url}" alt="{escape(photo.alt)}" />'
        description = f"<p class=\"attachment\"><a href='{url}'>{image}</a></p>\n"
        return {
            "id": photo.number,
            **self.dates("date", post.created),
            "guid": {"rendered": url, "raw": url},
            **self.dates("modified", post.created),
            "slug": slug,
            "status": "inherit",
            "type": "attachment",
            "link": f"{self.base}/{self.slug(post)}/{slug}/",
            "title": {"raw": slug, "rendered": slug},
            "author": author,
            "comment_status": "open",
            "ping_status": "closed",
            "template": "",
            "meta": [],
            "permalink_template": f"{self.base}/{self.slug(post)}/%postname%/",
            "generated_slug": slug,
            "description": {"raw": "", "rendered": description},
            "caption": {"raw": photo.caption, "rendered": caption},
            "alt_text": photo.alt,
            "media_type": "image",
            "mime_type": f"image/{photo.kind}",
            "media_details": {
                "width": photo.width,
                "height": photo.height,
                "file": path,
                "sizes": {},
                "image_meta": {"keywords": []},
            },
            "post": None if post.status == "removed" else post.number,
            "source_url": url,
            "missing_image_sizes": [],
            "_links": self.links(
                "media",
                photo.number,
                about=[{"href": f"{self.api}/types/attachment"}],
                author=self.embeddable(f"users/{author}"),
                replies=self.embeddable(f"comments?post={photo.number}"),
            ),
        }

    def avatars(self, account: Account) -> dict[str, str]:
        digest = hashlib.md5(account.key.encode(), usedforsecurity=False).hexdigest()
        return {
            size: f"https://avatars.{self.place.host}/avatar/{digest}?s={size}&d=mm&r=g"
            for size in ("24", "48", "96")
        }

    def root(self, comment: Post) -> str:
        """Return the number of the post or page of a comment."""
        return str(self.network.posts[comment.root or ""].number)

    def above(self, comment: Post) -> int:
        """Return the number of the comment above a comment; 0 for a top-level one."""
        answered = self.network.posts.get(comment.parent or "")
        return answered.number if answered is not None and answered.kind == "comment" else 0

    def comment(self, comment: Post) -> Json:
        author, parent = self.network.accounts[comment.author], self.network.posts[comment.root or ""]
        above = self.above(comment)
        raw = re.sub(
            r"<[^<>]*>", lambda tag: tag[0] if re.fullmatch(ALLOWED, tag[0]) else "", comment.now.text
        )
        paragraphs = [link_addresses(texturize(part)).replace("\n", "<br />\n") for part in raw.split("\n\n")]
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

    def user(self, user: Account) -> Json:
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

    def term(self, taxonomy: str, number: int, name: str) -> Json:
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

    # -- embedded items ----------------------------------------------------------------------------

    def embedded(self, route: str, item: Json) -> Json:
        """Return _embedded of an item: the targets of its embeddable links.

        They are shown in the context embed.
        """

        def shown(of: str, items: Iterable[Json]) -> list[Json]:
            return [select_context(one, RECORDED[of], "embed") for one in items]

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
                [
                    self.post(one)
                    for one in self.posts
                    if one.number == item["post"] and self.is_readable(one)
                ],
            )
        if "in-reply-to" in links:
            found["in-reply-to"] = shown(
                "comments", [self.comment(one) for one in self.comments if one.number == item["parent"]]
            )
        return {name: value for name, value in found.items() if value}
