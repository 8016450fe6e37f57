"""LinkedIn: an organization page's profile, its posts of every kind, and all comments on them at every depth, by a member with a role.

Read (Community Management API, https://learn.microsoft.com/en-us/linkedin/marketing/community-management/, pages of version 2026-05):
  /rest/organizationAcls?q=roleAssignee           which organizations the token's holder has a role on; before each capture
  /rest/organizations/<number>                    the profile, in every window; by ?q=vanityName at the first capture
  /rest/posts?q=author                            what the organization published; /rest/posts?ids=List(...) by id
  /rest/socialMetadata?ids=List(...)              how many comments and reactions a post has
  /rest/images, videos, documents?ids=List(...)   where a post's files are; the addresses are signed and expire
  /rest/socialActions/<urn>/comments              comments on a post, or the answers to one, by its own URN

A list of posts is empty, with HTTP 200, for whoever has no role on the organization: it looks as if all had been deleted. So the role is
asked for before each capture, before an absence is believed, and again where a list is empty.

Lists are read by offset, and shift while they are read. Each page begins with the last item of the one before; where it does not, the list
has become shorter, and is read again from a page before. In the order of the last change, what is edited meanwhile jumps to the front: that
is looked at again at the end.

The words of a post are little text (little.py). URNs are ids: `urn:li:share:7`, `urn:li:comment:(urn:li:activity:8,9)`. What the metadata
and the files of posts are is asked for before their page is given out, and stands in its context. docs/platforms/linkedin.md says what the
API never gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, Absence, Exchange, Identity, Media, Record, Totals, loads
from recordroom.platforms import Client, Known, Limit, Platform, Renewal, Token, TokenClient, Window, answers, little, minutes
from recordroom.platforms.answers import retry_after, wrong
from recordroom.platforms.meta import Reading
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape, content_of, items, tree_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

VERSION = "202605"  # a version answers for a year at least: https://learn.microsoft.com/en-us/linkedin/marketing/versioning
HOST, OAUTH, SERVER = "https://api.linkedin.com", "https://www.linkedin.com", "linkedin.com"
_DOCS = "https://learn.microsoft.com/en-us/linkedin"
_TOKENS = f"{_DOCS}/shared/authentication/programmatic-refresh-tokens"
PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn organization pages",
    parser=1,
    every=minutes(15),
    address=(r"^/(company|school|showcase)/[^/]+(/.*)?$", "https://www.linkedin.com/company/<name or number>"),
    secrets=("token",),
    renewal=Renewal(before=timedelta(days=14), needs=("client_id", "client_secret", "refresh_token"), keeps=True),
    ids_in_a_lookup=20,
    messages="the page's inbox; switch messages off in the page's settings, or keep copies by hand",
    limits=(
        Limit(
            "calls of a resource",
            None,
            "in a day of UTC, of the app and of each member",
            f"{_DOCS}/shared/api-guide/concepts/rate-limits",
            "2026-11-25",
        ),
        Limit("items in a page of a list", 100, "posts", f"{_DOCS}/marketing/community-management/shares/posts-api", "2026-11-25"),
        Limit("life of a token", 60, "days", _TOKENS, "2026-11-25"),
        Limit("life of a refresh token", 365, "days, which its use does not prolong", _TOKENS, "2026-11-25"),
    ),
)
COUNT, OVERLAP, TAIL = 100, 1, 5  # items of a page; of them seen twice; ids by which a page is known to follow the one before
BATCH, MOST_PAGES, STEPS_BACK, LOOKS = 20, 2_000, 20, 3
ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"})  # that read posts
ERRORS = (400, 401, 403, 404, 426, 429, 500, 503)

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_VIEWER, _ADVERTISING, _FIXED = "about whoever asks", "about advertising", "the same for all of them"
PAGE = Shape({"elements": LIST, "paging": _ITEM})
PAGING = Shape({"links": _LIST}, dict.fromkeys(("start", "count", "total"), "said by the request"))
LINK = Shape({"rel": _TEXT}, dict.fromkeys(("href", "type"), "an offset of its own is asked for"))
BATCHED = Shape({"results": ITEM, "errors": _ITEM}, {"statuses": "said by results and errors"})
POST = Shape(
    {"id": TEXT, "author": TEXT, "commentary": _TEXT, "createdAt": NUMBER, "publishedAt": _NUMBER, "lastModifiedAt": NUMBER}
    | {"lifecycleState": TEXT, "lifecycleStateInfo": _ITEM, "visibility": _TEXT, "content": _ITEM, "reshareContext": _ITEM}
    | {"contentLandingPage": _TEXT},
    dict.fromkeys(("adContext", "contentCallToActionLabel", "distribution"), _ADVERTISING)
    | {"isReshareDisabledByAuthor": "a setting", "container": "a group", "versionTag": "changes with each change"},
)
STATE = Shape({"isEditedByAuthor": _FLAG}, dict.fromkeys(("contentStatus", "reviewStatus"), "said by lifecycleState"))
CONTENT = Shape(
    dict.fromkeys(("media", "multiImage", "article", "poll", "reference", "carousel", "celebration"), _ITEM),
)
MEDIA = Shape({"id": TEXT, "altText": _TEXT, "title": _TEXT})
IMAGES = Shape({"images": LIST})
ARTICLE = Shape({"source": _TEXT, "title": _TEXT, "description": _TEXT, "thumbnail": _TEXT, "thumbnailAltText": _TEXT})
POLL = Shape({"question": _TEXT, "options": _LIST}, {"settings": "how it is shown", "uniqueVotersCount": "moves with each vote"})
OPTION = Shape({"text": _TEXT}, {"isVotedByViewer": _VIEWER, "voteCount": "moves with each vote"})
REFERENCE = Shape({"id": _TEXT})
CAROUSEL = Shape({"cards": _LIST})
CARD = Shape({"media": _ITEM, "landingPage": _TEXT})
CELEBRATION = Shape({"media": _ITEM, "recipient": _LIST, "type": _TEXT, "text": _TEXT})
SHARED = Shape({"parent": _TEXT}, {"root": "the parent's own"})
COMMENT = Shape(
    {"actor": TEXT, "created": ITEM, "lastModified": _ITEM, "id": TEXT, "$URN": _TEXT, "commentUrn": _TEXT, "message": ITEM}
    | {"object": TEXT, "parentComment": _TEXT, "content": _LIST, "commentsSummary": _ITEM, "likesSummary": _ITEM},
    {"agent": "who wrote for the organization: in the evidence"},
)
STAMP = Shape({"time": NUMBER}, {"actor": "said by actor", "impersonator": "who wrote for the organization: in the evidence"})
MESSAGE = Shape({"text": TEXT, "attributes": _LIST}, {"inferredLocale": "guessed"})
ATTRIBUTE = Shape({"value": _ITEM}, dict.fromkeys(("start", "length"), "where in the text"))
ANSWERS = Shape({"totalFirstLevelComments": _NUMBER}, dict.fromkeys(("selectedComments", "aggregatedTotalComments"), "read as such"))
LIKES = Shape({"totalLikes": _NUMBER}, {"selectedLikes": "who liked", "aggregatedTotalLikes": "the same", "likedByCurrentUser": _VIEWER})
PIECE = Shape({"type": _TEXT, "entity": _ITEM, "url": _TEXT})
METADATA = Shape({"commentSummary": _ITEM, "reactionSummaries": _ITEM, "entity": _TEXT}, {"commentsState": "a setting"})
SUMMARY = Shape({"topLevelCount": _NUMBER, "count": _NUMBER})
REACTIONS = Shape({"count": _NUMBER}, {"reactionType": "said by its key"})
FILE = Shape(
    {"id": _TEXT, "status": _TEXT, "downloadUrl": _TEXT, "captions": _TEXT, "duration": ANY_NUMBER | NULL},
    dict.fromkeys(
        ("aspectRatioHeight", "aspectRatioWidth", "thumbnail", "initializeUploadRequest", "mediaLibraryMetadata"), "said by the file"
    )
    | {"downloadUrlExpiresAt": "changes with each answer", "owner": _FIXED},
)
ROLE = Shape({"organization": _TEXT, "organizationTarget": _TEXT, "role": TEXT, "state": _TEXT}, {"roleAssignee": "the token's holder"})
PROFILED = Shape(
    {"id": NUMBER, "localizedName": TEXT, "vanityName": _TEXT, "localizedDescription": _TEXT, "localizedWebsite": _TEXT, "logoV2": _ITEM}
    | {"coverPhotoV2": _ITEM, "localizedSpecialties": _LIST, "alternativeNames": _LIST, "foundedOn": _ITEM, "locations": _LIST},
    dict.fromkeys(("name", "description", "website", "specialties", "defaultLocale"), "said by its localized form")
    | dict.fromkeys(("created", "lastModified", "versionTag", "deleted", "autoCreated", "$URN"), "changes with each change")
    | dict.fromkeys(
        ("industries", "industriesV2", "organizationType", "primaryOrganizationType", "organizationStatus"), "from LinkedIn's own list"
    )
    | dict.fromkeys(("staffCountRange", "groups", "logo", "coverPhoto", "overviewPhoto", "overviewPhotoV2"), "said by other fields")
    | dict.fromkeys(("parentRelationship", "entityStatus", "schoolAttributes", "pinnedPost"), "no words"),
)
CROPPED = Shape({"original": _TEXT}, dict.fromkeys(("cropped", "cropInfo"), "the same picture"))
FOUNDED = Shape({"year": _NUMBER, "month": _NUMBER, "day": _NUMBER})
LOCATION = Shape(
    {"address": _ITEM, "description": _ITEM},
    dict.fromkeys(("locationType", "staffCountRange", "geoLocation", "localizedDescription"), "no words"),
)
ADDRESS = Shape(dict.fromkeys(("line1", "line2", "city", "geographicArea", "postalCode", "country"), _TEXT))
ISSUED = Shape(
    {"access_token": TEXT, "expires_in": NUMBER, "refresh_token": _TEXT, "refresh_token_expires_in": _NUMBER},
    {"scope": "as it was consented to", "token_type": _FIXED},
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POST = re.compile(r"urn:li:(?:share|ugcPost|groupPost):\d+")
_KINDS = {"image": "images", "video": "videos", "document": "documents"}
_PERMALINK = re.compile(
    r"/feed/update/(urn:li:(?:share|ugcPost|activity):\d+)/?$|/posts/[^/]*?[-_](share|ugcPost|activity)-(\d+)-[\w-]+/?$"
)
_GONE = "LinkedIn finds nothing of that URN: it is gone, or must not be seen; it does not say which"
_MEND = {
    65600: "The token is none of LinkedIn's: put the right one into the account's connection.",
    65601: "The token's holder has withdrawn the consent: let them, or somebody else with a role on the page, consent again.",
    65602: "The token has run out after its 60 days: make a new one.",
}
_ROLE = "Somebody who is administrator of the page gives the token's holder the role back; docs/platforms/linkedin.md names the roles."


# ---------------------------------------------------------------------------------------------------------- who, how many, which token


def identify(account: Account, client: Client) -> Identity:
    """The organization of `account.url`, or the one that is known already, whatever it is called now. Blocked where the token's holder has
    no role on it: its lists would be empty then."""
    api = _Api(account, client)
    native = account.identity.native_id if account.identity else _organization_of(account, api)
    api.must_have_role(native)
    exchange = api.get(f"organizations/{_number(native)}")
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    return Identity(native, SERVER, found["localizedName"], found.get("vanityName"), exchange)


def _organization_of(account: Account, api: _Api) -> str:
    """By the name in its address."""
    name = unquote(urlsplit(account.url).path).strip("/").split("/")[1]
    if name.isdecimal():
        return f"urn:li:organization:{name}"
    exchange = api.get(f"organizations?q=vanityName&vanityName={_enc(name)}", finder=True)
    for pointer, item in _items(exchange):
        if isinstance(item.get("id"), int):
            return f"urn:li:organization:{item['id']}"
        raise wrong(exchange, f"{pointer}/id", "a whole number", item.get("id", "nothing"))
    raise AccountUnavailable(
        f"LinkedIn knows no organization {name!r}", "Correct `url` in the register: the number outlives names.", exchange
    )


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (LinkedIn does not count an organization's posts)
    return None


def renew(account: Account, client: TokenClient) -> Token:
    """Another access token for the refresh token, which stays as it is and lives for a year from the consent."""
    base = account.api_url.rstrip("/") if account.api_url else OAUTH
    names = ("client_id", "client_secret", "refresh_token")
    form = {"grant_type": "refresh_token", **{name: client.secrets[name] for name in names}}
    exchange = client.post(f"{base}/oauth/v2/accessToken", form, expect=(200, 400, 401))
    if exchange.status != 200:
        told = _error_of(exchange)
        words = f"LinkedIn renews the token of {account.id} no more: {told.get('error_description') or told.get('error')}"
        raise answers.failure(replace(exchange, status=401), words=words) or UnexpectedResponse(words)
    issued = content_of(exchange)
    ISSUED.check(issued, exchange, "")
    now, until = exchange.fetched_at or datetime.now(UTC), issued.get("refresh_token_expires_in")
    values = {"token": issued["access_token"]} | ({"refresh_token": fresh} if (fresh := issued.get("refresh_token")) else {})
    return Token(values, _later(now, issued["expires_in"]), None if until is None else _later(now, until))


def _later(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=min(max(seconds, 0), 10**9))


# -------------------------------------------------------------------------------------------------------------------------------- API


class _Api:
    """Requests with the token, the version and the protocol, and failures in LinkedIn's words."""

    def __init__(self, account: Account, client: Client) -> None:
        if not client.secrets.get("token"):
            raise Blocked("LinkedIn's API gives nothing without a token", "Give the account a `connection` in the register.")
        self.base = f"{(account.api_url or HOST).rstrip('/')}/rest"
        self._client = client

    def get(self, path: str, *, finder: bool = False, context: Mapping[str, Any] | None = None) -> Exchange:
        """`path` with its query, in which URNs are escaped and lists are not: Rest.li wants it so."""
        headers = {"Authorization": f"Bearer {self._client.secrets['token']}", "LinkedIn-Version": VERSION}
        headers |= {"X-Restli-Protocol-Version": "2.0.0", **({"X-RestLi-Method": "FINDER"} if finder else {})}
        exchange = self._client.get(f"{self.base}/{path}", headers=headers, context=context, expect=(200, *ERRORS))
        if problem := _failure(exchange):
            raise problem
        return exchange

    def must_have_role(self, organization: str) -> None:
        """Blocked where the token's holder has no role that reads the organization's posts."""
        start = 0
        while True:
            exchange = self.get(f"organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count={COUNT}", finder=True)
            found = _items(exchange)
            for pointer, item in found:
                ROLE.check(item, exchange, pointer)
                if organization in (item.get("organization"), item.get("organizationTarget")) and item["role"] in ROLES:
                    return
            if len(found) < COUNT:
                raise Blocked(f"the token's holder has no role on {organization}: its lists would be empty", _ROLE, exchange)
            start += COUNT

    def batch(self, path: str, keys: Sequence[str], context: Mapping[str, Any]) -> Iterator[Exchange]:
        """Several by their keys."""
        for at in range(0, len(keys), BATCH):
            sign = "&" if "?" in path else "?"
            yield self.get(f"{path}{sign}ids=List({','.join(map(_enc, keys[at : at + BATCH]))})", context=context)


def _enc(text: str) -> str:
    return quote(text, safe="")


def _number(urn: str) -> str:
    return urn.rpartition(":")[2]


def _error_of(exchange: Exchange) -> dict[str, Any]:
    try:
        told = loads(exchange.body)
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {}


def _failure(exchange: Exchange) -> PlatformFailure | None:
    """{"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "The token used in the request has expired", "serviceErrorCode": 65602}"""
    if exchange.status < 400:
        return None
    told = _error_of(exchange)
    said = ", ".join(str(told[name]) for name in ("serviceErrorCode", "code") if told.get(name) is not None)
    words = f"{said}: {str(told.get('message', ''))[:200].rstrip('. ')}".strip(": ")
    if exchange.status == 429:
        return Throttled(f"{exchange.method} {exchange.url}: HTTP 429: {words}", _free_again(exchange, words), exchange)
    if exchange.status == 426:
        return UnexpectedResponse(
            f"HTTP 426: {words}", "This version of the API has ended: the connector must be brought to a later one.", exchange
        )
    problem = answers.failure(exchange, words=words)
    service = told.get("serviceErrorCode")
    if problem is not None and isinstance(service, int) and service in _MEND:
        problem.mend = _MEND[service]
    elif isinstance(problem, Blocked):
        problem.mend = f"A permission or a role is missing. {_ROLE}"
    return problem


def _free_again(exchange: Exchange, words: str) -> datetime:
    """A day's limit ends at midnight UTC."""
    now = exchange.fetched_at or datetime.now(UTC)
    if exchange.header("Retry-After") is None and " DAY " in f" {words.upper()} ":
        return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_after(exchange)


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Place:
    """Where a list is read on. `tail`: the last ids of the page before, of which the next one must hold some."""

    start: int = 0
    tail: list[str] = field(default_factory=list)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    listing: bool = True
    posts: _Place = field(default_factory=_Place)
    alone: str = ""  # the post that is asked for alone
    threads: list[list[str]] = field(default_factory=list)  # [post or comment whose comments are to be read, the post]
    comments: _Place = field(default_factory=_Place)  # in the first thread
    lacking: str = ""  # the first file that LinkedIn does not give

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def of(cursor: str) -> _Todo:
        told = json.loads(cursor)
        return _Todo(**{**told, "posts": _Place(**told["posts"]), "comments": _Place(**told["comments"])})


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the posts page by page, each page followed by the comments on its posts."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo(listing=False, alone=_urn_in(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    if walk.todo.listing:
        yield from walk.listed()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts by their URNs, comments below their posts. The core has just asked for the role: what is not found then is not there."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.posts_by_id([k for k in known.values() if k.kind == "post"])
    below: dict[str, list[Known]] = {}
    for k in known.values():
        if k.kind in ("comment", "reply"):
            below.setdefault(_bare(k.root_id or ""), []).append(k)
    for post, comments in below.items():
        yield from walk.comments_by_id(post, comments)


class _Walk:
    """One pass over a window. `seen`: when the posts that were given out were last changed; `noted`: threads in `todo`, or read."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.api, self.me = _Api(account, client), account.known.native_id
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.context |= {"name": account.known.title} if account.known.title else {}
        self.todo = _Todo.of(self.window.cursor) if self.window.cursor else _Todo()
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None
        self.seen: dict[str, int] = {}
        self.noted: set[str] = set()

    def profile(self) -> Exchange:
        """The organization, and where its pictures are."""
        exchange = self.api.get(f"organizations/{_number(self.me)}", context=self.context)
        found = content_of(exchange)
        PROFILED.check(found, exchange, "")
        return self.told(exchange, files=self.files(_pictures_of(found, Reading(exchange)).values()))

    def told(self, exchange: Exchange, **more: Any) -> Exchange:
        """With what its items do not say themselves in the context."""
        found = {name: value for name, value in more.items() if value}
        return replace(exchange, context={**exchange.context, **found}) if found else exchange

    def pages(self, path: str, place: _Place) -> Iterator[tuple[Exchange, list[dict[str, Any]], _Place | None]]:
        """(page, its items, where the list is read on: None after the last)."""
        sign, back, before = "&" if "?" in path else "?", 0, list[str]()
        for _ in range(MOST_PAGES):
            asked = f"{path}{sign}start={place.start}&count={COUNT}"
            page = self.api.get(asked, finder="q=" in path, context=self.context)
            found = [item for _, item in _items(page)]
            ids = [_native(item, page) for item in found]
            if len(ids) > OVERLAP and ids == before:
                raise UnexpectedResponse(f"{page.url}: the same page again", "Nothing was lost; the next capture asks anew.", page)
            before, following = ids, _after(place, ids, more=_has_more(page, len(ids)))
            back += following is not None and following.start < place.start
            if back > STEPS_BACK:
                raise UnexpectedResponse(f"{page.url}: the list does not stand still", "The next capture asks anew.", page)
            yield page, found, following
            if following is None:
                return
            place = following
        raise UnexpectedResponse(f"more than {MOST_PAGES} pages and no end", "Tell the developers if the account truly is that large.")

    def listed(self) -> Iterator[Exchange]:
        """The list of posts to its end, then once more its head, where what was edited meanwhile stands."""
        order = "LAST_MODIFIED" if self.floor else "CREATED"
        path, several = f"posts?q=author&author={_enc(self.me)}&sortBy={order}", False
        for page, posts, following in self.pages(path, self.todo.posts):
            if not posts and not several:
                self.api.must_have_role(self.me)
            fresh = self.fresh(posts, page)
            ended = following is None or (
                self.floor is not None and bool(posts) and _moment(posts[-1]["lastModifiedAt"], page) < self.floor
            )
            self.todo.posts, self.todo.listing = following or _Place(), not ended
            yield from self.given(page, fresh)
            if ended:
                break
            several = True
        if several and self.floor is not None:
            yield from self.head(path)

    def head(self, path: str) -> Iterator[Exchange]:
        for _ in range(LOOKS):
            page, posts, _ = next(self.pages(path, _Place()))
            fresh = self.fresh(posts, page)
            if not fresh:
                return
            yield from self.given(page, fresh)

    def fresh(self, posts: Sequence[dict[str, Any]], page: Exchange) -> list[dict[str, Any]]:
        """Those of a page that are in the window and were not given out as they are now."""
        found = []
        for i, post in enumerate(posts):
            POST.check(post, page, f"/elements/{i}")
            late = self.floor is not None and _moment(post["lastModifiedAt"], page) < self.floor
            if not late and self.seen.get(post["id"]) != post["lastModifiedAt"]:
                found.append(post)
                self.seen[post["id"]] = post["lastModifiedAt"]
        return found

    def given(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """A page whose posts other than these are left out, followed by the comments on them."""
        whole, wanted = self.completed(page, posts), {post["id"] for post in posts}
        others = [item["id"] for _, item in _items(page) if item["id"] not in wanted]
        short = {"short": self.short} if self.todo.lacking else {}
        context = {**whole.context, **({"elsewhere": others} if others else {}), **short}
        yield replace(whole, context=context, cursor=self.todo.cursor)
        yield from self.pending()

    def completed(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Posts with their counts and files in the context; their comments are noted to be read."""
        social = self.social([post["id"] for post in posts])
        files = self.files(urn for post in posts for urn in _files_of(post, Reading(answer)))
        self.todo.lacking = self.todo.lacking or next((urn for urn, file in files.items() if "downloadUrl" not in file), "")
        for post in posts:
            if social.get(post["id"], {}).get("comments") != 0 and post["id"] not in self.noted:
                self.noted.add(post["id"])
                self.todo.threads.append([post["id"], post["id"]])
        return self.told(answer, social=social, files=files)

    @property
    def short(self) -> str:
        """For the core: files that LinkedIn does not give."""
        return f"LinkedIn gives no address of files of posts (the first: {self.todo.lacking}); docs/platforms/linkedin.md says what to do"

    def social(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, what is counted of posts, and what they are called as activities."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.api.batch("socialMetadata", posts, self.context):
            reading = Reading(answer)
            for urn, told in _results(answer).items():
                pointer = f"/results/{urn}"
                METADATA.check(told, answer, pointer)
                comments = reading.part(SUMMARY, told, "commentSummary", pointer).get("topLevelCount")
                kinds = told.get("reactionSummaries") or {}
                likes = [reading.part(REACTIONS, kinds, kind, f"{pointer}/reactionSummaries").get("count") or 0 for kind in kinds]
                counts = {"comments": comments, "likes": sum(likes), "entity": told.get("entity")}
                found[urn] = {name: value for name, value in counts.items() if value is not None}
        return found

    def files(self, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, where files are, or why they are not."""
        wanted, found = list(dict.fromkeys(urns)), dict[str, dict[str, Any]]()
        for kind, path in _KINDS.items():
            for answer in self.api.batch(path, [urn for urn in wanted if urn.split(":")[2:3] == [kind]], self.context):
                for urn, told in _results(answer).items():
                    FILE.check(told, answer, f"/results/{urn}")
                    names = ("status", "downloadUrl", "captions", "duration")
                    found[urn] = {name: told[name] for name in names if told.get(name) is not None}
        return {urn: found.get(urn, {}) for urn in wanted}

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        if self.todo.alone:
            yield from self.single()
        while self.todo.threads:
            yield from self.thread()

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post, or all answers to a comment. What has gone since it was listed is seen to by the next capture."""
        todo, (entity, post) = self.todo, self.todo.threads[0]
        try:
            for page, comments, following in self.pages(f"socialActions/{_enc(entity)}/comments", todo.comments):
                for i, comment in enumerate(comments):
                    COMMENT.check(comment, page, f"/elements/{i}")
                    urn = _native(comment, page)
                    if _answers(comment, Reading(page), f"/elements/{i}") and urn not in self.noted:
                        self.noted.add(urn)
                        todo.threads.append([urn, post])
                todo.comments = following or _Place()
                if following is None:
                    del todo.threads[0]
                yield replace(self.told(page, root=_record_id(post)), cursor=todo.cursor)
        except AccountUnavailable:
            del todo.threads[0]
            todo.comments = _Place()

    def single(self) -> Iterator[Exchange]:
        """The post of a permalink; UsageError where it is none of the organization's."""
        urn, url = self.todo.alone, self.window.url
        try:
            answer = self.api.get(f"posts/{_enc(urn)}", context=self.context)
        except (AccountUnavailable, UnexpectedResponse):
            found = self.by_activity(urn)
            if found is None:
                raise UsageError(f"{url} is no post of this page", "It is gone, or another's.") from None
            answer = self.api.get(f"posts/{_enc(found)}", context=self.context)
        except Blocked:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.") from None
        [(pointer, post)] = _items(answer)
        POST.check(post, answer, pointer)
        if post["author"] != self.me:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.")
        whole = self.completed(answer, [post])
        self.todo.alone = ""
        yield replace(whole, cursor=self.todo.cursor)

    def by_activity(self, urn: str) -> str | None:
        """The post that is this activity: addresses have the one, the API wants the other."""
        if ":activity:" not in urn:
            return None
        for _, posts, _ in self.pages(f"posts?q=author&author={_enc(self.me)}&sortBy=CREATED", _Place()):
            for post, told in self.social([post["id"] for post in posts]).items():
                if told.get("entity") == urn:
                    return post
        return None

    def posts_by_id(self, known: Sequence[Known]) -> Iterator[Exchange | Absence]:
        for answer in self.api.batch("posts", [k.native_id for k in known], self.context):
            posts = list(_results(answer).values())
            for key, post in _results(answer).items():
                POST.check(post, answer, f"/results/{key}")
            yield self.completed(answer, posts)
            for post in posts:
                if post["lifecycleState"] != "PUBLISHED":
                    yield Absence(_record_id(post["id"]), HIDDEN, f"LinkedIn calls it {post['lifecycleState']}", answer, "agency")
            yield from (Absence(_record_id(urn), UNAVAILABLE, _GONE, answer) for urn in _missing(answer))

    def comments_by_id(self, post: str, known: Sequence[Known]) -> Iterator[Exchange | Absence]:
        """Below the post; what is not there, an answer, below the comment that it answers."""
        left = {k.native_id: k for k in known}
        for above, some in ((post, list(known)), *_by_parent(known)):
            wanted = [k for k in some if k.native_id in left]
            last = above != post or all(k.kind == "comment" for k in wanted)
            for at in range(0, len(wanted), BATCH):
                part = {_comment_number(k.native_id): k for k in wanted[at : at + BATCH]}
                context = {**self.context, "root": _record_id(post)}
                try:
                    path = f"socialActions/{_enc(above)}/comments?ids=List({','.join(part)})"
                    answer = self.api.get(path, context=context)
                except AccountUnavailable as gone:
                    if gone.exchange is None:
                        raise
                    answer, found, missing = gone.exchange, {}, list(part)
                else:
                    found, missing = _results(answer), list(_missing(answer))
                    yield answer
                for number in found:
                    left.pop(part[_comment_number(number)].native_id, None)
                for number in missing:
                    k = part[_comment_number(number)]
                    if last or k.kind == "comment":
                        left.pop(k.native_id, None)
                        yield Absence(k.record_id, UNAVAILABLE, _GONE, answer)


def _by_parent(known: Sequence[Known]) -> list[tuple[str, list[Known]]]:
    found: dict[str, list[Known]] = {}
    for k in known:
        if k.kind == "reply":
            found.setdefault(_bare(k.parent_id or ""), []).append(k)
    return list(found.items())


def _after(place: _Place, ids: Sequence[str], *, more: bool) -> _Place | None:
    """Where a list is read on after a page: one item is read twice, so that it is seen whether the list has become shorter meanwhile."""
    if place.tail and place.start > 0 and not set(place.tail) & set(ids):
        return _Place(max(0, place.start - COUNT))
    return _Place(place.start + max(len(ids) - OVERLAP, 1), list(ids[-TAIL:])) if more and ids else None


def _has_more(page: Exchange, number: int) -> bool:
    """A full page may have a next one; a short one is the last, unless LinkedIn links to another."""
    if number >= COUNT:
        return True
    body, reading = content_of(page), Reading(page)
    links = reading.each(LINK, reading.part(PAGING, body, "paging", ""), "links", "/paging")
    return any(link.get("rel") == "next" for link in links)


def _urn_in(url: str) -> str:
    """The URN of a permalink; UsageError where it is none."""
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path)
    except ValueError:
        host, path = "", ""
    found = _PERMALINK.search(path) if host == SERVER or host.endswith(f".{SERVER}") else None
    if found is None:
        raise UsageError(f"{url} is not the address of a post", "It reads https://www.linkedin.com/feed/update/urn:li:share:<number>.")
    return found[1] or f"urn:li:{found[2]}:{found[3]}"


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of an organization, a post, a comment, a list of them, or several by their ids."""
    if problem := _failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    for pointer, item in _items_of(body, exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (URNs are unique on all of LinkedIn)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _items(exchange: Exchange) -> list[tuple[str, dict[str, Any]]]:
    return list(_items_of(content_of(exchange), exchange))


def _items_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, of several by their keys, or of a single thing."""
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    if "elements" in body:
        PAGE.check(body, exchange, "")
        found = [(f"/elements/{i}", item) for i, item in enumerate(items(body["elements"], exchange, "/elements"))]
    elif "results" in body:
        BATCHED.check(body, exchange, "")
        found = [(f"/results/{key}", item) for key, item in body["results"].items()]
    else:
        found = [("", body)]
    for pointer, item in found:
        if not isinstance(item, dict):
            raise wrong(exchange, pointer, "an object", item)
        yield pointer, item


def _results(exchange: Exchange) -> dict[str, dict[str, Any]]:
    """Those of a batch that were found, by their keys."""
    body = content_of(exchange)
    BATCHED.check(body, exchange, "")
    found: dict[str, dict[str, Any]] = body["results"]
    return found


def _missing(exchange: Exchange) -> Iterator[str]:
    """Those of a batch that LinkedIn does not find; another refusal is a failure."""
    for key, told in (content_of(exchange).get("errors") or {}).items():
        status = told.get("status") if isinstance(told, dict) else None
        if status != 404:
            refused = replace(exchange, status=status if type(status) is int and status >= 400 else 500, body=json.dumps(told).encode())
            problem = _failure(refused) or wrong(exchange, f"/errors/{key}", "an error", told)
            problem.exchange = exchange
            raise problem
        yield key


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    if "message" in item or "actor" in item:
        yield _comment(item, reading, pointer)
    elif "localizedName" in item:
        yield _profile(item, reading, pointer)
    elif item.get("id") not in reading.context.get("elsewhere", ()):
        yield from _post(item, reading, pointer)


def _record_id(urn: str) -> str:
    return f"linkedin:{urn}"


def _bare(record_id: str) -> str:
    return record_id.partition(":")[2]


def _native(item: dict[str, Any], exchange: Exchange) -> str:
    """The URN of a post or a comment."""
    urn, number, above = item.get("$URN") or item.get("commentUrn"), item.get("id"), item.get("object")
    if not isinstance(urn, str) and isinstance(number, str):
        urn = f"urn:li:comment:({above},{number})" if isinstance(above, str) else number
    if not isinstance(urn, str):
        raise wrong(exchange, "/id", "text", item.get("id", "nothing"))
    return urn


def _comment_number(urn: str) -> str:
    """ "9" of "urn:li:comment:(urn:li:activity:8,9)"; what is a number already stays as it is."""
    return urn.rstrip(")").rpartition(",")[2]


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    if not _POST.fullmatch(item["id"]):
        raise wrong(reading.exchange, f"{pointer}/id", "the URN of a share or of a ugcPost", item["id"])
    if item["lifecycleState"] != "PUBLISHED":
        return
    if "commentary" not in item and not item.get("reshareContext"):
        raise wrong(reading.exchange, f"{pointer}/commentary", "text", "nothing")
    urn, words = item["id"], little.read(item.get("commentary") or "")
    content, found = reading.part(CONTENT, item, "content", pointer), _Found()
    for kind, part in content.items():
        if part is not None and kind in _CONTENTS:
            _CONTENTS[kind](part, found, reading, f"{pointer}/content/{kind}")
    edited = reading.part(STATE, item, "lifecycleStateInfo", pointer).get("isEditedByAuthor")
    parent = reading.part(SHARED, item, "reshareContext", pointer).get("parent")
    published = _moment(item.get("publishedAt") or item["createdAt"], reading.exchange, f"{pointer}/publishedAt")
    changed = _moment(item["lastModifiedAt"], reading.exchange, f"{pointer}/lastModifiedAt") if edited else None
    told = reading.context.get("social", {}).get(urn, {})
    yield _record(
        item,
        reading,
        pointer,
        urn,
        item["author"],
        kind="post",
        root_id=_record_id(urn),
        url=f"https://www.linkedin.com/feed/update/{urn}",
        title=found.title,
        text="\n\n".join(filter(None, (words.text, *found.words))),
        published_at=published,
        edited_at=changed,
        valid_from=changed or published,
        visibility=item.get("visibility"),
        media=found.media,
        links=list(dict.fromkeys(filter(None, (*found.links, item.get("contentLandingPage"))))),
        mentions=words.mentions,
        tags=words.tags,
        shared_id=_record_id(parent) if parent else None,
        counts={name: told[name] for name in ("comments", "likes") if name in told} or None,
    )


def _comment(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    reading.check(COMMENT, item, pointer)
    urn, above = _native(item, reading.exchange), item.get("parentComment")
    root = reading.context.get("root") or _record_id(item["object"])
    created = _moment(reading.part(STAMP, item, "created", pointer)["time"], reading.exchange, f"{pointer}/created/time")
    last = reading.part(STAMP, item, "lastModified", pointer).get("time")
    changed = _moment(last, reading.exchange, f"{pointer}/lastModified/time") if last is not None else created
    message = reading.part(MESSAGE, item, "message", pointer)
    found = _Found()
    for i, piece in enumerate(reading.each(PIECE, item, "content", pointer)):
        _add_piece(piece, found, f"{urn}/{i}")
    likes = reading.part(LIKES, item, "likesSummary", pointer).get("totalLikes")
    counts = {"comments": _answers(item, reading, pointer), "likes": likes}
    return _record(
        item,
        reading,
        pointer,
        urn,
        item["actor"],
        kind="reply" if above else "comment",
        parent_id=_record_id(above) if above else root,
        root_id=root,
        text=message["text"],
        published_at=created,
        edited_at=changed if changed > created else None,
        valid_from=max(changed, created),
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=_mentions(message, reading, f"{pointer}/message"),
        counts={name: n for name, n in counts.items() if n is not None} or None,
    )


def _record(item: dict[str, Any], reading: Reading, pointer: str, urn: str, author: str, **more: Any) -> Record:
    """What posts and comments have in common. LinkedIn names no member; the organization's own name stands in its profile."""
    ours = author == reading.me
    return Record(
        record_id=_record_id(urn),
        native_id=urn,
        pointer=pointer,
        author_id=author,
        author_name=reading.context.get("name") if ours else None,
        author_is_account=None if reading.me is None else ours,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
        **more,
    )


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the organization says of itself."""
    reading.check(PROFILED, item, pointer)
    native, name, vanity = f"urn:li:organization:{item['id']}", item["localizedName"], item.get("vanityName")
    founded = reading.part(FOUNDED, item, "foundedOn", pointer)
    lists = {"Also known as": item.get("alternativeNames"), "Specialties": item.get("localizedSpecialties")}
    lines = [f"{label}: {', '.join(map(str, found))}" for label, found in lists.items() if found]
    lines += [f"Founded: {founded['year']}"] if founded.get("year") else []
    for i, location in enumerate(reading.each(LOCATION, item, "locations", pointer)):
        address = reading.part(ADDRESS, location, "address", f"{pointer}/locations/{i}")
        lines.append("Address: " + ", ".join(filter(None, (address.get(part) for part, _ in ADDRESS.fields))))
    media = [
        _file(urn, "image", None, reading, position) for position, urn in enumerate(_pictures_of(item, reading, pointer).values(), start=1)
    ]
    return Record(
        record_id=_record_id(native),
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=f"https://www.linkedin.com/company/{vanity or item['id']}",
        author_id=native,
        author_name=name,
        author_handle=vanity,
        author_is_account=None if reading.me is None else native == reading.me,
        title=name,
        text="\n\n".join(filter(None, (item.get("localizedDescription"), "\n".join(lines)))),
        links=list(filter(None, (item.get("localizedWebsite"),))),
        media=media,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


# -------------------------------------------------------------------------------------------------------------------- parts of an item


@dataclass
class _Found:
    """What a post or comment holds beside its words."""

    media: list[Media] = field(default_factory=list)
    links: list[str | None] = field(default_factory=list)
    words: list[str | None] = field(default_factory=list)
    title: str | None = None


def _moment(milliseconds: Any, exchange: Exchange, pointer: str = "") -> datetime:
    """An instant in milliseconds since 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except (TypeError, OverflowError):
        raise wrong(exchange, pointer, "milliseconds since 1970", milliseconds) from None


def _add_media(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    """One picture, video or document."""
    reading.check(MEDIA, part, pointer, "content.media")
    found.title = part.get("title") or None
    found.media += _files(part["id"], part.get("altText"), reading, len(found.media) + 1)


def _add_images(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    reading.check(IMAGES, part, pointer, "content.multiImage")
    for image in reading.each(MEDIA, part, "images", pointer):
        found.media += _files(image["id"], image.get("altText"), reading, len(found.media) + 1)


def _add_article(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    """A link with the words and the picture that its poster gave it: LinkedIn's API makes no preview by itself."""
    reading.check(ARTICLE, part, pointer, "content.article")
    found.links.append(part.get("source"))
    found.words += [part.get("title"), part.get("description")]
    if thumbnail := part.get("thumbnail"):
        found.media += _files(thumbnail, part.get("thumbnailAltText"), reading, 1)


def _add_poll(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    """What is asked and what may be answered; how many did moves."""
    reading.check(POLL, part, pointer, "content.poll")
    options = [option.get("text") for option in reading.each(OPTION, part, "options", pointer)]
    found.words += [part.get("question"), "\n".join(f"- {text}" for text in options if text)]


def _add_reference(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    """An event, of which a post has the URN only."""
    reading.check(REFERENCE, part, pointer, "content.reference")
    urn = part.get("id") or ""
    found.links.append(f"https://www.linkedin.com/events/{_number(urn)}" if urn.startswith("urn:li:event:") else urn)


def _add_cards(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    reading.check(CAROUSEL, part, pointer, "content.carousel")
    for i, card in enumerate(reading.each(CARD, part, "cards", pointer)):
        media = reading.part(MEDIA, card, "media", f"{pointer}/cards/{i}")
        found.links.append(card.get("landingPage"))
        found.words.append(media.get("title"))
        found.media += _files(media["id"], media.get("altText"), reading, len(found.media) + 1) if media else []


def _add_celebration(part: Any, found: _Found, reading: Reading, pointer: str) -> None:
    reading.check(CELEBRATION, part, pointer, "content.celebration")
    found.words += [part.get("type"), part.get("text")]
    if media := reading.part(MEDIA, part, "media", pointer):
        found.media += _files(media["id"], media.get("altText"), reading, 1)


_CONTENTS = {
    "media": _add_media,
    "multiImage": _add_images,
    "article": _add_article,
    "poll": _add_poll,
    "reference": _add_reference,
    "carousel": _add_cards,
    "celebration": _add_celebration,
}


def _files_of(post: dict[str, Any], reading: Reading) -> list[str]:
    """The URNs of a post's files."""
    found = _Found()
    for kind, part in reading.part(CONTENT, post, "content", "").items():
        if part is not None and kind in _CONTENTS:
            _CONTENTS[kind](part, found, reading, f"/content/{kind}")
    return [media.identity for media in found.media if media.identity.split(":")[2:3] in (["image"], ["video"], ["document"])]


def _files(urn: str, alt: str | None, reading: Reading, position: int) -> list[Media]:
    """A file, and the captions of a video."""
    kind = urn.split(":")[2] if urn.count(":") > 2 else ""
    media = [_file(urn, kind if kind in _KINDS else "document", alt, reading, position)]
    captions = reading.context.get("files", {}).get(urn, {}).get("captions")
    return media + ([Media(f"{urn}/captions", "document", captions, position=position + 1)] if captions else [])


def _file(urn: str, kind: str, alt: str | None, reading: Reading, position: int) -> Media:
    """`duration` is in milliseconds, as the context tells it."""
    told = reading.context.get("files", {}).get(urn, {})
    url, length = told.get("downloadUrl"), told.get("duration")
    reason = None if url else f"LinkedIn calls it {told['status']}" if told.get("status") else "LinkedIn gives no address of it"
    duration = round(length) if length is not None and 0 <= length < 2**53 else None
    return Media(urn, kind, url, alt_text=alt or None, duration=duration, position=position, missing_reason=reason)


def _pictures_of(item: dict[str, Any], reading: Reading, pointer: str = "") -> dict[str, str]:
    """Logo and cover as images: the same letters name them that name them as assets."""
    found = {name: reading.part(CROPPED, item, name, pointer).get("original") for name in ("logoV2", "coverPhotoV2")}
    return {name: urn.replace(":digitalmediaAsset:", ":image:") for name, urn in found.items() if urn}


def _add_piece(piece: dict[str, Any], found: _Found, name: str) -> None:
    """A picture or a video in a comment, whose signed address stands beside it; or a link."""
    url, kind = piece.get("url"), (piece.get("type") or "IMAGE").lower()
    if kind not in ("image", "video"):
        found.links.append(url)
        return
    entity = piece.get("entity") or {}
    urn = next((value for value in entity.values() if isinstance(value, str)), name)
    missing = None if url else "LinkedIn gives no address of it"
    found.media.append(Media(urn, kind, url, position=len(found.media) + 1, missing_reason=missing))


def _mentions(message: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """URNs of members and organizations that a comment names.

    {"start": 0, "length": 4, "value": {"com.linkedin.common.MemberAttributedEntity": {"member": "urn:li:person:zLqTygBP8S"}}}
    """
    found = []
    for attribute in reading.each(ATTRIBUTE, message, "attributes", pointer):
        for entity in (attribute.get("value") or {}).values():
            found += [urn for urn in (entity.values() if isinstance(entity, dict) else ()) if isinstance(urn, str)]
    return list(dict.fromkeys(urn for urn in found if urn.startswith(("urn:li:person:", "urn:li:organization:"))))


def _answers(item: dict[str, Any], reading: Reading, pointer: str) -> int | None:
    """How many comments answer this one."""
    number: int | None = reading.part(ANSWERS, item, "commentsSummary", pointer).get("totalFirstLevelComments")
    return number
