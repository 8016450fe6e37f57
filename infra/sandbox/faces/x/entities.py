"""The text and JSON of X's posts, users, media, and polls, and the media files.

Sources: docs.x.com/x-api/fundamentals: data-dictionary, fields, expansions, edit-posts;
docs.x.com/fundamentals/counting-characters.

Text: it starts with the names of a reply and ends with the addresses of its media and quoted post. Addresses
are shortened; & < > are escaped; a text of more than 280 characters is cut and is complete in note_tweet.
Offsets count code points of the escaped text. The documentation leaves open whether the text is escaped
before counting, and how a cut text ends.

Posts: each version of an edited post has an ID, an instant, a conversation, and counts of its own. Likes and
shares of a story belong to the last version.

Files: addresses of media are not signed and live as long as the post. Files of private messages are below
their event, for the two participants only: the documentation of version 1.1 (ton.twitter.com,
docs.x.com/x-api/direct-messages) is taken to apply to version 2.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from infra.sandbox.faces.common import Json, photo_bytes
from infra.sandbox.faces.x.access import (
    WHERE,
    Access,
    handle,
    history,
    instant,
    letters,
    media_key,
    poll_id,
    post_id,
    short_url,
    shown_to,
    user_id,
    version_at,
)
from infra.sandbox.faces.x.query import Query
from infra.sandbox.films import film
from infra.sandbox.markup import pieces
from infra.sandbox.model import Account, Photo, Poll, Post, Version, Video
from infra.sandbox.pictures import picture

MOST = 280
SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
KINDS = ("urls", "hashtags", "mentions")
Known = Callable[[str], tuple[str, str] | None]  # a name in a text -> the user's name and id
SUFFIXES = {"jpeg": "jpg", "png": "png"}
PRIVATE = "/1.1/ton/data/dm"
FOLDERS = ("/media/", "/ext_tw_video/", "/ext_tw_video_thumb/", "/profile_images/", PRIVATE)
EDITABLE, EDITS = timedelta(hours=1), 5
RETWEETED = 140
Parts = dict[str, Callable[[], Any]]


def escaped(text: str) -> str:
    return "".join(SIGNS.get(sign, sign) for sign in text)


@dataclass
class RichText:
    """A text as the API gives it, with its entities."""

    text: str = ""
    entities: dict[str, list[Json]] = field(default_factory=dict)  # by kind: urls, hashtags, mentions
    # start and end, without the names before the text and the addresses after it
    shown: list[int] = field(default_factory=lambda: [0, 0])
    long: "RichText | None" = None  # the complete text, if this one is cut

    def add(self, text: str, kind: str = "", **more: Any) -> None:
        start, self.text = len(self.text), self.text + text
        if kind:
            self.entities.setdefault(kind, []).append({"start": start, "end": len(self.text), **more})

    def link(self, address: str, **more: Any) -> None:
        short = short_url(address)
        shown = address.removeprefix("https://").removeprefix("http://")
        self.add(
            short,
            "urls",
            url=short,
            expanded_url=address,
            display_url=shown[:26] + "…" * (len(shown) > 26),
            **more,
        )

    def name(self, name: str, find_name: Known) -> None:
        user = find_name(name)
        self.add(
            f"@{name}",
            *(("mentions",) if user else ()),
            **({"username": user[0], "id": user[1]} if user else {}),
        )

    def body(self, text: str, find_name: Known) -> None:
        for piece in pieces(text):
            if piece.kind == "link":
                self.link(piece.value)
            elif piece.kind == "tag":
                self.add(f"#{piece.value}", "hashtags", tag=piece.value)
            elif piece.kind == "mention":
                self.name(piece.value, find_name)
            else:
                self.add(escaped(piece.value))

    def cut(self) -> "RichText":
        """Return the start of a long text, with the entities that are completely in it."""
        end = MOST - 1
        kept = {kind: [one for one in found if one["end"] <= end] for kind, found in self.entities.items()}
        return RichText(
            self.text[:end] + "…",
            {kind: found for kind, found in kept.items() if found},
            [self.shown[0], MOST],
        )


def compose(text: str, names: list[str], shows: list[tuple[str, Json]], find_name: Known) -> RichText:
    """Return the text of a post.

    names: of a reply. shows: addresses of its media and quoted post, with more fields of each entity.
    """
    rich = RichText()
    for name in names:
        rich.name(name, find_name)
        rich.add(" ")
    rich.shown[0] = len(rich.text)
    rich.body(text, find_name)
    rich.shown[1] = len(rich.text)
    whole = rich
    if len(rich.text) > MOST:
        rich = whole.cut()
        rich.long = whole
    for address, more in shows:
        rich.add(" " if rich.text else "")
        rich.link(address, **more)
    return rich


def photo_path(photo: Photo) -> str:
    return f"media/{letters(f'photo {photo.number}', 15)}.{SUFFIXES[photo.kind]}"


def file_of(posts: Iterable[Post], path: str) -> tuple[bytes, str] | None:
    """Return the bytes and type of a file: a profile image, or a file of these posts."""
    folder, name = path.partition("/")[0], path.rpartition("/")[2].rpartition(".")[0]
    if folder == "profile_images":
        return picture("jpeg", path, 48, 48), "image/jpeg"
    for post in posts:
        if post.where != WHERE or post.status == "removed":
            continue
        if folder != "media" and post.video and name == letters(f"video {post.number}", 15):
            video = post.video
            thumb = folder == "ext_tw_video_thumb"
            found = (
                picture("jpeg", post.key, 320, 180)
                if thumb
                else film(post.key, video.width, video.height, video.seconds)
            )
            return None if path.endswith(".m3u8") else (found, "image/jpeg" if thumb else "video/mp4")
        for photo in (one for version in post.versions for one in version.photos):
            if path == photo_path(photo):
                return photo_bytes(f"{WHERE}/", photo), f"image/{photo.kind}"
    return None


def chosen(parts: Parts, names: set[str]) -> Json:
    """Return the named parts that have a value."""
    entities = {name: part() for name, part in parts.items() if name in names}
    return {name: value for name, value in entities.items() if value not in (None, {}, [])}


def attachments(post: Post, version: Version) -> Json:
    keys = [media_key(post)] if post.video else [media_key(post, photo) for photo in version.photos]
    polls = {"poll_ids": [poll_id(post)]} if post.poll else {}
    return polls | ({"media_keys": keys} if keys else {})


def note(rich: RichText) -> Json | None:
    """Return the complete version of a long text."""
    if rich.long is None:
        return None
    note: Json = {"text": rich.long.text}
    return note | ({"entities": rich.long.entities} if rich.long.entities else {})


def edit_controls(post: Post) -> Json:
    """Return the limits of edits, an hour and five edits. A story may edit later."""
    left = max(0, EDITS - len(post.versions) + 1)
    eligible = not (post.poll or post.parent or post.repost)
    return {
        "edits_remaining": left,
        "is_edit_eligible": eligible,
        "editable_until": instant(post.created + EDITABLE),
    }


@dataclass
class Entities:
    """The JSON for one request. Expansions are collected in `included`."""

    access: Access
    base: str  # address of the face
    query: Query
    included: dict[str, dict[str, Json]] = field(default_factory=dict)  # expansions by kind and ID
    errors: list[Json] = field(default_factory=list)  # problems of parts of the response

    @cached_property
    def fields(self) -> dict[str, set[str]]:
        expansions = {"author_id", "in_reply_to_user_id", "referenced_posts"} & set(
            self.query.chosen("expansions")
        )
        more = (
            {"attachments"}
            if self.query.expands("attachments.media_keys") or self.query.expands("attachments.poll_ids")
            else set()
        )
        more |= {"entities"} if self.query.expands("entities.mentions.username") else set()
        return {
            "post": {
                "id",
                "text",
                "edit_history_post_ids",
                *self.query.chosen("post.fields"),
                *expansions,
                *more,
            },
            "user": {"id", "name", "username", *self.query.chosen("user.fields")},
            "media": {"media_key", "type", *self.query.chosen("media.fields")},
            "poll": {"id", "options", *self.query.chosen("poll.fields")},
        }

    # -- posts -------------------------------------------------------------------------------------

    def address(self, post: Post) -> str:
        """Return the web address of a post.

        It keeps the first ID and name, so that texts do not change.
        """
        return f"https://x.com/{handle(self.access.network.accounts[post.author])}/status/{history(post)[0]}"

    def rich_text(self, post: Post, version: Version) -> RichText:
        posts = self.access.network.posts
        if post.repost:
            shared = posts[post.repost]
            return self.retweet(shared, shared.versions[version_at(shared, post.created)])
        shows: list[tuple[str, Json]] = [(self.address(posts[post.quote]), {})] if post.quote else []
        if post.video:
            shows.append((f"{self.address(post)}/video/1", {"media_key": media_key(post)}))
        else:
            shows += [
                (f"{self.address(post)}/photo/1", {"media_key": media_key(post, photo)})
                for photo in version.photos
            ]
        return compose(version.text, self.access.reply_names(post), shows, self.access.find_name)

    def retweet(self, shared: Post, version: Version) -> RichText:
        """Return the text of a repost: the author, and the start of the shared text."""
        rich = RichText()
        rich.add("RT ")
        rich.name(handle(self.access.network.accounts[shared.author]), self.access.find_name)
        rich.add(f": {self.rich_text(shared, version).text}")
        rich.text = rich.text if len(rich.text) <= RETWEETED else rich.text[: RETWEETED - 1] + "…"
        rich.shown = [0, len(rich.text)]
        return rich

    def references(self, post: Post) -> list[tuple[str, Post]]:
        kinds = {"retweeted": post.repost, "quoted": post.quote, "replied_to": post.parent}
        return [(kind, self.access.network.posts[key]) for kind, key in kinds.items() if key]

    def post(self, post: Post, number: int = -1, *, expand: bool = True) -> Json:
        """Return one version of a post.

        number: of the version; -1 is the current one. expand: False for an expansion, which expands nothing.
        """
        version, accounts = post.versions[number], self.access.network.accounts
        rich = self.rich_text(post, version)
        parts: Parts = {
            "id": lambda: history(post)[number],
            "text": lambda: rich.text,
            "edit_history_post_ids": lambda: history(post),
            "author_id": lambda: user_id(accounts[post.author]),
            "conversation_id": lambda: self.access.conversation(post, number),
            "created_at": lambda: instant(version.at),
            "lang": lambda: post.language,
            "in_reply_to_user_id": lambda: (
                user_id(accounts[post.parent_author]) if post.parent_author else None
            ),
            "referenced_posts": lambda: [
                {"type": kind, "id": shown_to(one, post)} for kind, one in self.references(post)
            ],
            "attachments": lambda: attachments(post, version),
            "entities": lambda: rich.entities,
            "note_post": lambda: note(rich),
            "display_text_range": lambda: rich.shown,
            "edit_controls": lambda: edit_controls(post),
            "public_metrics": lambda: self.metrics(post, number),
            "possibly_sensitive": lambda: bool(post.labels),
            "reply_settings": lambda: "everyone",
            "media_metadata": lambda: [
                {"media_key": media_key(post, one), "alt_text": one.alt} for one in version.photos if one.alt
            ],
        }
        if expand:
            self.expand(post, version, rich)
        return chosen(parts, self.fields["post"])

    @cached_property
    def share_counts(self) -> Counter[tuple[str, str]]:
        """Count the reposts, quotes, and replies of each version."""
        posts = list(self.access.visible_posts())
        return Counter((kind, shown_to(one, post)) for post in posts for kind, one in self.references(post))

    def metrics(self, post: Post, number: int) -> Json:
        native, last = history(post)[number], number in (-1, len(post.versions) - 1)
        return {
            "repost_count": self.share_counts["retweeted", native] + (post.shares if last else 0),
            "reply_count": self.share_counts["replied_to", native],
            "like_count": post.likes if last else 0,
            "quote_count": self.share_counts["quoted", native],
            "bookmark_count": 0,
            "impression_count": 100 + (37 * post.likes if last else 0),
        }

    # -- expansions --------------------------------------------------------------------------------

    def include(self, kind: str, key: str, make: Callable[[], Json]) -> None:
        shelf = self.included.setdefault(kind, {})
        if key not in shelf:
            shelf[key] = make()

    def include_user(self, account: Account) -> None:
        if not account.suspended:
            self.include("users", user_id(account), partial(self.user, account))

    def expand(self, post: Post, version: Version, rich: RichText) -> None:
        accounts, expands = self.access.network.accounts, self.query.expands
        if expands("author_id"):
            self.include_user(accounts[post.author])
        if expands("in_reply_to_user_id") and post.parent_author:
            self.include_user(accounts[post.parent_author])
        if expands("entities.mentions.username"):
            for one in (rich.long or rich).entities.get("mentions", []):
                self.include_user(self.access.users[one["id"]])
        if expands("attachments.media_keys"):
            self.expand_media(post, version)
        if expands("attachments.poll_ids") and post.poll:
            self.include("polls", poll_id(post), partial(self.poll, post, post.poll))
        if expands("edit_history_post_ids"):
            for number, key in enumerate(history(post)[:-1]):
                self.include("posts", key, partial(self.post, post, number, expand=False))
        for _, named in self.references(post):
            self.expand_reference(named, version_at(named, post.created))

    def expand_media(self, post: Post, version: Version) -> None:
        if post.video:
            self.include("media", media_key(post), partial(self.video, post, post.video))
        for photo in version.photos if not post.video else ():
            self.include("media", media_key(post, photo), partial(self.photo, post, photo))

    def expand_reference(self, one: Post, number: int) -> None:
        """Include the version that another post refers to, or why it is not shown."""
        if self.query.authors and self.access.is_visible(one):
            self.include_user(self.access.network.accounts[one.author])
        if not self.query.expands("referenced_posts"):
            return
        parameter = "referenced_tweets.id" if self.query.words == "tweet" else "referenced_posts"
        native = history(one)[number]
        problem = self.access.problem_of_post(one, parameter, native)
        if problem is None:
            self.include("posts", native, partial(self.post, one, number, expand=False))
        elif problem not in self.errors:
            self.errors.append(problem)

    # -- private messages --------------------------------------------------------------------------

    def event(self, message: Post) -> Json:
        version, sender = message.now, self.access.network.accounts[message.author]
        shared, rich = self.access.network.posts.get(message.quote or ""), self.message_text(message)
        fields = {
            *self.query.chosen("dm_event.fields"),
            *self.query.chosen("expansions"),
            "id",
            "event_type",
            "text",
        }
        parts: Parts = {
            "id": lambda: post_id(message),
            "event_type": lambda: "MessageCreate",
            "text": lambda: rich.text,
            "created_at": lambda: instant(message.created),
            "dm_conversation_id": lambda: self.access.private_conversation(message),
            "sender_id": lambda: user_id(sender),
            "attachments": lambda: attachments(message, version),
            "entities": lambda: rich.entities,
            "referenced_posts": lambda: [{"id": post_id(shared)}] if shared else None,
        }
        if self.query.expands("sender_id"):
            self.include_user(sender)
        if self.query.expands("attachments.media_keys"):
            self.expand_media(message, version)
            fields.add("attachments")
        if shared:
            self.expand_reference(shared, version_at(shared, message.created))
        return chosen(parts, fields)

    def message_text(self, message: Post) -> RichText:
        """Return the text of a message, then the addresses of its media and shared post."""
        rich, shared = RichText(), self.access.network.posts.get(message.quote or "")
        rich.body(message.now.text, self.access.find_name)
        shows = [self.address(shared)] if shared else []
        shows += (
            [f"https://twitter.com/messages/media/{post_id(message)}"]
            if message.video or message.now.photos
            else []
        )
        for address in shows:
            rich.add(" " if rich.text else "")
            rich.link(address)
        return rich

    # -- users, media, polls -----------------------------------------------------------------------

    def user(self, account: Account) -> Json:
        own = [post for post in self.access.network.written[account.key] if self.access.exists(post)]
        about = compose(account.about, [], [], self.access.find_name)
        parts: Parts = {
            "id": lambda: user_id(account),
            "name": lambda: account.name,
            "username": lambda: account.handle,
            "created_at": lambda: instant(account.created),
            "description": lambda: about.text,
            "entities": lambda: {"description": about.entities} if about.entities else {},
            "location": lambda: "Washington" if account.staff else None,
            "profile_image_url": lambda: (
                f"{self.base}/profile_images/{user_id(account)}/{letters(account.key, 8)}_normal.jpg"
            ),
            "protected": lambda: not account.published,
            "public_metrics": lambda: {
                "followers_count": 3 + account.number,
                "following_count": 11,
                "post_count": len(own),
                "listed_count": 0,
                "like_count": 0,
                "media_count": sum(bool(post.now.photos or post.video) for post in own),
            },
            "url": lambda: "",
            "verified": lambda: account.staff,
            "verified_type": lambda: "government" if account.staff else "none",
        }
        return chosen(parts, self.fields["user"])

    def files(self, post: Post) -> str:
        """Return the base address of the files of a post, or of a private message."""
        return f"{self.base}{PRIVATE}/{post_id(post)}" if post.kind == "message" else self.base

    def photo(self, post: Post, photo: Photo) -> Json:
        parts: Parts = {
            "media_key": lambda: media_key(post, photo),
            "type": lambda: "photo",
            "url": lambda: f"{self.files(post)}/{photo_path(photo)}",
            "width": lambda: photo.width,
            "height": lambda: photo.height,
            "alt_text": lambda: photo.alt or None,
        }
        return chosen(parts, self.fields["media"])

    def video(self, post: Post, video: Video) -> Json:
        name, size = letters(f"video {post.number}", 15), f"{video.width}x{video.height}"
        folder = f"{self.files(post)}/ext_tw_video/{media_key(post)[2:]}/pu"
        playlist = {"content_type": "application/x-mpegURL", "url": f"{folder}/pl/{name}.m3u8"}
        parts: Parts = {
            "media_key": lambda: media_key(post),
            "type": lambda: "video",
            "preview_image_url": lambda: (
                f"{self.files(post)}/ext_tw_video_thumb/{media_key(post)[2:]}/pu/img/{name}.jpg"
            ),
            "duration_ms": lambda: 1000 * video.seconds,
            "width": lambda: video.width,
            "height": lambda: video.height,
            "public_metrics": lambda: {"view_count": video.views},
            "variants": lambda: [
                playlist,
                {
                    "bit_rate": 832_000,
                    "content_type": "video/mp4",
                    "url": f"{folder}/vid/avc1/{size}/{name}.mp4",
                },
            ],
        }
        return chosen(parts, self.fields["media"])

    def poll(self, post: Post, poll: Poll) -> Json:
        options = [
            {"position": place, "label": escaped(label), "votes": votes}
            for place, (label, votes) in enumerate(zip(poll.options, poll.votes, strict=True), 1)
        ]
        parts: Parts = {
            "id": lambda: poll_id(post),
            "options": lambda: options,
            "duration_minutes": lambda: int((poll.ends - post.created).total_seconds() // 60),
            "end_datetime": lambda: instant(poll.ends),
            "voting_status": lambda: "closed" if poll.ends <= self.access.network.now() else "open",
        }
        return chosen(parts, self.fields["poll"])
