"""Which captions people made for the videos of a channel.

To list the tracks of a video costs 50 units of the day's quota, and a track 200. Some videos a night are
therefore requested; of the others, the archived tracks are kept, so that a reading without a request is no
edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zlib import crc32

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.crawl import Crawl
from recordroom.platforms.http import describe_failure, require_path_segment
from recordroom.platforms.unread import require_completing
from recordroom.platforms.youtube.api import Google, reasons_of
from recordroom.platforms.youtube.cursor import YouTubeCursor
from recordroom.platforms.youtube.parse import checked
from recordroom.platforms.youtube.platform import record_id
from recordroom.platforms.youtube.schema import CAPTION, TRACK, VIDEO

TRACKS_A_NIGHT = 10  # videos whose tracks one sweep requests: 500 units, and 200 for each new track
AGAIN = 30  # days after which the tracks of a video are requested again


class CaptionTracks:
    """The caption tracks of the videos of one crawl."""

    def __init__(self, crawl: Crawl[YouTubeCursor], api: Google) -> None:
        self.crawl, self.api = crawl, api
        self.today = datetime.now(UTC).toordinal()

    def of(self, answer: Exchange) -> dict[str, list[str]]:
        """Video -> identities of its tracks.

        As YouTube lists them where they are requested, else as they are archived.
        A video with captions is left out where neither is known.
        """
        found = {}
        for video in checked(answer, VIDEO):
            if (video.get("contentDetails") or {}).get("caption") == "true":
                native = video["id"]
                archived = archived_tracks(native, self.crawl.window.archived_files(record_id(native)))
                listed = self.listed(native) if self.is_due(native, has_some=bool(archived)) else None
                if listed is not None or archived:
                    found[native] = archived if listed is None else listed
                else:
                    self.crawl.todo.untold += 1
        return found

    def listed(self, native: str) -> list[str] | None:
        """Return the tracks of a video; None where YouTube does not give them.

        To see them takes more rights on a channel than to see its comments.
        """
        self.crawl.todo.asked += 1
        try:
            answer = self.api.call("captions", {"part": "snippet", "videoId": native}, self.crawl.context)
            return _tracks(answer)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as problem:
            answer = require_completing(problem)
            self.crawl.todo.refused = next(iter(reasons_of(answer)), describe_failure(answer))
            return None

    def is_due(self, native: str, *, has_some: bool) -> bool:
        """Whether the tracks of a video are requested now.

        They are where none is archived, and else every AGAIN days.
        """
        kind = self.crawl.window.kind
        if not self.api.is_owner or kind not in ("full", "one") or self.crawl.todo.asked >= TRACKS_A_NIGHT:
            return False
        return not has_some or kind == "one" or (crc32(native.encode()) + self.today) % AGAIN == 0


def archived_tracks(native: str, files: Iterable[str]) -> list[str]:
    """Return the caption tracks of a video among its archived files."""
    return sorted(identity for identity in files if identity.startswith(f"{native}/captions/"))


def _tracks(answer: Exchange) -> list[str]:
    """Identities of the tracks that a person made.

    <video>/captions/<language>/<track>/<last change>
    """
    found = []
    for number, item in enumerate(checked(answer, CAPTION)):
        snippet = item["snippet"]
        TRACK.check(snippet, answer, f"/items/{number}/snippet")
        if (
            snippet.get("trackKind") != "ASR"
            and not snippet.get("isDraft")
            and snippet.get("status") != "failed"
        ):
            track, language = require_path_segment(item["id"], answer), snippet.get("language") or ""
            found.append(f"{snippet['videoId']}/captions/{language}/{track}/{snippet['lastUpdated']}")
    return sorted(found)
