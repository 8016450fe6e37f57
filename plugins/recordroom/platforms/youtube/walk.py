"""What is asked of YouTube, in which order: the channel, its uploads, the threads of each video, the answers that a thread lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, UnexpectedResponse
from recordroom.model import HELD, SPAM, UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.google import Google
from recordroom.platforms.youtube.captions import held_tracks
from recordroom.platforms.youtube.fields import CHANNEL, CHANNEL_COUNTS, CHANNEL_PARTS, CHANNEL_SNIPPET, VIDEO_PARTS
from recordroom.platforms.youtube.listing import Listing
from recordroom.platforms.youtube.missing import Missing
from recordroom.platforms.youtube.parts import number_of
from recordroom.platforms.youtube.permalinks import post_in
from recordroom.platforms.youtube.platform import SERVER, base_of
from recordroom.platforms.youtube.records import checked

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:
    """The channel of `account.url`, or the one that is known already, whatever it is called now."""
    asked = _named(account.url)
    if account.identity is not None and "id" not in asked:
        asked = {"id": account.identity.native_id}
    exchange = Google(client).get(f"{base_of(account)}/channels", {"part": CHANNEL_PARTS, **asked})
    found = checked(exchange, CHANNEL)
    if not found:
        words = f"YouTube has no channel {next(iter(asked.values()))}"
        raise AccountUnavailable(words, "It is closed or suspended, or the address in the register is another's.", exchange)
    snippet = found[0]["snippet"]
    CHANNEL_SNIPPET.check(snippet, exchange, "/items/0/snippet")
    return Identity(found[0]["id"], SERVER, snippet["title"], (snippet.get("customUrl") or "").removeprefix("@") or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: the public videos, as the channel counted them when this capture began; None where it does not."""
    exchange = account.known.exchange or identify(account, client).exchange
    if exchange is None:
        return None
    channels = [channel for channel in checked(exchange, CHANNEL) if channel["id"] == account.known.native_id]
    if len(channels) != 1:
        words = f"{exchange.url}: the channel {account.known.native_id} must stand in it once, found {len(channels)}"
        raise UnexpectedResponse(words, "The next capture asks again.", exchange)
    statistics = channels[0].get("statistics") or {}
    CHANNEL_COUNTS.check(statistics, exchange, "/items/0/statistics")
    number = number_of(statistics, "videoCount", exchange, "/items/0/statistics")
    return None if number is None else Totals({"own": number}, exchange)


def _named(url: str) -> dict[str, str]:
    """What the address of a channel names it by: /channel/UC..., /@handle, /user/name, /c/name, /name."""
    steps = [step for step in urlsplit(url).path.split("/") if step] or [""]
    if len(steps) > 1 and steps[0] in ("channel", "user"):
        return {"id" if steps[0] == "channel" else "forUsername": steps[1]}
    return {"forHandle": steps[1] if len(steps) > 1 and steps[0] == "c" else steps[0]}


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the uploads page by page, each page followed by the comments on its videos."""
    walk = Listing(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.video, walk.todo.uploads = post_in(window.url or ""), False
        yield walk.profile()
    if walk.todo.video:
        yield walk.one()
    yield from walk.pending()
    if walk.todo.uploads:
        yield from walk.uploads()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. YouTube leaves out what is gone, and never says why; but it says where comments are switched off. Whether a comment
    still waits it does not say: one that did waits until a list shows it otherwise."""
    walk, known = Missing(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    videos = [k.native_id for k in known.values() if k.kind == "post"]
    for some, answer, there in walk.by_id("videos", {"part": VIDEO_PARTS}, videos):
        held = {native: held_tracks(native, known[native].files) for native in there if native in known}
        yield replace(answer, context={**answer.context, "tracks": {native: tracks for native, tracks in held.items() if tracks}})
        for native in some:
            if native not in there and "untold" not in answer.context:
                yield Absence(known[native].record_id, UNAVAILABLE, walk.why_no_video, answer)
    said = [k for k in known.values() if k.kind in ("comment", "reply")]
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in said}
    waits = {k.native_id: k.status for k in said if k.status in (HELD, SPAM)}
    part = {"part": "snippet", "textFormat": "html"}
    for some, answer, there in walk.by_id("comments", part, list(places), places=places, waits=waits):
        off = walk.unshown([known[native] for native in some if native in there])
        yield replace(answer, context={**answer.context, "off": off}) if off else answer
        if "untold" not in answer.context:
            yield from walk.silent([known[native] for native in some if native not in there], answer)
