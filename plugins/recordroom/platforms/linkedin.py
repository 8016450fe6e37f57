"""LinkedIn: an organization page's profile, its posts of every kind, and all comments on them at every depth, by a member with a role.

Read (Community Management API, https://learn.microsoft.com/en-us/linkedin/marketing/community-management/, pages of version 2026-05):
  /rest/organizationAcls?q=roleAssignee           which organizations the token's holder has a role on; before each capture
  /rest/organizations/<number>                    the profile, in every window; by ?q=vanityName at the first capture
  /rest/posts?q=author                            what the organization published; /rest/posts?ids=List(...) by id
  /rest/socialMetadata?ids=List(...)              how many comments and reactions a post has
  /rest/images, videos, documents?ids=List(...)   where a post's files are; the addresses are signed and expire
  /rest/socialActions/<urn>/comments              comments on a post, or the answers to one, by its own URN
  /rest/organizationalEntityNotifications         for 60 days: new comments on old posts, posts of others that mention the page or pass on
                                                  its posts, and, in words, that a comment was deleted; for administrators only

A list of posts is empty, with HTTP 200, for whoever has no role on the organization: it looks as if all had been deleted. So the role is
asked for before each capture, before an absence is believed, and again where a list is empty.

Lists shift while they are read (restli.py). In the order of the last change, what is edited meanwhile jumps to the front: that is looked at
again at the end.

The words of a post are little text (little.py). URNs are ids: `urn:li:share:7`, `urn:li:comment:(urn:li:activity:8,9)`. What the metadata
and the files of posts are is asked for before their page is given out, and stands in its context. docs/platforms/linkedin.md says what the
API never gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals, instant
from recordroom.platforms import Client, Code, Consent, Known, Limit, Platform, Renewal, Token, TokenClient, Window, little, minutes, oauth
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.restli import BATCH, COUNT, ROLE, Api, Place, escaped, failure, items_of, missing, results
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, tree_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

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
    consent=Consent(
        f"{OAUTH}/oauth/v2/authorization",
        ("r_organization_social", "r_organization_social_feed", "rw_organization_admin"),
        proof=False,  # with one it answers "Client authentication failed": https://github.com/teamhanko/hanko/pull/2405 (2026-11-25)
    ),
    renewal=Renewal(before=timedelta(days=14), needs=("client_id", "client_secret", "refresh_token"), keeps=True),
    ids_in_a_lookup=20,
    messages="the page's inbox; switch messages off in the page's settings, or keep copies by hand",
    not_offered={
        "stories": "there are none",
        "names": "only pages that comment are named; members are an URN",
        "history": "only that a post was edited",
        "hidden": "there are none",
        "held": "there are none",
        "moderation": "nothing of it",
        "messages": "the inbox of a page is not given",
    },
    not_captured={
        "events": "a post has the address of the event",
    },
    limits=(
        Limit(
            "calls of a resource",
            None,
            "in a day of UTC, of the app and of each member",
            f"{_DOCS}/shared/api-guide/concepts/rate-limits",
            "2026-11-25",
            86_400,
        ),
        Limit("items in a page of a list", 100, "posts", f"{_DOCS}/marketing/community-management/shares/posts-api", "2026-11-25"),
        Limit("life of a token", 60, "days", _TOKENS, "2026-11-25"),
        Limit("life of a refresh token", 365, "days, which its use does not prolong", _TOKENS, "2026-11-25"),
    ),
)
UNEDITED = timedelta(seconds=1)  # so much later than it was made a comment may be stored that nobody edited
LOOKS = 3  # at the head of a list that was read to its end
ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"})  # that read posts

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_VIEWER, _ADVERTISING, _FIXED = "about whoever asks", "about advertising", "the same for all of them"
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
COMMENT = Shape(  # without an actor where LinkedIn hides it: https://github.com/MicrosoftDocs/feedback/issues/971 (2026-11-25)
    {"actor": _TEXT, "created": ITEM, "lastModified": _ITEM, "id": TEXT, "$URN": _TEXT, "commentUrn": _TEXT, "message": ITEM}
    | {"object": TEXT, "parentComment": _TEXT, "content": _LIST, "commentsSummary": _ITEM, "likesSummary": _ITEM},
    {"agent": "who wrote for the organization: in the evidence"},
)
STAMP = Shape({"time": NUMBER}, {"actor": "said by actor", "impersonator": "who wrote for the organization: in the evidence"})
MESSAGE = Shape({"text": TEXT, "attributes": _LIST}, {"inferredLocale": "guessed"})
ATTRIBUTE = Shape({"value": _ITEM}, dict.fromkeys(("start", "length"), "where in the text"))
ANSWERS = Shape({"totalFirstLevelComments": _NUMBER}, dict.fromkeys(("selectedComments", "aggregatedTotalComments"), "read as such"))
LIKES = Shape({"totalLikes": _NUMBER}, {"selectedLikes": "who liked", "aggregatedTotalLikes": "the same", "likedByCurrentUser": _VIEWER})
PIECE = Shape({"type": _TEXT, "entity": _ITEM, "url": _TEXT})
NOTICE = Shape(
    {"action": TEXT, "notificationId": NUMBER, "lastModifiedAt": NUMBER, "generatedActivity": _TEXT}
    | {"decoratedSourcePost": _ITEM, "decoratedGeneratedActivity": _ITEM},
    {"organizationalEntity": _FIXED, "subscriber": "the token's holder", "sourcePost": "said by decoratedSourcePost"},
)
ACTIVITY = Shape({"share": _ITEM}, {"comment": "read as such"})
DECORATED = Shape({"entity": _TEXT, "owner": _TEXT, "text": _TEXT}, {"mediaCategory": "said by the post"})
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
HELD = Shape({"organization": _TEXT, "organizationTarget": _TEXT, "role": TEXT, "state": _TEXT}, {"roleAssignee": "the token's holder"})
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
INSPECTED = Shape(
    {"expires_at": _NUMBER},
    dict.fromkeys(("active", "status", "auth_type", "client_id", "scope", "authorized_at", "created_at"), "seen by its use"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POST = re.compile(r"urn:li:(?:share|ugcPost|groupPost):\d+")
_KINDS = {"image": "images", "video": "videos", "document": "documents"}
_PERMALINK = re.compile(
    r"/feed/update/(urn:li:(?:share|ugcPost|activity):\d+)/?$|/posts/[^/]*?[-_](share|ugcPost|activity)-(\d+)-[\w-]+/?$"
)
_UNTOLD = "LinkedIn tells of posts that mention the page for 60 days; whether it is still there is not told"
_GONE = "LinkedIn finds nothing of that URN: it is gone, or must not be seen; it does not say which"


# ---------------------------------------------------------------------------------------------------------- who, how many, which token


def identify(account: Account, client: Client) -> Identity:
    """The organization of `account.url`, or the one that is known already, whatever it is called now. Blocked where the token's holder has
    no role on it: its lists would be empty then."""
    api = _api(account, client)
    native = account.identity.native_id if account.identity else _organization_of(account, api)
    _must_have_role(api, native)
    exchange = api.get(f"organizations/{in_path(_number(native))}")
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    return Identity(native, SERVER, found["localizedName"], found.get("vanityName"), exchange)


def _organization_of(account: Account, api: Api) -> str:
    """By the name in its address."""
    name = unquote(urlsplit(account.url).path).strip("/").split("/")[1]
    if name.isdecimal():
        return f"urn:li:organization:{name}"
    exchange = api.get(f"organizations?q=vanityName&vanityName={escaped(name)}")
    for pointer, item in items_of(exchange):
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
    return oauth.refreshed(client, _endpoint(account))


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return oauth.exchanged(client, _endpoint(account), code)


def inspect(account: Account, client: TokenClient) -> Token:
    """When the token ends. LinkedIn tells the app alone: https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection,
    2026-11-25."""
    if lacking := [name for name in oauth.APP if name not in client.secrets]:
        raise Blocked(f"LinkedIn tells of a token's end to the app only: the connection lacks {', '.join(lacking)}")
    form = {"token": client.secrets["token"], **{name: client.secrets[name] for name in oauth.APP}}
    answer = client.post(_endpoint(account, "introspectToken"), form)
    told = content_of(answer)
    INSPECTED.check(told, answer, "")
    return Token({}, None if told.get("expires_at") is None else _moment(told["expires_at"] * 1000, answer, "/expires_at"))


def _endpoint(account: Account, name: str = "accessToken") -> str:
    return f"{account.api_url.rstrip('/') if account.api_url else OAUTH}/oauth/v2/{name}"


def _api(account: Account, client: Client) -> Api:
    return Api(f"{(account.api_url or HOST).rstrip('/')}/rest", client)


def _must_have_role(api: Api, organization: str) -> None:
    """Blocked where the token's holder has no role that reads the organization's posts."""
    start = 0
    while True:
        exchange = api.get(f"organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count={COUNT}")
        found = list(items_of(exchange))
        for pointer, item in found:
            HELD.check(item, exchange, pointer)
            if organization in (item.get("organization"), item.get("organizationTarget")) and item["role"] in ROLES:
                return
        if len(found) < COUNT:
            raise Blocked(f"the token's holder has no role on {organization}: its lists would be empty", ROLE, exchange)
        start += COUNT


def _number(urn: str) -> str:
    return urn.rpartition(":")[2]


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "mentions"  # which list is read: then posts, then news; "" after the last
    place: Place = field(default_factory=Place)  # in that list
    permalink: str = ""  # the URN of a post's address
    alone: list[str] = field(default_factory=list)  # posts that are asked for by their URNs
    threads: list[list[str]] = field(default_factory=list)  # [post or comment whose comments are to be read, the post]
    comments: Place = field(default_factory=Place)  # in the first thread
    lacking: str = ""  # the first file that LinkedIn does not give
    unheard: bool = False  # it tells nothing of mentions

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def of(cursor: str) -> _Todo:
        told = json.loads(cursor)
        return _Todo(**{**told, "place": Place(**told["place"]), "comments": Place(**told["comments"])})


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; what others posted about the page; the posts page by page, each page followed by the comments on its posts; at last the
    comments on older posts that LinkedIn tells of."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", permalink=_urn_in(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    for edge, read in (("mentions", walk.mentions), ("posts", walk.listed), ("news", walk.news)):
        if walk.todo.edge == edge:
            yield from read()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts by their URNs, comments below their posts. The core has just asked for the role: what is not found then is not there."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.posts_by_id([k.native_id for k in known.values() if k.kind == "post"])
    below: dict[str, list[Known]] = {}
    for k in known.values():
        if k.kind in ("comment", "reply") and k.root_id != k.record_id:
            below.setdefault(_bare(k.root_id or ""), []).append(k)
    gone: list[tuple[Known, Exchange]] = []
    for post, comments in below.items():
        for answer in walk.comments_by_id(post, comments):
            if isinstance(answer, Exchange):
                yield answer
            else:
                gone.append(answer)
    yield from walk.told_as_deleted(gone)
    yield from walk.not_told_any_more([k for k in known.values() if k.kind == "comment" and k.root_id == k.record_id])


class _Walk:
    """One pass over a window. `seen`: when the posts that were given out were last changed; `noted`: threads in `todo`, or read; `moved`:
    when something was last said on older posts."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.api, self.me = _api(account, client), account.known.native_id
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.context |= {"name": account.known.title} if account.known.title else {}
        self.todo = _Todo.of(self.window.cursor) if self.window.cursor else _Todo()
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None
        self.seen: dict[str, int] = {}
        self.noted: set[str] = set()
        self.moved: dict[str, int] = {}

    def profile(self) -> Exchange:
        """The organization, and where its pictures are."""
        exchange = self.api.get(f"organizations/{in_path(_number(self.me))}", self.context)
        found = content_of(exchange)
        PROFILED.check(found, exchange, "")
        return self.told(exchange, files=self.files(_pictures_of(found, Reading(exchange)).values()))

    def told(self, exchange: Exchange, **more: Any) -> Exchange:
        """With what its items do not say themselves in the context."""
        found = {name: value for name, value in more.items() if value}
        return replace(exchange, context={**exchange.context, **found}) if found else exchange

    def pages(self, path: str, place: Place) -> Iterator[tuple[Exchange, list[dict[str, Any]], Place | None]]:
        return self.api.pages(path, place, _native, self.context)

    def turn(self, edge: str, place: Place | None) -> None:
        """What is read next: the same list, or another from its start."""
        self.todo.edge, self.todo.place = edge, place or Place()

    # -- what others did, as LinkedIn tells it for 60 days ---------------------------------------------------------------------------

    def happened(
        self, actions: str, since: datetime | None, place: Place | None = None
    ) -> Iterator[tuple[Exchange, list[dict[str, Any]], Place | None]]:
        """What was done to the page's posts; Blocked where the token's holder is no administrator."""
        span = f"&timeRange=(start:{(since - _EPOCH) // timedelta(milliseconds=1)})" if since else ""
        path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={escaped(self.me)}&actions=List({actions}){span}"
        return self.api.pages(path, place or Place(), _notice_id, self.context)

    def mentions(self) -> Iterator[Exchange]:
        """Posts of others that mention the page, or pass on its posts."""
        try:
            for page, _, following in self.happened("SHARE,SHARE_MENTION", self.floor, self.todo.place):
                self.turn("posts" if following is None else "mentions", following)
                yield replace(page, cursor=self.todo.cursor)
        except (AccountUnavailable, Blocked):
            self.todo.unheard = True
            self.turn("posts", None)

    def news(self) -> Iterator[Exchange]:
        """Posts before the last days on which something was said since the last capture."""
        if self.floor and not self.todo.unheard:
            since = self.window.changed_since or self.floor  # there was no such window before
            for page, notices, _ in self.happened("COMMENT,ADMIN_COMMENT,COMMENT_EDIT", since):
                for i, notice in enumerate(notices):
                    source = Reading(page).part(DECORATED, notice, "decoratedSourcePost", f"/elements/{i}").get("entity") or ""
                    if _POST.fullmatch(source) and source not in self.seen and source not in self.todo.alone:
                        self.todo.alone.append(source)
                        self.moved[source] = notice["lastModifiedAt"]
        self.turn("", None)
        yield from self.pending()

    def told_as_deleted(self, gone: Sequence[tuple[Known, Exchange]]) -> Iterator[Absence]:
        """Comments that are not found: `removed` where LinkedIn tells that they were deleted."""
        deleted = self.deletions() if gone else {}
        for k, answer in gone:
            if told := deleted.get(_numbers(k.native_id)):
                at, page = told
                yield Absence(k.record_id, REMOVED, f"LinkedIn told that it was deleted (COMMENT_DELETE, {instant(at)})", page)
            else:
                yield Absence(k.record_id, UNAVAILABLE, _GONE, answer)

    def deletions(self) -> dict[tuple[str, ...], tuple[datetime, Exchange]]:
        """By the numbers of activity and comment, when a comment was deleted and what told so."""
        found: dict[tuple[str, ...], tuple[datetime, Exchange]] = {}
        try:
            for page, notices, _ in self.happened("COMMENT_DELETE", None):
                for notice in notices:
                    if notice["action"] == "COMMENT_DELETE" and isinstance(notice.get("generatedActivity"), str):
                        found[_numbers(notice["generatedActivity"])] = (_moment(notice["lastModifiedAt"], page), page)
        except (AccountUnavailable, Blocked):  # nothing is told to whoever is no administrator
            pass
        return found

    def not_told_any_more(self, mentions: Sequence[Known]) -> Iterator[Absence]:
        """Posts of others cannot be asked for: nothing is known of them when LinkedIn does not tell of them any more."""
        if mentions:
            answer = self.api.get(f"organizations/{in_path(_number(self.me))}", self.context)
            yield from (Absence(k.record_id, VISIBLE, _UNTOLD, answer, ended=True) for k in mentions)

    # -- posts -----------------------------------------------------------------------------------------------------------------------

    def listed(self) -> Iterator[Exchange]:
        """The list of posts to its end, then once more its head, where what was edited meanwhile stands."""
        order = "LAST_MODIFIED" if self.floor else "CREATED"
        path, several = f"posts?q=author&author={escaped(self.me)}&sortBy={order}", False
        for page, posts, following in self.pages(path, self.todo.place):
            if not posts and not several:
                _must_have_role(self.api, self.me)
            fresh = self.fresh(posts, page)
            ended = following is None or (
                self.floor is not None and bool(posts) and _moment(posts[-1]["lastModifiedAt"], page) < self.floor
            )
            self.turn("news" if ended else "posts", None if ended else following)
            yield from self.given(page, fresh)
            if ended:
                break
            several = True
        if several and self.floor is not None:
            yield from self.head(path)

    def head(self, path: str) -> Iterator[Exchange]:
        for _ in range(LOOKS):
            page, posts, _ = next(self.pages(path, Place()))
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
        others = [item["id"] for _, item in items_of(page) if item["id"] not in wanted]
        yield replace(self.told(whole, elsewhere=others, short=self.short), cursor=self.todo.cursor)
        yield from self.pending()

    def completed(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Posts with their counts and files in the context; their comments are noted to be read."""
        social = self.social([post["id"] for post in posts])
        files = self.files(urn for post in posts for urn in _files_of(post, Reading(answer)))
        self.todo.lacking = self.todo.lacking or next((urn for urn, file in files.items() if "downloadUrl" not in file), "")
        for post in posts:
            if post["id"] not in self.noted:
                self.noted.add(post["id"])
                self.note(post, social.get(post["id"], {}), answer)
        return self.told(answer, social=social, files=files)

    def note(self, post: dict[str, Any], told: dict[str, Any], answer: Exchange) -> None:
        """The comments on a post are to be read, where they are wanted. An edit moves no count: LinkedIn tells of it apart."""
        urn, sign = post["id"], told.get("all")
        published = _moment(post.get("publishedAt") or post["createdAt"], answer)
        if self.window.wants(_record_id(urn), published, f"{sign} {self.moved[urn]}" if urn in self.moved else sign):
            self.todo.threads += [[urn, urn]] if told.get("comments") != 0 else []
            self.note_read(urn)

    def note_read(self, post: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(post == waiting for _, waiting in self.todo.threads):
            self.window.read(_record_id(post))

    @property
    def short(self) -> str:
        """For the core: what LinkedIn does not give."""
        words = [f"no address of files of posts (the first: {self.todo.lacking})"] if self.todo.lacking else []
        words += ["nothing of posts that mention the page (it does to an administrator)"] if self.todo.unheard else []
        return f"LinkedIn gives {' and '.join(words)}; docs/platforms/linkedin.md says what to do" if words else ""

    def social(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, what is counted of posts, and what they are called as activities."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.api.batch("socialMetadata", posts, self.context):
            reading = Reading(answer)
            for urn, told in results(answer).items():
                pointer = f"/results/{urn}"
                METADATA.check(told, answer, pointer)
                summary = reading.part(SUMMARY, told, "commentSummary", pointer)
                kinds = told.get("reactionSummaries") or {}
                likes = [reading.part(REACTIONS, kinds, kind, f"{pointer}/reactionSummaries").get("count") or 0 for kind in kinds]
                counts = {"comments": summary.get("topLevelCount"), "all": summary.get("count"), "likes": sum(likes)}
                counts |= {"entity": told.get("entity")}
                found[urn] = {name: value for name, value in counts.items() if value is not None}
        return found

    def files(self, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, where files are, or why they are not."""
        wanted, found = list(dict.fromkeys(urns)), dict[str, dict[str, Any]]()
        for kind, path in _KINDS.items():
            for answer in self.api.batch(path, [urn for urn in wanted if urn.split(":")[2:3] == [kind]], self.context):
                for urn, told in results(answer).items():
                    FILE.check(told, answer, f"/results/{urn}")
                    names = ("status", "downloadUrl", "captions", "duration")
                    found[urn] = {name: told[name] for name in names if told.get(name) is not None}
        return {urn: found.get(urn, {}) for urn in wanted}

    def posts_by_id(self, urns: Sequence[str]) -> Iterator[Exchange | Absence]:
        for answer in self.api.batch("posts", urns, self.context):
            posts = list(results(answer).values())
            for key, post in results(answer).items():
                POST.check(post, answer, f"/results/{key}")
            yield self.completed(answer, posts)
            for post in posts:
                if post["lifecycleState"] != "PUBLISHED":
                    yield Absence(_record_id(post["id"]), HIDDEN, f"LinkedIn calls it {post['lifecycleState']}", answer, "agency")
            yield from (Absence(_record_id(urn), UNAVAILABLE, _GONE, answer) for urn in missing(answer))

    # -- whatever `todo` holds ---------------------------------------------------------------------------------------------------------

    def pending(self) -> Iterator[Exchange]:
        if self.todo.permalink:
            yield self.single()
        while self.todo.threads or self.todo.alone:
            yield from self.thread() if self.todo.threads else self.older()

    def older(self) -> Iterator[Exchange]:
        """The next of the posts that are asked for by their URNs."""
        some = self.todo.alone[:BATCH]
        answers = [answer for answer in self.posts_by_id(some) if isinstance(answer, Exchange)]
        del self.todo.alone[: len(some)]
        yield from (replace(answer, cursor=self.todo.cursor) for answer in answers)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post, or all answers to a comment. What has gone since it was listed is seen to by the next capture."""
        todo, (entity, post) = self.todo, self.todo.threads[0]
        try:
            for page, comments, following in self.pages(f"socialActions/{escaped(entity)}/comments", todo.comments):
                for i, comment in enumerate(comments):
                    COMMENT.check(comment, page, f"/elements/{i}")
                    urn = _native(comment, page)
                    if _answers(comment, Reading(page), f"/elements/{i}") and urn not in self.noted:
                        self.noted.add(urn)
                        todo.threads.append([urn, post])
                todo.comments = following or Place()
                if following is None:
                    del todo.threads[0]
                yield replace(self.told(page, root=_record_id(post)), cursor=todo.cursor)
            self.note_read(post)
        except AccountUnavailable:
            del todo.threads[0]
            todo.comments = Place()

    def single(self) -> Exchange:
        """The post of a permalink; UsageError where it is none of the organization's."""
        urn, url = self.todo.permalink, self.window.url
        try:
            answer = self.api.get(f"posts/{escaped(urn)}", self.context)
        except (AccountUnavailable, UnexpectedResponse):
            found = self.by_activity(urn)
            if found is None:
                raise UsageError(f"{url} is no post of this page", "It is gone, or another's.") from None
            answer = self.api.get(f"posts/{escaped(found)}", self.context)
        except Blocked:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.") from None
        [(pointer, post)] = items_of(answer)
        POST.check(post, answer, pointer)
        if post["author"] != self.me:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.")
        whole = self.completed(answer, [post])
        self.todo.permalink = ""
        return replace(whole, cursor=self.todo.cursor)

    def by_activity(self, urn: str) -> str | None:
        """The post that is this activity: addresses have the one, the API wants the other."""
        if ":activity:" not in urn:
            return None
        for _, posts, _ in self.pages(f"posts?q=author&author={escaped(self.me)}&sortBy=CREATED", Place()):
            for post, told in self.social([post["id"] for post in posts]).items():
                if told.get("entity") == urn:
                    return post
        return None

    def comments_by_id(self, post: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        """Below the post, then, of answers that are not found there, below the comment that each answers; (comment, answer) of those that
        are found nowhere."""
        replies: dict[str, list[Known]] = {}
        for answer in self.comments_below(post, post, known):
            if isinstance(answer, Exchange):
                yield answer
            elif answer[0].kind == "reply":
                replies.setdefault(_bare(answer[0].parent_id or ""), []).append(answer[0])
            else:
                yield answer
        for above, some in replies.items():
            yield from self.comments_below(post, above, some)

    def comments_below(self, post: str, above: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        for at in range(0, len(known), BATCH):
            part = {_comment_number(k.native_id): k for k in known[at : at + BATCH]}
            path = f"socialActions/{escaped(above)}/comments?ids=List({','.join(part)})"
            try:
                answer = self.api.get(path, {**self.context, "root": _record_id(post)})
            except AccountUnavailable as gone:
                if gone.exchange is None:
                    raise
                yield from ((k, gone.exchange) for k in part.values())
                continue
            if results(answer):
                yield answer
            yield from ((part[_comment_number(key)], answer) for key in missing(answer))


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
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    for pointer, item in items_of(exchange, body):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (URNs are unique on all of LinkedIn)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    if "notificationId" in item:
        yield from _mention(item, reading, pointer)
        return
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


def _notice_id(item: dict[str, Any], exchange: Exchange) -> str:
    """What a notification is known by."""
    NOTICE.check(item, exchange, "/elements")
    return str(item["notificationId"])


def _numbers(urn: str) -> tuple[str, ...]:
    """("8", "9") of "urn:li:comment:(urn:li:activity:8,9)" and of "urn:li:comment:(activity:8,9)"."""
    return tuple(re.findall(r"\d+", urn))


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
        item.get("actor"),
        kind="reply" if above else "comment",
        parent_id=_record_id(above) if above else root,
        root_id=root,
        text=message["text"],
        published_at=created,
        edited_at=changed if changed - created > UNEDITED else None,
        valid_from=changed if changed - created > UNEDITED else created,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=_mentions(message, reading, f"{pointer}/message"),
        counts={name: n for name, n in counts.items() if n is not None} or None,
    )


def _mention(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A post of another that mentions the page, or passes on one of its posts: no post of ours, and it answers nothing."""
    reading.check(NOTICE, item, pointer)
    activity = reading.part(ACTIVITY, item, "decoratedGeneratedActivity", pointer)
    share = reading.part(DECORATED, activity, "share", f"{pointer}/decoratedGeneratedActivity")
    source = reading.part(DECORATED, item, "decoratedSourcePost", pointer).get("entity")
    urn, owner = share.get("entity"), share.get("owner")
    if item["action"] in ("SHARE", "SHARE_MENTION") and urn and owner and owner != reading.me:
        words = little.read(share.get("text") or "")
        yield _record(
            item,
            reading,
            pointer,
            urn,
            owner,
            kind="comment",
            root_id=_record_id(urn),
            url=f"https://www.linkedin.com/feed/update/{urn}",
            text=words.text,
            published_at=_moment(item["lastModifiedAt"], reading.exchange, f"{pointer}/lastModifiedAt"),
            mentions=words.mentions,
            tags=words.tags,
            shared_id=_record_id(source) if source and item["action"] == "SHARE" else None,
        )


def _record(item: dict[str, Any], reading: Reading, pointer: str, urn: str, author: str | None, **more: Any) -> Record:
    """What posts and comments have in common. LinkedIn names no member; the organization's own name stands in its profile."""
    ours = author == reading.me
    return Record(
        record_id=_record_id(urn),
        native_id=urn,
        pointer=pointer,
        author_id=author,
        author_name=reading.context.get("name") if ours else None,
        author_is_account=None if reading.me is None or author is None else ours,
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
