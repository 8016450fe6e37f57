"""Photos, albums, videos, events, and attachments as nodes.

Sources: developers.facebook.com/docs/graph-api/reference/photo, /album, /video, /video/captions, /event,
/story-attachment. Each photo is in an album: the one that its post names, otherwise the Page's timeline
photos.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.facebook.access import (
    WHERE,
    WWW,
    Access,
    is_reel,
    object_id,
    post_id,
    profile_id,
    video_number,
)
from infra.sandbox.faces.meta.errors import nonce
from infra.sandbox.faces.meta.graph import Edge, Node, instant, unpaged
from infra.sandbox.faces.meta.media import (
    FULL,
    THUMBNAIL,
    captions_path,
    fitted,
    photo_path,
    signed,
    video_paths,
)
from infra.sandbox.model import Account, Album, Caption, Event, Photo, Post, Video

if TYPE_CHECKING:
    from infra.sandbox.faces.facebook.nodes import Nodes


LOCALES = {"en": ("en_US", "English"), "es": ("es_LA", "Spanish")}


@dataclass(frozen=True)
class Media:
    """The nodes of media."""

    access: Access
    nodes: "Nodes"

    def url(self, path: str) -> str:
        return signed(self.access.base, path, self.access.network.now())

    def home(self, post: Post) -> str:
        """Return the Page's address.

        The address of a post ends with its own part of the ID.
        """
        return f"{WWW}/{profile_id(self.access.page_of(post))}"

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
                "album": lambda _: self.album_node(*self.album_of(post)),
                "from": lambda _: self.nodes.author(author, self.access.page_of(post)),
                "height": photo.height,
                "width": photo.width,
                "images": [self.image(photo, most) for most in (max(photo.width, photo.height), THUMBNAIL)],
                "link": f"{WWW}/photo.php?fbid={own}&set=a.{self.album_id(*self.album_of(post))}&type=3",
                "page_story_id": post_id(self.access.network, post),
                "picture": self.url(photo_path(photo, THUMBNAIL)),
                "can_delete": self.access.owns(author),
                "can_tag": False,
                "comments": lambda modifiers: self.nodes.conversation(
                    post, modifiers, f"{own}/comments", beside
                ),
                "likes": lambda _: self.nodes.likes(post.likes, f"{own}/likes"),
                "reactions": lambda modifiers: self.nodes.reactions(
                    post.likes, modifiers, f"{own}/reactions"
                ),
            },
        )

    def image(self, photo: Photo, most: int) -> Json:
        width, height = fitted(photo, most)
        return {"height": height, "source": self.url(photo_path(photo, most)), "width": width}

    def album_of(self, post: Post) -> tuple[Account, Album | None]:
        """Return the album of a post's photos; None for the timeline photos."""
        return self.access.page_of(post), self.access.network.albums.get(post.album or "")

    def album_id(self, page: Account, album: Album | None) -> str:
        return object_id(album.number) if album else object_id(10**9 + page.number)

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
        photos, own = self.photos_of(page, album), self.album_id(page, album)
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
                "from": lambda _: self.nodes.author(page, page),
                "link": f"{WWW}/media/set/?set=a.{own}&type=3",
                "privacy": "everyone",
                "is_user_facing": True,
                "can_upload": self.access.owns(page),
                "cover_photo": lambda _: self.photo(*photos[0]) if photos else None,
                "photos": lambda _: self.album_photos(page, album),
                "comments": lambda _: Edge(f"{own}/comments", [], self.nodes.liker, lambda _: (), silence),
                "likes": lambda _: self.nodes.likes(0, f"{own}/likes"),
                "reactions": lambda modifiers: self.nodes.reactions(0, modifiers, f"{own}/reactions"),
            },
        )

    def album_photos(self, page: Account, album: Album | None) -> Edge:
        photos, path = self.photos_of(page, album), f"{self.album_id(page, album)}/photos"
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
                "description": self.nodes.rich_text(post.now.text, page)[0] or None,
                "title": post.now.title or None,
                "length": float(video.seconds),
                "source": self.url(film) if self.access.manages(page) else None,
                "picture": self.url(frame),
                "permalink_url": f"/reel/{own}/" if is_reel(post) else f"/{page.handle}/videos/{own}/",
                "post_id": object_id(post.number),
                "from": lambda _: self.nodes.author(
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
                "comments": lambda modifiers: self.nodes.conversation(post, modifiers, f"{own}/comments"),
                "likes": lambda _: self.nodes.likes(post.likes, f"{own}/likes"),
                "reactions": lambda modifiers: self.nodes.reactions(
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
            return Node("VideoCaption", {**values, **more, "uri": self.url(captions_path(post, caption))})

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
        node = Node("VideoThumbnail", {**values, "uri": self.url(video_paths(post)[1])})
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
                "owner": lambda _: self.nodes.author(
                    self.access.network.accounts[post.author], self.access.page_of(post)
                ),
                "is_canceled": event.canceled,
                "is_draft": False,
                "is_online": not event.place,
                "is_page_owned": True,
                "type": "public",
            },
        )

    # -- attachments -------------------------------------------------------------------------------

    def attached(self, post: Post) -> Iterator[Node]:
        """Yield a post's own photos, video, or event."""
        photos = post.now.photos
        if len(photos) == 1:
            yield self.photo_attachment(post, photos[0])
        elif photos:
            yield self.album_attachment(post)
        if post.video:
            film, frame = video_paths(post)
            picture = {"height": post.video.height, "src": self.url(frame), "width": post.video.width}
            media = {"image": picture} | (
                {"source": self.url(film)} if self.access.manages(self.access.page_of(post)) else {}
            )
            url, number = f"{self.home(post)}/videos/{object_id(video_number(post))}/", video_number(post)
            yield self.attachment(
                "video", "video_inline", url, target=number, media=media, title=post.now.title
            )
        if post.event:
            url = f"{WWW}/events/{object_id(post.event.number)}/"
            yield self.attachment(
                "event",
                "event",
                url,
                target=post.event.number,
                title=post.event.name,
                description=post.event.about,
            )

    def attachment(
        self,
        media_type: str,
        kind: str,
        url: str,
        *,
        target: int | None = None,
        unshimmed: str = "",
        **values: object,
    ) -> Node:
        given = {name: value for name, value in values.items() if value}
        place = {"id": object_id(target), "url": url} if target else {"url": url}
        standard = {
            "media_type": media_type,
            "type": kind,
            "url": url,
            "unshimmed_url": unshimmed or url,
            "target": place,
        }
        return Node("StoryAttachment", {**standard, **given})

    def photo_attachment(self, post: Post, photo: Photo) -> Node:
        width, height = fitted(photo, FULL)
        media = {"image": {"height": height, "src": self.url(photo_path(photo, FULL)), "width": width}}
        own = object_id(photo.number)
        url = f"{WWW}/photo.php?fbid={own}&set=a.{self.album_id(*self.album_of(post))}&type=3"
        return self.attachment(
            "photo", "photo", url, target=photo.number, media=media, description=photo.caption
        )

    def album_attachment(self, post: Post) -> Node:
        page, album = self.album_of(post)
        own, photos = self.album_id(page, album), post.now.photos
        path = f"{post_id(self.access.network, post)}/subattachments"
        inner = [self.photo_attachment(post, photo) for photo in photos]
        album_node = self.attachment(
            "album",
            "album",
            f"{WWW}/media/set/?set=a.{own}&type=3",
            target=album.number if album else post.number,
        )
        title = album.name if album else f"Photos from {page.name}'s post"
        edge = unpaged(path, inner)
        return Node(
            "StoryAttachment", {**album_node.values, "title": title, "subattachments": lambda _: edge}
        )

    def link_attachment(self, link: str) -> Node:
        """Return a link, behind Facebook's redirect.

        Its signature differs in each response.
        """
        shim = f"https://l.facebook.com/l.php?u={quote(link, safe='')}&h=AT{nonce(40)}&s=1"
        title, description = link.partition("://")[2].partition("/")[0], f"The page at {link}"
        return self.attachment("link", "share", shim, unshimmed=link, title=title, description=description)
