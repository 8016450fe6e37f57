"""The addresses of posts and pages, as people copy them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused, short

PERMALINKS = Permalinks(
    what="a post or page of this site",
    form="https://<site>/<words>/, as on the page of the post",
    below=r"#comment-(\d+)",
    refused=(
        short(r"^wp\.me/"),
        Refused(
            r"/wp-admin/(?:comment|edit-comments)\.php$",
            "is a list of comments",
            "Copy the address of the post that they stand below.",
        ),
    ),
)
_NUMBER = re.compile(r"[0-9]+")
_MORE = re.compile(r"/(?:comment-page-\d+|amp|feed|embed)$")


@dataclass(frozen=True, slots=True)
class Asked:
    """`number`: where the address has it; else the last of `path` is the slug. `page`: the address at the
    site's own server.
    """

    number: str
    path: str
    page: str


def post_in(url: str, own: Iterable[str]) -> Asked:
    """What an address at one of `own` addresses asks for; UsageError where it is at none of them."""
    link = permalinks.read(url, PERMALINKS)
    server = next(
        (address for address in own if permalinks.read(address, PERMALINKS).host == link.host), None
    )
    if server is None:
        raise UsageError(f"{url} is not on this site", "Name the account of the site that it is on.")
    names = ("post",) if link.path.endswith("/wp-admin/post.php") else ("p", "page_id")
    number = next((link.query[name] for name in names if _NUMBER.fullmatch(link.query.get(name, ""))), "")
    home, given = urlsplit(server), urlsplit(url)
    page = urlunsplit((home.scheme, home.netloc, given.path, given.query, ""))
    return Asked(number, _MORE.sub("", link.path), page)
