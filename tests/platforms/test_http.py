"""Common behavior of the clients of all platforms that need a secret."""

from __future__ import annotations

import pytest

from recordroom.errors import Blocked
from recordroom.platforms.http import ApiClient
from recordroom.platforms.meta import graph
from recordroom.platforms.tiktok.api import Api as TikTok
from recordroom.platforms.vimeo.api import Api as Vimeo
from recordroom.platforms.x.api import Api as X
from recordroom.platforms.youtube.api import Google
from tests.platforms.scripted import Answer, Scripted

ASKING = [Google, graph.Graph, TikTok, Vimeo, X]


@pytest.mark.parametrize("kind", ASKING)
def test_a_token_that_is_renewed_on_the_way_is_sent_from_then_on(kind: type[ApiClient]) -> None:
    """Otherwise a token of one hour would end every longer capture, at each sweep again."""
    held = {"token": "the-first", "user": "someone"}
    client = Scripted(lambda _: Answer({"data": {}}), held)
    api = kind(client)
    api.get("https://platform.test/1")
    held["token"] = "the-second"
    api.get("https://platform.test/2")
    first, second = (" ".join(headers.values()) for headers in client.sent)
    assert ("the-first" in first, "the-second" in first) == (True, False)
    assert ("the-first" in second, "the-second" in second) == (False, True)


@pytest.mark.parametrize("kind", ASKING)
def test_without_a_secret_nothing_is_asked(kind: type[ApiClient]) -> None:
    client = Scripted([], {"user": "someone"})
    with pytest.raises(Blocked, match="gives no content without a"):
        kind(client)
    assert client.asked == []
