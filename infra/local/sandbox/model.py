"""What the made-up network is made of: plain dataclasses that go to JSON and back.

`where` names a place on the network and is also its path on the server: "wordpress/district" (a site), "feed/news",
"bluesky", "mastodon". An account's key is `where/handle`, a post's is `where/number`, a comment's on WordPress `where/c<number>`.
All instants are aware and in UTC.
"""

from dataclasses import dataclass, field, is_dataclass
from datetime import datetime
from typing import Any


@dataclass
class Place:
    where: str
    title: str
    tagline: str = ""
    host: str = ""  # the made-up name that stands in handles and permanent ids
    timezone: str = "America/Los_Angeles"
    reports_bad_password: bool = False  # WordPress: see faces/wordpress.py

    @property
    def platform(self) -> str:
        return self.where.partition("/")[0]


@dataclass
class Account:
    key: str
    where: str
    handle: str
    name: str
    number: int
    created: datetime
    about: str = ""
    staff: bool = False  # WordPress: one with a user, not only a name beside a comment
    suspended: bool = False
    former: list[str] = field(default_factory=list)  # handles before a rename

    @property
    def platform(self) -> str:
        return self.where.partition("/")[0]


@dataclass
class Photo:
    number: int
    alt: str
    width: int = 64
    height: int = 48
    kind: str = "jpeg"  # or png
    seed: str = ""  # the same seed gives the same bytes
    caption: str = ""


@dataclass
class Version:
    number: int  # WordPress counts revisions in the numbers of its posts
    at: datetime
    text: str
    title: str = ""
    warning: str = ""
    photos: list[Photo] = field(default_factory=list)


@dataclass
class Poll:
    options: list[str]
    votes: list[int]
    ends: datetime
    multiple: bool = False


@dataclass
class Post:
    key: str
    where: str
    number: int
    kind: str  # post, page, comment; Bluesky and Mastodon know posts only, some of which answer others
    author: str
    created: datetime
    versions: list[Version]
    parent: str | None = None
    root: str | None = None  # the conversation's first post; None where this is it
    parent_author: str | None = None  # outlives the parent
    status: str = "visible"  # visible, hidden, held, spam, trashed, removed, private, draft
    visibility: str = "public"
    language: str = "en"
    changed: datetime | None = None  # last edit of content or status
    removed: datetime | None = None
    poll: Poll | None = None
    quote: str | None = None  # the post that this one quotes
    repost: str | None = None  # the post that this one only passes on
    labels: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    likes: int = 0

    @property
    def platform(self) -> str:
        return self.where.partition("/")[0]

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def edited(self) -> datetime | None:
        return self.now.at if len(self.versions) > 1 else None


@dataclass
class Token:
    where: str
    secret: str
    account: str
    user: str = ""  # of a Basic sign-in
    expired: bool = False


@dataclass
class Fault:
    """An answer that is not the platform's: a proxy's error page, a cut connection. Served unvalidated, on purpose."""

    where: str
    status: int
    times: int = 1
    after: int = 0  # so many requests are answered first
    path: str = ""  # only requests whose path holds this
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # the real answer, broken off after so many bytes
    delay: float = 0.0  # seconds before the answer


def to_json(value: Any) -> Any:
    """A dataclass as JSON can hold it, instants as ISO strings."""
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {name: to_json(one) for name, one in vars(value).items()}
    if isinstance(value, dict):
        return {name: to_json(one) for name, one in value.items()}
    return [to_json(one) for one in value] if isinstance(value, list) else value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _must(text: str) -> datetime:
    return datetime.fromisoformat(text)


def account_from(data: dict[str, Any]) -> Account:
    return Account(**{**data, "created": _must(data["created"])})


def version_from(data: dict[str, Any]) -> Version:
    return Version(**{**data, "at": _must(data["at"]), "photos": [Photo(**photo) for photo in data["photos"]]})


def post_from(data: dict[str, Any]) -> Post:
    poll = data["poll"]
    return Post(
        **{
            **data,
            "created": _must(data["created"]),
            "changed": _instant(data["changed"]),
            "removed": _instant(data["removed"]),
            "versions": [version_from(version) for version in data["versions"]],
            "poll": poll and Poll(**{**poll, "ends": _must(poll["ends"])}),
        }
    )
