"""YouTube's channels, lists of uploads, videos and caption tracks as JSON.

A part that the network knows nothing of (topics, recording, files, localizations) is left out, as YouTube
leaves out empty ones. Nothing says that a video is a short: it is short, and has a thumbnail of another
shape. A premiere looks like a broadcast whose length is known before. Where only automatic captions are,
`caption` is "false". Fields: developers.google.com/youtube/v3/docs/videos, /channels, /playlistItems,
/captions.
"""

from typing import Any

from infra.sandbox.faces import youtube_ids as ids
from infra.sandbox.faces.youtube_sight import Sight, instant, tagged
from infra.sandbox.model import Account, Caption, Post, Video

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


def duration(seconds: int) -> str:
    """ISO 8601 as YouTube writes it: PT1H2M3S, PT15M, PT0S"""
    parts = (
        (seconds // 86400, "D"),
        (0, "T"),
        (seconds // 3600 % 24, "H"),
        (seconds // 60 % 60, "M"),
        (seconds % 60, "S"),
    )
    told = "".join("T" if unit == "T" else f"{count}{unit}" for count, unit in parts if count or unit == "T")
    return "P" + (told.rstrip("T") if len(told) > 1 else "T0S")


def film(post: Post) -> Video:
    """Every post on YouTube is a video; a story that tells nothing of it has a minute."""
    return post.video or Video(60)


class Videos(Sight):
    def page_of(self, channel: Account) -> str:
        return f"@{channel.handle}"

    def portrait(self, channel: Account, size: int) -> str:
        return f"{self.base}/ytc/{ids.channel_id(channel.number)}=s{size}-c-k-c0x00ffffff-no-rj"

    # -- channels ---------------------------------------------------------------------------------

    def channel_item(self, channel: Account, parts: set[str]) -> dict[str, Any]:
        listed = [
            post for post in self.uploads(channel) if self.privacy(post) == "public"
        ]  # also to the owner
        views = sum(film(post).views for post in listed)
        own = self.viewer is not None and self.viewer.key == channel.key
        texts = {"title": channel.name, "description": channel.about}
        portraits = {
            name: {"url": self.portrait(channel, size), "width": size, "height": size}
            for name, size in PORTRAITS.items()
        }
        known: dict[str, Any] = {
            "snippet": {
                **texts,
                "customUrl": self.page_of(channel),
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
                "videoCount": str(len(listed)),
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

    # -- videos -----------------------------------------------------------------------------------

    def thumbnails(self, post: Post) -> dict[str, Any]:
        video = film(post)
        sizes = THUMBNAILS | (UPRIGHT if video.height > video.width else {})
        folder = f"{self.base}/vi/{ids.video_id(post.number)}"
        return {
            name: {"url": f"{folder}/{file}.jpg", "width": width, "height": height}
            for name, (file, width, height) in sizes.items()
        }

    def head(self, post: Post) -> dict[str, Any]:
        """What the snippets of a video and of an item in a list share."""
        channel = self.author(post)
        return {
            "publishedAt": instant(post.created),
            "channelId": ids.channel_id(channel.number),
            "title": post.now.title,
            "description": post.now.text,
            "thumbnails": self.thumbnails(post),
            "channelTitle": channel.name,
        }

    def upload_item(self, post: Post, position: int, parts: set[str]) -> dict[str, Any]:
        channel, video_id = self.author(post), ids.video_id(post.number)
        known: dict[str, Any] = {
            "snippet": {
                **self.head(post),
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

    def video_item(self, post: Post, parts: set[str]) -> dict[str, Any]:
        stage, made = film(post).stage(self.network.now()), {}
        for part, make in (
            ("snippet", self.snippet),
            ("contentDetails", self.content),
            ("status", self.status),
            ("statistics", self.statistics),
            ("liveStreamingDetails", self.live),
            ("player", self.player),
        ):
            if part in parts and (part != "liveStreamingDetails" or stage != "none"):
                made[part] = make(post, stage)
        return tagged("video", {"id": ids.video_id(post.number), **made})

    def snippet(self, post: Post, stage: str) -> dict[str, Any]:
        return {
            **self.head(post),
            **({"tags": post.tags} if post.tags else {}),
            "categoryId": PEOPLE_AND_BLOGS,
            "liveBroadcastContent": "none" if stage == "completed" else stage,
            "defaultLanguage": post.language,
            "localized": {"title": post.now.title, "description": post.now.text},
            "defaultAudioLanguage": post.language,
        }

    def content(self, post: Post, stage: str) -> dict[str, Any]:
        video = film(post)
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

    def status(self, post: Post, stage: str) -> dict[str, Any]:
        unfinished = stage in ("upcoming", "live") and not film(post).premiere
        return {
            "uploadStatus": "uploaded" if unfinished else "processed",
            "privacyStatus": self.privacy(post),
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
            "madeForKids": False,
            **({"selfDeclaredMadeForKids": False} if self.owns(post) else {}),
        }

    def statistics(self, post: Post, _stage: str) -> dict[str, Any]:
        """Comments are counted with their answers; switched off, they have no count."""
        threads = [one for one in self.network.children[post.key] if self.published(one)]
        count = (
            {}
            if post.comments_off
            else {"commentCount": str(len(threads) + sum(len(self.answers(one)) for one in threads))}
        )
        own = {"dislikeCount": "0"} if self.owns(post) else {}
        return {
            "viewCount": str(film(post).views),
            "likeCount": str(post.likes),
            **own,
            "favoriteCount": "0",
            **count,
        }

    def live(self, post: Post, stage: str) -> dict[str, Any]:
        video, now = film(post), self.network.now()
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

    def player(self, post: Post, _stage: str) -> dict[str, Any]:
        address = f"//www.youtube.com/embed/{ids.video_id(post.number)}"
        return {
            "embedHtml": (
                f'<iframe width="480" height="270" src="{address}" frameborder="0" allowfullscreen></iframe>'
            )
        }

    # -- captions ---------------------------------------------------------------------------------

    def caption_item(self, post: Post, caption: Caption, parts: set[str]) -> dict[str, Any]:
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
