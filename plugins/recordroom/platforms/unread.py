"""Conversations that a platform does not give while it gives all else: passed over and told, so that one at
which it fails each time does not keep from the archive whatever is read after it.

```python
unread = Unread(window, todo.unread)      # Passed: a part of the cursor
unread.given()                            # a page of a conversation came
exchange = unread.passed(root, failure)   # the answer that told the failure, of which nothing is read; or the failure itself is raised
unread.words                              # for `short`
unread.end()                              # after the last list
```
An answer that cannot be read is one, whatever its status; one that a mended connector may read is given out
as it is, for the core to keep it so that this one can. The failure is raised where it is none of one
conversation: where nothing of an answer came; a throttle, a dead token; after IN_A_ROW others without one
that was given between them, unless the account itself can be read (`Window.confirm`), or else the platform is
down; after AT_MOST, since it gives none then; and of the post of a permalink, which nobody must take for
captured. A refusal (Blocked) is raised in the end, too, where no conversation was given at all.

As many as the last captures were not given, while others were (`Window.failing`), say nothing new of the
platform. They are due each time, and what stood between them in a reading of everything need not be: it may
be none but they that a capture asks for.

`spared`, `beside` and `left_out` are the same of something that stands beside the conversations: a list, or
what a post does not say itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.cursor import Part
from recordroom.stored_texts import text
from recordroom.text import counted

IN_A_ROW, AT_MOST = 3, 20


@dataclass
class Passed(Part):
    """How many conversations were passed over, and the first of them with the reason, in words."""

    number: int = 0
    first: str = ""


class Unread:
    """Of one pass. `over`: what was passed over so far, also in earlier parts of it."""

    def __init__(self, window: Window, over: Passed) -> None:
        self.over, self._window = over, window
        self._row, self._some = 0, False
        self._roots = set[str]()
        self._refusal: Blocked | None = None

    def given(self) -> None:
        self._row, self._some = 0, True

    def answered(self) -> None:
        """Something else came that is passed over where it fails, as an edit history: the platform is there."""
        self._row = 0

    def passed(self, root: str, failure: PlatformFailure) -> Exchange:
        """`root`: the record_id of the first post."""
        answer = left_out(failure)
        if self._window.kind == "one" or self._is_all():
            raise failure
        self._row += 1
        self._roots.add(root)
        if isinstance(failure, Blocked):
            self._refusal = self._refusal or failure
        self._window.not_given(root)
        self.over.number += 1
        self.over.first = self.over.first or f"{root}: {failure.message}"
        return replace(answer, context={**answer.context, "unread": root})

    def _is_all(self) -> bool:
        """Whether what fails is the platform, or all of its conversations. What `confirm` raises tells it
        better than one of them.
        """
        row = self._row - self._window.failing
        if row < IN_A_ROW:
            return False
        if self._window.confirm is None or row >= AT_MOST:
            return True
        if not row % IN_A_ROW:
            self._window.confirm()
        return False

    @property
    def words(self) -> str:
        if not self.over.number:
            return ""
        return text(
            "conversations-not-given",
            conversations=counted(self.over.number, "conversation"),
            _first=self.over.first,
        )

    def end(self) -> None:
        if self._refusal is not None and not self._some and len(self._roots) > self._window.failing:
            raise self._refusal


def spared(failure: PlatformFailure) -> Exchange:
    """The answer that refuses, or fails to give, what all else can be captured without, or that nobody can
    read; else the failure itself is raised: a throttle, a dead token, one that no answer tells or that is
    about all, or an answer that a mended connector may read."""
    answer = failure.exchange
    if answer is None or not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
        raise failure
    if failure.of_all or is_misshapen(failure):
        raise failure
    return answer


def beside(failure: PlatformFailure) -> Exchange:
    """The same of what is asked for with a post at each reading, and is none itself (what it counts, which
    tracks a film has): one of another shape ends nothing either. That it lacks is told, and the next capture
    asks for it."""
    if failure.exchange is not None and is_misshapen(failure):
        return failure.exchange
    return spared(failure)


def left_out(failure: PlatformFailure, edge: str | None = None) -> Exchange:
    """What stands for a list or a conversation behind which others are read: the answer, of which nothing is
    read; or, of another shape, as it is: the core keeps it for a mended connector, goes on, and the capture
    fails in the end. `edge`: the list that it must be of, where other things are asked for with it."""
    answer = beside(failure)
    if is_misshapen(failure) and edge in (None, answer.context.get("edge")):
        return answer
    spared(failure)
    return replace(answer, context={**answer.context, "not_given": True})


def is_misshapen(failure: PlatformFailure) -> bool:
    return isinstance(failure, UnexpectedResponse) and failure.misshapen
