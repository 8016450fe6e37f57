"""The parameters of WordPress' REST API, and the pages that they cut.

They are checked and refused as on a real site (6.1). A wrong parameter gives 400 rest_invalid_param with its
own error in `details`. Times without an offset are local to the site.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.wordpress.items import Items
from infra.sandbox.model import Post

ORDERS = {
    "posts": (
        "author",
        "date",
        "id",
        "include",
        "modified",
        "parent",
        "relevance",
        "slug",
        "include_slugs",
        "title",
    ),
    "comments": ("date", "date_gmt", "id", "include", "post", "parent", "type"),
    "users": ("id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url"),
}
LISTS = ("include", "exclude", "status", "categories", "tags", "author", "post", "parent", "slug")


def enumeration(values: Iterable[str]) -> str:
    *first, last = values
    return f"{', '.join(first)}, and {last}"


def invalid(name: str, code: str, message: str, data: Json | None = None) -> Refusal:
    details = {name: {"code": code, "message": message, "data": data}}
    return Refusal(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        {"params": {name: message}, "details": details},
    )


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = request.args.get(name, default)
    if value not in allowed:
        raise invalid(name, "rest_not_in_enum", f"{name} is not one of {enumeration(allowed)}.")
    return value


def parse_integer(name: str, default: int, most: int | None = None) -> int:
    value = request.args.get(name, str(default))
    if not value.lstrip("-").isdigit():
        raise invalid(name, "rest_invalid_type", f"{name} is not of type integer.")
    if most is not None and not 1 <= int(value) <= most:
        raise invalid(
            name, "rest_out_of_bounds", f"{name} must be between 1 (inclusive) and {most} (inclusive)"
        )
    if int(value) < (0 if name == "offset" else 1):
        raise invalid(name, "rest_out_of_bounds", f"{name} must be greater than or equal to 1")
    return int(value)


def many(name: str) -> list[str]:
    """Return a list parameter.

    It is a,b or name[]=a&name[]=b or name[0]=a&name[1]=b; Link headers use the last form.
    """
    values = [
        value for key, value in request.args.items(multi=True) if key == name or key.startswith(f"{name}[")
    ]
    return [part for value in values for part in value.split(",") if part]


def instant(name: str, items: Items) -> datetime | None:
    value = request.args.get(name)
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(name, "rest_invalid_date", "Invalid date.") from None
    return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(items.place.timezone))


def select_between(
    posts: list[Post], items: Items, after: str, before: str, when: Callable[[Post], datetime]
) -> list[Post]:
    """Return the posts strictly between the requested times.

    Times are compared in whole seconds, as in the database.
    """
    first, last = instant(after, items), instant(before, items)
    if first is None and last is None:
        return posts
    kept = ((post, when(post).replace(microsecond=0)) for post in posts)
    return [post for post, at in kept if (first is None or at > first) and (last is None or at < last)]


def select_matching(posts: list[Post]) -> list[Post]:
    """Apply include, exclude, and search."""
    include, exclude, words = many("include"), many("exclude"), request.args.get("search", "").lower()
    if not (include or exclude or words):
        return posts
    return [
        post
        for post in posts
        if (not include or str(post.number) in include)
        and str(post.number) not in exclude
        and words in f"{post.now.title} {post.now.text}".lower()
    ]


def sort_posts(
    posts: list[Post], route: str, default: str, keys: dict[str, Callable[[Post], Any]]
) -> list[Post]:
    """Sort by `orderby`, descending unless `order` is asc.

    An order that `keys` does not have is by date.
    """
    key: Callable[[Post], Any] = keys.get(
        choice("orderby", default, ORDERS[route]), lambda post: post.created
    )
    return sorted(
        posts,
        key=lambda post: (key(post), post.number),
        reverse=choice("order", "desc", ("asc", "desc")) == "desc",
    )


def context() -> str:
    return choice("context", "view", ("view", "embed", "edit"))


def fields() -> list[str]:
    return [field.strip() for field in many("_fields")]


def select_fields(item: Json, wanted: list[str]) -> Json:
    """Apply `_fields`: names of fields, and a.b within them."""
    if not wanted:
        return item
    kept: Json = {}
    for name, value in item.items():
        inner = [field.partition(".")[2] for field in wanted if field.partition(".")[0] == name]
        if inner:
            kept[name] = value if "" in inner or not isinstance(value, dict) else select_fields(value, inner)
    return kept


@dataclass(frozen=True)
class Page:
    """A page of a collection, with its headers."""

    items: list[Any]
    total: int  # number of items on all pages
    pages: int  # number of pages
    number: int  # of this page, from 1

    def headers(self) -> dict[str, str]:
        def link(page: int, rel: str) -> str:
            """Return the request's own address with another page.

            Values of lists have an index.
            """
            lists: dict[str, str] = {}
            for name in LISTS:
                values = [
                    value for key, value in request.args.items(multi=True) if key.startswith(f"{name}[")
                ]
                lists |= {f"{name}[{at}]": value for at, value in enumerate(values)}
            plain = {key: value for key, value in request.args.items() if "[" not in key and key != "page"}
            return f'<{request.base_url}?{urlencode({**plain, **lists, "page": page})}>; rel="{rel}"'

        parts = [link(min(self.number - 1, max(self.pages, 1)), "prev")] if self.number > 1 else []
        parts += [link(self.number + 1, "next")] if self.number < self.pages else []
        return {
            "X-WP-Total": str(self.total),
            "X-WP-TotalPages": str(self.pages),
            **({"Link": ", ".join(parts)} if parts else {}),
        }


def cut_page(items: list[Any], *, strict: bool) -> Page:
    """Cut the requested page.

    strict: refuse a page past the end, as posts and media do; others return an empty one.
    """
    size = parse_integer("per_page", 10, 100)
    number = parse_integer("page", 1)
    offset = parse_integer("offset", 0) if "offset" in request.args else 0
    pages, start = -(-len(items) // size), offset or (number - 1) * size
    if strict and items and number > pages:
        message = "The page number requested is larger than the number of pages available."
        raise Refusal(400, "rest_post_invalid_page_number", message)
    return Page(items[start : start + size], len(items), pages, number)
