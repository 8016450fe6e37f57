"""What is asked for by its id, and what follows where Facebook does not give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recordroom.errors import AccountUnavailable, PlatformFailure
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Known
from recordroom.platforms.facebook.hints import Hints
from recordroom.platforms.facebook.story_list import StoryList
from recordroom.platforms.meta.errors import failure, is_too_much
from recordroom.platforms.meta.graph import untold

_GONE = "gone, or not to be seen with this token: Facebook does not say which"


class Missing(Hints, StoryList):
    """Single posts, reels, stories and comments."""

    def reels_again(
        self, known: Mapping[str, Known], gone: Mapping[str, Exchange]
    ) -> Iterator[Exchange | Absence]:
        """Posts that are not given: some may be of reels, which their own list still has. Where it is
        refused, nothing is known of them. `gone`: the answer to each."""
        try:
            reels = dict(self.reels() if gone else ())
        except PlatformFailure as refusal:
            yield untold(refusal, known.values())
            return
        for native, answer in gone.items():
            reel = self.reel_of(reels[native], native) if native in reels else None
            yield self.said_of(known[native], answer) if reel is None else reel

    def said_of(self, known: Known, answer: Exchange) -> Exchange | Absence:
        """What follows where one that was asked for by its id is not given: nothing where it is on somebody
        else's wall and there, or Facebook fails at it; where it is on the Page's own and refused, a
        permission is lacking."""
        problem = failure(answer)
        if problem is None or isinstance(problem, AccountUnavailable):
            return Absence(known.record_id, UNAVAILABLE, _GONE, answer)
        if known.native_id.startswith(f"{self.me}_") and not is_too_much(answer):
            raise problem
        return untold(problem, [known])
