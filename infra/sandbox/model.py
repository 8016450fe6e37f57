"""What the made-up network is made of: plain dataclasses that go to JSON and back.

`where` names a place on the network and is also its path on the server: "wordpress/district" (a site),
"feed/news", "bluesky", "mastodon", "facebook", "instagram", "threads", "linkedin", "youtube", "vimeo", "x",
"tiktok". An account's key is `where/handle`, a post's is `where/number`, a comment's on WordPress
`where/c<number>`, an album's `where/a<number>`, a private message's `where/m<number>`, but on Mastodon, where
it is a status like any other. All instants are aware and in UTC.
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
    # Facebook: so many posts a year are all that its feeds give, in an order of their own; 0: all, newest
    # first
    yearly: int = 0
    heaviest: int = (
        25_000  # Meta: so many values an answer may hold; asked for more, it wants the amount of data reduced
    )
    sunset: str = "202512"  # LinkedIn: the oldest version of the API that still answers
    reach: int = 3200  # X: so many of an account's newest posts are all that its timeline gives
    cap: int = 2_000_000  # X: so many posts may be read in a month
    credits: int | None = None  # X: what is left to pay reads with, in thousandths of a dollar; None: no end

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
    # WordPress: one with a user, not only a name beside a comment; Facebook, LinkedIn: a Page, not a person
    staff: bool = False
    suspended: bool = False
    limited: bool = False  # Mastodon: by moderators of the instance, see moderation.py
    former: list[str] = field(default_factory=list)  # handles before a rename
    # not: a Page on Facebook is seen by those who manage it, a profile on Threads is private, on X protected,
    published: bool = True
    # and of who wrote a comment on LinkedIn nothing is told
    manages: list[str] = field(
        default_factory=list
    )  # Facebook, LinkedIn: the Pages on which this person or system user has a role
    tasks: list[str] = field(
        default_factory=list
    )  # Facebook: what this person may do on them; none named: everything
    roles: list[str] = field(
        default_factory=list
    )  # LinkedIn: this person's roles on them; none named: ADMINISTRATOR
    linked: str | None = None  # Facebook: the Instagram account of a Page
    approves: bool = False  # YouTube: the channel's setting that comments wait for approval

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
class Caption:
    """A subtitle track. A line of its text is a cue; the cues share the video's length (subtitles.py)."""

    number: int
    language: str
    at: datetime  # last written
    text: str
    name: str = ""  # what viewers choose it by, beside the language
    automatic: bool = False  # made from the sound by the platform


@dataclass
class Video:
    """A post's moving picture; where a platform gives its bytes, films.py makes them. It is a broadcast where
    any of the three times is set: the clock tells whether one is to come, runs or is over."""

    seconds: int
    width: int = 1920
    height: int = 1080  # higher than wide: a short, a reel; neither: a voice note (Threads)
    views: int = 0
    captions: list[Caption] = field(default_factory=list)
    scheduled: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    premiere: bool = False  # shown as a broadcast, though its length is known before

    def stage(self, now: datetime) -> str:
        """none, upcoming, live, completed"""
        if self.scheduled is None and self.started is None:
            return "none"
        if self.started is None or self.started > now:
            return "upcoming"
        return "live" if self.ended is None or self.ended > now else "completed"


@dataclass
class Event:
    """What a post announces for a day to come."""

    number: int
    name: str
    starts: datetime
    ends: datetime | None = None
    place: str = ""
    about: str = ""
    link: str = ""  # LinkedIn: where it is told of elsewhere; one without a place is held there
    private: bool = False  # LinkedIn: who wants to come has to be let in
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
    """The card of a page elsewhere that a post shows."""

    source: str
    title: str
    about: str = ""


@dataclass
class Album:
    """A named collection of photos, which are those of the posts that name it."""

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
    # post, page, comment, story, message; Bluesky and Mastodon know posts only, some of which answer others
    kind: str
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
    video: Video | None = None
    comments_off: bool = False  # switched off by its author
    quote: str | None = None  # the post that this one quotes
    repost: str | None = None  # the post that this one only passes on
    labels: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    likes: int = 0
    shares: int = 0  # by people whom nobody sees; a repost counts besides
    wall: str | None = None  # Facebook: the Page on which a visitor wrote
    album: str | None = None  # where the photos are put
    event: Event | None = None
    paper: Paper | None = None
    card: Card | None = None
    link: str = ""  # Threads: the address of the card below the text
    gif: bool = False  # Threads: with a moving picture from the collection of another provider
    attached: str = ""  # Threads: a longer text that is opened with a tap
    ghost: bool = False  # Threads: archived by itself after a day
    moderated: bool = False  # Mastodon: moderators of the instance deleted it, and told its author so
    beside: int | None = (
        None  # Facebook: the number of the photo that a comment answers, of several in its post
    )
    to: str | None = None  # of a private message: whom it goes to
    gone_for: dict[str, datetime] = field(
        default_factory=dict
    )  # Bluesky: who has deleted this private message for themselves, and when

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
class Filter:
    """What an account does not want to see: posts with one of these words. Its owner knows it by its title."""

    number: int
    owner: str
    title: str
    words: list[str]
    contexts: list[str]  # Mastodon: home, notifications, public, thread, account
    action: str = "warn"  # or hide, blur


@dataclass
class Token:
    where: str
    secret: str
    account: str  # empty: a key, which speaks for nobody
    user: str = ""  # of a Basic sign-in
    expired: bool = False
    scopes: list[str] = field(default_factory=list)  # what its owner consented to, where the platform asks
    reason: str = ""  # Meta: why it is dead, in a word of faces/meta_errors.py
    # Meta: page, user, system, instagram or threads; with OAuth: refresh, and app for the application's own
    # secret;
    kind: str = ""
    # Bluesky: password for an app password, access and refresh for those of a session
    granted: datetime | None = None
    expires: datetime | None = None  # None: never
    # of a code: the address that it goes to, and the hash of its verifier; of an app: its set of scopes by
    # name
    bound: str = ""
    parent: str = ""  # the secret of the token that it was got with, and is revoked with


@dataclass
class Fault:
    """An answer that is not the platform's: a proxy's error page, a cut connection. Served unvalidated, on
    purpose.

    With a `code` it is an error of the platform's own, as the face tells it, and is validated like every
    answer.
    """

    where: str
    status: int
    times: int = 1
    after: int = 0  # so many requests are answered first
    path: str = ""  # only requests whose path holds this
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # the real answer, broken off after so many bytes
    delay: float = 0.0  # seconds before the answer
    code: int = 0  # Meta: the number of its error
    subcode: int = 0


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


def album_from(data: dict[str, Any]) -> Album:
    return Album(**{**data, "created": _must(data["created"])})


def token_from(data: dict[str, Any]) -> Token:
    return Token(
        **{**data, "granted": _instant(data.get("granted")), "expires": _instant(data.get("expires"))}
    )


def version_from(data: dict[str, Any]) -> Version:
    return Version(
        **{**data, "at": _must(data["at"]), "photos": [Photo(**photo) for photo in data["photos"]]}
    )


def video_from(data: dict[str, Any]) -> Video:
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
    poll, video, event = (
        data["poll"],
        data.get("video"),
        data.get("event"),
    )  # a file of an older sandbox has no videos, no events
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
