"""What Vimeo's videos and showcases do not say themselves: text tracks, the videos of a showcase; and whose comments are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.shapes import Reading, content_of, items
from recordroom.platforms.unread import beside
from recordroom.platforms.vimeo.asking import PER_PAGE, Asking
from recordroom.platforms.vimeo.fields import TRACKS
from recordroom.platforms.vimeo.platform import SERVER
from recordroom.platforms.vimeo.shapes import MEMBER, TRACK
from recordroom.platforms.vimeo.things import best_file, connections_of, is_made, native_of, time_of, total_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


class Completing(Asking):
    """`noted`: threads that stand in `todo` or were read."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.noted = {(video, comment) for video, comment in self.todo.threads}

    def completed(self, edge: str, page: Exchange, found: Sequence[tuple[str, dict[str, Any]]]) -> Exchange:
        """A page, and in its context what its items do not say themselves: tracks of videos, content of showcases."""
        told: dict[str, Any] = {}
        with self.api.completing():
            if edge == "videos":
                self.note(found, page)
                for native, item in found:
                    if total_of(connections_of(item, Reading(page)), "texttracks", Reading(page)):
                        told[native] = self.tracks(native)
            elif edge == "albums":
                told = {native: self.members(native) for native, _ in found}
        return replace(page, context={**page.context, "told": told}) if told else page

    def tracks(self, video: str) -> list[dict[str, Any]] | None:
        """What a video's active tracks are; none where the video has just gone. None where Vimeo fails to tell them."""
        found = []
        try:
            for page in self.pages(f"videos/{video}/texttracks", {"per_page": PER_PAGE, "fields": TRACKS}):
                for i, track in enumerate(items(content_of(page)["data"], page, "/data")):
                    TRACK.check(track, page, f"/data/{i}")
                    if track["active"]:
                        found.append({name: track.get(name) for name in ("uri", "language", "name", "type", "link")})
        except AccountUnavailable:
            return found
        except (Blocked, UnexpectedResponse) as failure:
            self.note_untold(video, failure)
            return None
        return found

    def members(self, album: str) -> list[str] | None:
        """Addresses of the videos of a showcase, in its order. None where Vimeo fails to tell them."""
        found = []
        try:
            for page in self.pages(f"me/albums/{album}/videos", {"per_page": PER_PAGE, "fields": "uri,link"}):
                for i, video in enumerate(items(content_of(page)["data"], page, "/data")):
                    MEMBER.check(video, page, f"/data/{i}")
                    found.append(video.get("link") or f"https://{SERVER}/{native_of(video['uri'], page, f'/data/{i}/uri')[1]}")
        except AccountUnavailable:
            return found
        except (Blocked, UnexpectedResponse) as failure:
            self.note_untold(album, failure)
            return None
        return found

    def note_untold(self, native: str, failure: PlatformFailure) -> None:
        """What belongs to a video or a showcase is not told; whatever else has failed is raised."""
        beside(failure)
        self.todo.untold = self.todo.untold or native

    def note(self, videos: Sequence[tuple[str, dict[str, Any]]], page: Exchange) -> None:
        """Whose comments are to be read, and which videos have no file."""
        for native, item in videos:
            reading = Reading(page)
            if (native, "") in self.noted:
                continue
            self.noted.add((native, ""))
            total = total_of(connections_of(item, reading), "comments", reading)
            if self.is_wanted(native, item, total, page):
                self.todo.threads += [[native, ""]] if total != 0 else []
                self.note_read(native)
            if is_made(item) and _has_no_file(item, reading):
                self.todo.lacking = self.todo.lacking or native

    def is_wanted(self, video: str, item: dict[str, Any], total: int | None, page: Exchange) -> bool:
        """Whether the comments on a video are to be read. What is counted leaves the answers to comments out."""
        return self.window.wants(f"vimeo:videos/{video}", time_of(item, "created_time", page), total, all_told=total == 0)

    def note_read(self, video: str) -> None:
        """Say so where no comments on this video are still to be read."""
        if not any(video == waiting for waiting, _ in self.todo.threads):
            self.window.read(f"vimeo:videos/{video}")


def _has_no_file(video: dict[str, Any], reading: Reading) -> bool:
    """Not of one whose files are odd: that is for `parse` to tell, and keeps nothing behind it from being read."""
    try:
        return best_file(video, reading, "") is None
    except UnexpectedResponse:
        return False
