"""A WordPress site over the network: what is on it, who may read it, its dates and addresses.

Seen on WordPress 6.1: times are the site's own without an offset beside GMT without one, and a trashed post's
comments are "post-trashed", whatever they were before.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from infra.sandbox.model import Account, Photo, Place, Post
from infra.sandbox.network import Network

POST_STATUS = {"visible": "publish", "trashed": "trash", "private": "private", "draft": "draft"}
COMMENT_STATUS = {"visible": "approved", "held": "hold", "spam": "spam", "trashed": "trash"}


def slugify(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "untitled"


@dataclass(frozen=True)
class Site:
    network: Network
    place: Place
    base: str
    admin: bool

    # -- what there is ----------------------------------------------------------------------------

    @property
    def api(self) -> str:
        return f"{self.base}/wp-json/wp/v2"

    @cached_property
    def posts(self) -> list[Post]:
        """Posts and pages that are not erased."""
        return [one for one in self.network.heads[self.place.where] if one.status != "removed"]

    @cached_property
    def comments(self) -> list[Post]:
        return [one for one in self.network.said(self.place.where) if one.status != "removed"]

    @cached_property
    def photos(self) -> dict[int, tuple[Photo, Post]]:
        """Every upload with the post that it first stood in; erasing the post leaves it in the library."""
        found: dict[int, tuple[Photo, Post]] = {}
        for post in self.network.posts.values():
            for version in post.versions if post.where == self.place.where else ():
                for photo in version.photos:
                    found.setdefault(photo.number, (photo, post))
        return found

    @cached_property
    def terms(self) -> dict[str, int]:
        """Tags and their numbers, in the order of their first use."""
        names = dict.fromkeys(
            tag for post in self.network.posts.values() if post.where == self.place.where for tag in post.tags
        )
        return {name: number for number, name in enumerate(names, 2)}  # 1 is the category

    @cached_property
    def users(self) -> list[Account]:
        return [one for one in self.network.accounts.values() if one.where == self.place.where and one.staff]

    def readable(self, post: Post) -> bool:
        if post.kind == "comment":
            parent = self.network.posts[post.root or ""]
            return self.admin or (post.status == "visible" and parent.status == "visible")
        return self.admin or post.status == "visible"

    def comment_status(self, comment: Post) -> str:
        parent = self.network.posts[comment.root or ""]
        return "post-trashed" if parent.status == "trashed" else COMMENT_STATUS[comment.status]

    # -- dates and links --------------------------------------------------------------------------

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

    def links(self, route: str, number: int, **more: list[dict[str, Any]]) -> dict[str, Any]:
        """_links; in names of relations __ stands for a colon and _ for a dash."""
        named = {name.replace("__", ":").replace("_", "-"): value for name, value in more.items() if value}
        return {
            "self": [{"href": f"{self.api}/{route}/{number}"}],
            "collection": [{"href": f"{self.api}/{route}"}],
            **named,
        }

    def embeddable(self, path: str, **more: str) -> list[dict[str, Any]]:
        return [{"embeddable": True, **more, "href": f"{self.api}/{path}"}]
