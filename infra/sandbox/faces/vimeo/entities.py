"""Vimeo's IDs, visibility rules, and JSON entities.

IDs are plain numbers: each kind counts up from a first ID of its own. A comment has no time of an edit and
does not name its parent, which is only in the address of the list. Comments of a suspended user have no user.

Fields: developer.vimeo.com/api/reference, as in validation/vimeo.json.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from infra.sandbox.faces.common import Json
from infra.sandbox.model import Account, Album, Caption, Post, Token, Video
from infra.sandbox.network import Network

WHERE = "vimeo"
USERS, VIDEOS, COMMENTS, PICTURES = 100_000_000, 900_000_000, 20_000_000, 1_500_000_000  # first IDs
TRACKS, ALBUMS = 140_000_000, 8_000_000
SIZES = ((100, 75), (200, 150), (295, 166), (640, 360), (960, 540), (1280, 720), (1920, 1080))
PORTRAITS = tuple((size, size) for size in (30, 75, 100, 300))
VIEWS = {"public": "anybody", "unlisted": "unlisted", "private": "nobody"}
LINK_HOURS = 4
SMALL, SHORT = (64, 36), 10  # width, height, and seconds of every video file, whatever its entity says


def instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def resource_key(uri: str) -> str:
    return hashlib.sha1(uri.encode(), usedforsecurity=False).hexdigest()


def signature(number: int, expires: int) -> str:
    return hashlib.sha256(f"text track {number} {expires}".encode()).hexdigest()[:40]


def video_of(post: Post) -> Video:
    """Return the post's video.

    A post for which the story describes none has one of a minute.
    """
    return post.video or Video(60)


@dataclass(frozen=True)
class Entities:
    """The part of the network that one token sees, and its JSON.

    Created for each request.
    """

    network: Network
    base: str  # address of the face
    token: Token

    @cached_property
    def viewer(self) -> Account:
        return self.network.accounts[self.token.account]

    # -- visibility --------------------------------------------------------------------------------

    def privacy(self, video: Post) -> str:
        return "private" if video.status == "private" else video.visibility

    def owns(self, video: Post) -> bool:
        """Return whether a video is the viewer's own, and the token reads private ones."""
        return video.author == self.viewer.key and (not self.token.scopes or "private" in self.token.scopes)

    def is_readable(self, video: Post) -> bool:
        there = video.status in ("visible", "private") and not self.network.accounts[video.author].suspended
        return there and (self.owns(video) or self.privacy(video) == "public")

    def find_user(self, number: int) -> Account | None:
        known = (one for one in self.network.accounts.values() if one.where == WHERE and not one.suspended)
        return next((one for one in known if USERS + one.number == number), None)

    def find_video(self, number: int) -> Post | None:
        post = self.network.posts.get(f"{WHERE}/{number - VIDEOS}")
        return post if post is not None and post.kind != "comment" and self.is_readable(post) else None

    def find_comment(self, video: Post, number: int) -> Post | None:
        post = self.network.posts.get(f"{WHERE}/{number - COMMENTS}")
        return post if post is not None and post.root == video.key and post.status == "visible" else None

    def replies(self, post: Post) -> list[Post]:
        """Return the comments on a video, or the replies to a comment, oldest first."""
        return sorted(
            (one for one in self.network.children[post.key] if one.status == "visible"),
            key=lambda one: (one.created, one.number),
        )

    @cached_property
    def shown(self) -> dict[str, list[Post]]:
        """Return the videos that are listed for the viewer, by author."""
        found: dict[str, list[Post]] = {}
        for post in self.network.posts.values():
            if post.where == WHERE and post.kind != "comment" and self.is_readable(post):
                found.setdefault(post.author, []).append(post)
        return found

    def videos(self, user: Account) -> list[Post]:
        return self.shown.get(user.key, [])

    def album_videos(self, album: Album) -> list[Post]:
        """Return the videos of a showcase in the order in which they were added."""
        return [post for post in self.videos(self.network.accounts[album.account]) if post.album == album.key]

    def albums(self) -> list[Album]:
        """Return the viewer's showcases, newest first."""
        own = (one for one in self.network.albums.values() if one.account == self.viewer.key)
        return sorted(own, key=lambda one: (one.created, one.number), reverse=True)

    def gets_files(self, video: Post) -> bool:
        """Return whether plan and token give access to the files."""
        return (
            self.owns(video)
            and self.viewer.staff
            and (not self.token.scopes or "video_files" in self.token.scopes)
        )

    def modified_time(self, video: Post) -> datetime:
        return max([video.changed or video.created, *(one.at for one in video_of(video).captions)])

    # -- users -------------------------------------------------------------------------------------

    def user(self, account: Account) -> Json:
        uri = f"/users/{USERS + account.number}"
        connections = {
            "videos": len(self.videos(account)),
            "followers": 7 * account.number,
            "following": account.number,
            "likes": 0,
        }
        listed = {
            name: {"uri": f"{uri}/{name}", "options": ["GET"], "total": total}
            for name, total in connections.items()
        }
        return {
            "uri": uri,
            "name": account.name,
            "link": f"https://vimeo.com/{account.handle}",
            "location": "",
            "bio": account.about or None,
            "short_bio": None,
            "created_time": instant(account.created),
            "pictures": self.picture(
                f"{uri}/pictures/{PICTURES + account.number}",
                f"portrait/{PICTURES + account.number}",
                PORTRAITS,
            ),
            "websites": [],
            "metadata": {"connections": listed},
            "content_filter": ["safe", "unrated"],
            "resource_key": resource_key(uri),
            "account": "pro" if account.staff else "basic",
        }

    def picture(
        self, uri: str, file: str, sizes: tuple[tuple[int, int], ...], *, custom: bool = True
    ) -> Json:
        link = f"{self.base}/{file}"
        return {
            "uri": uri,
            "active": True,
            "type": "custom" if custom else "default",
            "base_link": link,
            "sizes": [
                {"width": width, "height": height, "link": f"{link}_{width}x{height}.jpg?r=pad"}
                for width, height in sizes
            ],
            "resource_key": resource_key(uri),
            "default_picture": not custom,
        }

    # -- videos ------------------------------------------------------------------------------------

    def still(self, post: Post) -> Json:
        """Return the preview image of a video. A new image has a new address."""
        own = post.now.photos[0].number if post.now.photos else post.number
        uri = f"/videos/{VIDEOS + post.number}/pictures/{PICTURES + own}"
        return self.picture(uri, f"video/{PICTURES + own}", SIZES, custom=bool(post.now.photos))

    def video(self, post: Post) -> Json:
        video = video_of(post)
        uri = f"/videos/{VIDEOS + post.number}"
        stage = video_of(post).stage(self.network.now())
        released = instant(post.created)
        return {
            "uri": uri,
            "name": post.now.title,
            "description": post.now.text or None,
            "type": "video" if stage == "none" else "live",
            "link": f"https://vimeo.com/{VIDEOS + post.number}",
            "player_embed_url": f"https://player.vimeo.com/video/{VIDEOS + post.number}",
            "duration": video.seconds if stage in ("none", "completed") else 0,
            "width": video.width,
            "language": post.language,
            "height": video.height,
            "embed": self.embed(post, stage),
            "created_time": released,
            "modified_time": instant(self.modified_time(post)),
            "release_time": released,
            "content_rating": ["unrated"],
            "content_rating_class": "unrated",
            "rating_mod_locked": False,
            "license": None,
            "privacy": self.privacy_settings(post),
            "pictures": self.still(post),
            "tags": [self.tag(tag) for tag in post.tags],
            "stats": {"plays": video.views if self.owns(post) else None},
            "categories": [],
            "metadata": {"connections": self.connections(post, uri), "interactions": self.interactions(uri)},
            **({"manage_link": f"/manage/videos/{VIDEOS + post.number}"} if self.owns(post) else {}),
            "user": self.user(self.network.accounts[post.author]),
            **(
                {"parent_folder": None, "last_user_action_event_date": instant(post.changed or post.created)}
                if self.owns(post)
                else {}
            ),
            "status": "available" if stage in ("none", "completed") else "unavailable",
            "resource_key": resource_key(uri),
            "upload": {
                "status": "complete",
                **dict.fromkeys(
                    ("link", "upload_link", "complete_uri", "form", "approach", "size", "redirect_url")
                ),
            },
            "transcode": {"status": "complete"},
            "is_playable": stage != "upcoming",
            "has_audio": True,
            **(self.files(post) if self.gets_files(post) and stage in ("none", "completed") else {}),
        }

    def files(self, post: Post) -> Json:
        """Return the files to download and to stream; each address redirects."""
        number, height = VIDEOS + post.number, video_of(post).height
        link = f"{self.base}/progressive_redirect/{{}}/{number}"
        digest = hashlib.md5(post.key.encode(), usedforsecurity=False).hexdigest()
        common = {
            "created_time": instant(post.created),
            "fps": 2,
            "size": 9000,
            "size_short": "8.79KB",
            "md5": digest,
        }
        sized = {**common, "width": video_of(post).width, "height": height, "type": "video/mp4"}
        shown = {
            **sized,
            "quality": "hd",
            "rendition": f"{height}p",
            "public_name": f"{height}p",
            "link": link.format("playback"),
        }
        stream = {
            **common,
            "quality": "hls",
            "rendition": "adaptive",
            "public_name": "hls",
            "type": "video/mp4",
        }
        source = {
            **sized,
            "quality": "source",
            "rendition": "source",
            "public_name": "Original",
            "link": link.format("download"),
        }
        return {
            "download": [shown, source],
            "files": [shown, {**stream, "link": f"{self.base}/external/{number}.m3u8"}],
        }

    def privacy_settings(self, post: Post) -> Json:
        comments = "nobody" if post.comments_off else "anybody"
        return {
            "view": VIEWS[self.privacy(post)],
            "embed": "public",
            "download": False,
            "add": True,
            "comments": comments,
        }

    def embed(self, post: Post, stage: str) -> Json:
        names = ("like", "watchlater", "share", "embed", "hd", "fullscreen", "scaling")
        address = f"https://player.vimeo.com/video/{VIDEOS + post.number}"
        return {
            "buttons": dict.fromkeys(names, True),
            "logos": {"vimeo": True, "custom": {"active": False, "link": None, "sticky": False}},
            "title": dict.fromkeys(("name", "owner", "portrait"), "user"),
            "playbar": True,
            "volume": True,
            "speed": False,
            "color": "00adef",
            "uri": None,
            "html": (
                f'<iframe src="{address}" width="{video_of(post).width}" height="{video_of(post).height}"'
                ' frameborder="0"></iframe>'
            ),
            "badges": {"live": {"streaming": stage == "live", "archived": stage == "completed"}},
        }

    def tag(self, tag: str) -> Json:
        uri = f"/tags/{tag.lower()}"
        connections = {"videos": {"uri": f"{uri}/videos", "options": ["GET"], "total": 1}}
        named = {"uri": uri, "name": tag, "tag": tag, "canonical": tag.lower()}
        return {**named, "metadata": {"connections": connections}, "resource_key": resource_key(uri)}

    def connections(self, post: Post, uri: str) -> Json:
        totals = {
            "comments": len(self.replies(post)),
            "likes": post.likes,
            "pictures": 1,
            "texttracks": len(video_of(post).captions),
        }
        return {
            name: {"uri": f"{uri}/{name}", "options": ["GET"], "total": total}
            for name, total in totals.items()
        }

    def interactions(self, uri: str) -> Json:
        later = {
            "uri": f"/me/watchlater/{uri.rsplit('/', 1)[1]}",
            "options": ["GET", "PUT", "DELETE"],
            "added": False,
            "added_time": None,
        }
        return {
            "watchlater": later,
            "report": {"uri": f"{uri}/report", "options": ["POST"], "reason": ["spam", "causes harm"]},
        }

    # -- showcases ---------------------------------------------------------------------------------

    def album(self, album: Album) -> Json:
        """Return a showcase. Its image is that of the video that was added last."""
        members, number = self.album_videos(album), ALBUMS + album.number
        owner, link = self.network.accounts[album.account], f"https://vimeo.com/showcase/{number}"
        uri = f"/users/{USERS + owner.number}/albums/{number}"
        off: tuple[str, ...] = (
            "allow_continuous_play",
            "allow_downloads",
            "autoplay",
            "hide_nav",
            "hide_vimeo_logo",
            "loop",
            "review_mode",
        )
        off += (
            "use_custom_domain",
            "web_brand_color",
            "web_custom_logo",
            "embed_brand_color",
            "embed_custom_logo",
        )
        names = ("add_custom_thumbnails", "add_logos", "add_videos")
        return {
            **dict.fromkeys(off, False),
            **dict.fromkeys(("brand_color", "custom_logo", "domain", "url")),
            "allow_share": True,
            "created_time": instant(album.created),
            "description": album.about or None,
            "duration": sum(video_of(post).seconds for post in members),
            "embed": {"html": None},
            "layout": "grid",
            "link": link,
            "metadata": {
                "connections": {
                    "videos": {"uri": f"{uri}/videos", "options": ["GET"], "total": len(members)}
                },
                "interactions": {
                    **{name: {"uri": f"{uri}/{name}", "options": ["POST"]} for name in names},
                    "add_to": None,
                },
            },
            "modified_time": instant(max([album.created, *(post.created for post in members)])),
            "name": album.name,
            "pictures": (
                self.still(members[-1])
                if members
                else self.picture(f"{uri}/pictures/0", "video/0", SIZES, custom=False)
            ),
            "privacy": {"view": "anybody"},
            "resource_key": resource_key(uri),
            "share_link": link,
            "sort": "added_first",
            "theme": "standard",
            "uri": uri,
            "user": self.user(owner),
        }

    # -- text tracks and comments ------------------------------------------------------------------

    def track(self, post: Post, caption: Caption) -> Json:
        """Return a text track.

        The address of its file is signed and expires after some hours.
        """
        number = TRACKS + caption.number
        until = self.network.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=LINK_HOURS)
        expires = int(until.timestamp())
        link = f"{self.base}/captions/{number}.vtt?expires={expires}&sig={signature(number, expires)}"
        same = caption.language == post.language
        return {
            "uri": f"/videos/{VIDEOS + post.number}/texttracks/{number}",
            "active": True,
            "type": "captions" if same else "subtitles",
            "language": f"{caption.language}-x-autogen" if caption.automatic else caption.language,
            "link": link,
            "link_expires_time": instant(until),
            "hls_link": f"{link}&hls=1",
            "hls_link_expires_time": instant(until),
            "name": caption.name or caption.language,
        }

    def comment(self, comment: Post) -> Json:
        author = self.network.accounts[comment.author]
        video = self.network.posts[comment.root or ""]
        uri = f"/videos/{VIDEOS + video.number}/comments/{COMMENTS + comment.number}"
        replies = {"uri": f"{uri}/replies", "options": ["GET", "POST"], "total": len(self.replies(comment))}
        return {
            "uri": uri,
            "type": "video",
            "text": comment.now.text,
            "created_on": instant(comment.created),
            "user": None if author.suspended else self.user(author),
            "metadata": {"connections": {"replies": replies}},
            "resource_key": resource_key(uri),
        }
