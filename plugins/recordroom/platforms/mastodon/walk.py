"""What a Mastodon instance is asked for, in which order: the account, its statuses with all that answers
them, what it alone is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.http import Patient, in_path
from recordroom.platforms.mastodon import moderators
from recordroom.platforms.mastodon.api import Api, base_of
from recordroom.platforms.mastodon.asking import BATCH, Todo
from recordroom.platforms.mastodon.conversations import Conversations
from recordroom.platforms.mastodon.platform import NAME, WINDOW
from recordroom.platforms.mastodon.signed_in import SignedIn
from recordroom.platforms.mastodon.statuses import ACCOUNT, PROFILE, Place, statuses_in
from recordroom.platforms.schema import TEXT, Shape, content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

INSTANCE = Shape({"domain": TEXT})


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://<instance>/@<name>); its server is what the instance calls
    itself.
    """
    parts = urlsplit(account.url)
    name = NAME.match(parts.path)
    if not name:
        raise AccountUnavailable(
            f"{account.url} is not the address of a Mastodon account", "It reads https://<instance>/@<name>."
        )
    api, base = Api(client), base_of(account)
    exchange = api.get(f"{base}/api/v1/accounts/lookup", {"acct": name[1]})
    found = content_of(exchange)
    ACCOUNT.check(found, exchange, "")
    PROFILE.check(found, exchange, "")
    if found.get("suspended"):
        raise AccountUnavailable(
            f"{account.url} is suspended by its instance", "Ask the instance's administrators.", exchange
        )
    instance = api.get(f"{base}/api/v2/instance", expect=(200, 404))
    server = parts.netloc
    if instance.status == 200:  # 404: older than Mastodon 4.0
        INSTANCE.check(content_of(instance), instance, "")
        server = content_of(instance)["domain"]
    return Identity(str(found["id"]), server.lower(), found["display_name"] or None, found["acct"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all statuses of the account (posts, boosts, answers; also those for followers only; not
    messages), as `identify` was told.
    """
    url = f"{base_of(account)}/api/v1/accounts/{in_path(account.known.native_id)}"
    exchange = account.known.exchange or Api(client).get(url)
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Totals({"own": found["statuses_count"]}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's statuses, each page followed by its conversations,
    histories and answers. A sweep waits for what the instance allows again: no other goes on with the list
    where this one was stopped."""
    walk = SignedIn(account, Patient(client, within=WINDOW) if window.kind == "full" else client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = Todo(listed=True, answers=walk.conversation_of(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    elif walk.unread.words:  # an earlier part was not given them, and nothing that is read now may tell it
        yield walk.with_short(walk.profile())
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    if walk.signed_in and window.kind != "one" and not walk.todo.named:
        yield from walk.mentions()
    if window.messages and window.kind != "one" and not walk.todo.heard:
        yield from walk.messages()
    if window.kind in blocklist.WINDOWS and walk.signed_in:
        yield from walk.kept_away()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Whoever is not among the statuses asked for by id, nor found alone where few lack, has gone; why,
    moderators alone say, of what they deleted. Of what is not for everybody, that follows only while the
    account itself asks: to anybody else an instance never gave it. What is there may have answers that no
    list leads to, since what it answers has gone: where it counts more than were asked for beside it, they
    are read."""
    walk, there, lacking = (
        Conversations(account, Patient(client, within=WINDOW)),
        dict[str, dict[str, Any]](),
        dict[str, Exchange](),
    )
    known = {k.native_id: k for k in ids}
    places: dict[str, Place] = {
        k.native_id: (k.kind, k.parent_id, k.root_id) for k in known.values() if k.kind != "profile"
    }
    for profile in (k for k in known.values() if k.kind == "profile"):
        answer = walk.get(f"/accounts/{in_path(profile.native_id)}", expect=(200, 404, 410))
        yield (
            answer
            if answer.status == 200
            else Absence(profile.record_id, UNAVAILABLE, f"HTTP {answer.status} for its id", answer)
        )
    for asked, answer in walk.by_id(list(places), places):
        found = {str(s["id"]): s for s in statuses_in(answer)}
        kept = [n for n in asked if n not in found and walk.is_kept_from_us(known[n])]
        if found or kept:
            yield (
                replace(answer, context={**answer.context, "untold": [known[n].record_id for n in kept]})
                if kept
                else answer
            )
        if unseen := [n for n in asked if n not in found and n not in kept]:
            shown = walk.kept_from_the_account(
                "/statuses", {"id[]": unseen}, places={n: list(places[n]) for n in unseen}
            )
            if shown and (more := {str(s["id"]): s for s in statuses_in(shown)}):
                found |= more
                yield shown
        lacking |= {n: answer for n in asked if n not in found and n not in kept}
        for native in (n for n in asked if n in found):
            walk.note_edit(found[native], places[native], answer)
            there[native] = found[native]
    gone = dict[str, Exchange]()
    for native, answer in lacking.items():
        if len(lacking) <= BATCH and (alone := walk.alone(native, places[native])):
            [there[native]] = statuses_in(alone)
            walk.note_edit(there[native], places[native], alone)
            yield alone
        else:
            gone[native] = answer
    yield from moderators.absences(walk, gone, known)
    walk.note_more(there, known)
    yield from walk.pending()
