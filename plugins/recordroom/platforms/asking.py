"""A Client that shows who asks, names failures as its platform tells them, and sends nothing more once what
is allowed is used up.

```python
class Graph(Asking):
    who, statuses = "Meta's Graph API", (400, 401, 403)      # whose words a refusal of ours has; errors that are read, not raised, below
    def shown(self): ...                                      # headers: read anew for each request, since a token is renewed on the way
    def named(self, exchange, expect): ...                    # the failure that an answer tells, None where it is none
    def used_up(self, exchange): ...                          # optional: after this answer nothing more is sent until then
    def smaller(self, exchange, url, params): ...             # optional: the same request for less, where the answer asked for that
```
An answer that is there is always given out: what is used up stops the next request.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from recordroom.errors import Blocked, PlatformFailure, Throttled
from recordroom.model import Exchange
from recordroom.platforms import Client
from recordroom.platforms.paging import Params


class Asking(ABC):
    """`needs`: secrets of which one at least must be given; none where nobody has to say who asks."""

    who: ClassVar[str]
    statuses: ClassVar[tuple[int, ...]]
    needs: ClassVar[tuple[str, ...]] = ("token",)

    def __init__(self, client: Client) -> None:
        if self.needs and not any(client.secrets.get(name) for name in self.needs):
            words = f"{self.who} gives nothing without a {' or a '.join(self.needs)}"
            raise Blocked(words, "Give the account a `connection` in the register.")
        self.secrets: Mapping[str, str] = client.secrets
        self._client = client
        self._full: Throttled | None = None
        self._completing = False

    def shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['token']}"}

    @abstractmethod
    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None: ...

    def used_up(self, exchange: Exchange) -> Throttled | None:  # noqa: ARG002 (most tell it by a failure)
        return None

    def smaller(
        self,
        exchange: Exchange,  # noqa: ARG002
        url: str,  # noqa: ARG002
        params: Params | None,  # noqa: ARG002
    ) -> tuple[str, Params | None] | None:
        """None: most never ask for less."""
        return None

    @contextmanager
    def completing(self) -> Iterator[None]:
        """Requests without which an answer that is there already could not be used: only a refusal stops
        them.
        """
        before, self._completing = self._completing, True
        try:
            yield
        finally:
            self._completing = before

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """As platforms.Client says; a failure carries the answer."""
        while True:
            if self._full is not None and not self._completing:
                raise self._full
            sent = {**(headers or {}), **self.shown()}
            exchange = self._client.get(
                url, params, headers=sent, context=context, expect=(*expect, *self.statuses)
            )
            self._full = self.used_up(exchange)
            problem = self.named(exchange, expect)
            if problem is None:
                return exchange
            again = self.smaller(exchange, url, params)
            if again is None:
                raise problem
            url, params = again
