"""Mastodon: an account's profile, posts, boosts and answers, and everybody's answers to them, from the account's own instance.

Read (https://docs.joinmastodon.org/methods/, checked against the OpenAPI description of version 4.7):
  /api/v1/accounts/lookup, /api/v2/instance    who the account is, and what its server calls itself
  /api/v1/accounts/:id                         its profile, in every window
  /api/v1/accounts/:id/statuses                what it published, newest first: posts, boosts, its own answers
  /api/v1/statuses/:id/context                 the answers to a post, and the answers to those
  /api/v1/statuses/:id/history                 every state of an edited status
  /api/v1/conversations, blocks, mutes, ...    private mentions, and whom the account keeps away (mastodon_inbox.py)
  /api/v1/statuses?id[]=                       single statuses: own answers elsewhere, and what a window no longer shows

The list alone cannot say whose conversation an answer of ours belongs to, so `parse` leaves it to the exchange that can: the context
of our post, or a request by id once `fetch` has climbed to the top of that conversation. Where a status counts more replies than a
context shows (an anonymous reader gets 60, at most 20 deep), that status' own context is asked for. What our answers answer in
other people's conversations is no record of ours; it is not stored as one.

A deleted, hidden, blocked and no longer public status are one 404 to the API: `unavailable`, never `removed`. Edits have their own
times, and a status without one was never edited; so `valid_from` is the platform's own word. docs/platforms/mastodon.md says what
the API never gives.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Media, Record, Totals, instant, moment
from recordroom.platforms import Client, Known, Limit, Platform, Window, mastodon_inbox, minutes, moderation
from recordroom.platforms.answers import failure, in_path, wrong
from recordroom.platforms.markup import read
from recordroom.platforms.paging import by_cursor, by_link
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Shape, content_of, items, tree_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

_NAME = re.compile(r"^/(?:@|users/|web/@)([^/@]+)/?$")
_LIMITS = "https://docs.joinmastodon.org/api/rate-limits/"
_CONTEXT = "https://docs.joinmastodon.org/methods/statuses/#context"
PLATFORM = Platform(
    name="mastodon",
    title="Mastodon",
    parser=2,
    every=minutes(15),
    address=(_NAME.pattern, "https://<instance>/@<name>"),
    secrets=("token",),
    ids_in_a_lookup=20,
    messages="Mastodon calls them private mentions; they are read with a token of the account; else keep them out of the account, or "
    "download its archive on the server's pages",
    reads_messages=True,
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "others": "mentions that answer nothing stand in the account's notifications only",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "a 404 or an error tells no reason",
        "captions": "there are none",
    },
    limits=(
        Limit("requests", 300, "in 5 minutes, per token, or per address when anonymous", _LIMITS, "2026-11-24", 300),
        Limit("descendants of a context", 60, "statuses, 20 deep, anonymous", _CONTEXT, "2026-11-24"),
        Limit("descendants of a context with a token", 4096, "statuses", _CONTEXT, "2026-11-24"),
        Limit("statuses by id", 20, "in one request", "app/controllers/api/v1/statuses_controller.rb of Mastodon 4.4", "2026-11-24"),
    ),
)
PAGE, BATCH, HIGHEST = 40, 20, 100  # statuses in a page, ids in a request, steps up to the top of a conversation
LATE = timedelta(days=1)  # an edit made elsewhere may reach the instance this much later than it says
TYPES = {"image": "image", "gifv": "video", "video": "video", "audio": "audio", "unknown": "document"}

Place = tuple[str, str | None, str | None]  # kind, parent_id, root_id

_VIEWER = "about whoever asks"
ACCOUNT = Shape(
    {"id": ID, "acct": TEXT, "display_name": TEXT, "url": TEXT | NULL},
    dict.fromkeys(("username", "uri"), "said by acct and url")
    | dict.fromkeys(("avatar_static", "header_static", "emojis"), "another form of what is read")
    | dict.fromkeys(("followers_count", "following_count", "last_status_at"), "counters of no record")
    | dict.fromkeys(("locked", "bot", "group", "discoverable", "indexable", "noindex", "hide_collections", "memorial"), "a setting")
    | dict.fromkeys(("show_media", "show_media_replies", "show_featured", "feature_approval", "roles", "role", "source"), "a setting")
    | dict.fromkeys(("note", "fields", "avatar", "avatar_description", "header", "header_description"), "read where it is a profile")
    | dict.fromkeys(("created_at", "statuses_count", "moved", "limited", "suspended", "mute_expires_at"), "read where it is a profile"),
)
PROFILE = Shape(
    {"note": TEXT, "fields": LIST, "created_at": TEXT, "avatar": TEXT | NULL, "header": TEXT | NULL, "avatar_description": TEXT | NULL}
    | {"header_description": TEXT | NULL, "statuses_count": NUMBER, "moved": ITEM | NULL, "limited": FLAG | NULL, "suspended": FLAG | NULL}
)
EDIT = Shape(
    {"content": TEXT, "spoiler_text": TEXT, "created_at": TEXT, "account": ITEM, "media_attachments": LIST}
    | {"poll": ITEM | NULL, "quote": ITEM | NULL},
    {"sensitive": "how the picture is first shown", "emojis": "the shortcode stays in the text"},
)
WALKED = Shape(  # what `fetch` reads: whatever else has changed in an answer, the next page is asked for
    {"id": ID, "created_at": TEXT, "edited_at": TEXT | NULL, "account": ITEM, "visibility": TEXT, "reblog": ITEM | NULL}
    | {"in_reply_to_id": ID | NULL, "in_reply_to_account_id": ID | NULL, "language": TEXT | NULL, "url": TEXT | NULL, "uri": TEXT}
    | {"replies_count": NUMBER}
)
AUTHOR = Shape({"id": ID})
STATUS = Shape(
    dict(WALKED.fields)
    | {"content": TEXT, "spoiler_text": TEXT, "quote": ITEM | NULL, "poll": ITEM | NULL}
    | {"media_attachments": LIST, "mentions": LIST, "tags": LIST, "reblogs_count": NUMBER, "favourites_count": NUMBER},
    dict.fromkeys(("favourited", "reblogged", "muted", "bookmarked", "filtered"), _VIEWER)
    | dict.fromkeys(("sensitive", "emojis", "pinned"), "how the post is shown; shortcodes stay in the text")
    | dict.fromkeys(("application", "quote_approval", "quotes_count", "tagged_collections"), "no part of the post")
    | {"card": "made by the server some time after the post, from a link that stands in the text: its arrival is no edit"}
    | {"text": "the source, given only to who deletes it", "local_only": "of the fork glitch-soc"},
)
MEDIA = Shape(
    {"id": ID, "type": TEXT, "url": TEXT | NULL, "remote_url": TEXT | NULL, "description": TEXT | NULL, "meta": ITEM | NULL},
    dict.fromkeys(("preview_url", "preview_remote_url", "text_url", "blurhash"), "another form of what is read"),
)
_SIZE = ANY_NUMBER | NULL
ORIGINAL = Shape({"width": _SIZE, "height": _SIZE, "duration": _SIZE})  # `meta` else holds what Paperclip says of the encoding
POLL = Shape(
    {"options": LIST},
    dict.fromkeys(("id", "expires_at", "expired", "multiple", "emojis"), "no words")
    | dict.fromkeys(("votes_count", "voters_count", "voted", "own_votes"), "counters of no record"),
)
OPTION = Shape({"title": TEXT}, {"votes_count": "counter of no record"})
MENTION = Shape({"acct": TEXT, "id": ID}, dict.fromkeys(("username", "url"), "said by acct"))
TAG = Shape({"name": TEXT}, {"url": "said by name", "history": "use of the tag by everybody"})
FIELD = Shape({"name": TEXT, "value": TEXT}, {"verified_at": "checked by the instance, no words of the account"})
QUOTE = Shape({"quoted_status": ITEM | NULL, "quoted_status_id": ID | NULL}, {"state": "whether the quoted author agrees"})
INSTANCE = Shape({"domain": TEXT})
CONTEXT = Shape({"descendants": LIST, "ancestors": LIST | NULL})  # what stands above ours is read for its place alone

_INLINE = re.compile(r'</?(?:a(?: href="https?://[^"<>&\s\\]*")?|span)(?: (?:class|rel|target|translate|lang)="[^"<>&]*")*>')
_LINK = re.compile(r'<a href="([^"]*)"(?![^>]* class="[^"]*\bmention\b)')
_ANCHOR = re.compile(r"<a [^>]*>")
_HREF = re.compile(r'href="([^"]*)"')
_STATUS_URL = re.compile(r"/(?:statuses|@[^/]+)/(\d+)(?:/|$)")


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://<instance>/@<name>); its server is what the instance calls itself."""
    parts = urlsplit(account.url)
    name = _NAME.match(parts.path)
    if not name:
        raise AccountUnavailable(f"{account.url} is not the address of a Mastodon account", "It reads https://<instance>/@<name>.")
    exchange = client.get(f"{_base(account)}/api/v1/accounts/lookup", {"acct": name[1]}, headers=_bearer(client))
    found = content_of(exchange)
    ACCOUNT.check(found, exchange, "")
    PROFILE.check(found, exchange, "")
    if found.get("suspended"):
        raise AccountUnavailable(f"{account.url} is suspended by its instance", "Ask the instance's administrators.", exchange)
    instance = client.get(f"{_base(account)}/api/v2/instance", headers=_bearer(client), expect=(200, 404))
    server = parts.netloc
    if instance.status == 200:  # 404: older than Mastodon 4.0
        INSTANCE.check(content_of(instance), instance, "")
        server = content_of(instance)["domain"]
    return Identity(str(found["id"]), server.lower(), found["display_name"] or None, found["acct"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all statuses of the account (posts, boosts, answers; also those for followers only; not messages), as `identify` was told."""
    url = f"{_base(account)}/api/v1/accounts/{in_path(account.known.native_id)}"
    exchange = account.known.exchange or client.get(url, headers=_bearer(client))
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Totals({"own": found["statuses_count"]}, exchange)


def _base(account: Account) -> str:
    parts = urlsplit(account.url)
    return (account.api_url or f"{parts.scheme}://{parts.netloc}").rstrip("/")


def _bearer(client: Client) -> dict[str, str]:
    token = client.secrets.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {}


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor. A place is what `parse` needs to know: [kind, parent_id, root_id]."""

    page: str | None = None  # max_id of the next page of the list
    listed: bool = False  # there is no next page
    contexts: list[list[Any]] = field(default_factory=list)  # [status, its kind, root_id, whether the conversation is ours]
    histories: list[dict[str, Any]] = field(default_factory=list)  # what each is to be asked with
    answers: list[str] = field(default_factory=list)  # statuses of ours that answer something and are not placed yet
    asked: list[str] = field(default_factory=list)  # whose contexts were asked for since the last page
    box: str | None = None  # address of the next page of conversations
    heard: bool = False  # the private mentions were read

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


class _Above(NamedTuple):
    """What climbing needs to know of a status; all None where it cannot be seen."""

    parent: str | None = None
    parent_author: str | None = None
    author: str | None = None
    created: datetime | None = None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's statuses, each page followed by its conversations, histories and answers."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo(listed=True, answers=walk.conversation_of(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    if window.messages and window.kind != "one" and not walk.todo.heard:
        yield from walk.messages()
    if window.kind in moderation.WINDOWS and client.secrets.get("token"):
        yield from walk.kept_away()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Whoever is not among the statuses asked for by id has gone; the API never says why."""
    walk = _Walk(account, client)
    known = {k.native_id: k for k in ids}
    places: dict[str, Place] = {k.native_id: (k.kind, k.parent_id, k.root_id) for k in known.values() if k.kind != "profile"}
    for profile in (k for k in known.values() if k.kind == "profile"):
        answer = walk.get(f"/accounts/{in_path(profile.native_id)}", expect=(200, 404, 410))
        yield answer if answer.status == 200 else Absence(profile.record_id, UNAVAILABLE, f"HTTP {answer.status} for its id", answer)
    for asked, answer in walk.by_id(list(places), places):
        found = {str(s["id"]): s for s in _statuses(answer, content_of(answer), "")}
        if found:
            yield answer
        for native in (n for n in asked if n not in found):
            yield Absence(known[native].record_id, UNAVAILABLE, "not among the statuses asked for by id; the cause is not told", answer)
        for native in (n for n in asked if n in found):
            walk.note_edit(found[native], places[native], answer)
    yield from walk.pending()


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.client, self.window = account, client, window or Window("full")
        self.me, self.server = in_path(account.known.native_id), account.known.server
        self.context: dict[str, Any] = {"account": self.me, "server": self.server}
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.above: dict[str, _Above] = {}
        self.since = self.window.since if self.window.kind == "recent" else None

    @property
    def listing(self) -> dict[str, Any]:
        """The context of a page; `since`: whose conversations are not asked for, so that their counts are not compared."""
        return self.context | ({"since": instant(self.since)} if self.since else {})

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, expect: tuple[int, ...] = (200, 404), **context: Any) -> Exchange:
        url, headers = f"{_base(self.account)}/api/v1{path}", _bearer(self.client)
        return self.client.get(url, params, headers=headers, context=self.context | context, expect=expect)

    def record_id(self, native: str) -> str:
        return f"mastodon:{self.server}/statuses/{native}"

    # -- what the account alone is told --------------------------------------------------------------------------------------------

    def stranger(self) -> Exchange | None:
        """The answer that says that the token is none of this account's; None where it is."""
        answer = self.get("/accounts/verify_credentials", expect=(200, 403))
        found = content_of(answer)
        return None if answer.status == 200 and isinstance(found, dict) and str(found.get("id")) == self.me else answer

    def messages(self) -> Iterator[Exchange]:
        """Private mentions, conversation by conversation, back to when they were last read. Whoever goes on after a refusal asks again."""
        refusal = self.stranger() if self.client.secrets.get("token") else self.profile()
        if refusal is None:
            url, start = f"{_base(self.account)}/api/v1/conversations", self.todo.box
            try:
                for page in by_link(self.client, url, {"limit": PAGE}, headers=_bearer(self.client), context=self.context, start=start):
                    recent = yield from self.conversations(page)
                    if not recent:
                        break
            except Blocked as problem:
                refusal = problem.exchange
                if refusal is None:
                    raise
        if refusal is not None:
            words = f"{_words(refusal) or 'there is none of this account'}: needed is {mastodon_inbox.PERMISSION}"
            yield replace(refusal, context={**refusal.context, "messages_refused": words}, cursor=self.todo.cursor)
            return
        self.todo.heard = True
        yield from self.pending()

    def conversations(self, page: Exchange) -> Generator[Exchange, None, bool]:
        """What was said before the last status of each, then the page itself; whether the oldest in it is as new as the window."""
        until = self.window.messages_since if self.since else None
        places: dict[str, Place] = {}
        told = list(mastodon_inbox.last_of(page, content_of(page)))
        recent = not told  # all that was said last was deleted, which tells nothing of the pages behind it
        for pointer, status in told:
            _statuses(page, [status], pointer)
            created, known = _created(status, page), self.window.known(self.record_id(str(status["id"]))) is not None
            recent = until is None or created >= until - LATE  # from another server it may come late
            if until is None or created >= until or (recent and not known):
                yield from self.said_before(status, page, places)
        self.todo.box = page.cursor if recent else None
        self.todo.heard = self.todo.box is None
        context = {**page.context, "places": places}
        yield replace(page, context=context, cursor=self.todo.cursor)
        return recent

    def said_before(self, status: dict[str, Any], page: Exchange, places: dict[str, Place]) -> Iterator[Exchange]:
        """The context of the last status tells what it answers, up to the first; that of the first, all branches."""
        native, parent = str(status["id"]), _text(status.get("in_reply_to_id"))
        top = native
        if parent is not None:
            answer = self.get(f"/statuses/{in_path(native)}/context")
            above = _statuses(answer, content_of(answer)["ancestors"] or [], "/ancestors") if answer.status == 200 else []
            top = str(above[0]["id"]) if above else parent
            for asked in (answer, self.get(f"/statuses/{in_path(top)}/context")):
                if asked.status == 200:
                    CONTEXT.check(content_of(asked), asked, "")
                    yield replace(asked, context={**asked.context, "messages": self.record_id(top)}, cursor=self.todo.cursor)
        places[native] = ("message", self.record_id(parent) if parent else None, self.record_id(top))
        if mastodon_inbox.concerns(status, self.me):
            self.note_edit(status, places[native], page)

    def kept_away(self) -> Iterator[Exchange]:
        """Blocked and muted people, blocked servers and filtered words as one answer. Of somebody else's token nothing is asked; where one
        of the lists is refused, nothing is concluded, and it is told."""
        if self.stranger() is not None:
            return
        found: dict[str, list[Exchange]] = {}
        try:
            for name, path in mastodon_inbox.LISTS.items():
                url = f"{_base(self.account)}{path}"
                found[name] = list(by_link(self.client, url, headers=_bearer(self.client), context=self.context))
        except Blocked as problem:
            if problem.exchange is None:
                raise
            words = f"the token may not read whom the account blocks and filters ({_words(problem.exchange)})"
            told = {"not_given": True, "short": f"{words}; docs/platforms/mastodon.md says what to do"}
            yield replace(problem.exchange, context={**problem.exchange.context, **told}, cursor=self.todo.cursor)
            return
        lists = {name: mastodon_inbox.told_by(pages) for name, pages in found.items()}
        first = found["blocks"][0]
        yield replace(first, context={**first.context, "lists": lists}, cursor=self.todo.cursor)

    def profile(self) -> Exchange:
        """What `identify` was answered is the whole account."""
        told = self.account.known.exchange
        return replace(told, context=self.context) if told else self.get(f"/accounts/{self.me}", expect=(200,))

    def pages(self) -> Iterator[Exchange]:
        url, headers, start = f"{_base(self.account)}/api/v1/accounts/{self.me}/statuses", _bearer(self.client), self.todo.page
        for page in by_cursor(
            self.client, url, {"limit": PAGE}, self.older, parameter="max_id", headers=headers, context=self.listing, start=start
        ):
            self.todo = _Todo(page.cursor, listed=page.cursor is None)
            places: dict[str, Place] = {}
            for status in _statuses(page, content_of(page), ""):
                self.note_listed(status, page, places)
            yield replace(page, context={**page.context, **({"places": places} if places else {})}, cursor=self.todo.cursor)
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        """max_id of the next page. Only an empty page is the end: a page from which something was left out has no Link header either."""
        statuses = _statuses(page, content_of(page), "")
        last = statuses[-1] if statuses else None
        return None if last is None or (self.since and _created(last, page) < self.since) else str(last["id"])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is 404 by now has just gone: the next capture sees to it."""
        todo = self.todo
        while todo.contexts or todo.histories or todo.answers:
            if todo.contexts:
                status, kind, root, own = todo.contexts.pop(0)
                answer = self.get(f"/statuses/{in_path(status)}/context", status=status, kind=kind, root=root, own=own)
                if answer.status == 200:
                    self.note_conversation(answer)
            elif todo.histories:
                context = todo.histories.pop(0)
                answer, root = self.get(f"/statuses/{in_path(context['status'])}/history", **context), context["place"][2]
            else:
                yield from self.placed()
                continue
            if answer.status == 200:
                yield replace(answer, cursor=todo.cursor)
                self.note_read(root)

    def note_read(self, root: str) -> None:
        """Say so where nothing of this conversation is still to be asked."""
        if not any(root == waiting for waiting in (*(c[2] for c in self.todo.contexts), *(h["place"][2] for h in self.todo.histories))):
            self.window.read(root)

    def note_listed(self, status: dict[str, Any], page: Exchange, places: dict[str, Place]) -> None:
        """`places`: filled with those of answers of ours that stand in our own conversations, as far as they are known."""
        self.learn(status, page)
        native = str(status["id"])
        if status.get("reblog") is not None or (self.since and _created(status, page) < self.since):
            return
        if status.get("in_reply_to_id") is not None:
            known = self.window.known(self.record_id(native))
            if known is None or known.kind == "post":
                self.todo.answers.append(native)
            else:
                places[native] = (known.kind, known.parent_id, known.root_id)
                self.note_edit(status, places[native], page)
            return
        place: Place = ("post", None, self.record_id(native))
        self.note_edit(status, place, page)
        answers, sees_all = status["replies_count"], bool(self.client.secrets.get("token"))
        if self.window.wants(self.record_id(native), _created(status, page), answers, all_told=not answers and not sees_all):
            if self.is_answered(status):
                self.ask(native, place, own=True)
            else:
                self.note_read(self.record_id(native))

    def note_conversation(self, answer: Exchange) -> None:
        """Where a status has more replies than are shown here, its own context is asked for, once."""
        context, todo = answer.context, self.todo
        descendants = _descendants(answer)
        shown = Counter(str(d.get("in_reply_to_id")) for d in descendants)
        for status in descendants:
            self.learn(status, answer)
            native = str(status["id"])
            place = _place_within(status, context, self.record_id)
            self.note_edit(status, place, answer)
            if native in todo.answers:
                todo.answers.remove(native)
            if status["replies_count"] > shown[native] and native not in todo.asked:
                self.ask(native, place, own=context["own"])

    def ask(self, native: str, place: Place, *, own: bool) -> None:
        self.todo.contexts.append([native, place[0], place[2], own])
        self.todo.asked.append(native)

    def is_answered(self, status: dict[str, Any]) -> bool:
        """With a token also where the counter says no: answers that are not public are not counted."""
        return bool(status["replies_count"] or self.client.secrets.get("token"))

    def note_edit(self, status: dict[str, Any], place: Place, exchange: Exchange) -> None:
        """Histories of all edited statuses, or of those edited since the window says; not of what others write to each other."""
        edited, since = status.get("edited_at"), self.window.changed_since or self.window.edited_since
        if (
            edited is None
            or not mastodon_inbox.concerns(status, self.me)
            or (since and when(edited, exchange, "/edited_at") < since - LATE)
        ):
            return
        known = {"visibility": status["visibility"], "language": status.get("language"), "url": status.get("url") or status["uri"]}
        self.todo.histories.append({"status": str(status["id"]), "place": list(place), **known})

    def learn(self, status: dict[str, Any], exchange: Exchange) -> None:
        parent, parent_author, author = (
            _text(v) for v in (status.get("in_reply_to_id"), status.get("in_reply_to_account_id"), status["account"]["id"])
        )
        self.above[str(status["id"])] = _Above(parent, parent_author, author, _created(status, exchange))

    def climb(self, natives: Iterable[str]) -> None:
        """Learn of these statuses and of all above them, one request for each 20 of a level."""
        level = set(natives)
        for _ in range(HIGHEST):
            for asked, answer in self.by_id(sorted(level - self.above.keys()), {}):
                for status in _statuses(answer, content_of(answer), ""):
                    self.learn(status, answer)
                self.above |= {native: _Above() for native in asked if native not in self.above}
            level = {above.parent for above in (self.above[native] for native in level) if above.parent is not None}
            if not level:
                return

    def chain(self, native: str) -> list[str]:
        """A status, what it answers, what that answers, up to the first that answers nothing, or that cannot be seen."""
        chain = [native]
        while (above := self.above.get(chain[-1])) and above.parent is not None and above.parent not in chain:
            chain.append(above.parent)
        return chain

    def is_ours(self, chain: Sequence[str], at: int) -> bool:
        """Of a status that cannot be seen, the one below still says whom it answers."""
        author = self.above.get(chain[at], _Above()).author
        if author is None and at > 0:
            author = self.above[chain[at - 1]].parent_author
        return author == self.me

    def place(self, chain: Sequence[str]) -> Place:
        top, parent = self.record_id(chain[-1]), self.record_id(chain[1]) if len(chain) > 1 else None
        if self.is_ours(chain, len(chain) - 1):
            return ("post", "comment", "reply")[min(len(chain) - 1, 2)], parent, top
        kind = "post" if self.is_ours(chain, 0) else "comment" if len(chain) > 1 and self.is_ours(chain, 1) else "reply"
        return kind, parent, top

    def placed(self) -> Iterator[Exchange]:
        """The next statuses of `answers`, by id, with their places."""
        natives, self.todo.answers = self.todo.answers[:BATCH], self.todo.answers[BATCH:]
        self.climb(natives)
        chains = {native: self.chain(native) for native in natives}
        places = {native: self.place(chain) for native, chain in chains.items()}
        for _, answer in self.by_id(natives, places):
            for status in _statuses(answer, content_of(answer), ""):
                if chain := chains.get(str(status["id"])):
                    self.note_edit(status, places[chain[0]], answer)
                    self.note_below(status, chain, places[chain[0]])
            yield replace(answer, cursor=self.todo.cursor)

    def note_below(self, status: dict[str, Any], chain: Sequence[str], place: Place) -> None:
        """The answers to an answer of ours, unless its whole conversation is asked for anyway: on an older page of this window."""
        own, top = self.is_ours(chain, len(chain) - 1), self.above[chain[-1]].created
        follows = own and self.window.kind != "one" and top is not None and not (self.since and top < self.since)
        if self.is_answered(status) and not follows and chain[0] not in self.todo.asked:
            self.ask(chain[0], place, own=own)

    def by_id(self, natives: Sequence[str], places: Mapping[str, Place]) -> Iterator[tuple[Sequence[str], Exchange]]:
        """(the ids asked for, the answer with those that can be seen)."""
        for start in range(0, len(natives), BATCH):
            some = natives[start : start + BATCH]
            answer = self.get(
                "/statuses", {"id[]": list(some)}, places={native: list(places[native]) for native in some if native in places}
            )
            if answer.status != 200:
                raise UnexpectedResponse(f"{answer.url}: HTTP 404", "The instance must run Mastodon 4.3 or newer.", answer)
            yield some, answer

    def conversation_of(self, url: str) -> list[str]:
        """The status of a permalink, after the post of ours at the head of its conversation."""
        found, hosts = _STATUS_URL.search(urlsplit(url).path), {urlsplit(_base(self.account)).netloc, urlsplit(self.account.url).netloc}
        if not found or urlsplit(url).netloc not in hosts:
            raise UsageError(f"{url} is not the address of a status on {self.server}", "It reads https://<instance>/@<name>/<number>.")
        self.climb([found[1]])
        chain = self.chain(found[1])
        if self.above[chain[0]].author is None:
            raise UsageError(f"{url} cannot be seen on {self.server}", "It is gone, or not public.")
        ours = [native for at, native in enumerate(chain) if self.is_ours(chain, at)]
        if not ours:
            raise UsageError(f"{url} is in no conversation of this account", "Only writings by and to the account are captured.")
        return list(dict.fromkeys([ours[-1], chain[0]]))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _created(status: dict[str, Any], exchange: Exchange) -> datetime:
    return when(status["created_at"], exchange, f"/{status['id']}/created_at")


def _statuses(exchange: Exchange, body: Any, pointer: str) -> list[dict[str, Any]]:
    """The statuses of a list, the fields by which one goes on of the promised types."""
    for i, status in enumerate(items(body, exchange, pointer)):
        WALKED.check(status, exchange, f"{pointer}/{i}")
        AUTHOR.check(status["account"], exchange, f"{pointer}/{i}/account")
    return cast(list[dict[str, Any]], body)


def _descendants(exchange: Exchange) -> list[dict[str, Any]]:
    body = content_of(exchange)
    CONTEXT.check(body, exchange, "")
    return _statuses(exchange, body["descendants"], "/descendants")


# ------------------------------------------------------------------------------------------------------------------------------ parse


class _View(NamedTuple):
    """What all items of one exchange share."""

    exchange: Exchange
    me: str | None
    server: str
    touched: frozenset[int]
    since: datetime | None = None  # older posts are without their conversations

    def record_id(self, native: Any) -> str:
        return f"mastodon:{self.server}/statuses/{native}"


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a status, a list of statuses, a context, or a history (told apart by their shapes)."""
    if not {"messages_refused", "not_given"}.isdisjoint(exchange.context):
        return
    if problem := failure(exchange, words=_words(exchange)):
        raise problem
    body, touched = tree_of(exchange)
    context = exchange.context
    since = moment(context["since"]) if "since" in context else None
    view = _View(exchange, context.get("account"), context.get("server", "unknown"), touched, since)
    if which := mastodon_inbox.list_of(exchange, body):
        yield mastodon_inbox.moderation_of(context.get("lists") or {which: body}, view.server, exchange)
    elif isinstance(body, list):
        yield from _list(body, view)
    elif isinstance(body, dict) and "descendants" in body:
        yield from _said(body, view, context["messages"]) if "messages" in context else _conversation(body, view)
    elif isinstance(body, dict) and "content" in body:
        yield from _listed(body, view, "")
    elif isinstance(body, dict) and "acct" in body:
        yield _profile(body, view)
    else:
        raise wrong(exchange, "", "a status, an account, a context, or a list of statuses", body)


def _list(body: list[Any], view: _View) -> Iterator[Record]:
    first = body[0] if body and isinstance(body[0], dict) else {}
    if mastodon_inbox.is_conversation(first):
        yield from _last_said(body, view)
    elif "id" not in first and "content" in first:
        yield from _history(body, view)
    else:
        for i, item in enumerate(body):
            yield from _listed(item, view, f"/{i}")


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body without its request: its server is told by an account whose `acct` has no domain, since that is one of its own."""
    bare = Exchange("GET", url or "", 200, (), body)
    found = server or urlsplit(url or "").netloc or _home(content_of(bare)) or "unknown"
    return replace(bare, context={"server": found})


def _home(value: Any) -> str | None:
    if isinstance(value, dict) and isinstance(value.get("acct"), str) and "@" not in value["acct"] and isinstance(value.get("url"), str):
        return urlsplit(value["url"]).netloc or None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((host for part in inner if isinstance(part, dict | list) and (host := _home(part))), None)


def _words(exchange: Exchange) -> str:
    if exchange.status < 400:
        return ""
    try:
        said = content_of(exchange)
    except UnexpectedResponse:
        return ""
    return str(said["error"])[:200] if isinstance(said, dict) and "error" in said else ""


def _listed(item: Any, view: _View, pointer: str) -> Iterator[Record]:
    """A status of a list: where it answers something, its place must be known, else another exchange brings it (see the top)."""
    left = STATUS.check(item, view.exchange, pointer)
    place: Place | None = view.exchange.context.get("places", {}).get(str(item["id"]))
    if place is None and item.get("in_reply_to_id") is None:
        place = ("post", None, view.record_id(item["id"]))
    elif place is None and view.me is None:  # a saved body
        place = ("comment", view.record_id(item["in_reply_to_id"]), None)
    if place is not None:
        yield from _status(item, view, pointer, place, left)


def _last_said(body: list[Any], view: _View) -> Iterator[Record]:
    """Of a page of conversations, those whose place `fetch` has found out."""
    places = view.exchange.context.get("places")
    for pointer, item in mastodon_inbox.last_of(view.exchange, body):
        left = STATUS.check(item, view.exchange, pointer)
        native, parent = view.record_id(item["id"]), item.get("in_reply_to_id")
        place: Place = ("message", view.record_id(parent) if parent is not None else None, native if parent is None else None)
        if places is None or str(item["id"]) in places:
            yield from _status(item, view, pointer, (places or {}).get(str(item["id"]), place), left)


def _said(body: dict[str, Any], view: _View, root: str) -> Iterator[Record]:
    """What is private in a conversation. All else in it is read where it belongs."""
    CONTEXT.check(body, view.exchange, "")
    for where in ("ancestors", "descendants"):
        for i, item in enumerate(body.get(where) or ()):
            left = STATUS.check(item, view.exchange, f"/{where}/{i}")
            parent = item.get("in_reply_to_id")
            if item["visibility"] == mastodon_inbox.DIRECT:
                place = ("message", None if parent is None else view.record_id(parent), root)
                yield from _status(item, view, f"/{where}/{i}", place, left)


def _conversation(body: dict[str, Any], view: _View) -> Iterator[Record]:
    left = CONTEXT.check(body, view.exchange, "")
    context = view.exchange.context
    if "status" not in context:
        context = _asked(body, view)
    for i, item in enumerate(body["descendants"]):
        left += STATUS.check(item, view.exchange, f"/descendants/{i}")
        ACCOUNT.check(item["account"], view.exchange, f"/descendants/{i}/account")
        yield from _status(item, view, f"/descendants/{i}", _place_within(item, context, view.record_id), left)
        left = ()


def _asked(body: dict[str, Any], view: _View) -> dict[str, Any]:
    """What a saved context was asked for: the status in its address, else what the first answers answer; those above it tell its place."""
    above = _statuses(view.exchange, body.get("ancestors") or [], "/ancestors")
    below = _statuses(view.exchange, body["descendants"], "/descendants")
    in_url = _STATUS_URL.search(urlsplit(view.exchange.url).path)
    shown = {str(item["id"]) for item in below}
    answered = {p: _text(i.get("in_reply_to_account_id")) for i in below if (p := _text(i.get("in_reply_to_id"))) and p not in shown}
    status = in_url[1] if in_url else next(iter(answered), "")
    author = str(above[0]["account"]["id"]) if above else answered.get(status)
    top = (str(above[0]["id"]) if above[0].get("in_reply_to_id") is None else None) if above else status
    kind = ("post", "comment")[len(above)] if len(above) < 2 and top else "reply"
    own = author == view.me or None in (author, view.me)
    return {"status": status, "kind": kind, "own": own, "account": view.me, "root": view.record_id(top) if top else None}


def _place_within(item: dict[str, Any], context: Mapping[str, Any], record_id: Callable[[str], str]) -> Place:
    """In a conversation of ours only its head is a post; in another one, each of our statuses is."""
    parent, me = item.get("in_reply_to_id"), context.get("account")
    if context["own"]:
        kind = "comment" if str(parent) == context["status"] and context["kind"] == "post" else "reply"
    elif str(item["account"]["id"]) == me:
        kind = "post"
    else:
        kind = "comment" if _text(item.get("in_reply_to_account_id")) == me else "reply"
    return kind, None if parent is None else record_id(parent), context["root"]


def _status(item: dict[str, Any], view: _View, pointer: str, place: Place, left: tuple[str, ...]) -> Iterator[Record]:
    """A boost is a publication of ours, with the words and pictures that it spreads."""
    exchange, author, inner, inside = view.exchange, item["account"], item, pointer
    left += ACCOUNT.check(author, exchange, f"{pointer}/account", "account")
    if item.get("reblog") is not None:
        inner, inside = item["reblog"], f"{pointer}/reblog"
        left += STATUS.check(inner, exchange, inside, "reblog") + ACCOUNT.check(
            inner["account"], exchange, f"{inside}/account", "reblog.account"
        )
    content = _content(inner, view, inside)
    by, visibility, mentioned = str(author["id"]), item["visibility"], {m["acct"]: str(m["id"]) for m in inner["mentions"]}
    if visibility == "direct" and view.me not in (None, by, *mentioned.values()):
        return  # a message between others, which the token's owner may see
    published = when(item["created_at"], exchange, f"{pointer}/created_at")
    edited = None if inner.get("edited_at") is None else when(inner["edited_at"], exchange, f"{inside}/edited_at")
    if edited is not None and edited < published:
        edited = None  # what is boosted was edited before
    counts = {"likes": item["favourites_count"], "shares": item["reblogs_count"], "comments": item["replies_count"]}
    if view.since is not None and published < view.since:
        del counts["comments"]
    yield Record(
        record_id=view.record_id(item["id"]),
        kind="message" if visibility == "direct" else place[0],
        native_id=str(item["id"]),
        pointer=pointer,
        parent_id=place[1],
        root_id=place[2],
        url=item.get("url") or item["uri"],
        author_id=by,
        author_name=author["display_name"] or None,
        author_handle=author["acct"],
        author_is_account=None if view.me is None else by == view.me,
        text=content.text,
        text_html=inner["content"],
        title=inner["spoiler_text"] or None,
        language=inner.get("language"),
        published_at=published,
        edited_at=edited,
        valid_from=edited or published,
        visibility=visibility,
        media=content.media,
        links=content.links,
        mentions=[*mentioned] if inner is item else [*mentioned, inner["account"]["acct"]],
        tags=[tag["name"] for tag in inner["tags"]],
        shared_id=content.quoted if inner is item else view.record_id(inner["id"]),
        counts=counts if inner is item else None,  # the likes of a boost are those of what it spreads
        tally="own" if by == view.me and visibility != "direct" else None,
        repaired=id(item) in view.touched,
        leftover=left + content.left if left or content.left else (),
    )


def _history(entries: list[Any], view: _View) -> Iterator[Record]:
    """The first entry is the original; the last is the present state, which the core knows by its content and valid_from."""
    exchange, context = view.exchange, view.exchange.context
    asked = _STATUS_URL.search(urlsplit(exchange.url).path)
    native = context.get("status") or (asked[1] if asked else None)
    if native is None:
        raise wrong(exchange, "", "asked for at /api/v1/statuses/<id>/history (a history does not say whose it is)", exchange.url)
    kind, parent, root = context.get("place", ("post", None, view.record_id(native)))
    published = None
    for i, entry in enumerate(entries):
        left = EDIT.check(entry, exchange, f"/{i}") + ACCOUNT.check(entry["account"], exchange, f"/{i}/account", "account")
        at = when(entry["created_at"], exchange, f"/{i}/created_at")
        published = published or at
        content, by = _content(entry, view, f"/{i}"), str(entry["account"]["id"])
        yield Record(
            record_id=view.record_id(native),
            kind="message" if context.get("visibility") == "direct" else kind,
            native_id=native,
            pointer=f"/{i}",
            parent_id=parent,
            root_id=root,
            url=context.get("url"),
            author_id=by,
            author_name=entry["account"]["display_name"] or None,
            author_handle=entry["account"]["acct"],
            author_is_account=None if view.me is None else by == view.me,
            text=content.text,
            text_html=entry["content"],
            title=entry["spoiler_text"] or None,
            language=context.get("language"),
            published_at=published,
            edited_at=at if i else None,
            valid_from=at,
            visibility=context.get("visibility"),
            media=content.media,
            links=content.links,
            shared_id=content.quoted,
            repaired=id(entry) in view.touched,
            historical=True,
            leftover=left + content.left,
        )


class _Content(NamedTuple):
    """What a status and an entry of a history have in common."""

    text: str
    links: list[str]
    media: list[Media]
    quoted: str | None
    left: tuple[str, ...]


def _content(item: dict[str, Any], view: _View, pointer: str) -> _Content:
    """The options of a poll are words of the text."""
    html, exchange = item["content"], view.exchange
    left: tuple[str, ...] = ()
    text, links = _words_and_links(html)
    media, quoted = [], None
    if item.get("poll") is not None:
        left += POLL.check(item["poll"], exchange, f"{pointer}/poll", "poll")
        left += _each(OPTION, item["poll"]["options"], exchange, f"{pointer}/poll/options", "poll.options")
        options = "\n".join(option["title"] for option in item["poll"]["options"])
        text = f"{text}\n\n{options}" if text else options
    if item.get("quote") is not None:
        left += QUOTE.check(item["quote"], exchange, f"{pointer}/quote", "quote")
        inner = item["quote"].get("quoted_status") or {}
        native = inner.get("id") or item["quote"].get("quoted_status_id")
        quoted = view.record_id(native) if type(native) in ID else None
    if item["media_attachments"]:
        left += _each(MEDIA, item["media_attachments"], exchange, f"{pointer}/media_attachments", "media_attachments")
        media = [_media(m, exchange, f"{pointer}/media_attachments/{i}", i + 1) for i, m in enumerate(item["media_attachments"])]
    if item.get("mentions"):
        left += _each(MENTION, item["mentions"], exchange, f"{pointer}/mentions", "mentions")
    if item.get("tags"):
        left += _each(TAG, item["tags"], exchange, f"{pointer}/tags", "tags")
    return _Content(text, links, media, quoted, left)


def _words_and_links(html: str) -> tuple[str, list[str]]:
    """Text and links of a status; @names and #tags, which are links of the class mention, are no links of ours.

    What Mastodon writes itself (paragraphs, line breaks, links, spans, of plain attributes) needs no reader of markup, which costs
    four times as much; whatever else is in it, `read` reads it (a test compares the two).
    """
    if html.startswith("<p>") and html.endswith("</p>") and "\n" not in html:
        text = html[3:-4].replace("</p><p>", "\n\n").replace("<br />", "\n").replace("&#39;", "'").replace("&quot;", '"')
        bare = _INLINE.sub("", text) if "<" in text else text
        if _is_plain(bare):
            return bare, list(dict.fromkeys(_LINK.findall(text))) if len(bare) < len(text) else []
    found = read(html)
    if found.links and "mention" in html:
        named = {unescape(address) for anchor in _ANCHOR.findall(html) if "mention" in anchor for address in _HREF.findall(anchor)}
        found.links = [link for link in found.links if link not in named]
    return found.text, found.links


def _is_plain(text: str) -> bool:
    """No tag, no entity, no white space that a browser would not show as it stands."""
    tags = "<" in text or "&" in text
    blanks = "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text or text != text.strip(" \n")
    return not (tags or blanks or "\t" in text or "\r" in text or "\f" in text or "\0" in text)


def _each(shape: Shape, found: list[Any], exchange: Exchange, pointer: str, where: str) -> tuple[str, ...]:
    left: tuple[str, ...] = ()
    for i, one in enumerate(found):
        left += shape.check(one, exchange, f"{pointer}/{i}", where)
    return left


def _media(found: dict[str, Any], exchange: Exchange, pointer: str, position: int) -> Media:
    """The copy that the instance serves, not `remote_url`, whose host a stranger chose."""
    if found["type"] not in TYPES:
        raise wrong(exchange, f"{pointer}/type", " or ".join(TYPES), found["type"])
    size = (found.get("meta") or {}).get("original") or {}
    if size:
        ORIGINAL.check(size, exchange, f"{pointer}/meta/original")
    url = found.get("url") or found.get("remote_url")
    return Media(
        identity=str(found["id"]),
        type=TYPES[found["type"]],
        url=url,
        alt_text=found.get("description") or None,
        width=_whole(size.get("width"), 1),
        height=_whole(size.get("height"), 1),
        duration=_whole(size.get("duration"), 1000),
        position=position,
        missing_reason=None if url else "the instance gives no address of the file (not processed yet, or not kept)",
    )


def _whole(value: float | None, by: int) -> int | None:
    return round(value * by) if value is not None and 0 <= value < 1e9 else None


def _profile(item: dict[str, Any], view: _View) -> Record:
    """Description and fields are its text; the account to which it moved is a link; avatar and header are media."""
    exchange, native = view.exchange, str(item.get("id"))
    left = ACCOUNT.check(item, exchange, "")
    PROFILE.check(item, exchange, "")
    left += _each(FIELD, item["fields"], exchange, "/fields", "fields")
    note, fields = read(item["note"]), [(f["name"], read(f["value"])) for f in item["fields"]]
    links = note.links + [link for _, value in fields for link in value.links]
    if item.get("moved") is not None:
        left += ACCOUNT.check(item["moved"], exchange, "/moved", "moved")
        links.append(item["moved"].get("url") or item["moved"]["acct"])
    pictures = [(item.get(name), item.get(f"{name}_description")) for name in ("avatar", "header")]
    return Record(
        record_id=f"mastodon:{view.server}/accounts/{native}",
        kind="profile",
        native_id=native,
        pointer="",
        url=item.get("url"),
        author_id=native,
        author_name=item["display_name"] or None,
        author_handle=item["acct"],
        author_is_account=None if view.me is None else native == view.me,
        text="\n\n".join(filter(None, (note.text, "\n".join(f"{name}: {value.text}" for name, value in fields)))),
        text_html=item["note"],
        title=item["display_name"] or None,
        published_at=when(item["created_at"], exchange, "/created_at"),
        visibility="limited" if item.get("limited") else None,
        media=[
            Media(_path(url, exchange), "image", url, alt or None, position=at + 1)
            for at, (url, alt) in enumerate(pictures)
            if url and not url.endswith("/missing.png")
        ],
        links=list(dict.fromkeys(links)),
        repaired=id(item) in view.touched,
        leftover=left,
    )


def _path(url: str, exchange: Exchange) -> str:
    """A picture of a profile has no id, but a new path with each change; its host may move."""
    try:
        return urlsplit(url).path
    except ValueError:
        raise wrong(exchange, "/avatar", "an address", url) from None
