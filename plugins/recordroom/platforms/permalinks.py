"""Addresses of posts as people copy them.

A connector declares at which hosts its posts are, and which addresses are not those of a post, with the one
to copy instead. An address that cannot be read says nothing about the post: no message here says that it was
removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from recordroom.errors import UsageError

# parameters that newsletters and networks add in order to count visitors
_ADDED = re.compile(r"utm_|fbclid$|gclid$|mc_[ce]id$")
AT = "at:"  # the host of at:// addresses, which have an account instead of a host


@dataclass(frozen=True, slots=True)
class RefusedAddress:
    """Addresses that cannot be used."""

    where: str  # regular expression for host and path
    what: str  # what they are, in words
    remedy: str  # what to copy instead


def refuse_short(where: str) -> RefusedAddress:
    """Return the refusal of addresses that share buttons copy.

    Only the platform's web pages know where such an address leads; its API does not.
    """
    return RefusedAddress(
        where,
        "only leads to another address",
        "Open it in a browser, and copy the address of the page that opens.",
    )


@dataclass(frozen=True, slots=True)
class Permalinks:
    """The forms of addresses of a platform's posts.

    `own_id_form` and `comment_id_form` are regular expressions for path, query, and fragment
    (`/posts/1?comment_id=2#x`); one of their groups is the end of the ID.
    """

    what: str = "a post"  # what the addresses lead to, in words
    form: str = "the post's own address"  # the address to copy, in words
    # hosts of all accounts' posts, subdomains included, in addition to the host of the account's address
    hosts: tuple[str, ...] = ()
    refused: tuple[RefusedAddress, ...] = ()
    # regular expression for a path with an account name that the platform ignores, because the number of the
    # post is enough; one of its groups is the name
    name_form: str = ""
    ignored_in_names: str = ""  # characters of such a name that make no difference
    own_id_form: str = ""  # the ID, where posts and comments have addresses of the same form
    comment_id_form: str = (
        ""  # the ID of a comment, where its address is that of its post with the comment's ID added
    )
    # of a platform whose servers show each other's posts: regular expression for the path of such an address
    foreign_path: str = ""
    remedy: str = ""  # what to copy instead of it
    # how the platform writes addresses in its responses: (regular expression for host, path, and query,
    # without www. and not escaped; its replacement, with `*` for what an address does not contain, or what
    # changes when an account is renamed)
    platform_forms: tuple[tuple[str, str], ...] = ()

    def are_at(self, host: str) -> bool:
        """Report whether posts of the platform may be at a host."""
        return any(host == one or host.endswith(f".{one}") for one in self.hosts)


ANY = Permalinks()


@dataclass(frozen=True, slots=True)
class Link:
    """The parts of an address."""

    url: str
    host: str  # in lower case, without www., with an unusual port
    path: str  # not escaped, without the last slash
    query: Mapping[str, str]  # the first value of each parameter

    @property
    def behind_the_host(self) -> str:
        """Path, query, and fragment, not escaped."""
        parts = urlsplit(self.url)
        return (
            self.path
            + f"?{unquote(parts.query)}" * bool(parts.query)
            + f"#{unquote(parts.fragment)}" * bool(parts.fragment)
        )

    def none_of(self, forms: Permalinks) -> UsageError:
        """Return the message that this is not the address of a post."""
        return UsageError(f"{self.url} is not the address of {forms.what}", f"Use this form: {forms.form}.")


def parse_permalink(url: str, forms: Permalinks) -> Link:
    """Return the parts of an address; UsageError if it is not an address, or one that cannot be used."""
    try:
        link = _apart(url)
    except ValueError:
        raise UsageError(
            f"{url!r} is not an address", "Enter the complete address of the post, with https://."
        ) from None
    for refused in forms.refused if forms.are_at(link.host) or not forms.hosts else ():
        if re.search(refused.where, link.host + link.path):
            raise UsageError(f"{url} {refused.what}", refused.remedy)
    return link


def _apart(url: str) -> Link:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.scheme == "at" and parts.netloc:
        return Link(url, AT, f"/{parts.netloc}{parts.path}", query)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return Link(url, parts.hostname.removeprefix("www.") + port, unquote(parts.path).rstrip("/"), query)


def find_account_name(link: Link, forms: Permalinks) -> str:
    """Return the account name in an address; "" if there is none, or if the platform checks it itself."""
    return _first(forms.name_form, link.path)


def find_own_id(link: Link, forms: Permalinks) -> str:
    """Return the ID in an address, where posts and comments have the same form; "" if there is none."""
    return _first(forms.own_id_form, link.behind_the_host)


def find_comment_id(link: Link, forms: Permalinks) -> str:
    """Return the ID of the comment that an address adds to that of its post; "" for the post itself."""
    return _first(forms.comment_id_form, link.behind_the_host)


def _first(form: str, text: str) -> str:
    found = re.search(form, text, re.ASCII) if form else None
    return next(filter(None, found.groups()), "") if found else ""


def matches_path(form: str, link: Link) -> bool:
    """Report whether a regular expression matches the path of an address."""
    return re.search(form, link.path) is not None


def is_same_address(link: Link, address: str | None) -> bool:
    """Report whether two addresses are the same, except for parameters that count visitors."""
    try:
        return _page(_apart(address or "")) == _page(link)
    except ValueError:
        return False


def _page(link: Link) -> tuple[str, str, dict[str, str]]:
    return link.host, link.path, {name: value for name, value in link.query.items() if not _ADDED.match(name)}
