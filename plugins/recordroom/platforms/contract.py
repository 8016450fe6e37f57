"""The contract of a connector: the functions that it provides, and what it is given.

A connector is a package of recordroom.platforms whose `__init__` has `PLATFORM` and these functions
(`Connector`):

```python
def identify(account, client) -> Identity: ...      # who the account is; before each fetch
def fetch(account, window, client) -> Iterator[Exchange]: ...           # requests and paging only
def parse(exchange) -> Iterator[Record]: ...        # pure: no network, no clock, no settings
def lookup(account, ids, client) -> Iterator[Exchange | Absence]: ...   # single records by their IDs
def totals(account, client) -> Totals | None: ...   # the platform's own counts
def saved(body, url, server) -> Exchange: ...       # `recordroom parse`: the context of a bare body
def read_cursor(cursor) -> object: ...              # check a stored cursor; UnreadableCursor (cursor.py)
def renew(account, client) -> Token: ...            # only with Platform.renewal
def consented(account, client, code) -> Token: ...  # only with Platform.consent
def inspect(account, client) -> Token: ...          # optional: what the platform says of the token
```

The account is the entry of the register, with the identity that the platform gave at the start of this
capture. `identify` itself gets the identity of the first capture, or None before there is one.

Rules for `fetch`:

- It may be stopped after any exchange, and called again with `window.cursor` set to the cursor of that
  exchange.
- It drops nothing silently. If a list ends at a limit of the platform, the context of an exchange says what
  may be missing, in words (`short`); a complete capture stores them as a gap. No explanation closes a gap
  whose exchange names a conversation that was not given (`unread`).
- If something may have appeared and disappeared unseen, and no later capture can find it, `missed` says so: a
  gap of its own.
- If private messages are requested and refused, `messages_refused` says so, and the rest is captured. If some
  of them will not be given to any later capture either, `messages_missed` says so; that gap stays open until
  an import brings them.
- An empty page is a success only where the platform says so.

`parse` reads, names as ignored, or reports (`leftover`) every field that it meets. It raises
UnexpectedResponse if the body is not what the platform promises. A value that the platform does not give
stays None.

`lookup` yields a response or an absence for each record. If the platform refuses to say anything about some,
an exchange names them (`untold`): the core concludes nothing from it, and reports it like `short`.

The core decides which conversations are read (capture/reading_plan.py). If a list gives, with each post of
the account, a sign that moves with each new reply, `fetch` asks before it reads the replies, and says when it
has yielded the last of them. Nothing is concluded from a conversation that is not read.

```python
if window.wants_conversation(root_id, published_at, count):  # record ID of the post
    ...                            # the pages of its conversation
    window.note_read(root_id)      # after its last exchange was yielded
    window.note_not_given(root_id)  # instead, if the platform fails to give it (unread.py)
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from recordroom.model import VISIBLE, Absence, Exchange, Identity, Record, Totals
from recordroom.platforms.permalinks import ANY, Permalinks

if TYPE_CHECKING:
    from recordroom.register.models import Account


# by which a change may appear late in a list that is in the order of changes
LISTED_LATE = timedelta(hours=1)


def minutes(n: int) -> timedelta:
    """Return a span of n minutes."""
    return timedelta(minutes=n)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the platform, as data."""

    name: str
    value: int | None  # None: unknown
    unit: str
    source: str  # URL where it was read
    as_of: str  # date when it was read, YYYY-MM-DD
    # the span of a rate or quota that all requests count against; a day begins at midnight in `zone`
    seconds: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a token is renewed without a person."""

    lead_time: timedelta  # how long before its expiration
    # secrets that the connection must have for it, besides Platform.secrets; with all of them, the token
    # itself may be missing
    secrets: tuple[str, ...] = ()
    minimum_age: timedelta = timedelta(0)  # a younger token is not renewed
    secrets_stay_valid: bool = (
        False  # the connection's secrets stay valid: nothing is lost if a new token cannot be saved
    )
    exempt_prefix: str = ""  # the first characters of tokens that the platform does not renew, or need not
    token_is_optional: bool = False  # most can be read without a token: a capture continues without one


@dataclass(frozen=True, slots=True)
class Consent:
    """How the administrator of an account permits this archive to read it, on a page of the platform."""

    page: str  # URL of that page
    scopes: tuple[str, ...]
    message_scopes: tuple[str, ...] = ()  # scopes for private messages, if the register asks for them
    # parameter that names a set of scopes made on the platform's own pages; if the connection has a value of
    # this name, it replaces `scopes`
    scope_set_parameter: str = ""
    app_id_parameter: str = "client_id"  # parameter with the ID of the app
    scope_separator: str = " "  # separator of scopes
    extra_parameters: Mapping[str, str] = field(default_factory=dict)  # further parameters
    # whether the platform accepts a proof key (RFC 7636) from an app that has a secret too; LinkedIn refuses
    # a request with one
    takes_proof_key: bool = True


@dataclass(frozen=True, slots=True)
class ConsentCode:
    """The code that a person's consent returns."""

    code: str
    verifier: str  # its hash was sent to the page (RFC 7636); empty if the platform takes none
    redirect_uri: str  # URL to which the platform returned the code


@dataclass(frozen=True, slots=True)
class Token:
    """The platform's statement about a token."""

    values: Mapping[str, str] = field(default_factory=dict)  # new secrets by name
    expires_at: datetime | None = None  # None: never, or the platform does not say
    consent_until: datetime | None = None  # when a person must consent again, despite renewals; None likewise


@dataclass(frozen=True, slots=True)
class Platform:
    """The facts that the core must know about a platform."""

    name: str
    title: str
    parser: int  # raised whenever `parse` reads something differently
    interval: timedelta  # interval of captures
    secrets: tuple[str, ...] = ()  # names of the connection's secrets: all or none of them (anonymous)
    any_secret: bool = False  # instead of all secrets, one of them or more
    limits: tuple[Limit, ...] = ()
    # the path of an account's address as a regular expression, and an example for the register's check;
    # None: any address may be one
    address: tuple[str, str] | None = None
    permalinks: Permalinks = ANY  # the forms of addresses of posts
    # IDs, of authors too, belong to one server; a record ID names it: `<platform>:<server>/<kind>/<id>`
    ids_are_per_server: bool = False
    # the part of a record ID between platform and native ID: "kind" (vimeo:videos/5) or "server" (also for
    # another prefix that only a capture knows); "": none. With such a part, imports need complete record IDs
    record_id_part: str = ""
    window_is_partial: bool = False  # entries that leave the window are not absences (feeds)
    # its lists have no sign of new replies: each capture reads all conversations of its window
    reads_all_conversations: bool = False
    renewal: Renewal | None = None  # None: only a person can make a new token
    consent: Consent | None = None  # None: a person makes the token on the platform's own pages
    ids_in_a_lookup: int = 1  # records in one request of `lookup`
    # features (features.py) -> why the API does not offer them
    not_offered: Mapping[str, str] = field(default_factory=dict)
    # features that the API offers and no capture reads -> why
    not_captured: Mapping[str, str] = field(default_factory=dict)
    # statuses of the replies that its counts include; None: visible ones, and of others it is not known
    counted_statuses: frozenset[str] | None = None
    # visibilities (Record.visibility) of the replies that its counts include; None: all
    counted_visibilities: frozenset[str] | None = None
    counted_but_hidden: str = ""  # what its counts include and it shows to no one, as far as known
    compared_instead: str = ""  # if it does not say how many posts an account has: what is compared instead
    missing_if_anonymous: str = ""  # what the API offers only with a connection
    # of a platform with private messages: what they are, and how to keep them if no capture reads them
    messages_note: str = ""
    reads_messages: bool = False  # whether `fetch` reads them if `window.reads_messages` asks for it

    # the part of the rate or quota that an exchange uses, refused ones included; None: 1 a request
    cost: Callable[[Exchange], int] | None = None
    # the most that an exchange costs, in thousandths of a US dollar; None: nothing
    price: Callable[[Exchange], int] | None = None
    highest_price: int = 0  # the most that any exchange costs, same unit
    price_per_item: int = 0  # the cost of one item in a response, same unit

    @property
    def budget(self) -> Limit | None:
        """The rate or quota that is divided among accounts: the first limit that has a span."""
        return next((limit for limit in self.limits if limit.seconds is not None), None)

    @property
    def shows_for_a_day(self) -> bool:
        """Whether captures read what the platform shows for one day only (stories)."""
        return "stories" not in {*self.not_offered, *self.not_captured}

    @property
    def parser_name(self) -> str:
        """The name and number of the parser, as records and manifests store it."""
        return f"{self.name} {self.parser}"


# what the platform gives that moves with each new reply: a count, a time; None: nothing
ReplySign = int | str | None


class Plan(Protocol):
    """Which conversations a window reads; `Window` has the same methods, with their meaning."""

    def wants_conversation(
        self, root_id: str, published_at: datetime, sign: ReplySign, *, all_told: bool = True
    ) -> bool: ...
    def note_read(self, root_id: str) -> None: ...
    def note_not_given(self, root_id: str) -> None: ...
    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The part of an account that a fetch reads.

    kind: `recent` (posts since `since` with their comments, and what changed since `changed_since` if the
    platform has a list of changes), `full`, `history` (newest first), or `one` (the post of `url`).
    """

    kind: str
    since: datetime | None = None
    changed_since: datetime | None = None
    # of a recent window: when the last complete one of any kind began, even if it was not given all changes
    previous_start: datetime | None = None
    # the archive has the earlier states of what was edited before that time. None in a full window: all
    # states are wanted, because a person asks for them, or because a history is being read
    edited_since: datetime | None = None
    cursor: str | None = None  # where an earlier fetch of the same window stopped
    url: str | None = None
    # address -> {etag, last-modified} of the last complete capture, from exchanges with `validator: true` in
    # their context. A response "not modified" (304) is yielded; `parse` finds nothing in it
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # record ID -> identities of its archived files, for platforms where it is expensive to request them
    archived_files: Callable[[str], tuple[str, ...]] = lambda _: ()
    reads_messages: bool = False  # the register asks for private messages too
    messages_since: datetime | None = None  # when they were last read to their end; None: never
    has_archived_messages: bool = False  # whether the archive has any private message
    has_archived_records: bool = False  # whether the archive has any post or comment
    is_archived: Callable[[str], bool] = lambda _: False  # whether the archive has this record ID
    # conversations that the last captures were not given, while they were given others
    failing_before: int = 0
    confirm_account: Callable[[], object] | None = (
        None  # request the account itself; raises if it cannot be read
    )
    plan: Plan | None = None  # None: all conversations are read

    def wants_conversation(
        self, root_id: str, published_at: datetime, sign: ReplySign, *, all_told: bool = True
    ) -> bool:
        """Report whether the conversation of a post must be read.

        Call once for each post, before its replies are requested.

        sign: what moves with each new reply.
        all_told: it also moves with replies to replies, and with those that not everyone can see.
        """
        return self.plan is None or self.plan.wants_conversation(
            root_id, published_at, sign, all_told=all_told
        )

    def note_read(self, root_id: str) -> None:
        """Record that all of a conversation was yielded.

        If the capture fails later, the next one need not read the conversation again.
        """
        if self.plan is not None:
            self.plan.note_read(root_id)

    def note_not_given(self, root_id: str) -> None:
        """Record that the platform does not give a conversation.

        Nothing is concluded from what is not seen of it. It stays due, whatever else is read of it.
        """
        if self.plan is not None:
            self.plan.note_not_given(root_id)

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:
        """Return what the archive has of a record.

        With it, the place of a comment in its conversation need not be requested again.

        anywhere: also if its conversation does not belong to the window.
        """
        return None if self.plan is None else self.plan.find_known(record_id, anywhere=anywhere)


class Client(Protocol):
    """The HTTP client of all connectors (capture/http/client.py)."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """The connection's secrets by the names of Platform.secrets; empty if anonymous."""
        ...

    def get(
        self,
        url: str,
        params: Mapping[str, str | int | list[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """Request a URL, and return the response if its status is in `expect`.

        Connection errors and 5xx were retried before; redirects within the host are followed. Raises, with
        the exchange: TokenExpired for 401 (Blocked if anonymous), Blocked for 403, AccountUnavailable for 404
        and 410, Throttled for 429 and for 503 with Retry-After, UnexpectedResponse for everything else.
        """
        ...


class TokenClient(Client, Protocol):
    """The client of `renew`, `consented`, and `inspect`. Exchanges of tokens are not stored."""

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
        as_json: bool = False,
    ) -> Exchange:
        """Request a token, without a second attempt: a code or refresh token may be valid only once."""
        ...

    def trade(self, url: str, params: Mapping[str, str], *, expect: tuple[int, ...] = (200,)) -> Exchange:
        """Request a token by GET, for platforms that want the secret in the address.

        Messages show nothing but `url`. A failed request may be sent twice.
        """
        ...


class Connector(Protocol):
    """The functions of a connector; the docstring of this module has their rules."""

    PLATFORM: Platform

    def identify(self, account: Account, client: Client) -> Identity: ...
    def fetch(self, account: Account, window: Window, client: Client) -> Iterator[Exchange]: ...
    def parse(self, exchange: Exchange) -> Iterator[Record]: ...
    def lookup(
        self, account: Account, ids: Iterable[KnownRecord], client: Client
    ) -> Iterator[Exchange | Absence]: ...
    def totals(self, account: Account, client: Client) -> Totals | None: ...
    def saved(self, body: bytes, url: str | None, server: str | None) -> Exchange: ...
    def read_cursor(self, cursor: str) -> object: ...


class Renewing(Protocol):
    """A connector of a platform that has a Renewal."""

    def renew(self, account: Account, client: TokenClient) -> Token: ...


class Consenting(Protocol):
    """A connector of a platform that has a Consent."""

    def consented(self, account: Account, client: TokenClient, code: ConsentCode) -> Token: ...


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record that the archive has, for `lookup`."""

    record_id: str
    native_id: str
    kind: str
    parent_id: str | None = None
    root_id: str | None = None
    conversation_began: datetime | None = (
        None  # when its conversation was published, or first seen if that is not known
    )
    files: tuple[str, ...] = ()  # identities of its archived files
    tally: str | None = None  # Record.tally
    # who could see it, in the platform's word; read from the evidence when it is called
    visibility: Callable[[], str | None] = lambda: None
    status: str = VISIBLE  # the archived one
    captured: datetime | None = None  # when it was captured in its archived form
    read_at: datetime | None = None  # of a root post: when all of its conversation was last read
