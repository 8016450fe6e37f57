"""The dataclasses of the made-up network, which go to JSON and back.

`where` names a place on the network and is also its path on the server: "wordpress/district" (a site),
"feed/news", "bluesky", "mastodon", "facebook", "instagram", "threads", "linkedin", "youtube", "vimeo", "x",
"tiktok". All instants are aware and in UTC. Keys:

    account             where/handle
    post, comment       where/number; a comment on WordPress where/c<number>
    album               where/a<number>
    private message     where/m<number>; on Mastodon a status like any other
"""

from dataclasses import dataclass, field, is_dataclass
from datetime import datetime
from typing import Any


@dataclass
class Place:
    """A site or a platform."""

    where: str
    title: str
    tagline: str = ""
    host: str = ""  # the made-up name in handles and permanent IDs
    timezone: str = "America/Los_Angeles"
    reports_bad_password: bool = False  # WordPress: see faces/wordpress/
    yearly: int = (
        0  # Facebook: most posts a year in its feeds, in an order of their own; 0: all, newest first
    )
    heaviest: int = 25_000  # Meta: most values in a response; beyond, it wants the amount of data reduced
    sunset: str = "202512"  # LinkedIn: the oldest version of the API that is still supported
    reach: int = 3200  # X: the number of newest posts in the timeline of an account
    cap: int = 2_000_000  # X: the number of posts that may be read in a month
    credits: int | None = None  # X: credit for reads, in thousandths of a dollar; None: unlimited

    @property
    def platform(self) -> str:
        """Return the name of the platform."""
        return self.where.partition("/")[0]


@dataclass
class Account:
    """A user, a Page, a channel, or a person who comments."""

    key: str
    where: str
    handle: str
    name: str
    number: int
    created: datetime
    about: str = ""
    staff: bool = False  # WordPress: has a user, not only a name; Facebook, LinkedIn: a Page, not a person
    suspended: bool = False
    limited: bool = False  # Mastodon: by moderators of the instance, see moderation.py
    former: list[str] = field(default_factory=list)  # handles before a rename
    # False: on Facebook only its managers see the Page, on Threads the profile is private, on X the account
    # is protected, on LinkedIn the API does not report who wrote its comments
    published: bool = True
    manages: list[str] = field(default_factory=list)  # Facebook, LinkedIn: Pages on which it has a role
    tasks: list[str] = field(default_factory=list)  # Facebook: its permissions there; empty: all
    roles: list[str] = field(default_factory=list)  # LinkedIn: its roles there; empty: ADMINISTRATOR
    linked: str | None = None  # Facebook: the Instagram account of a Page
    approves: bool = False  # YouTube: the channel's setting that comments wait for approval

    @property
    def platform(self) -> str:
        """Return the name of the platform."""
        return self.where.partition("/")[0]


@dataclass
class Photo:
    """An image of a post or comment; pictures.py makes its bytes."""

    number: int
    alt: str
    width: int = 64
    height: int = 48
    kind: str = "jpeg"  # or png
    seed: str = ""  # the same seed gives the same bytes
    caption: str = ""


@dataclass
class Caption:
    """A subtitle track; each line of its text is a cue (subtitles.py)."""

    number: int
    language: str
    at: datetime  # last written
    text: str
    name: str = ""  # with the language, the name by which viewers choose it
    automatic: bool = False  # made from the sound by the platform


@dataclass
class Video:
    """The video of a post; films.py makes its bytes.

    It is a broadcast if any of the three times is set. The clock decides whether it is upcoming, live, or
    over.
    """

    seconds: int
    width: int = 1920
    height: int = 1080  # higher than wide: a short or reel; both 0: a voice note (Threads)
    views: int = 0
    captions: list[Caption] = field(default_factory=list)
    scheduled: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    premiere: bool = False  # shown as a broadcast, with a length that is known before

    def stage(self, now: datetime) -> str:
        """Return none, upcoming, live, or completed."""
        if self.scheduled is None and self.started is None:
            return "none"
        if self.started is None or self.started > now:
            return "upcoming"
        return "live" if self.ended is None or self.ended > now else "completed"


@dataclass
class Event:
    """A future event that a post announces."""

    number: int
    name: str
    starts: datetime
    ends: datetime | None = None
    place: str = ""  # empty: it is online, at `link`
    about: str = ""
    link: str = ""  # LinkedIn: a page elsewhere about it
    private: bool = False  # LinkedIn: people need an approval to attend
    canceled: bool = False
    changed: datetime | None = None


@dataclass
class Paper:
    """A document that is shown page by page; papers.py makes its bytes."""

    number: int
    title: str
    pages: int = 1


@dataclass
class Card:
    """The link preview that a post shows."""

    source: str
    title: str
    about: str = ""


@dataclass
class Album:
    """A named collection of photos: those of the posts that name it."""

    key: str
    where: str
    number: int
    account: str
    name: str
    created: datetime
    about: str = ""
    place: str = ""


@dataclass
class Version:
    """The content of a post as it was from one edit to the next."""

    number: int  # WordPress counts revisions in the numbers of its posts
    at: datetime
    text: str
    title: str = ""
    warning: str = ""
    photos: list[Photo] = field(default_factory=list)


@dataclass
class Poll:
    """The poll of a post."""

    options: list[str]
    votes: list[int]
    ends: datetime
    multiple: bool = False


@dataclass
class Post:
    """A post, comment, or private message."""

    key: str
    where: str
    number: int
    kind: str  # post, page, comment, story, message; Bluesky and Mastodon have posts and comments only
    author: str
    created: datetime
    versions: list[Version]
    parent: str | None = None
    root: str | None = None  # the root post of the conversation; None: this one
    parent_author: str | None = None  # kept when the parent is removed
    status: str = "visible"  # visible, hidden, held, spam, trashed, removed, private, draft
    visibility: str = "public"
    language: str = "en"
    changed: datetime | None = None  # last edit of content or status
    removed: datetime | None = None
    poll: Poll | None = None
    video: Video | None = None
    comments_off: bool = False  # switched off by its author
    quote: str | None = None  # the post that this one quotes
    repost: str | None = None  # the post that this one only shares
    labels: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    likes: int = 0
    shares: int = 0  # by people who are not shown; reposts are counted in addition
    wall: str | None = None  # Facebook: the Page on which a visitor posted
    album: str | None = None  # the album of its photos
    event: Event | None = None
    paper: Paper | None = None
    card: Card | None = None
    link: str = ""  # Threads: the address of the card below the text
    gif: bool = False  # Threads: with a moving picture from the collection of another provider
    attached: str = ""  # Threads: a longer text that opens with a tap
    ghost: bool = False  # Threads: archived automatically after a day
    moderated: bool = False  # Mastodon: deleted by moderators of the instance, who notified its author
    beside: int | None = None  # Facebook: the number of the photo, among several, to which a comment replies
    to: str | None = None  # of a private message: its recipient
    # Bluesky: account that deleted it for itself -> when
    gone_for: dict[str, datetime] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        """Return the name of the platform."""
        return self.where.partition("/")[0]

    @property
    def now(self) -> Version:
        """Return the latest version."""
        return self.versions[-1]

    @property
    def edited(self) -> datetime | None:
        """Return the instant of the last edit."""
        return self.now.at if len(self.versions) > 1 else None


@dataclass
class Filter:
    """Words that an account does not want to see in posts."""

    number: int
    owner: str
    title: str
    words: list[str]
    contexts: list[str]  # Mastodon: home, notifications, public, thread, account
    action: str = "warn"  # or hide, blur


@dataclass
class Token:
    """A secret that gives access: a token, password, API key, or code."""

    where: str
    secret: str
    account: str  # empty: a key of no account
    user: str = ""  # of a Basic sign-in
    expired: bool = False
    scopes: list[str] = field(default_factory=list)  # granted by its owner, where the platform has scopes
    reason: str = ""  # Meta: why it is no longer valid, in a word of faces/meta/errors.py
    # Meta: page, user, system, instagram, threads; OAuth: refresh, and app for the application's own secret;
    # Bluesky: password for an app password, access and refresh for the tokens of a session
    kind: str = ""
    granted: datetime | None = None
    expires: datetime | None = None  # None: never
    bound: str = ""  # of a code: its redirect address and the hash of its verifier; of an app: its scope set
    parent: str = ""  # the secret of the token with which it was obtained and is revoked


@dataclass
class Fault:
    """A response that is not the platform's own: an error page, a cut connection.

    It is served without validation, on purpose. With a `code` it is an error of the platform's own, in the
    words of its face, and is validated like every response.
    """

    where: str
    status: int
    times: int = 1
    after: int = 0  # number of requests that succeed before
    path: str = ""  # only requests with this in their path
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # the real response, cut after so many bytes
    delay: float = 0.0  # seconds before the response
    code: int = 0  # Meta: the number of its error
    subcode: int = 0


def to_json(value: Any) -> Any:
    """Return a value for JSON: dataclasses as objects, instants as ISO 8601."""
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
    """Read an account from JSON."""
    return Account(**{**data, "created": _must(data["created"])})


def album_from(data: dict[str, Any]) -> Album:
    """Read an album from JSON."""
    return Album(**{**data, "created": _must(data["created"])})


def token_from(data: dict[str, Any]) -> Token:
    """Read a token from JSON."""
    return Token(
        **{**data, "granted": _instant(data.get("granted")), "expires": _instant(data.get("expires"))}
    )


def version_from(data: dict[str, Any]) -> Version:
    """Read a version of a post from JSON."""
    return Version(
        **{**data, "at": _must(data["at"]), "photos": [Photo(**photo) for photo in data["photos"]]}
    )


def video_from(data: dict[str, Any]) -> Video:
    """Read a video from JSON."""
    times = {name: _instant(data.get(name)) for name in ("scheduled", "started", "ended")}
    captions = [Caption(**{**one, "at": _must(one["at"])}) for one in data.get("captions", [])]
    return Video(**{**data, **times, "captions": captions})


def _event_from(data: dict[str, Any]) -> Event:
    times = {
        "starts": _must(data["starts"]),
        "ends": _instant(data["ends"]),
        "changed": _instant(data.get("changed")),
    }
    return Event(**{**data, **times})


def post_from(data: dict[str, Any]) -> Post:
    """Read a post, comment, or message from JSON."""
    # a file of an older sandbox has no videos and no events
    poll, video, event = data["poll"], data.get("video"), data.get("event")
    return Post(
        **{
            **data,
            "created": _must(data["created"]),
            "changed": _instant(data["changed"]),
            "removed": _instant(data["removed"]),
            "versions": [version_from(version) for version in data["versions"]],
            "gone_for": {who: _must(at) for who, at in data.get("gone_for", {}).items()},
            "poll": poll and Poll(**{**poll, "ends": _must(poll["ends"])}),
            "video": video and video_from(video),
            "event": event and _event_from(event),
            "paper": Paper(**data["paper"]) if data.get("paper") else None,
            "card": Card(**data["card"]) if data.get("card") else None,
        }
    )
