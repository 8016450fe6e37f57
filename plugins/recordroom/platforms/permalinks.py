"""Addresses of posts, as people copy them: at which hosts they may be, and which are none of a post, with
what to copy instead. That an address cannot be read says nothing about the post: no refusal here says that it
is gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from recordroom.errors import UsageError

_ADDED = re.compile(
    r"utm_|fbclid$|gclid$|mc_[ce]id$"
)  # by newsletters and networks, to count who comes from where
AT = "at:"  # the host of at:// addresses, which name an account in its place


@dataclass(frozen=True, slots=True)
class Refused:
    """Addresses that cannot be taken. `where`: a regular expression for host and path; `what`: what they are,
    and `mend`: what to copy instead."""

    where: str
    what: str
    mend: str


def short(where: str) -> Refused:
    """What the share buttons give: only the platform's web pages know where it leads, and none of its APIs."""
    return Refused(
        where, "only leads to another address", "Open it in a browser, and copy the address that it leads to."
    )


@dataclass(frozen=True, slots=True)
class Permalinks:
    """How the addresses of a platform's posts read. `what`: what they are the address of, in words; `form`:
    the one to copy; `hosts`: where the posts of all its accounts are, with all hosts below each; beside the
    host of the account's own address. `named`: where a path names an account that the platform does not look
    at, since the number of the post is enough: a regular expression, of whose groups one is the name;
    `silent`: signs that make no difference in one. `own`: where posts and answers have addresses of the same
    form, what says of which of them one is; `below`: where an answer's has its own id beside that of its
    post, what says of which answer: regular expressions for path, query and fragment
    (`/posts/1?comment_id=2#x`), of whose groups one is the end of the id. `elsewhere`: of a platform whose
    servers show each other's posts, the path of such an address as a regular expression, and `mend`: what to
    copy instead. `given`: how the platform itself writes in its answers what people copy otherwise: a regular
    expression for host, path and query (without www. and the like, not escaped), and what to make of it, with
    `*` for what the address does not say, or says otherwise since an account was renamed."""

    what: str = "a post"
    form: str = "the post's own address"
    hosts: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    named: str = ""
    silent: str = ""
    own: str = ""
    below: str = ""
    elsewhere: str = ""
    mend: str = ""
    given: tuple[tuple[str, str], ...] = ()

    def are_at(self, host: str) -> bool:
        return any(host == one or host.endswith(f".{one}") for one in self.hosts)


ANY = Permalinks()


@dataclass(frozen=True, slots=True)
class Link:
    """An address. `host`: in small letters, without www., with a port that is not the usual one; `path`: not
    escaped, without the last slash; `query`: the first value of each."""

    url: str
    host: str
    path: str
    query: Mapping[str, str]

    @property
    def behind_the_host(self) -> str:
        """Path, query and fragment as they stand, not escaped."""
        parts = urlsplit(self.url)
        return (
            self.path
            + f"?{unquote(parts.query)}" * bool(parts.query)
            + f"#{unquote(parts.fragment)}" * bool(parts.fragment)
        )

    def none_of(self, forms: Permalinks) -> UsageError:
        return UsageError(f"{self.url} is not the address of {forms.what}", f"It reads {forms.form}.")


def read(url: str, forms: Permalinks) -> Link:
    """The address; UsageError where it is none at all, or one of those that are refused."""
    try:
        link = _apart(url)
    except ValueError:
        raise UsageError(f"{url!r} is no address", "Give the whole permalink, with https://.") from None
    for refused in forms.refused if forms.are_at(link.host) or not forms.hosts else ():
        if re.search(refused.where, link.host + link.path):
            raise UsageError(f"{url} {refused.what}", refused.mend)
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


def name_in(link: Link, forms: Permalinks) -> str:
    """Whom the address names; "" where it names nobody, or where the platform itself looks at the name."""
    return _first(forms.named, link.path)


def own_in(link: Link, forms: Permalinks) -> str:
    """Of which writing it is, where posts and answers have addresses of the same form; "" where it does not
    say.
    """
    return _first(forms.own, link.behind_the_host)


def below_in(link: Link, forms: Permalinks) -> str:
    """Of which answer it is, where that stands beside the address of its post; "" where it is of the post."""
    return _first(forms.below, link.behind_the_host)


def _first(form: str, text: str) -> str:
    found = re.search(form, text, re.ASCII) if form else None
    return next(filter(None, found.groups()), "") if found else ""


def is_like(form: str, link: Link) -> bool:
    return re.search(form, link.path) is not None


def is_at(link: Link, address: str | None) -> bool:
    """Whether that is the same address, whatever was added to one of them on its way to whoever copied it."""
    try:
        return _page(_apart(address or "")) == _page(link)
    except ValueError:
        return False


def _page(link: Link) -> tuple[str, str, dict[str, str]]:
    return link.host, link.path, {name: value for name, value in link.query.items() if not _ADDED.match(name)}
