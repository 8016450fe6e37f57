"""Which captions people made for the videos of a channel: as they are held, or as YouTube tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zlib import crc32

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.answers import in_path, told_by
from recordroom.platforms.google import reasons_of
from recordroom.platforms.unread import beside
from recordroom.platforms.youtube.asking import TRACKS_A_NIGHT, Asking
from recordroom.platforms.youtube.fields import CAPTION, TRACK, VIDEO
from recordroom.platforms.youtube.platform import record_id
from recordroom.platforms.youtube.records import checked

if TYPE_CHECKING:
    from recordroom.register.models import Account

AGAIN = 30  # days after which a video is asked for them again


class Captions(Asking):
    """Asking is dear: it is the turn of some videos in each sweep."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.today = datetime.now(UTC).toordinal()

    def tracks(self, answer: Exchange) -> dict[str, list[str]]:
        """video -> identities of its tracks, as they are held or, where it is its turn, as YouTube tells them. One that has some, of which
        neither is known, is not among them."""
        found = {}
        for video in checked(answer, VIDEO):
            if (video.get("contentDetails") or {}).get("caption") == "true":
                native = video["id"]
                held = held_tracks(native, self.window.files(record_id(native)))
                told = self.told_tracks(native) if self.is_turn(native, held=bool(held)) else None
                if told is not None or held:
                    found[native] = held if told is None else told
                else:
                    self.todo.untold += 1
        return found

    def told_tracks(self, native: str) -> list[str] | None:
        """None where they are not given: to see them one needs more rights on a channel than to see its comments, or YouTube fails to."""
        self.todo.asked += 1
        try:
            return _tracks(self.get("captions", {"part": "snippet", "videoId": native}))
        except (AccountUnavailable, Blocked, UnexpectedResponse) as problem:
            answer = beside(problem)
            self.todo.refused = next(iter(reasons_of(answer)), told_by(answer))
            return None

    def is_turn(self, native: str, *, held: bool) -> bool:
        """A video of which no track is held, and each other one every so many days."""
        if not self.owner or self.window.kind not in ("full", "one") or self.todo.asked >= TRACKS_A_NIGHT:
            return False
        return not held or self.window.kind == "one" or (crc32(native.encode()) + self.today) % AGAIN == 0


def held_tracks(native: str, files: Iterable[str]) -> list[str]:
    return sorted(identity for identity in files if identity.startswith(f"{native}/captions/"))


def _tracks(answer: Exchange) -> list[str]:
    """Identities of the tracks that a person made: <video>/captions/<language>/<track>/<when it was last changed>."""
    found = []
    for number, item in enumerate(checked(answer, CAPTION)):
        snippet = item["snippet"]
        TRACK.check(snippet, answer, f"/items/{number}/snippet")
        if snippet.get("trackKind") != "ASR" and not snippet.get("isDraft") and snippet.get("status") != "failed":
            track = in_path(item["id"], answer)
            found.append(f"{snippet['videoId']}/captions/{snippet.get('language') or ''}/{track}/{snippet['lastUpdated']}")
    return sorted(found)
