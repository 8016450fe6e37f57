"""A Mastodon server of any size, in-process: one account, its posts, and the crowd that answers it.

Its answers are those of the sandbox's Mastodon (infra/sandbox), whose shapes are validated, with ids, times
and words filled in: a million statuses then cost little, and the same request gives the same bytes for ever.
Posts lie ever further back from `end`: the newest RECENT within a month, all others before it, so that the
window `recent` holds the same however large the account. Some are edited, some have a picture. After every
`patience` requests it throttles once, as real servers do: a first capture of a large account then goes on
where it was.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import orjson

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from infra.sandbox.story.texts import ANNOUNCEMENTS, ANSWERS, HEATED, MENUS, OFFICIAL, OPENERS

URL = "http://127.0.0.1"  # no server is there: the transport responds
ACCOUNT = {
    "platform": "mastodon",
    "url": "https://crowd.test/@district",
    "api_url": URL,
    "title": "The district",
    "class": "official",
}
RECENT, CROWD = 9, 100  # posts of the last month; answers to each post
EDITED, PICTURED = 25, 10  # every so manieth post
# the id above all others; from the id of a post to that of the next
TOP, STEP = 117_000_000_000_000_000, 1_000
WORDS = 5_000

Item = dict[str, Any]


@dataclass
class Crowd(httpx.BaseTransport):
    """`statuses` in all, ours and others'; `asked`: requests so far."""

    statuses: int
    end: datetime
    patience: int = 0
    asked: int = 0

    @property
    def posts(self) -> int:
        return -(-self.statuses // (CROWD + 1))

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911 (one answer a route)
        self.asked += 1
        if self.patience and self.asked % self.patience == 0:
            reset = {"X-RateLimit-Reset": datetime.now(UTC).isoformat()}
            return httpx.Response(429, json={"error": "Throttled"}, headers=reset)
        match request.url.path.strip("/").split("/"):
            case ["api", "v1", "accounts", _, "statuses"]:
                return _json(self.page(int(request.url.params["limit"]), request.url.params.get("max_id")))
            case ["api", "v1", "accounts", _]:
                return _json(_shapes().account | {"statuses_count": self.posts})
            case ["api", "v1", "statuses", native, "context"]:
                return _json({"ancestors": [], "descendants": self.answers((TOP - int(native)) // STEP)})
            case ["api", "v1", "statuses", native, "history"]:
                return _json(self.history((TOP - int(native)) // STEP))
            case ["api", "v2", "instance"]:
                return _json({"domain": "crowd.test"})
        return httpx.Response(
            200, content=b"picture " * 500 + request.url.path.encode(), headers={"Content-Type": "image/jpeg"}
        )

    def published(self, number: int) -> datetime:
        if number < RECENT:
            return self.end - timedelta(days=29) * (number + 1) / (RECENT + 1)
        return (
            self.end
            - timedelta(days=32)
            - (number - RECENT) * min(timedelta(hours=6), timedelta(days=2_500) / self.posts)
        )

    def page(self, size: int, below: str | None) -> list[Item]:
        first = (TOP - int(below)) // STEP + 1 if below else 0
        return [self.post(number) for number in range(first, min(first + size, self.posts))]

    def post(self, number: int) -> Item:
        native, at = TOP - number * STEP, self.published(number)
        told = {
            "content": _told(_words().ours, number),
            "replies_count": self.direct(number),
            "favourites_count": number % 90,
        }
        if number % EDITED == 1:
            told["edited_at"] = _instant(at + timedelta(minutes=9))
        if number % PICTURED == 1:
            told["media_attachments"] = [
                _shapes().picture | {"id": str(native + 1), "url": f"{URL}/media/{native}.jpg"}
            ]
        return _shapes().post | _named("district", native, at) | told

    def direct(self, number: int) -> int:
        return sum(1 for k in range(self.crowd(number)) if not _is_reply(k))

    def crowd(self, number: int) -> int:
        """Answers to a post; the last one has what is left."""
        return CROWD if number < self.posts - 1 else self.statuses - 1 - (self.posts - 1) * (CROWD + 1)

    def answers(self, number: int) -> list[Item]:
        post, at, count = TOP - number * STEP, self.published(number), self.crowd(number)
        found = []
        for k in range(count):
            native = post + k + 2
            told = {
                "content": _told(_words().theirs, native),
                "replies_count": int(_is_reply(k + 1) and k + 1 < count),
            }
            told["in_reply_to_id"] = str(native - 1 if _is_reply(k) else post)
            who = _shapes().crowd[native % len(_shapes().crowd)]
            found.append(
                _shapes().answer
                | {"account": who}
                | _named(who["username"], native, at + timedelta(minutes=k + 1))
                | told
            )
        return found

    def history(self, number: int) -> list[Item]:
        """Return what an edited post was, and what it is."""
        at, now = self.published(number), self.post(number)
        first = _shapes().state | {"content": _told(_words().ours, number + 7), "created_at": _instant(at)}
        last = first | {"content": now["content"], "created_at": _instant(at + timedelta(minutes=9))}
        pictures = {"media_attachments": now["media_attachments"]}
        return [first | pictures, last | pictures]


def _is_reply(k: int) -> bool:
    """Every third answer answers the answer before it."""
    return k % 3 == 2


def _json(value: Any) -> httpx.Response:
    return httpx.Response(
        200, content=orjson.dumps(value), headers={"Content-Type": "application/json; charset=utf-8"}
    )


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def _named(name: str, native: int, at: datetime) -> Item:
    uri = f"https://crowd.test/users/{name}/statuses/{native}"
    return {
        "id": str(native),
        "created_at": _instant(at),
        "uri": uri,
        "url": f"https://crowd.test/@{name}/{native}",
    }


def _told(words: list[str], number: int) -> str:
    return f"<p>{words[number * 7_919 % len(words)]} ({number % 100_003})</p>"


@dataclass(frozen=True)
class _Words:
    ours: list[str]
    theirs: list[str]


@cache
def _words() -> _Words:
    """What is said, in a few thousand forms; who says what is the same each time."""
    dice = random.Random(3)  # noqa: S311 (no secret)
    link = '<a href="https://www.district.test/n/{0}" target="_blank" rel="nofollow noopener">https://www.district.test/n/{0}</a>'
    tag = f'<a href="{URL}/tags/SnowDay" class="mention hashtag" rel="tag">#<span>SnowDay</span></a>'
    ours, theirs = [], []
    for number in range(WORDS):
        said = [
            dice.choice(ANNOUNCEMENTS).text,
            f"Lunch: {dice.choice(MENUS)}.",
            dice.choice(("", tag, link.format(number))),
        ]
        ours.append(" ".join(filter(None, said)).replace("\n", "</p><p>"))
        theirs.append(
            " ".join(dice.choice(some) for some in (OPENERS, HEATED, ANSWERS, OFFICIAL)[: dice.randint(1, 4)])
        )
    return _Words(ours, theirs)


@dataclass(frozen=True)
class _Shapes:
    """One of each, as the sandbox shows it."""

    account: Item
    post: Item
    picture: Item
    answer: Item
    state: Item
    crowd: list[Item]


@cache
def _shapes() -> _Shapes:
    network = Network(datetime(2026, 1, 5, 16, tzinfo=UTC))
    network.place("mastodon", "The crowd", host="crowd.test")
    us = network.account("mastodon/district", "The district").key
    crowd = [
        network.account(f"mastodon/{name}@elsewhere.test", name.title()).key
        for name in ("ana", "bo", "chris", "dmitri", "fatima")
    ]
    pictured = network.publish(us, "Snow", photos=[network.photo("mastodon", "Children in the snow")])
    post = network.edit(network.publish(us, "Closed today"), "Closed")
    for who in crowd:
        network.comment(who, post, "Thank you")
    app = httpx.Client(transport=httpx.WSGITransport(create_app(network, "mastodon")), base_url=URL)
    account = app.get("/api/v1/accounts/lookup", params={"acct": "district"}).json()
    listed = app.get(f"/api/v1/accounts/{account['id']}/statuses").json()
    plain, shown = sorted(listed, key=lambda status: len(status["media_attachments"]))
    answers = app.get(f"/api/v1/statuses/{plain['id']}/context").json()["descendants"]
    history = app.get(f"/api/v1/statuses/{plain['id']}/history").json()
    assert pictured.now.photos
    return _Shapes(
        account,
        plain | {"edited_at": None},
        shown["media_attachments"][0],
        answers[0],
        history[0],
        [answer["account"] for answer in answers],
    )
