"""The contract of a platform, and their discovery: a platform is one file here that has `PLATFORM`, or a
folder where it outgrew one; no file of another is edited. One that cannot be loaded stops its own accounts,
as an error of their entries.

```python
PLATFORM = Platform(name="mastodon", title="Mastodon", parser=1, every=minutes(15), secrets=("token",), limits=(...,))
def identify(account, client) -> Identity: ...              # native id, server, title; before each fetch
def fetch(account, window, client) -> Iterator[Exchange]: ...   # paging only; each response as received, with its context
def parse(exchange) -> Iterator[Record]: ...                # pure: no network, no clock, no settings
def lookup(account, ids, client) -> Iterator[Exchange | Absence]: ...
def totals(account, client) -> Totals | None: ...           # the platform's own counts
def saved(body, url, server) -> Exchange | None: ...        # `recordroom parse`: give a bare body the context that its shape tells
def read_cursor(cursor) -> object: ...      # what a stored cursor says; Unreadable where it says nothing (remaining.py)
def renew(account, client) -> Token: ...                    # only with Platform.renewal: a fresh token for the one that `client` holds
def consented(account, client, code) -> Token: ...          # only with Platform.consent: the token that a person's consent gives
def inspect(account, client) -> Token: ...                  # optional: what the platform says of the token, its end above all
```
`account` is the register's entry with `identity` set: to who answered at the start of this capture; for
`identify` itself to the native id and server that were pinned at the first one, None before. `fetch` may be
stopped after any exchange and called again with `window.cursor` = that exchange's `cursor`. Where a list ends
at a limit of the platform, an exchange of the fetch says in its context what may be lacking, in words
(`short`): a complete capture makes a gap of them; one that tells of a conversation that was not given
(`unread`) nobody can explain. Where it may have shown and shown no more what nobody saw, and no later look
can find it, one says that (`missed`): a gap of its own. Where private messages are asked for and refused, an
exchange says so likewise (`messages_refused`), and the rest is captured; where some are not given that no
later capture will get either, it says that (`messages_missed`), and the gap stays open until something else
has brought them. `parse` handles, names as ignored, or reports (`leftover`) every field it meets, and raises
UnexpectedResponse where the body is not what the platform promises. An empty page is a success only where the
platform says so. Whatever the platform did not say stays None. `lookup` gives an answer or an absence for
each record that it is asked for; where the platform refuses to say anything of some, an exchange names them
(`untold`): nothing is concluded, and it is told, as `short` is of an exchange of `lookup`, too.

Which conversations are read is the core's decision (capture/reading_plan.py). Where a list tells of posts of
the account what moves with each new answer, `fetch` asks before it reads the answers to one, and says when it
has given out the last of them; a conversation that was not wanted is not read, and nothing is concluded from
it:
```python
if window.wants(root_id, published_at, count):   # record_id of the post; `all_told=False` where answers to answers are not counted
    ...                                          # its pages
    window.read(root_id)                         # after the last exchange of this conversation was yielded
    window.not_given(root_id)                    # in its place where the platform fails to give it (platforms/unread.py)
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


LATE = timedelta(hours=1)  # what a list tells by the time of its last change may appear late


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the platform as data: `value` null where unknown; `source` and `as_of` say where it was read
    and when. `seconds`: of a rate or quota that all requests count against, the span that it is for; a span
    of a day begins at midnight in `zone`."""

    name: str
    value: int | None
    unit: str
    source: str
    as_of: str
    seconds: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a token is made anew without a person. `needs`: names that the connection must give for it, beside
    `Platform.secrets`; where it gives all of these, the token itself may be lacking. `before`: how long
    before its end; `youngest`: how old it must be at least. `keeps`: what the connection gives stays good, so
    that nothing is lost where a new token cannot be saved. `spared`: what a token begins with that the
    platform does not renew, or that needs it not. `spareable`: most is read without a token too: a capture
    goes on where none can be had."""

    before: timedelta
    needs: tuple[str, ...] = ()
    youngest: timedelta = timedelta(0)
    keeps: bool = False
    spared: str = ""
    spareable: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """How whoever administers an account lets this archive read it: the platform's page for that, and what is
    asked of it there. `for_messages`: scopes for private messages, asked for where the register wants these
    captured. `chosen`: what the platform calls a set of scopes; where the connection names one (put together
    on the platform's own pages, or with what few apps may ask for), it is asked for instead. `app`: what the
    platform calls the app's id; `joined`: what stands between scopes; `more`: further parameters; `proof`:
    whether it takes a proof key (RFC 7636) of an app that has a secret too: LinkedIn lets none in that sends
    one."""

    page: str
    scopes: tuple[str, ...]
    for_messages: tuple[str, ...] = ()
    chosen: str = ""
    app: str = "client_id"
    joined: str = " "
    more: Mapping[str, str] = field(default_factory=dict)
    proof: bool = True


@dataclass(frozen=True, slots=True)
class Code:
    """What a person's consent brings back. `verifier`: of which the page was told the hash (RFC 7636), empty
    where it takes none; `redirect`: where it came to."""

    code: str
    verifier: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a platform says of a token. `values`: secrets by name that are new. `expires_at`: its end;
    `consent_until`: when a person must consent again, however often it is renewed; None: there is none, or
    the platform does not say."""

    values: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    consent_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """`parser` rises whenever `parse` reads something differently. `every`: how often an account is due.
    `secrets`: names that the connection may give (all or none of them; none = anonymous), with `one_of` any
    one of them or more. `address`: the path of an account's address as a regular expression, and how the
    whole of it reads, for the register's check; None: any address may be one. `permalinks`: how the addresses
    of posts read."""

    name: str
    title: str
    parser: int
    every: timedelta
    secrets: tuple[str, ...] = ()
    one_of: bool = False
    limits: tuple[Limit, ...] = ()
    address: tuple[str, str] | None = None
    permalinks: Permalinks = ANY
    # ids, those of authors too, are of one server alone; a record's names it:
    # `<platform>:<server>/<kind>/<id>`
    servers: bool = False
    window_is_partial: bool = False  # entries that leave the window are not absences (feeds)
    # its lists say nothing of answers: whatever the window holds is read by each capture, not by the plan
    reads_all: bool = False
    renewal: Renewal | None = None  # None: a token stays as it is until a person makes another
    consent: Consent | None = (
        None  # None: a person makes the token on the platform's own pages and puts it into the connection
    )
    ids_in_a_lookup: int = 1  # records that `lookup` asks for in one request
    not_offered: Mapping[str, str] = field(
        default_factory=dict
    )  # of features.FEATURES, why the API has it not
    not_captured: Mapping[str, str] = field(
        default_factory=dict
    )  # the same, of what it has and no capture reads
    counted: frozenset[str] | None = (
        None  # statuses of what its counts of answers hold; None: not known of any but those visible
    )
    counted_for: frozenset[str] | None = (
        None  # who can see what its counts of answers hold (Record.visibility); None: whoever it is
    )
    unshown: str = ""  # what its counts hold and it shows to nobody, as far as it is known
    uncounted: str = (
        ""  # of one that does not tell how many posts an account has: what stands in the place of that
    )
    anonymous: str = ""  # what is not read of an account without a connection, though the API has it
    # of a platform with private messages: what they are there, and how to keep them where no capture reads
    # them
    messages: str = ""
    reads_messages: bool = False  # whether `fetch` reads them where `window.messages` asks for it

    cost: Callable[[Exchange], int] | None = (
        None  # what an exchange takes from the rate or quota, refused ones too; None: 1 a request
    )
    price: Callable[[Exchange], int] | None = (
        None  # what it costs at most, in thousandths of a US dollar; None: nothing
    )
    dearest: int = 0  # what one exchange may cost at most
    each: int = 0  # what one writing in an answer costs

    @property
    def budget(self) -> Limit | None:
        """The rate or quota that is divided among accounts: the first limit that has a span."""
        return next((limit for limit in self.limits if limit.seconds is not None), None)

    @property
    def shows_for_a_day(self) -> bool:
        """Whether captures read what the platform shows for a day and then gives to nobody (stories)."""
        return "stories" not in {*self.not_offered, *self.not_captured}

    @property
    def parser_name(self) -> str:
        return f"{self.name} {self.parser}"


Sign = (
    int | str | None
)  # what the platform says that moves with each new answer: a count, a time; None: nothing does


class Plan(Protocol):
    """Which conversations a window reads."""

    def wants(self, root_id: str, published_at: datetime, sign: Sign, *, all_told: bool = True) -> bool: ...
    def read(self, root_id: str) -> None: ...
    def not_given(self, root_id: str) -> None: ...
    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """What to fetch. kind: recent (posts since `since` with their comments, and all that the platform lists
    by change since `changed_since`), full, history (newest first), one (`url`). `cursor`: where an earlier
    fetch of the same window stopped. `edited_since`: of what was edited before that, the earlier states are
    held already; None of a full window: those of all are wanted, since a person asks for everything, or a
    history is under way, which is over once this was read to its end. `validators`: address -> {etag,
    last-modified} of the last complete capture, from exchanges with `validator: true` in their context; a
    platform that answers "unchanged" (304) gives that exchange, in which `parse` finds nothing. `files`:
    record_id -> identities of the files that the archive holds of it; for a platform where it costs much to
    ask again which they are. `messages`: the register asks for private messages too; `messages_since`: when
    they were last read to their end (None: never; all else may have been read meanwhile, while they were
    refused or not asked for); `messages_held`: whether the archive holds any; `holds`: whether it holds a
    record. `held`: whether it holds any post or comment. `before`: of a recent window, when the last complete
    one of whatever kind began, though it was not given all that has changed. `failing`: how many
    conversations the last captures were not given, while others were. `confirm`: asks for the account itself;
    raises unless it can be read."""

    kind: str
    since: datetime | None = None
    changed_since: datetime | None = None
    before: datetime | None = None
    edited_since: datetime | None = None
    cursor: str | None = None
    url: str | None = None
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Callable[[str], tuple[str, ...]] = lambda _: ()
    messages: bool = False
    messages_since: datetime | None = None
    messages_held: bool = False
    held: bool = False
    holds: Callable[[str], bool] = lambda _: False
    failing: int = 0
    confirm: Callable[[], object] | None = None
    plan: Plan | None = None  # None: all of them

    def wants(self, root_id: str, published_at: datetime, sign: Sign, *, all_told: bool = True) -> bool:
        """Whether the conversation of a post of the account is to be read. `sign`: what moves with each new
        answer; `all_told`: also with answers to answers, and with those that not everybody sees. Asked once
        for each post of a list, before its answers are."""
        return self.plan is None or self.plan.wants(root_id, published_at, sign, all_told=all_told)

    def read(self, root_id: str) -> None:
        """Say that all of a conversation was given out: should the capture fail later, it need not be read
        again.
        """
        if self.plan is not None:
            self.plan.read(root_id)

    def not_given(self, root_id: str) -> None:
        """Say that a conversation is not given: nothing follows from what is not seen of it, and it is due
        again, whatever is read of it afterwards."""
        if self.plan is not None:
            self.plan.not_given(root_id)

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:
        """What is held of a record whose conversation belongs to the window: where an answer stands need not
        be found out twice. `anywhere`: whichever conversation that is."""
        return None if self.plan is None else self.plan.known(record_id, anywhere=anywhere)


class Client(Protocol):
    """One HTTP client for all (capture/http/client.py).

    `get` returns the response where its status is in `expect`; else raises: 401 TokenExpired (Blocked when
    anonymous), 403 Blocked, 404 and 410 AccountUnavailable, 429 and 503-with-Retry-After Throttled,
    everything else UnexpectedResponse, each carrying the exchange. Connection errors and 5xx were retried
    before. Redirects within the host are followed. `secrets`: values by the names in Platform.secrets, empty
    when anonymous.
    """

    @property
    def secrets(self) -> Mapping[str, str]: ...

    def get(
        self,
        url: str,
        params: Mapping[str, str | int | list[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange: ...


class TokenClient(Client, Protocol):
    """What `renew`, `consented` and `inspect` are given."""

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
        as_json: bool = False,
    ) -> Exchange:
        """Ask for a token, once: what was sent may be good for one use only. Nothing else is ever posted, and
        no such exchange kept.
        """
        ...

    def trade(self, url: str, params: Mapping[str, str], *, expect: tuple[int, ...] = (200,)) -> Exchange:
        """The same of a platform that wants it in the address, of which nothing but `url` is shown; after a
        fault it may be asked twice.
        """
        ...


class Connector(Protocol):
    PLATFORM: Platform

    def identify(self, account: Account, client: Client) -> Identity: ...
    def fetch(self, account: Account, window: Window, client: Client) -> Iterator[Exchange]: ...
    def parse(self, exchange: Exchange) -> Iterator[Record]: ...
    def lookup(
        self, account: Account, ids: Iterable[Known], client: Client
    ) -> Iterator[Exchange | Absence]: ...
    def totals(self, account: Account, client: Client) -> Totals | None: ...
    def saved(self, body: bytes, url: str | None, server: str | None) -> Exchange: ...
    def read_cursor(self, cursor: str) -> object: ...


class Renewing(Protocol):
    """A connector of a platform that has a Renewal."""

    def renew(self, account: Account, client: TokenClient) -> Token: ...


class Consenting(Protocol):
    """A connector of a platform that has a Consent."""

    def consented(self, account: Account, client: TokenClient, code: Code) -> Token: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A record that the archive holds, for `lookup`. `began`: when its conversation was published, or first
    seen where that is not told. `files`: as Window.files gives them. `tally`: Record.tally. `visibility`: who
    could see it, in the platform's word; read from the evidence when it is asked. `status`: that which is
    held; `captured`: when it was captured as it is held. `read_at`: of a conversation's first post, when all
    of it was read last."""

    record_id: str
    native_id: str
    kind: str
    parent_id: str | None = None
    root_id: str | None = None
    began: datetime | None = None
    files: tuple[str, ...] = ()
    tally: str | None = None
    visibility: Callable[[], str | None] = lambda: None
    status: str = VISIBLE
    captured: datetime | None = None
    read_at: datetime | None = None
