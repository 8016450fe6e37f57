"""The JSON of YouTube's channels, videos, and comments, and their visibility.

Only its owner sees a private video. An unlisted one is visible to everybody who knows its ID, and is only in
its owner's lists. A comment that awaits moderation, is likely spam, or was rejected is visible only in the
lists that the owner requests; the replies to it disappear with it.

A part without data in the network (topics, recording, files, localizations) is left out, as YouTube leaves
out empty ones. Nothing marks a video as a Short, except its length and a thumbnail of another shape. A
premiere looks like a broadcast whose length is known in advance. If there are only automatic captions,
`caption` is "false".

A thread contains its newest replies, five at most, and their number. Only the owner of the channel gets
`moderationStatus`, and never for comments that are requested by ID. The address of a comment's image is
signed and expires after six hours.

Fields: developers.google.com/youtube/v3/docs/videos, /channels, /playlistItems, /captions, /commentThreads,
/comments.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from infra.sandbox.faces.common import Json, sort_newest
from infra.sandbox.faces.youtube import ids
from infra.sandbox.markup import Piece, pieces
from infra.sandbox.model import Account, Caption, Photo, Post, Video
from infra.sandbox.network import Network

WHERE = "youtube"
# a rejected comment is in no list
STATUSES = {"visible": "published", "held": "heldForReview", "spam": "likelySpam"}
THUMBNAILS = {  # name: file, width, height
    "default": ("default", 120, 90),
    "medium": ("mqdefault", 320, 180),
    "high": ("hqdefault", 480, 360),
    "standard": ("sddefault", 640, 480),
    "maxres": ("maxresdefault", 1280, 720),
}
UPRIGHT = {"shortsAspectRatio": ("oardefault", 720, 1280)}
PORTRAITS = {"default": 88, "medium": 240, "high": 800}
PEOPLE_AND_BLOGS = "22"
REPLIES_SHOWN = 5
IMAGE_HOURS = 6


def instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tagged(kind: str, body: Json) -> Json:
    """Return a body with its kind and with an ETag, which is a digest of it."""
    plain = json.dumps([kind, body], sort_keys=True).encode()
    return {
        "kind": f"youtube#{kind}",
        "etag": ids.encode(hashlib.sha1(plain, usedforsecurity=False).digest()),
        **body,
    }


def duration(seconds: int) -> str:
    """Return an ISO 8601 duration as YouTube writes it: PT1H2M3S, PT15M, PT0S."""
    parts = (
        (seconds // 86400, "D"),
        (0, "T"),
        (seconds // 3600 % 24, "H"),
        (seconds // 60 % 60, "M"),
        (seconds % 60, "S"),
    )
    with_status = "".join(
        "T" if unit == "T" else f"{count}{unit}" for count, unit in parts if count or unit == "T"
    )
    return "P" + (with_status.rstrip("T") if len(with_status) > 1 else "T0S")


def video_of(post: Post) -> Video:
    """Return the post's video.

    A post for which the story describes none has one of a minute.
    """
    return post.video or Video(60)


def to_html(piece: Piece, channels: dict[str, Account]) -> str:
    shown = escape(piece.value).replace("&#x27;", "&#39;")
    if piece.kind == "link":
        return f'<a href="{shown}">{shown}</a>'
    if piece.kind == "tag":
        return f'<a href="http://www.youtube.com/results?search_query=%23{shown}">#{shown}</a>'
    if piece.kind == "mention":
        known = channels.get(piece.value)
        return (
            f'<a href="https://www.youtube.com/channel/{ids.channel_id(known.number)}">@{shown}</a>'
            if known
            else f"@{shown}"
        )
    return shown.replace("\n", "<br>")


def signature(number: int, expires: int) -> str:
    return hashlib.sha256(f"comment image {number} {expires}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Entities:
    """The part of the network that one viewer sees, and its JSON."""

    network: Network
    base: str  # address of the face
    viewer: Account | None  # of the token; None: a request with a key

    # -- channels ----------------------------------------------------------------------------------

    def channels(self) -> Iterator[Account]:
        return (one for one in self.network.accounts.values() if one.where == WHERE and not one.suspended)

    def channel(self, channel_id: str, prefix: str = "UC") -> Account | None:
        number = ids.channel_number(channel_id, prefix)
        return next((one for one in self.channels() if one.number == number), None)

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    # -- videos ------------------------------------------------------------------------------------

    def privacy(self, video: Post) -> str:
        """Return public, unlisted, or private."""
        return "private" if video.status == "private" else video.visibility

    def owns(self, video: Post) -> bool:
        return self.viewer is not None and self.viewer.key == video.author

    def exists(self, video: Post) -> bool:
        """Return whether a video exists, visible or not."""
        return (
            video.kind != "comment"
            and video.status in ("visible", "private")
            and not self.author(video).suspended
        )

    def is_readable(self, video: Post) -> bool:
        return self.exists(video) and (self.owns(video) or self.privacy(video) != "private")

    def video(self, video_id: str) -> Post | None:
        """Return the video with an ID, if it exists."""
        post = self.network.posts.get(f"{WHERE}/{ids.video_number(video_id)}")
        return post if post is not None and self.exists(post) else None

    def uploads(self, channel: Account) -> list[Post]:
        """Return the videos in the viewer's list of a channel's uploads, newest first."""
        dump_google = (post for post in self.network.written[channel.key] if self.exists(post))
        found = [post for post in dump_google if self.owns(post) or self.privacy(post) == "public"]
        return sort_newest(found)

    # -- comments ----------------------------------------------------------------------------------

    def thread(self, comment: Post) -> Post:
        """Return the top-level comment that a comment is, or replies to."""
        return comment if comment.parent == comment.root else self.network.posts[comment.parent or ""]

    def is_published(self, comment: Post) -> bool:
        """Return whether everybody who sees the video sees a comment.

        A reply is visible only with its thread.
        """
        return all(
            one.status == "visible" and not self.author(one).suspended
            for one in (comment, self.thread(comment))
        )

    def shows_comments(self, video: Post) -> bool:
        """Return whether the viewer sees the comments on a video."""
        return self.is_readable(video) and not video.comments_off

    def comment(self, comment_id: str) -> Post | None:
        """Return the comment with an ID, if the viewer sees it.

        An owner sees those that await moderation, too.
        """
        post = self.network.posts.get(f"{WHERE}/{ids.comment_number(comment_id)}")
        if (
            post is None
            or post.kind != "comment"
            or not self.shows_comments(video := self.network.posts[post.root or ""])
        ):
            return None
        waiting = (
            self.owns(video) and post.status in ("held", "spam") and self.thread(post).status in STATUSES
        )
        return post if self.is_published(post) or waiting else None

    def replies(self, thread: Post) -> list[Post]:
        """Return the replies of a thread, newest first."""
        return sort_newest(one for one in self.network.children[thread.key] if self.is_published(one))

    def handle_of(self, channel: Account) -> str:
        return f"@{channel.handle}"

    def portrait(self, channel: Account, size: int) -> str:
        return f"{self.base}/ytc/{ids.channel_id(channel.number)}=s{size}-c-k-c0x00ffffff-no-rj"

    # -- channels ----------------------------------------------------------------------------------

    def channel_item(self, channel: Account, parts: set[str]) -> Json:
        # the owner's view counts only public videos, too
        respond_list = [post for post in self.uploads(channel) if self.privacy(post) == "public"]
        views = sum(video_of(post).views for post in respond_list)
        own = self.viewer is not None and self.viewer.key == channel.key
        texts = {"title": channel.name, "description": channel.about}
        portraits = {
            name: {"url": self.portrait(channel, size), "width": size, "height": size}
            for name, size in PORTRAITS.items()
        }
        known: Json = {
            "snippet": {
                **texts,
                "customUrl": self.handle_of(channel),
                "publishedAt": instant(channel.created),
                "thumbnails": portraits,
                "localized": texts,
                "country": "US",
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": ids.uploads_id(channel.number)}},
            "statistics": {
                "viewCount": str(views),
                "subscriberCount": str(40 + 7 * channel.number),
                "hiddenSubscriberCount": False,
                "videoCount": str(len(respond_list)),
            },
            "status": {
                "privacyStatus": "public",
                "isLinked": True,
                "longUploadsStatus": "allowed" if own else "longUploadsUnspecified",
                "madeForKids": False,
                **({"selfDeclaredMadeForKids": False} if own else {}),
            },
            "brandingSettings": {
                "channel": {
                    **texts,
                    "country": "US",
                    **({"moderateComments": True} if channel.approves else {}),
                }
            },
        }
        return tagged(
            "channel",
            {"id": ids.channel_id(channel.number), **{part: known[part] for part in known if part in parts}},
        )

    # -- videos ------------------------------------------------------------------------------------

    def thumbnails(self, post: Post) -> Json:
        video = video_of(post)
        sizes = THUMBNAILS | (UPRIGHT if video.height > video.width else {})
        folder = f"{self.base}/vi/{ids.video_id(post.number)}"
        return {
            name: {"url": f"{folder}/{file}.jpg", "width": width, "height": height}
            for name, (file, width, height) in sizes.items()
        }

    def shared_snippet(self, post: Post) -> Json:
        """Return the fields that the snippets of a video and of a playlist item share."""
        channel = self.author(post)
        return {
            "publishedAt": instant(post.created),
            "channelId": ids.channel_id(channel.number),
            "title": post.now.title,
            "description": post.now.text,
            "thumbnails": self.thumbnails(post),
            "channelTitle": channel.name,
        }

    def upload_item(self, post: Post, position: int, parts: set[str]) -> Json:
        channel, video_id = self.author(post), ids.video_id(post.number)
        known: Json = {
            "snippet": {
                **self.shared_snippet(post),
                "playlistId": ids.uploads_id(channel.number),
                "position": position,
                "resourceId": {"kind": "youtube#video", "videoId": video_id},
                "videoOwnerChannelTitle": channel.name,
                "videoOwnerChannelId": ids.channel_id(channel.number),
            },
            "contentDetails": {"videoId": video_id, "videoPublishedAt": instant(post.created)},
            "status": {"privacyStatus": self.privacy(post)},
        }
        item_id = ids.playlist_item_id(channel.number, post.number)
        return tagged(
            "playlistItem", {"id": item_id, **{part: known[part] for part in known if part in parts}}
        )

    def video_item(self, post: Post, parts: set[str]) -> Json:
        stage, entities = video_of(post).stage(self.network.now()), {}
        for part, make in (
            ("snippet", self.snippet),
            ("contentDetails", self.content),
            ("status", self.status),
            ("statistics", self.statistics),
            ("liveStreamingDetails", self.live),
            ("player", self.player),
        ):
            if part in parts and (part != "liveStreamingDetails" or stage != "none"):
                entities[part] = make(post, stage)
        return tagged("video", {"id": ids.video_id(post.number), **entities})

    def snippet(self, post: Post, stage: str) -> Json:
        return {
            **self.shared_snippet(post),
            **({"tags": post.tags} if post.tags else {}),
            "categoryId": PEOPLE_AND_BLOGS,
            "liveBroadcastContent": "none" if stage == "completed" else stage,
            "defaultLanguage": post.language,
            "localized": {"title": post.now.title, "description": post.now.text},
            "defaultAudioLanguage": post.language,
        }

    def content(self, post: Post, stage: str) -> Json:
        video = video_of(post)
        running = stage in ("upcoming", "live") and not video.premiere
        return {
            "duration": "P0D" if running else duration(video.seconds),
            "dimension": "2d",
            "definition": "hd" if min(video.width, video.height) >= 720 else "sd",
            "caption": str(any(not one.automatic for one in video.captions)).lower(),
            "licensedContent": False,
            "contentRating": {},
            "projection": "rectangular",
            **({"hasCustomThumbnail": bool(post.now.photos)} if self.owns(post) else {}),
        }

    def status(self, post: Post, stage: str) -> Json:
        unfinished = stage in ("upcoming", "live") and not video_of(post).premiere
        return {
            "uploadStatus": "uploaded" if unfinished else "processed",
            "privacyStatus": self.privacy(post),
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
            "madeForKids": False,
            **({"selfDeclaredMadeForKids": False} if self.owns(post) else {}),
        }

    def statistics(self, post: Post, _stage: str) -> Json:
        """Return the counts.

        Comments include replies; if comments are switched off, they have no count.
        """
        threads = [one for one in self.network.children[post.key] if self.is_published(one)]
        count = (
            {}
            if post.comments_off
            else {"commentCount": str(len(threads) + sum(len(self.replies(one)) for one in threads))}
        )
        own = {"dislikeCount": "0"} if self.owns(post) else {}
        return {
            "viewCount": str(video_of(post).views),
            "likeCount": str(post.likes),
            **own,
            "favoriteCount": "0",
            **count,
        }

    def live(self, post: Post, stage: str) -> Json:
        video, now = video_of(post), self.network.now()
        times = {
            "actualStartTime": video.started,
            "actualEndTime": video.ended,
            "scheduledStartTime": video.scheduled,
        }
        passed = {
            name: instant(when)
            for name, when in times.items()
            if when and (name == "scheduledStartTime" or when <= now)
        }
        chat = (
            {"concurrentViewers": str(video.views), "activeLiveChatId": f"Cg0KC{ids.video_id(post.number)}"}
            if stage == "live"
            else {}
        )
        return {**passed, **chat}

    def player(self, post: Post, _stage: str) -> Json:
        address = f"//www.youtube.com/embed/{ids.video_id(post.number)}"
        return {
            "embedHtml": (
                f'<iframe width="480" height="270" src="{address}" frameborder="0" allowfullscreen></iframe>'
            )
        }

    # -- captions ----------------------------------------------------------------------------------

    def caption_item(self, post: Post, caption: Caption, parts: set[str]) -> Json:
        snippet = {
            "videoId": ids.video_id(post.number),
            "lastUpdated": instant(caption.at),
            "trackKind": "ASR" if caption.automatic else "standard",
            "language": caption.language,
            "name": caption.name,
            "audioTrackType": "unknown",
            **dict.fromkeys(("isCC", "isLarge", "isEasyReader", "isDraft", "isAutoSynced"), False),
            "status": "serving",
        }
        return tagged(
            "caption",
            {"id": ids.caption_id(caption.number), **({"snippet": snippet} if "snippet" in parts else {})},
        )

    def video_of(self, comment: Post) -> Post:
        return self.network.posts[comment.root or ""]

    def comment_id(self, comment: Post) -> str:
        thread = self.thread(comment)
        return ids.comment_id(comment.number, None if thread is comment else thread.number)

    # -- lists -------------------------------------------------------------------------------------

    def threads(self, videos: Iterable[Post], status: str) -> list[Post]:
        """Return the threads on some videos with a moderation status, newest first.

        A thread counts if its top-level comment or one of its replies has the status.
        """
        threads = (thread for video in videos for thread in self.network.children[video.key])
        return sort_newest(
            one
            for one in threads
            if (self.is_published(one) if status == "published" else self.awaiting(one, status))
        )

    def awaiting(self, thread: Post, status: str) -> list[Post]:
        """Return the comments of a thread with a moderation status.

        Replies to a rejected comment are never shown.
        """
        if thread.status not in STATUSES or self.author(thread).suspended:
            return []
        return [thread] * (STATUSES[thread.status] == status) + sort_newest(
            one
            for one in self.network.children[thread.key]
            if STATUSES.get(one.status) == status and not self.author(one).suspended
        )

    def sort_by_relevance(self, threads: list[Post]) -> list[Post]:
        return sorted(threads, key=lambda one: one.likes + len(self.replies(one)), reverse=True)

    # -- bodies ------------------------------------------------------------------------------------

    def thread_item(self, thread: Post, parts: set[str], form: str, status: str | None) -> Json:
        """Return a thread.

        form: html or plainText. status: the moderation status of the list; None for a request by ID.
        """
        video, answers = self.video_of(thread), self.replies(thread)
        shown = (
            answers
            if status in (None, "published")
            else [one for one in self.awaiting(thread, status or "") if one is not thread]
        )
        with_status = status is not None
        place = {
            "channelId": ids.channel_id(self.author(video).number),
            "videoId": ids.video_id(video.number),
        }
        entities: Json = {"id": self.comment_id(thread)}
        if "snippet" in parts:
            entities["snippet"] = {
                **place,
                "topLevelComment": self.comment_item(
                    thread, {"snippet"}, form, with_status=with_status, in_thread=True
                ),
                "canReply": True,
                "totalReplyCount": len(answers),
                "isPublic": self.is_published(thread) and self.privacy(video) != "private",
            }
        if "replies" in parts and shown:
            some = [
                self.comment_item(one, {"snippet"}, form, with_status=with_status, in_thread=True)
                for one in shown[:REPLIES_SHOWN]
            ]
            entities["replies"] = {"comments": some}
        return tagged("commentThread", entities)

    def comment_item(
        self, comment: Post, parts: set[str], form: str, *, with_status: bool, in_thread: bool = False
    ) -> Json:
        """Return a comment.

        with_status: include the moderation status, if the viewer owns the video. in_thread: include the
        video's ID.
        """
        video, author, thread = self.video_of(comment), self.author(comment), self.thread(comment)
        text = comment.now.text
        snippet = {
            "channelId": ids.channel_id(self.author(video).number),
            **({"videoId": ids.video_id(video.number)} if in_thread else {}),
            "textDisplay": self.text_html(text) if form == "html" else text,
            "textOriginal": text,
            **({"parentId": self.comment_id(thread)} if thread is not comment else {}),
            "authorDisplayName": self.handle_of(author),
            "authorProfileImageUrl": self.portrait(author, 48),
            "authorChannelUrl": f"http://www.youtube.com/{self.handle_of(author)}",
            "authorChannelId": {"value": ids.channel_id(author.number)},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": comment.likes,
            **({"moderationStatus": STATUSES[comment.status]} if with_status and self.owns(video) else {}),
            "publishedAt": instant(comment.created),
            "updatedAt": instant(comment.edited or comment.created),
            **({"imageUrl": self.image(comment.now.photos[0])} if comment.now.photos else {}),
        }
        return tagged(
            "comment",
            {"id": self.comment_id(comment), **({"snippet": snippet} if "snippet" in parts else {})},
        )

    def text_html(self, text: str) -> str:
        channels = {one.handle: one for one in self.channels()}
        return "".join(to_html(piece, channels) for piece in pieces(text))

    def image(self, photo: Photo) -> str:
        hour = self.network.now().replace(minute=0, second=0, microsecond=0)
        expires = int((hour + timedelta(hours=IMAGE_HOURS)).timestamp())
        address = f"{self.base}/comment-image/{photo.number}"
        return f"{address}?expire={expires}&sig={signature(photo.number, expires)}"


def is_signature_valid(number: int, expires: str, signed: str, now: datetime) -> bool:
    return expires.isdigit() and signature(number, int(expires)) == signed and int(expires) > now.timestamp()
