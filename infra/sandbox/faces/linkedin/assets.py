"""LinkedIn's images, videos, and documents, with signed addresses.

/dms/image/D4E10AQ.../original.jpg?e=<expiry, seconds>&v=beta&t=<signature>

Sources: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, .../videos-api,
.../documents-api. The lifetime of an address is not documented; `downloadUrlExpiresAt` reports its end.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.sandbox.faces.common import Json, photo_bytes
from infra.sandbox.faces.linkedin.access import WHERE, Access, account_urn, asset_urn, image_urn, milliseconds
from infra.sandbox.films import film
from infra.sandbox.model import Account, Paper, Photo, Post, Video
from infra.sandbox.network import Network
from infra.sandbox.papers import pdf
from infra.sandbox.pictures import picture
from infra.sandbox.subtitles import subtitles

LIFETIME = timedelta(days=7)
SUFFIXES = {"jpeg": "jpg", "png": "png"}


def _signature(path: str, expiry: str) -> str:
    return hashlib.sha256(f"made-up key/{path}/{expiry}".encode()).hexdigest()[:43]


def refused(path: str, asked: Mapping[str, str], now: datetime) -> bool:
    expiry = asked.get("e", "")
    return asked.get("t") != _signature(path, expiry) or int(expiry) <= now.timestamp()


def _letters(urn: str) -> str:
    return urn.rpartition(":")[2]


@dataclass(frozen=True)
class Assets:
    """The files that one token sees."""

    access: Access

    def signed(self, path: str) -> Json:
        expires = (self.access.network.now() + LIFETIME).replace(microsecond=0)
        query = f"e={int(expires.timestamp())}&v=beta&t={_signature(path, str(int(expires.timestamp())))}"
        return {
            "downloadUrl": f"{self.access.base}/dms/{path}?{query}",
            "downloadUrlExpiresAt": milliseconds(expires),
        }

    def owner(self, post: Post) -> str:
        return account_urn(self.access.network.accounts[post.author])

    def posts(self) -> Iterator[Post]:
        """Yield the posts whose files exist and are visible to the token."""
        here = (
            post
            for post in self.access.network.posts.values()
            if post.where == WHERE and post.status != "removed"
        )
        return (post for post in here if self.access.is_visible(self.access.root(post)))

    def image(self, photo: Photo, post: Post) -> Json:
        urn = image_urn(photo)
        where = self.signed(f"image/{_letters(urn)}/original.{SUFFIXES[photo.kind]}")
        shape = {"aspectRatioHeight": float(photo.height), "aspectRatioWidth": float(photo.width)}
        return {"owner": self.owner(post), "id": urn, "status": "AVAILABLE", **shape, **where}

    def video(self, video: Video, post: Post) -> Json:
        urn = asset_urn("video", post.number)
        folder = f"playlist/{_letters(urn)}"
        entity = {
            "owner": self.owner(post),
            "id": urn,
            "status": "AVAILABLE",
            "duration": 1000 * video.seconds,
            "aspectRatioHeight": float(video.height),
            "aspectRatioWidth": float(video.width),
            "thumbnail": self.signed(f"{folder}/thumbnail.jpg")["downloadUrl"],
            **self.signed(f"{folder}/video.mp4"),
        }
        return entity | (
            {"captions": self.signed(f"{folder}/captions.vtt")["downloadUrl"]} if video.captions else {}
        )

    def document(self, paper: Paper, post: Post) -> Json:
        urn = asset_urn("document", paper.number)
        where = self.signed(f"document/{_letters(urn)}/{paper.pages}.pdf")
        return {"owner": self.owner(post), "id": urn, "status": "AVAILABLE", **where}

    def logo(self, account: Account) -> Json:
        """Return the logo, which has the same letters as an image and as an asset."""
        letters = _letters(asset_urn("digitalmediaAsset", account.number))
        return {
            "owner": account_urn(account),
            "id": f"urn:li:image:{letters}",
            "status": "AVAILABLE",
            **self.signed(f"logo/{letters}/200_200.jpg"),
        }

    def find_asset(self, urn: str) -> Json | None:
        """Return a file's entity by its URN, or None.

        Files of missing or invisible posts are not found.
        """
        for post in self.posts():
            for photo in post.now.photos:
                if image_urn(photo) == urn:
                    return self.image(photo, post)
            if post.video and asset_urn("video", post.number) == urn:
                return self.video(post.video, post)
            if post.paper and asset_urn("document", post.paper.number) == urn:
                return self.document(post.paper, post)
        logos = (
            self.logo(one)
            for one in self.access.network.accounts.values()
            if one.where == WHERE and one.staff
        )
        return next((one for one in logos if one["id"] == urn), None)


def file_of(network: Network, path: str) -> tuple[bytes, str] | None:
    """Return the bytes and type of a file."""
    kind, letters, name = path.split("/") if path.count("/") == 2 else ("", "", "")
    if kind == "logo":
        return picture("jpeg", letters, 200, 200), "image/jpeg"
    for post in network.posts.values():
        if post.where != WHERE or post.status == "removed":
            continue
        for photo in post.now.photos:
            if kind == "image" and _letters(image_urn(photo)) == letters:
                return photo_bytes(f"{WHERE}/", photo), f"image/{photo.kind}"
        if kind == "playlist" and post.video and _letters(asset_urn("video", post.number)) == letters:
            return _film(post, post.video, name)
        if (
            kind == "document"
            and post.paper
            and _letters(asset_urn("document", post.paper.number)) == letters
        ):
            return pdf(post.paper.title, post.paper.pages), "application/pdf"
    return None


def _film(post: Post, video: Video, name: str) -> tuple[bytes, str] | None:
    if name == "video.mp4":
        return film(post.key, video.width, video.height, video.seconds), "video/mp4"
    if name == "captions.vtt" and video.captions:
        return subtitles(video.captions[0], video.seconds, "vtt").encode(), "text/vtt"
    return (picture("jpeg", post.key, 320, 180), "image/jpeg") if name == "thumbnail.jpg" else None
