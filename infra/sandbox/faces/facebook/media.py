"""Photos, albums, videos, and events as nodes.

Sources: developers.facebook.com/docs/graph-api/reference/photo, /album, /video, /video/captions, /event.
Each photo is in an album: the one that its post names, otherwise the Page's timeline photos.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.facebook.access import (
    WHERE,
    WWW,
    Access,
    album_id,
    is_reel,
    object_id,
    post_id,
    video_number,
)
from infra.sandbox.faces.facebook.feedback import Feedback
from infra.sandbox.faces.facebook.profiles import Profiles
from infra.sandbox.faces.meta.graph import Edge, Node, instant
from infra.sandbox.faces.meta.media import THUMBNAIL, captions_path, fitted, photo_path, video_paths
from infra.sandbox.model import Account, Album, Caption, Event, Photo, Post, Video

LOCALES = {"en": ("en_US", "English"), "es": ("es_LA", "Spanish")}


@dataclass(frozen=True)
class Media:
    """The nodes of media."""

    access: Access
    profiles: Profiles
    feedback: Feedback

    # -- photos and albums -------------------------------------------------------------------------

    def photo(self, post: Post, photo: Photo) -> Node:
        own, author = object_id(photo.number), self.access.network.accounts[post.author]
        # a post's only photo shares the post's conversation
        beside = photo.number if len(post.now.photos) > 1 else None
        made = instant(post.created)
        return Node(
            "Photo",
            {
                "id": own,
                "created_time": made,
                "updated_time": instant(post.now.at),
                "name": photo.caption or (post.now.text if len(post.now.photos) == 1 else None) or None,
                "alt_text": photo.alt or "May be an image of outdoors",
                "alt_text_custom": photo.alt or None,
                "album": lambda _: self.album_node(*self.access.album_of(post)),
                "from": lambda _: self.profiles.author(author, self.access.page_of(post)),
                "height": photo.height,
                "width": photo.width,
                "images": [self.image(photo, most) for most in (max(photo.width, photo.height), THUMBNAIL)],
                "link": f"{WWW}/photo.php?fbid={own}&set=a.{album_id(*self.access.album_of(post))}&type=3",
                "page_story_id": post_id(self.access.network, post),
                "picture": self.access.url(photo_path(photo, THUMBNAIL)),
                "can_delete": self.access.owns(author),
                "can_tag": False,
                "comments": lambda modifiers: self.feedback.conversation(
                    post, modifiers, f"{own}/comments", beside
                ),
                "likes": lambda _: self.feedback.likes(post.likes, f"{own}/likes"),
                "reactions": lambda modifiers: self.feedback.reactions(
                    post.likes, modifiers, f"{own}/reactions"
                ),
            },
        )

    def image(self, photo: Photo, most: int) -> Json:
        width, height = fitted(photo, most)
        return {"height": height, "source": self.access.url(photo_path(photo, most)), "width": width}

    def photos_of(self, page: Account, album: Album | None) -> list[tuple[Post, Photo]]:
        """Return the photos of an album, newest first."""
        own = [
            post
            for post in self.access.posts
            if post.author == page.key and post.album == (album.key if album else None)
        ]
        found = [(post, photo) for post in own for photo in post.now.photos]
        return sorted(found, key=lambda one: one[1].number, reverse=True)

    def album_node(self, page: Account, album: Album | None) -> Node:
        photos, own = self.photos_of(page, album), album_id(page, album)
        posts = [post for post, _ in photos]
        silence = {"total_count": 0, "order": "chronological", "can_comment": self.access.owns(page)}
        made = album.created if album else page.created
        return Node(
            "Album",
            {
                "id": own,
                "name": album.name if album else "Timeline photos",
                "type": "normal" if album else "wall",
                "description": album.about or None if album else None,
                "location": album.place or None if album else None,
                "created_time": instant(made),
                "updated_time": instant(max((post.now.at for post in posts), default=made)),
                "count": len(photos),
                "photo_count": len(photos),
                "video_count": 0,
                "from": lambda _: self.profiles.author(page, page),
                "link": f"{WWW}/media/set/?set=a.{own}&type=3",
                "privacy": "everyone",
                "is_user_facing": True,
                "can_upload": self.access.owns(page),
                "cover_photo": lambda _: self.photo(*photos[0]) if photos else None,
                "photos": lambda _: self.album_photos(page, album),
                "comments": lambda _: Edge(f"{own}/comments", [], self.feedback.liker, lambda _: (), silence),
                "likes": lambda _: self.feedback.likes(0, f"{own}/likes"),
                "reactions": lambda modifiers: self.feedback.reactions(0, modifiers, f"{own}/reactions"),
            },
        )

    def album_photos(self, page: Account, album: Album | None) -> Edge:
        photos, path = self.photos_of(page, album), f"{album_id(page, album)}/photos"
        return Edge(path, photos, lambda one: self.photo(*one), lambda one: (-one[1].number,))

    def albums(self, page: Account) -> list[Album | None]:
        own = [album for album in self.access.network.albums.values() if album.account == page.key]
        return [*sorted(own, key=lambda album: album.number, reverse=True), None]

    # -- videos ------------------------------------------------------------------------------------

    def video(self, post: Post, video: Video) -> Node:
        own, page, (film, frame) = object_id(video_number(post)), self.access.page_of(post), video_paths(post)
        return Node(
            "Video",
            {
                "id": own,
                "created_time": instant(post.created),
                "updated_time": instant(post.changed or post.created),
                "description": self.profiles.rich_text(post.now.text, page)[0] or None,
                "title": post.now.title or None,
                "length": float(video.seconds),
                "source": self.access.url(film) if self.access.manages(page) else None,
                "picture": self.access.url(frame),
                "permalink_url": f"/reel/{own}/" if is_reel(post) else f"/{page.handle}/videos/{own}/",
                "post_id": object_id(post.number),
                "from": lambda _: self.profiles.author(
                    self.access.network.accounts[post.author], self.access.page_of(post)
                ),
                "published": post.status != "draft",
                "privacy": {
                    "allow": "",
                    "deny": "",
                    "description": "Public",
                    "friends": "",
                    "networks": "",
                    "value": "EVERYONE",
                },
                "embeddable": True,
                "views": video.views,
                "status": {"video_status": "ready"},
                "comments": lambda modifiers: self.feedback.conversation(post, modifiers, f"{own}/comments"),
                "likes": lambda _: self.feedback.likes(post.likes, f"{own}/likes"),
                "reactions": lambda modifiers: self.feedback.reactions(
                    post.likes, modifiers, f"{own}/reactions"
                ),
                "captions": lambda _: self.captions(post, video),
                "thumbnails": lambda _: self.thumbnails(post, video),
            },
        )

    def captions(self, post: Post, video: Video) -> Edge:
        def track(caption: Caption) -> Node:
            locale, name = LOCALES.get(caption.language, (caption.language, caption.language))
            values = {
                "id": object_id(caption.number),
                "locale": locale,
                "locale_name": name,
                "create_time": instant(caption.at),
            }
            more = {"is_default": caption is video.captions[0], "is_auto_generated": caption.automatic}
            return Node(
                "VideoCaption", {**values, **more, "uri": self.access.url(captions_path(post, caption))}
            )

        return Edge(
            f"{object_id(video_number(post))}/captions", video.captions, track, lambda one: (one.number,)
        )

    def thumbnails(self, post: Post, video: Video) -> Edge:
        own = object_id(video_number(post))
        values = {
            "id": f"{own}9",
            "height": video.height,
            "width": video.width,
            "scale": 1,
            "is_preferred": True,
        }
        node = Node("VideoThumbnail", {**values, "uri": self.access.url(video_paths(post)[1])})
        return Edge(f"{own}/thumbnails", [node], lambda one: one, lambda _: (0,))

    # -- events ------------------------------------------------------------------------------------

    def event(self, post: Post, event: Event) -> Node:
        zone = ZoneInfo(self.access.network.places[WHERE].timezone)

        def local(when: datetime) -> str:
            return f"{when.astimezone(zone):%Y-%m-%dT%H:%M:%S%z}"

        own = object_id(event.number)
        return Node(
            "Event",
            {
                "id": own,
                "name": event.name,
                "description": event.about or None,
                "start_time": local(event.starts),
                "end_time": local(event.ends) if event.ends else None,
                "timezone": zone.key,
                "updated_time": instant(max(post.now.at, event.changed or post.now.at)),
                "place": Node("Place", {"name": event.place}) if event.place else None,
                "owner": lambda _: self.profiles.author(
                    self.access.network.accounts[post.author], self.access.page_of(post)
                ),
                "is_canceled": event.canceled,
                "is_draft": False,
                "is_online": not event.place,
                "is_page_owned": True,
                "type": "public",
            },
        )
