"""The attachments of posts and comments: photos, videos, events, and links.

Source: developers.facebook.com/docs/graph-api/reference/story-attachment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from infra.sandbox.faces.facebook.access import WWW, Access, album_id, object_id, post_id, video_number
from infra.sandbox.faces.meta.errors import nonce
from infra.sandbox.faces.meta.graph import Node, unpaged
from infra.sandbox.faces.meta.media import FULL, fitted, photo_path, video_paths
from infra.sandbox.model import Photo, Post


@dataclass(frozen=True)
class Attachments:
    """The attachments of posts and comments."""

    access: Access

    def attached(self, post: Post) -> Iterator[Node]:
        """Yield a post's own photos, video, or event."""
        photos = post.now.photos
        if len(photos) == 1:
            yield self.photo_attachment(post, photos[0])
        elif photos:
            yield self.album_attachment(post)
        if post.video:
            film, frame = video_paths(post)
            picture = {"height": post.video.height, "src": self.access.url(frame), "width": post.video.width}
            media = {"image": picture} | (
                {"source": self.access.url(film)} if self.access.manages(self.access.page_of(post)) else {}
            )
            number = video_number(post)
            url = f"{self.access.home(post)}/videos/{object_id(number)}/"
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
        media = {"image": {"height": height, "src": self.access.url(photo_path(photo, FULL)), "width": width}}
        own = object_id(photo.number)
        url = f"{WWW}/photo.php?fbid={own}&set=a.{album_id(*self.access.album_of(post))}&type=3"
        return self.attachment(
            "photo", "photo", url, target=photo.number, media=media, description=photo.caption
        )

    def album_attachment(self, post: Post) -> Node:
        page, album = self.access.album_of(post)
        own, photos = album_id(page, album), post.now.photos
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
