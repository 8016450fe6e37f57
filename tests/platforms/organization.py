"""A made-up organization page on LinkedIn, behind as much of the versioned API as the connector asks for, with the real one's manners.

Lists are read by offset and tell no total; without a role the list of posts is empty, with HTTP 200; a post has one URN, its activity
another; addresses of files are signed anew with each answer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import LINKEDIN_APP, LINKEDIN_CLIENT, LINKEDIN_REFRESH, LINKEDIN_SECRET
from recordroom.capture.client import HttpClient
from recordroom.model import Identity, Record
from recordroom.platforms import Known, Window, linkedin
from tests.platforms.scripted import Answer, Scripted, account

ME, AMY, BEN = "urn:li:organization:100", "urn:li:person:amyAMY", "urn:li:person:benBEN"
TOKEN = "AQXdSP-w41D"
START = datetime(2026, 11, 1, tzinfo=UTC)
API = "https://api.linkedin.com/rest/"
URL = "https://www.linkedin.com/company/fircrest"
DISTRICT = account("linkedin", URL, Identity(ME, "linkedin.com", "Fircrest Schools"))
RECENT = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))


def at(hours: float) -> int:
    return int((START + timedelta(hours=hours)).timestamp() * 1000)


def share(number: int) -> str:
    return f"urn:li:share:{number}"


def comment_urn(post: int, number: int) -> str:
    return f"urn:li:comment:(urn:li:activity:{post + 50_000},{number})"


def error(status: int, code: str, message: str = "", service: int | None = None, headers: dict[str, str] | None = None) -> Answer:
    told: dict[str, Any] = {"status": status, "code": code, "message": message}
    return Answer(told | ({"serviceErrorCode": service} if service is not None else {}), status, headers or {})


MISSING = error(404, "NOT_FOUND", "Could not find entity")


@dataclass
class Page:
    """`posts` newest first as LinkedIn lists them; `comments` by what they stand under, newest first. `roles`: of the token's holder.
    `files`: what is known of an URN. `answers`: part of an address -> what is answered instead. `before`: what happens before a request is
    answered."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    canceled: set[int] = field(default_factory=set)
    roles: list[str] = field(default_factory=lambda: ["ADMINISTRATOR"])
    lacking: set[str] = field(default_factory=set)
    captioned: set[str] = field(default_factory=set)
    notices: list[dict[str, Any]] = field(default_factory=list)
    likes: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    before: Callable[[str], object] = lambda _: None
    asked: list[str] = field(default_factory=list)
    organization: dict[str, Any] = field(
        default_factory=lambda: {
            "id": 100,
            "localizedName": "Fircrest Schools",
            "vanityName": "fircrest",
            "localizedDescription": "Schools",
        }
    )
    signatures: Any = field(default_factory=lambda: itertools.count(1))

    def post(self, number: int, **more: Any) -> str:
        made: dict[str, Any] = {"id": share(number), "author": ME, "commentary": f"post {number}", "visibility": "PUBLIC"}
        made |= {"createdAt": at(number), "publishedAt": at(number), "lastModifiedAt": at(number), "lifecycleState": "PUBLISHED"}
        made |= {"lifecycleStateInfo": {"isEditedByAuthor": False}, "isReshareDisabledByAuthor": False}
        self.posts[share(number)] = made | more
        return share(number)

    def edit(self, urn: str, text: str, hours: float) -> None:
        self.posts[urn] |= {"commentary": text, "lastModifiedAt": at(hours), "lifecycleStateInfo": {"isEditedByAuthor": True}}

    def comment(self, post: int, number: int, actor: str = AMY, under: str = "", **more: Any) -> str:
        """On a post, or `under` a comment on it."""
        urn = comment_urn(post, number)
        stamp = {"actor": actor, "time": at(number)}
        made: dict[str, Any] = {"actor": actor, "created": stamp, "lastModified": stamp, "id": str(number), "$URN": urn}
        made |= {"message": {"attributes": [], "text": f"comment {number}"}, "object": f"urn:li:activity:{post + 50_000}"}
        made |= {"parentComment": under} if under else {}
        self.comments.setdefault(under or share(post), []).insert(0, made | more)
        return urn

    def event(self, number: int, name: str = "Open house", **more: Any) -> str:
        made: dict[str, Any] = {"id": number, "organizer": ME, "created": {"actor": AMY, "time": at(number)}, "startsAt": at(number + 48)}
        made |= {"name": {"localized": {"en_US": name}}, "description": {"localized": {"en_US": {"rawText": f"About {name}"}}}}
        made |= {"type": {"inPerson": {"endsAt": at(number + 50), "address": {"line1": "1 Main St", "city": "Fircrest"}}}}
        self.events[number] = made | {"discoveryMode": "LISTED", "entryCriteria": "PUBLIC"} | more
        return f"urn:li:event:{number}"

    def notice(self, action: str, hours: float, source: str, activity: str = "", share: dict[str, str] | None = None) -> None:
        """What LinkedIn tells an administrator of what was done to a post."""
        made: dict[str, Any] = {"action": action, "notificationId": len(self.notices) + 1, "lastModifiedAt": at(hours), "subscriber": AMY}
        made |= {
            "organizationalEntity": ME,
            "sourcePost": "urn:li:activity:1",
            "decoratedSourcePost": {"entity": source, "owner": ME, "text": ""},
        }
        made |= {"generatedActivity": activity} if activity else {}
        self.notices.insert(0, made | ({"decoratedGeneratedActivity": {"share": share}} if share else {}))

    def __call__(self, url: str) -> Answer:
        self.before(url)
        self.asked.append(url)
        for part, instead in self.answers.items():
            if part in url:
                return instead(url) if callable(instead) else instead
        parts = urlsplit(url)
        query = dict(one.partition("=")[::2] for one in parts.query.split("&") if one)
        assert not re.search(r"urn:li:", parts.path), "an URN in a path must be escaped"
        return self.answered([unquote(step) for step in parts.path.removeprefix("/rest/").split("/")], query)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """As a server, which looks at the headers."""
        if request.url.host != "api.linkedin.com":
            return httpx.Response(200, content=b"a file: " + request.url.path.encode(), headers={"content-type": "image/jpeg"})
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        answer = self(str(request.url)) if known else error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        if not re.fullmatch(r"\d{6}", request.headers.get("linkedin-version", "")):
            answer = error(400, "VERSION_MISSING", "A version must be present")
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.bytes)

    def answered(self, steps: list[str], query: dict[str, str]) -> Answer:
        ids = [unquote(one) for one in query.get("ids", "List()")[5:-1].split(",") if one]
        if ids:
            return self.several(steps, ids)
        single: dict[tuple[str, ...], Any] = {("organizations", "100"): self.organization}
        single |= {("posts", urn): post for urn, post in self.posts.items()}
        single |= {("events", str(number)): event for number, event in self.events.items()}
        if tuple(steps) in single:
            return Answer(single[tuple(steps)])
        if steps == ["organizationalEntityNotifications"] and "ADMINISTRATOR" not in self.roles:
            return error(403, "ACCESS_DENIED", "Not enough permissions to access: organizationalEntityNotifications", 100)
        found = self.held(query) if steps == ["events"] else self.listed(steps, query)
        return MISSING if found is None else self.paged(found, query, total=steps[0] == "socialActions")

    def listed(self, steps: list[str], query: dict[str, str]) -> list[Any] | None:
        match steps:
            case ["organizationAcls"]:
                return [{"organization": ME, "role": role, "state": "APPROVED", "roleAssignee": AMY} for role in self.roles]
            case ["organizations"]:
                return [self.organization] if query["vanityName"] == self.organization["vanityName"] else []
            case ["organizationalEntityNotifications"]:
                since = int(query.get("timeRange", "(start:0)")[7:-1])
                return [
                    one for one in self.notices if one["action"] in query["actions"][5:-1].split(",") and one["lastModifiedAt"] >= since
                ]
            case ["posts"]:
                assert unquote(query["author"]) == ME
                key = {"LAST_MODIFIED": "lastModifiedAt", "CREATED": "createdAt"}[query["sortBy"]]
                found = sorted(self.posts.values(), key=lambda post: post[key], reverse=True)
                return [post for post in found if post["lifecycleState"] == "PUBLISHED"] if self.roles else []
            case ["socialActions", urn, "comments"]:
                there = urn in self.posts or any(one["$URN"] == urn for under in self.comments.values() for one in under)
                return [self.said(one) for one in self.comments.get(urn, ())] if there else None
        return None

    def held(self, query: dict[str, str]) -> list[Any]:
        assert (unquote(query["organizer"]), query["q"]) == (ME, "eventsByOrganizer")
        left = self.canceled if query["excludeCancelled"] == "true" else set()
        seen = {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR"} & {*self.roles}
        return [event for number, event in sorted(self.events.items()) if seen and number not in left]

    def several(self, steps: list[str], ids: list[str]) -> Answer:
        match steps:
            case ["posts"]:
                return self.batch(ids, self.posts.get)
            case ["socialMetadata"]:
                return self.batch(ids, lambda urn: self.social(urn) if urn in self.posts else None)
            case ["socialActions", urn, "comments"]:
                known = {one["id"]: self.said(one) for one in self.below(urn)} if self.post_of(urn) in self.posts else {}
                return self.batch(ids, known.get) if urn in self.posts or known else MISSING
        return self.batch(ids, lambda urn: None if urn in self.lacking else self.file(urn))

    def post_of(self, urn: str) -> str:
        activity = re.search(r"activity:(\d+)", urn)
        return share(int(activity[1]) - 50_000) if activity else urn

    def below(self, urn: str) -> list[dict[str, Any]]:
        """All that hangs under a post, or directly under a comment."""
        direct = self.comments.get(urn, [])
        return direct + [one for above in direct for one in self.whole(above["$URN"])] if urn in self.posts else direct

    def whole(self, urn: str) -> list[dict[str, Any]]:
        """All that hangs under a comment."""
        return [one for above in self.comments.get(urn, ()) for one in (above, *self.whole(above["$URN"]))]

    def said(self, comment: dict[str, Any]) -> dict[str, Any]:
        total = len(self.comments.get(comment["$URN"], ()))
        return {**comment, "commentsSummary": {"selectedComments": [], "totalFirstLevelComments": total, "aggregatedTotalComments": total}}

    def social(self, urn: str) -> dict[str, Any]:
        direct = self.comments.get(urn, ())
        kinds = {"LIKE": {"reactionType": "LIKE", "count": self.likes.get(urn, 0)}}
        summary = {"count": len(self.below(urn)), "topLevelCount": len(direct)}
        activity = f"urn:li:activity:{int(urn.rpartition(':')[2]) + 50_000}"
        return {"commentSummary": summary, "reactionSummaries": kinds, "commentsState": "OPEN", "entity": activity}

    def file(self, urn: str) -> dict[str, Any]:
        sign = next(self.signatures)
        told = {"id": urn, "owner": ME, "status": "AVAILABLE", "downloadUrl": f"https://media.licdn.com/dms/{urn[-3:]}?e={sign}&t=s{sign}"}
        return told | ({"captions": f"https://media.licdn.com/dms/{urn[-3:]}.vtt?t={sign}"} if urn in self.captioned else {})

    def batch(self, keys: list[str], one: Callable[[str], Any]) -> Answer:
        found = {key: one(key) for key in keys}
        errors = {key: MISSING.body for key, value in found.items() if value is None}
        results = {key: value for key, value in found.items() if value is not None}
        return Answer({"results": results, "statuses": dict.fromkeys(results, 200), "errors": errors})

    def paged(self, found: list[Any], query: dict[str, str], *, total: bool = False) -> Answer:
        start, count = int(query.get("start", 0)), int(query.get("count", 10))
        assert count <= 100, "LinkedIn gives no more than 100"
        links = [{"type": "application/json", "rel": "next", "href": "/rest/x"}] if start + count < len(found) else []
        paging: dict[str, Any] = {"start": start, "count": count, "links": links} | ({"total": len(found)} if total else {})
        return Answer({"paging": paging, "elements": found[start : start + count]})


class Transport(httpx.BaseTransport):
    """The page as a network of its own."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.page.handle(request)


def client_of(page: Any, **more: Any) -> Scripted:
    return Scripted(page, secrets={"token": TOKEN}, **more)


def records_of(page: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by their URNs."""
    found = (r for e in linkedin.fetch(DISTRICT, window or Window("full"), client_of(page)) for r in linkedin.parse(e))
    return {r.native_id: r for r in found}


def conversation() -> Page:
    """A post with a comment, two answers to it and one to an answer; a post without any."""
    page = Page()
    page.post(1)
    above = page.comment(1, 10)
    page.comment(1, 11, ME, above)
    below = page.comment(1, 12, BEN, above)
    page.comment(1, 13, AMY, below)
    page.post(2)
    return page


def sandbox() -> tuple[Any, HttpClient]:
    network = tell(START)
    play(network)
    client = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "linkedin")))
    more = {"client_id": LINKEDIN_CLIENT, "client_secret": LINKEDIN_APP, "refresh_token": LINKEDIN_REFRESH}
    client.authorize({"token": LINKEDIN_SECRET, **more})
    return network, client


def known(urn: str, kind: str = "comment", parent: str | None = None, root: str = share(1)) -> Known:
    return Known(f"linkedin:{urn}", urn, kind, f"linkedin:{parent or root}", f"linkedin:{root}")
