"""Archived records, requested by their IDs, and what follows where YouTube does not give one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import HELD, HIDDEN, SPAM, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.lookups import request_in_halves
from recordroom.platforms.paging import Params
from recordroom.platforms.unread import require_optional
from recordroom.platforms.youtube.api import FORBIDDEN, reasons_of, require_one_of
from recordroom.platforms.youtube.captions import archived_tracks
from recordroom.platforms.youtube.conversations import COMMENTS_OFF, OF_VIDEO
from recordroom.platforms.youtube.crawl import YouTubeCrawl
from recordroom.platforms.youtube.entities import SWITCHED_OFF
from recordroom.platforms.youtube.parse import checked
from recordroom.platforms.youtube.platform import BATCH, record_id
from recordroom.platforms.youtube.schema import COMMENT, VIDEO, VIDEO_PARTS

if TYPE_CHECKING:
    from recordroom.register.models import Account

_LEFT_OUT = "YouTube's response does not contain it and gives no reason"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request records by their IDs.

    YouTube leaves out what is gone, and never says why; but it says where comments are switched off. It does
    not say whether a comment still waits: one that did waits until a list shows it otherwise.
    """
    lookups, known = Lookups(YouTubeCrawl(account, client)), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield lookups.crawl.at_cursor(lookups.crawl.profile())
    yield from lookups.videos({k.native_id: k for k in known.values() if k.kind == "post"})
    yield from lookups.comments({k.native_id: k for k in known.values() if k.kind in ("comment", "reply")})


class Lookups:
    """The requests of one lookup.

    off: video -> the answer which says that its comments are switched off; None where they are not.
    """

    def __init__(self, crawl: YouTubeCrawl) -> None:
        self.crawl = crawl
        self.off: dict[str, Exchange | None] = {}

    def videos(self, known: dict[str, KnownRecord]) -> Iterator[Exchange | Absence]:
        for some, answer, there in self.by_id("videos", {"part": VIDEO_PARTS}, list(known)):
            tracks = {
                native: archived_tracks(native, known[native].files) for native in there if native in known
            }
            told = {native: found for native, found in tracks.items() if found}
            yield replace(answer, context={**answer.context, "tracks": told})
            for native in some:
                if native not in there and "untold" not in answer.context:
                    yield Absence(known[native].record_id, UNAVAILABLE, self.why_no_video, answer)

    def comments(self, known: dict[str, KnownRecord]) -> Iterator[Exchange | Absence]:
        places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values()}
        waits = {k.native_id: k.status for k in known.values() if k.status in (HELD, SPAM)}
        part: Params = {"part": "snippet", "textFormat": "html"}
        for some, answer, there in self.by_id("comments", part, list(places), places=places, waits=waits):
            off = self.switched_off_among([known[native] for native in some if native in there])
            yield with_context(answer, off=off)
            if "untold" not in answer.context:
                yield from self.absences([known[native] for native in some if native not in there], answer)

    def by_id(
        self, method: str, params: Params, natives: Sequence[str], **context: Any
    ) -> Iterator[tuple[Sequence[str], Exchange, set[str]]]:
        """(IDs, the answer, those of the IDs that are in it).

        YouTube leaves out what it does not give. Its reference has errors for that as well; one of
        them fails a request for many.
        """

        def request(some: Sequence[str]) -> Exchange:
            wanted: Params = {**params, "id": ",".join(some)}
            return self.crawl.api.call(method, wanted, self.crawl.context | context)

        shape = VIDEO if method == "videos" else COMMENT
        for some, answer in request_in_halves(natives, BATCH, request, _check):
            if isinstance(answer, Exchange):
                yield some, answer, {item["id"] for item in checked(answer, shape)}
            else:
                yield some, _refusal(answer, some), set()

    @property
    def why_no_video(self) -> str:
        """Why a video is absent: YouTube says nothing more than that it is left out."""
        if self.crawl.api.is_owner:
            deleted = "so the channel or YouTube probably deleted it"
            return f"{_LEFT_OUT}; its owner sees private videos too, {deleted}"
        return f"{_LEFT_OUT}; it may be deleted or private, which YouTube shows only to its owner"

    @property
    def why_no_comment(self) -> str:
        """Why a comment is absent: YouTube says less to anyone but the owner."""
        if self.crawl.api.is_owner:
            neither = "it is not awaiting review and not marked as spam"
            return f"deleted or rejected; YouTube does not say which, or by whom; {neither}"
        owners = "YouTube shows the latter two only to the channel's owner"
        return f"deleted, rejected, held for review, or marked as spam; {owners}"

    def switched_off_among(self, given: Sequence[KnownRecord]) -> dict[str, str]:
        """Comment -> its video, for comments whose video says that comments are switched off.

        An answer by ID holds them though no list shows them. Whether it does in that case, no reference says.
        The answer counts where YouTube fails to say it.
        """
        try:
            videos = {known.native_id: (known.root_id or "").partition(":")[2] for known in given}
            return {native: video for native, video in videos.items() if self.switched_off(video) is not None}
        except PlatformFailure as problem:
            require_optional(problem)
            return {}

    def absences(self, gone: Sequence[KnownRecord], answer: Exchange) -> Iterator[Absence]:
        """Yield the absences of comments that an answer leaves out.

        They are hidden where their video says that comments are switched off.
        """
        for known in gone:
            off = self.switched_off((known.root_id or "").partition(":")[2])
            if off is not None:
                yield Absence(known.record_id, HIDDEN, SWITCHED_OFF, off)
            else:
                yield Absence(known.record_id, UNAVAILABLE, self.why_no_comment, answer)

    def switched_off(self, video: str) -> Exchange | None:
        """Return the answer in which YouTube says that the comments on a video are switched off."""
        if video and video not in self.off:
            off = None
            try:
                params: Params = {"part": "id", OF_VIDEO: video, "maxResults": 1}
                self.crawl.api.call("commentThreads", params, self.crawl.context)
            except AccountUnavailable:
                pass
            except Blocked as problem:
                reasons = reasons_of(problem.exchange)
                if COMMENTS_OFF in reasons:
                    off = problem.exchange
                elif FORBIDDEN not in reasons:  # a video that is private now
                    raise
            self.off[video] = off
        return self.off.get(video)


def _check(failure: PlatformFailure, natives: Sequence[str]) -> None:  # noqa: ARG001
    """Raise a failure that does not concern these records alone."""
    if not isinstance(failure, AccountUnavailable | Blocked):
        raise failure
    require_one_of(failure)


def _refusal(failure: PlatformFailure, natives: Sequence[str]) -> Exchange:
    """Return the answer that a record is not found, or is refused.

    Nothing is concluded from a refusal.
    """
    answer = require_one_of(failure)
    is_refused = FORBIDDEN in reasons_of(answer)
    return with_context(
        answer, not_given=True, untold=[record_id(native) for native in natives] if is_refused else None
    )
