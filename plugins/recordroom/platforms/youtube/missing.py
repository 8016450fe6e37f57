"""What is asked for by its id, and what YouTube says of that which it does not give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import HIDDEN, UNAVAILABLE, Absence, Exchange
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.google import reasons_of
from recordroom.platforms.paging import Params
from recordroom.platforms.unread import spared
from recordroom.platforms.youtube.asking import Asking
from recordroom.platforms.youtube.comments import SWITCHED_OFF
from recordroom.platforms.youtube.conversations import COMMENTS_OFF, OF_VIDEO
from recordroom.platforms.youtube.fields import COMMENT, VIDEO
from recordroom.platforms.youtube.platform import BATCH, record_id
from recordroom.platforms.youtube.records import checked

if TYPE_CHECKING:
    from recordroom.register.models import Account

FORBIDDEN = "forbidden"
_LEFT_OUT = "YouTube leaves it out of its answer, without a reason"


class Missing(Asking):
    """`off`: video -> the answer that its comments are switched off."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.off: dict[str, Exchange | None] = {}

    def by_id(self, method: str, params: Params, natives: list[str], **context: Any) -> Iterator[tuple[list[str], Exchange, set[str]]]:
        """(ids, the answer, those of them that are in it). YouTube leaves out what it does not give; its reference has errors for that too,
        of which one is enough for a request for many: that is halved until each has an answer of its own."""
        waiting = [natives[start : start + BATCH] for start in range(0, len(natives), BATCH)]
        while waiting:
            some = waiting.pop(0)
            try:
                answer = self.get(method, {**params, "id": ",".join(some)}, **context)
            except (AccountUnavailable, Blocked) as problem:
                answer = refused(problem, some)
                if len(some) == 1:
                    yield some, answer, set()
                else:
                    waiting[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
                continue
            yield some, answer, {item["id"] for item in checked(answer, VIDEO if method == "videos" else COMMENT)}

    @property
    def why_no_video(self) -> str:
        """It is left out of the answer, and nothing more: what follows from that is said as such."""
        if self.owner:
            probably = "its owner is shown private videos too, so it was probably deleted, by the channel or by YouTube"
            return f"{_LEFT_OUT}; {probably}"
        return f"{_LEFT_OUT}; it may be deleted, or private: YouTube tells that to its owner only"

    @property
    def why_no_comment(self) -> str:
        """Whoever asks without the owner's consent is told less."""
        if self.owner:
            return "deleted or rejected: YouTube does not say which, nor by whom; it is neither held nor taken for spam"
        return "deleted, rejected, held or taken for spam: YouTube tells the latter two to the channel's owner only"

    def unshown(self, given: list[Known]) -> dict[str, str]:
        """Comment -> its video, of those that an answer by id holds though no list showed them, where that video says that comments are
        switched off. Whether such an answer holds them then, no reference says. Where YouTube fails to say it, the answer stands."""
        try:
            videos = {known.native_id: (known.root_id or "").partition(":")[2] for known in given}
            return {native: video for native, video in videos.items() if self.switched_off(video) is not None}
        except PlatformFailure as problem:
            spared(problem)
            return {}

    def silent(self, gone: list[Known], answer: Exchange) -> Iterator[Absence]:
        """Comments that an answer leaves out: hidden where their video says that comments are switched off."""
        for known in gone:
            off = self.switched_off((known.root_id or "").partition(":")[2])
            if off is not None:
                yield Absence(known.record_id, HIDDEN, SWITCHED_OFF, off)
            else:
                yield Absence(known.record_id, UNAVAILABLE, self.why_no_comment, answer)

    def switched_off(self, video: str) -> Exchange | None:
        """The answer in which YouTube says that the comments on a video are switched off."""
        if video and video not in self.off:
            off = None
            try:
                self.get("commentThreads", {"part": "id", OF_VIDEO: video, "maxResults": 1})
            except AccountUnavailable:
                pass
            except Blocked as problem:
                reasons = reasons_of(problem.exchange)
                if COMMENTS_OFF in reasons:
                    off = problem.exchange
                elif FORBIDDEN not in reasons:  # of a video that is private now
                    raise
            self.off[video] = off
        return self.off.get(video)


def refused(problem: PlatformFailure, natives: list[str]) -> Exchange:
    """The error that one of these is not found, or is not for whoever asks, of which then nothing is known; other failures are raised.

    https://developers.google.com/youtube/v3/docs/comments/list, Errors, 2026-11-25: commentNotFound (404), forbidden (403)
    """
    answer, reasons = problem.exchange, reasons_of(problem.exchange)
    if answer is None or not (FORBIDDEN in reasons or (answer.status == 404 and reasons)):
        raise problem
    untold = {"untold": [record_id(native) for native in natives]} if FORBIDDEN in reasons else {}
    return replace(answer, context={**answer.context, "not_given": True, **untold})
