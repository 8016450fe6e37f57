"""What X is asked for, in which order: who the account is, its lists with their conversations, what it alone
is told; single posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable
from recordroom.model import Absence, Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.http import in_path
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading
from recordroom.platforms.x.api import Api, base_of
from recordroom.platforms.x.asking import Todo
from recordroom.platforms.x.entities import either, history_of, posts_of, user_of
from recordroom.platforms.x.listing import Listing
from recordroom.platforms.x.lookup import absence, has_failed
from recordroom.platforms.x.platform import BATCH, NAME, SERVER, post_in
from recordroom.platforms.x.schema import COUNTED
from recordroom.platforms.x.signed_in import SignedIn

if TYPE_CHECKING:
    from recordroom.register.models import Account

PROFILE: Params = {
    "user.fields": (
        "created_at,description,entities,id,location,name,profile_banner_url,profile_image_url,protected,public_metrics,url,"
        "username,verified_type,withheld"
    )
}


class _Walk(Listing, SignedIn):
    """One pass over a window."""


def identify(account: Account, client: Client) -> Identity:
    """The account of that name; from the second capture on that of the id that is known, whatever it is
    called now.
    """
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(
            f"{account.url} is not the address of an account on X", "It reads https://x.com/<name>."
        )
    path = (
        f"/2/users/{in_path(account.identity.native_id)}"
        if account.identity is not None
        else f"/2/users/by/username/{found[1]}"
    )
    exchange = _get(account, client, path, PROFILE, again=True)
    user = user_of(exchange)
    return Identity(user["id"], SERVER, user["name"], user["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all posts, replies and reposts that the account has."""
    exchange = _get(account, client, f"/2/users/{in_path(account.known.native_id)}", PROFILE, again=True)
    counts = Reading(exchange).part(COUNTED, user_of(exchange), "public_metrics", "/data")
    count = either(counts, "post_count", "tweet_count")
    return None if count is None else Totals({"own": count}, exchange)


def _get(
    account: Account, client: Client, path: str, params: Params, *, some: bool = False, **context: Any
) -> Exchange:
    """The answer, or the failure that it names. `some`: several were asked for by their ids, and none of them
    may be there.
    """
    return Api(client, some=some).get(f"{base_of(account)}{path}", params, context=context)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's posts, each page followed by its conversations; then what
    names the account, and what only the account itself is told."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = Todo("", posts=[post_in(window.url or "")])
        yield replace(walk.get(f"/2/users/{walk.me}", PROFILE), cursor=walk.todo.cursor)
    if walk.todo.archive is None:
        walk.todo.archive = walk.may_search_all()
    yield from walk.pending()
    while walk.todo.stage:
        yield from walk.listed()
    if window.kind in blocklist.WINDOWS and client.secrets.get(
        "refresh_token"
    ):  # an app's own token is shown nobody
        yield walk.kept_away()
    if window.messages and window.kind != "one" and not walk.todo.written:
        yield from walk.written()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its first id; of those that were edited since, the newest version too."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(f"/2/users/{in_path(native)}", PROFILE)
    waiting = [k.native_id for k in known.values() if k.kind != "profile"]
    places = {n: [known[n].kind, known[n].parent_id, known[n].root_id] for n in waiting}
    for start in range(0, len(waiting), BATCH):
        asked = waiting[start : start + BATCH]
        answer = walk.described(walk.by_id(asked, places=places))
        posts = posts_of(answer)
        told = {native for post in posts for native in (post["id"], *history_of(post))}
        lacking = [known[native] for native in asked if native not in told]
        untold = [k.record_id for k in lacking if has_failed(k, answer)]  # they may be there
        yield from (absence(k, answer) for k in lacking if k.record_id not in untold)
        later = {
            newest: known.get(post["id"]) for post in posts if (newest := history_of(post)[-1]) != post["id"]
        }
        if posts or untold:
            yield _with_untold(answer, untold)
        if later:
            answer = walk.described(walk.by_id(sorted(later), places=places))
            given = {post["id"] for post in posts_of(answer)}
            yield _with_untold(
                answer, [k.record_id for native, k in later.items() if k is not None and native not in given]
            )


def _with_untold(answer: Exchange, untold: Sequence[str]) -> Exchange:
    """With those in the context that X says nothing of; nothing is read of an answer that has no post."""
    if not untold:
        return answer
    return replace(
        answer,
        context={**answer.context, "untold": untold, **({} if posts_of(answer) else {"not_given": True})},
    )
