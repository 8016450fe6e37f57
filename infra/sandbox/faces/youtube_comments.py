"""YouTube's comment threads and comments as JSON (developers.google.com/youtube/v3/docs/commentThreads,
/comments).

A thread holds the newest of its answers, five at most, and says how many there are. `moderationStatus` is
told to the owner of the channel only, and never where comments are asked for by id. A comment's image has a
signed address that is good for six hours.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any

from infra.sandbox.faces import youtube_ids as ids
from infra.sandbox.faces.youtube_sight import STATUSES, instant, newest, tagged
from infra.sandbox.faces.youtube_videos import Videos
from infra.sandbox.markup import Piece, pieces
from infra.sandbox.model import Account, Photo, Post

REPLIES_SHOWN = 5
IMAGE_HOURS = 6


def markup(piece: Piece, channels: dict[str, Account]) -> str:
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


class Comments(Videos):
    def video_of(self, comment: Post) -> Post:
        return self.network.posts[comment.root or ""]

    def comment_id(self, comment: Post) -> str:
        thread = self.thread(comment)
        return ids.comment_id(comment.number, None if thread is comment else thread.number)

    # -- lists ------------------------------------------------------------------------------------

    def threads(self, videos: Iterable[Post], status: str) -> list[Post]:
        """The threads on some videos in a moderation status, which the comment or one of its answers is in;
        newest first.
        """
        threads = (thread for video in videos for thread in self.network.children[video.key])
        return newest(
            one
            for one in threads
            if (self.published(one) if status == "published" else self.waiting(one, status))
        )

    def waiting(self, thread: Post, status: str) -> list[Post]:
        """What of a thread is in such a status; under a comment that was rejected nothing is shown."""
        if thread.status not in STATUSES or self.author(thread).suspended:
            return []
        return [thread] * (STATUSES[thread.status] == status) + newest(
            one
            for one in self.network.children[thread.key]
            if STATUSES.get(one.status) == status and not self.author(one).suspended
        )

    def by_relevance(self, threads: list[Post]) -> list[Post]:
        return sorted(threads, key=lambda one: one.likes + len(self.answers(one)), reverse=True)

    # -- bodies -----------------------------------------------------------------------------------

    def thread_item(self, thread: Post, parts: set[str], form: str, status: str | None) -> dict[str, Any]:
        """`form`: html or plainText. `status`: the moderation status of the list that it stands in; None
        where asked for by id.
        """
        video, answers = self.video_of(thread), self.answers(thread)
        shown = (
            answers
            if status in (None, "published")
            else [one for one in self.waiting(thread, status or "") if one is not thread]
        )
        told, place = (
            status is not None,
            {"channelId": ids.channel_id(self.author(video).number), "videoId": ids.video_id(video.number)},
        )
        made: dict[str, Any] = {"id": self.comment_id(thread)}
        if "snippet" in parts:
            made["snippet"] = {
                **place,
                "topLevelComment": self.comment_item(thread, {"snippet"}, form, told=told, inside=True),
                "canReply": True,
                "totalReplyCount": len(answers),
                "isPublic": self.published(thread) and self.privacy(video) != "private",
            }
        if "replies" in parts and shown:
            some = [
                self.comment_item(one, {"snippet"}, form, told=told, inside=True)
                for one in shown[:REPLIES_SHOWN]
            ]
            made["replies"] = {"comments": some}
        return tagged("commentThread", made)

    def comment_item(
        self, comment: Post, parts: set[str], form: str, *, told: bool, inside: bool = False
    ) -> dict[str, Any]:
        """`told`: with its moderation status, where the caller is the owner. `inside` a thread it names its
        video, too.
        """
        video, author, thread = self.video_of(comment), self.author(comment), self.thread(comment)
        text = comment.now.text
        snippet = {
            "channelId": ids.channel_id(self.author(video).number),
            **({"videoId": ids.video_id(video.number)} if inside else {}),
            "textDisplay": self.html(text) if form == "html" else text,
            "textOriginal": text,
            **({"parentId": self.comment_id(thread)} if thread is not comment else {}),
            "authorDisplayName": self.page_of(author),
            "authorProfileImageUrl": self.portrait(author, 48),
            "authorChannelUrl": f"http://www.youtube.com/{self.page_of(author)}",
            "authorChannelId": {"value": ids.channel_id(author.number)},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": comment.likes,
            **({"moderationStatus": STATUSES[comment.status]} if told and self.owns(video) else {}),
            "publishedAt": instant(comment.created),
            "updatedAt": instant(comment.edited or comment.created),
            **({"imageUrl": self.image(comment.now.photos[0])} if comment.now.photos else {}),
        }
        return tagged(
            "comment",
            {"id": self.comment_id(comment), **({"snippet": snippet} if "snippet" in parts else {})},
        )

    def html(self, text: str) -> str:
        channels = {one.handle: one for one in self.channels()}
        return "".join(markup(piece, channels) for piece in pieces(text))

    def image(self, photo: Photo) -> str:
        hour = self.network.now().replace(minute=0, second=0, microsecond=0)
        expires = int((hour + timedelta(hours=IMAGE_HOURS)).timestamp())
        return f"{self.base}/comment-image/{photo.number}?expire={expires}&sig={signature(photo.number, expires)}"


def still_good(number: int, expires: str, signed: str, now: datetime) -> bool:
    return expires.isdigit() and signature(number, int(expires)) == signed and int(expires) > now.timestamp()
