"""X's posts, users, media and polls as JSON, in the newer words, with the fields that were asked for, and
what is expanded beside them.

Sources: docs.x.com/x-api/fundamentals: data-dictionary, fields, expansions, edit-posts. A version of an
edited post is a post with an id and an instant of its own; a conversation and numbers of its own too: of who
answered, quoted or passed on what they saw. What a story says of likes and shares is the last version's.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from infra.sandbox.faces.x_ids import (
    handle,
    history,
    instant,
    letters,
    media_key,
    poll_id,
    post_id,
    shown_to,
    user_id,
    version_at,
)
from infra.sandbox.faces.x_media import PRIVATE
from infra.sandbox.faces.x_query import Query
from infra.sandbox.faces.x_sight import Json, Sight
from infra.sandbox.faces.x_text import Said, compose, escaped
from infra.sandbox.model import Account, Photo, Poll, Post, Version, Video

EDITABLE, EDITS = timedelta(hours=1), 5
RETWEETED = 140
Parts = dict[str, Callable[[], Any]]


def chosen(parts: Parts, names: set[str]) -> Json:
    """Those of the parts that are named and have a value."""
    made = {name: part() for name, part in parts.items() if name in names}
    return {name: value for name, value in made.items() if value not in (None, {}, [])}


def attachments(post: Post, version: Version) -> Json:
    keys = [media_key(post)] if post.video else [media_key(post, photo) for photo in version.photos]
    polls = {"poll_ids": [poll_id(post)]} if post.poll else {}
    return polls | ({"media_keys": keys} if keys else {})


def note(said: Said) -> Json | None:
    """The whole of a long text."""
    if said.long is None:
        return None
    told: Json = {"text": said.long.text}
    return told | ({"entities": said.long.entities} if said.long.entities else {})


def edit_controls(post: Post) -> Json:
    """An hour and five edits; later ones are the story's."""
    left = max(0, EDITS - len(post.versions) + 1)
    eligible = not (post.poll or post.parent or post.repost)
    return {
        "edits_remaining": left,
        "is_edit_eligible": eligible,
        "editable_until": instant(post.created + EDITABLE),
    }


@dataclass
class Entities:
    """Made anew for each request; what expansions bring gathers in `included`."""

    sight: Sight
    base: str
    query: Query
    included: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)

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

    # -- posts ------------------------------------------------------------------------------------

    def address(self, post: Post) -> str:
        """Where people see it. It keeps the first id and name, so that what a text says does not change with
        them.
        """
        return f"https://x.com/{handle(self.sight.network.accounts[post.author])}/status/{history(post)[0]}"

    def said(self, post: Post, version: Version) -> Said:
        posts = self.sight.network.posts
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
        return compose(version.text, self.sight.answered(post), shows, self.sight.known)

    def retweet(self, shared: Post, version: Version) -> Said:
        """A repost's text: whose it is, and how that begins."""
        told = Said()
        told.add("RT ")
        told.name(handle(self.sight.network.accounts[shared.author]), self.sight.known)
        told.add(f": {self.said(shared, version).text}")
        told.text = told.text if len(told.text) <= RETWEETED else told.text[: RETWEETED - 1] + "…"
        told.shown = [0, len(told.text)]
        return told

    def references(self, post: Post) -> list[tuple[str, Post]]:
        kinds = {"retweeted": post.repost, "quoted": post.quote, "replied_to": post.parent}
        return [(kind, self.sight.network.posts[key]) for kind, key in kinds.items() if key]

    def post(self, post: Post, number: int = -1, *, expand: bool = True) -> Json:
        """The JSON of one version of a post; -1 is the one that is shown. One that is itself expanded expands
        nothing.
        """
        version, accounts = post.versions[number], self.sight.network.accounts
        said = self.said(post, version)
        parts: Parts = {
            "id": lambda: history(post)[number],
            "text": lambda: said.text,
            "edit_history_post_ids": lambda: history(post),
            "author_id": lambda: user_id(accounts[post.author]),
            "conversation_id": lambda: self.sight.conversation(post, number),
            "created_at": lambda: instant(version.at),
            "lang": lambda: post.language,
            "in_reply_to_user_id": lambda: (
                user_id(accounts[post.parent_author]) if post.parent_author else None
            ),
            "referenced_posts": lambda: [
                {"type": kind, "id": shown_to(one, post)} for kind, one in self.references(post)
            ],
            "attachments": lambda: attachments(post, version),
            "entities": lambda: said.entities,
            "note_post": lambda: note(said),
            "display_text_range": lambda: said.shown,
            "edit_controls": lambda: edit_controls(post),
            "public_metrics": lambda: self.metrics(post, number),
            "possibly_sensitive": lambda: bool(post.labels),
            "reply_settings": lambda: "everyone",
            "media_metadata": lambda: [
                {"media_key": media_key(post, one), "alt_text": one.alt} for one in version.photos if one.alt
            ],
        }
        if expand:
            self.expand(post, version, said)
        return chosen(parts, self.fields["post"])

    @cached_property
    def passed_on(self) -> Counter[tuple[str, str]]:
        """How often a version is reposted, quoted or answered."""
        posts = list(self.sight.all())
        return Counter((kind, shown_to(one, post)) for post in posts for kind, one in self.references(post))

    def metrics(self, post: Post, number: int) -> Json:
        native, last = history(post)[number], number in (-1, len(post.versions) - 1)
        return {
            "repost_count": self.passed_on["retweeted", native] + (post.shares if last else 0),
            "reply_count": self.passed_on["replied_to", native],
            "like_count": post.likes if last else 0,
            "quote_count": self.passed_on["quoted", native],
            "bookmark_count": 0,
            "impression_count": 100 + (37 * post.likes if last else 0),
        }

    # -- what is expanded ---------------------------------------------------------------------------

    def include(self, kind: str, key: str, make: Callable[[], Json]) -> None:
        shelf = self.included.setdefault(kind, {})
        if key not in shelf:
            shelf[key] = make()

    def include_user(self, account: Account) -> None:
        if not account.suspended:
            self.include("users", user_id(account), partial(self.user, account))

    def expand(self, post: Post, version: Version, said: Said) -> None:
        accounts, expands = self.sight.network.accounts, self.query.expands
        if expands("author_id"):
            self.include_user(accounts[post.author])
        if expands("in_reply_to_user_id") and post.parent_author:
            self.include_user(accounts[post.parent_author])
        if expands("entities.mentions.username"):
            for one in (said.long or said).entities.get("mentions", []):
                self.include_user(self.sight.users[one["id"]])
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
        """The version of a post that another names, or why it is not shown."""
        if self.query.authors and self.sight.sees(one):
            self.include_user(self.sight.network.accounts[one.author])
        if not self.query.expands("referenced_posts"):
            return
        parameter = "referenced_tweets.id" if self.query.words == "tweet" else "referenced_posts"
        native = history(one)[number]
        problem = self.sight.problem_of_post(one, parameter, native)
        if problem is None:
            self.include("posts", native, partial(self.post, one, number, expand=False))
        elif problem not in self.errors:
            self.errors.append(problem)

    # -- users, media, polls --------------------------------------------------------------------------

    def user(self, account: Account) -> Json:
        own = [post for post in self.sight.network.written[account.key] if self.sight.there(post)]
        about = compose(account.about, [], [], self.sight.known)
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
        """Where the files of a post lie, or those of a private message."""
        return f"{self.base}{PRIVATE}/{post_id(post)}" if post.kind == "message" else self.base

    def photo(self, post: Post, photo: Photo) -> Json:
        parts: Parts = {
            "media_key": lambda: media_key(post, photo),
            "type": lambda: "photo",
            "url": lambda: (
                f"{self.files(post)}/media/{letters(f'photo {photo.number}', 15)}.{'jpg' if photo.kind == 'jpeg' else 'png'}"
            ),
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
            "voting_status": lambda: "closed" if poll.ends <= self.sight.network.now() else "open",
        }
        return chosen(parts, self.fields["poll"])
