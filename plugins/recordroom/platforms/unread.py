"""Conversations that a platform does not give although it gives everything else.

A crawl passes over them and reports them, so that one failing conversation does not keep everything after it
out of the archive.

```python
unread = UnreadConversations(window, todo.unread)  # PassedOver: a part of the cursor
unread.note_given()                # a page of a conversation arrived
exchange = unread.pass_over(root, failure)  # the failed response, from which nothing is read; may raise
unread.words                       # for `short`
unread.end()                       # after the last list
```

A response that cannot be read counts as a failure, whatever its status. If a fixed connector may be able to
read it, it is yielded unchanged, and the core stores it for that connector.

`pass_over` raises the failure if it concerns more than one conversation:

- no response arrived, a throttle, a token that has expired;
- IN_A_ROW conversations failed in succession, and the account itself cannot be read
  (`Window.confirm_account`);
- AT_MOST failed in succession: the platform gives none;
- the post of a permalink failed: no one must believe that it was captured.

`end` raises a refusal (Blocked) if no conversation was given at all. Conversations that already failed in the
last captures (`Window.failing_before`) are not counted in a row: they are due each time, and a capture may
request no others.

`require_optional`, `require_completing`, and `require_skippable` do the same for lists, and for requests that
complete a post.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.cursor import CursorPart
from recordroom.stored_texts import text
from recordroom.text import counted

IN_A_ROW, AT_MOST = 3, 20


@dataclass
class PassedOver(CursorPart):
    """The conversations that were passed over."""

    number: int = 0
    first: str = ""  # the first one with the reason, in words


class UnreadConversations:
    """The conversations that one crawl was not given.

    over: those passed over so far, in earlier parts of the crawl too.
    """

    def __init__(self, window: Window, over: PassedOver) -> None:
        self.over, self._window = over, window
        self._row, self._some = 0, False
        self._roots = set[str]()
        self._refusal: Blocked | None = None

    def note_given(self) -> None:
        """Note that a page of a conversation arrived."""
        self._row, self._some = 0, True

    def note_response(self) -> None:
        """Note that another optional response arrived (an edit history): the platform is reachable."""
        self._row = 0

    def pass_over(self, root: str, failure: PlatformFailure) -> Exchange:
        """Return the failed response of a conversation, or raise the failure.

        root: record ID of the root post.
        """
        answer = require_skippable(failure)
        if self._window.kind == "one" or self._is_all():
            raise failure
        self._row += 1
        self._roots.add(root)
        if isinstance(failure, Blocked):
            self._refusal = self._refusal or failure
        self._window.note_not_given(root)
        self.over.number += 1
        self.over.first = self.over.first or f"{root}: {failure.message}"
        return replace(answer, context={**answer.context, "unread": root})

    def _is_all(self) -> bool:
        """Report whether all conversations fail, or the platform does.

        If `confirm_account` raises, its failure explains more than that of one conversation.
        """
        row = self._row - self._window.failing_before
        if row < IN_A_ROW:
            return False
        if self._window.confirm_account is None or row >= AT_MOST:
            return True
        if not row % IN_A_ROW:
            self._window.confirm_account()
        return False

    @property
    def words(self) -> str:
        """The conversations that were passed over, in words; "" for none."""
        if not self.over.number:
            return ""
        return text(
            "conversations-not-given",
            conversations=counted(self.over.number, "conversation"),
            _first=self.over.first,
        )

    def end(self) -> None:
        """Raise the refusal if no conversation was given."""
        if self._refusal is not None and not self._some and len(self._roots) > self._window.failing_before:
            raise self._refusal


def require_optional(failure: PlatformFailure) -> Exchange:
    """Return the failed response of something that the capture can do without.

    Raises the failure if it concerns more: a throttle, an expired token, a request without a response, or a
    response that a fixed connector may be able to read.
    """
    answer = failure.exchange
    if answer is None or not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
        raise failure
    if failure.of_all or is_misshapen(failure):
        raise failure
    return answer


def require_completing(failure: PlatformFailure) -> Exchange:
    """Return the failed response of a request that completes a post (its counts, the tracks of a video).

    Unlike `require_optional`, a response of another shape does not end the capture either. What is missing is
    reported, and the next capture requests it again.
    """
    if failure.exchange is not None and is_misshapen(failure):
        return failure.exchange
    return require_optional(failure)


def require_skippable(failure: PlatformFailure, edge: str | None = None) -> Exchange:
    """Return the failed response of a list or conversation, after which others are read.

    Nothing is read from it (`not_given`). A response of another shape is returned unchanged: the core stores
    it for a fixed connector, continues, and fails the capture at its end.
    edge: the list to which the response must belong, if other things are requested with it.
    """
    answer = require_completing(failure)
    if is_misshapen(failure) and edge in (None, answer.context.get("edge")):
        return answer
    require_optional(failure)
    return replace(answer, context={**answer.context, "not_given": True})


def is_misshapen(failure: PlatformFailure) -> bool:
    """Report whether a response is not of the shape that the platform promises."""
    return isinstance(failure, UnexpectedResponse) and failure.misshapen
