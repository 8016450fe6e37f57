"""Waiting, within a run, for what a platform allows again within minutes: what no later run goes on with (the
lists of a sweep, what is asked for by its id) must come to its end in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from time import sleep
from typing import Any

from recordroom.errors import Throttled
from recordroom.model import Exchange
from recordroom.platforms import Client
from recordroom.platforms.paging import Params

MINUTE, WAITS = timedelta(minutes=1), 3  # how long, and how often in a row, a request waits


def patiently(
    ask: Callable[[], Exchange], again: Callable[[], None] = lambda: None, *, within: timedelta = MINUTE
) -> Exchange:
    """What `ask` gives; where more is allowed `within` that time, once it has come. `again` is called before
    it is asked once more.
    """
    for _ in range(WAITS):
        try:
            return ask()
        except Throttled as full:
            if (left := full.until - datetime.now(UTC)) > within:
                raise
            sleep(max(left.total_seconds(), 0))
            again()
    return ask()


class Patient:
    """A Client whose requests wait so, `within` the window by which the platform counts them."""

    def __init__(self, client: Client, *, within: timedelta = MINUTE) -> None:
        self._client, self._within = client, within

    @property
    def secrets(self) -> Mapping[str, str]:
        return self._client.secrets

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        ask = partial(self._client.get, url, params, headers=headers, context=context, expect=expect)
        return patiently(ask, within=self._within)
