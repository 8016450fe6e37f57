"""What is asked of Bluesky, in which order: who the account is, its feed with the conversations, what it
alone is told; single posts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable
from recordroom.model import HIDDEN, Absence, Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.bluesky.asking import BATCH, with_files
from recordroom.platforms.bluesky.conversations import Conversations
from recordroom.platforms.bluesky.hosts import ask, name_in
from recordroom.platforms.bluesky.platform import COUNTED, NETWORK, POST, REPOST
from recordroom.platforms.bluesky.records import PROFILE
from recordroom.platforms.bluesky.signed_in import SignedIn
from recordroom.platforms.bluesky.views import posts_of, words_of
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.schema import content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://bsky.app/profile/<handle or DID>); a DID there survives a change
    of the handle.
    """
    exchange = ask(account, client, "app.bsky.actor.getProfile", {"actor": name_in(account)})
    if exchange.status != 200:
        raise AccountUnavailable(
            f"{account.url}: {words_of(exchange)}", "Check its address in the register.", exchange
        )
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Identity(found["did"], NETWORK, found.get("displayName") or None, found["handle"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: posts and replies of the account, without reposts."""
    exchange = ask(account, client, "app.bsky.actor.getProfile", {"actor": account.known.native_id})
    found = content_of(exchange)
    count = found.get("postsCount") if isinstance(found, dict) and exchange.status == 200 else None
    return Totals({"own": count}, exchange, COUNTED) if isinstance(count, int) else None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page what the account published, each page followed by its conversations."""
    walk = SignedIn(account, client, window)
    if not window.cursor:
        profile = walk.get("app.bsky.actor.getProfile", {"actor": walk.me})
        if window.kind == "one":
            walk.todo = walk.conversation_of(window.url or "")
        yield replace(walk.located(profile, [walk.me]), cursor=walk.todo.cursor)
    elif walk.unread.words:  # an earlier part was not given them, and nothing that is read now may tell it
        yield walk.with_short(
            walk.located(walk.get("app.bsky.actor.getProfile", {"actor": walk.me}), [walk.me])
        )
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    if client.secrets.get("password") and window.kind != "one" and not walk.todo.named:
        yield from walk.mentions()
    if window.messages and window.kind != "one" and not walk.todo.box.done:
        yield from walk.messages()
    if window.kind in blocklist.WINDOWS:
        yield from walk.blocked()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts by their addresses; who is not among them is asked for at its author's own server, whose
    RecordNotFound means deleted. What is there may have answers to which no conversation leads, since what it
    answers has gone: where it counts more than were asked for beside it, they are read."""
    walk, counted = Conversations(account, client), dict[str, int]()
    known = {k.native_id: k for k in ids}
    if walk.me in known:
        yield walk.located(walk.get("app.bsky.actor.getProfile", {"actor": walk.me}), [walk.me])
    uris = [native for native in known if f"/{POST}/" in native]
    for some in (uris[i : i + BATCH] for i in range(0, len(uris), BATCH)):
        answer = walk.get("app.bsky.feed.getPosts", {"uris": some})
        found = {post["uri"]: post for post in posts_of(answer)}
        if found:
            answers = [
                uri
                for uri in found
                if uri in known and known[uri].root_id != known[uri].record_id and known[uri].kind != "post"
            ]
            hidden = walk.blocks(answers)
            hidden |= walk.gated(uri for uri in answers if known[uri].status == HIDDEN and uri not in hidden)
            counted |= {uri: post.get("replyCount") or 0 for uri, post in found.items() if uri in answers}
            answer = walk.located(
                replace(answer, context={**answer.context, "hidden": hidden}), with_files(found.values())
            )
            yield answer
        for uri in (u for u in some if u not in found):
            yield from walk.gone(known[uri], answer)
    for repost in (k for k in known.values() if f"/{REPOST}/" in k.native_id):
        yield from walk.gone(repost, None)
    shown = Counter(known[uri].parent_id for uri in counted)
    walk.todo.threads += [uri for uri, number in counted.items() if number > shown[known[uri].record_id]]
    walk.besides = frozenset(counted)
    yield from walk.pending()
