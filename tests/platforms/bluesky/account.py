"""The sandbox's Bluesky account: its authors, its requests, and changes to its threads and directory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from infra.sandbox.faces.bluesky.views import did
from infra.sandbox.model import Post
from recordroom.model import MODERATION, Identity, Record
from recordroom.platforms import bluesky
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.register.models import Account
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer, account

FIXTURES = Path(__file__).parent
ME, AMY = (f"did:plc:{name}{'2' * 20}" for name in ("fire", "amyr"))  # of the scripted tests
SHAPE = json.loads((FIXTURES / "replies-elsewhere.json").read_text())["body"]["thread"]["post"]
DISTRICT = account("bluesky", "https://bsky.app/profile/fircrest.example", Identity(ME, "bsky"))
SINCE = START - timedelta(days=30)
THREAD, POSTS, QUOTES, FEED, NOTICES = (
    f"app.bsky.{name}"
    for name in (
        "feed.getPostThread",
        "feed.getPosts",
        "feed.getQuotes",
        "feed.getAuthorFeed",
        "notification.listNotifications",
    )
)
PRIVILEGED = "com.atproto.appPassPrivileged"


def records_of(client: Any, window: Window, who: Account = DISTRICT) -> dict[str, Record]:
    """Return records by their address, without the record of blocked accounts."""
    found = {
        r.record_id.removeprefix("bluesky:"): r
        for e in bluesky.fetch(who, window, client)
        for r in bluesky.parse(e)
    }
    return {name: record for name, record in found.items() if not name.endswith(MODERATION)}


def known_of(record: Record) -> KnownRecord:
    return KnownRecord(record.record_id, record.native_id, record.kind, record.parent_id, record.root_id)


def read(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    """Read the account; return records by their address, without the record of blocked accounts."""
    if sandbox.entry.identity is None:
        sandbox.identify()
    return records_of(sandbox.client, window or Window("full"), sandbox.entry)


def known(sandbox: Sandbox, post: Post, kind: str, **more: Any) -> KnownRecord:
    """Return a post as the archive has it."""
    posts = sandbox.network.posts
    parent, root = (
        f"bluesky:{sandbox.named(posts[key])}" if key else None
        for key in (post.parent, post.root or post.key)
    )
    return KnownRecord(f"bluesky:{sandbox.named(post)}", sandbox.named(post), kind, parent, root, **more)


def permalink(sandbox: Sandbox, post: Post) -> str:
    whose, _, key = sandbox.named(post).removeprefix("at://").split("/")
    return f"https://bsky.app/profile/{whose}/post/{key}"


def did_of(sandbox: Sandbox, who: str) -> str:
    return did(sandbox.network.accounts[who])


def publish(sandbox: Sandbox, who: str, days: float, words: str = "Theirs", **more: Any) -> Post:
    """Publish a post of an account, so many days before START."""
    return sandbox.network.publish(who, words, at=START - timedelta(days=days), **more)


def reply_in_chain(sandbox: Sandbox, top: Post, count: int) -> list[Post]:
    """Return so many replies by another account, each to the one before."""
    found = [top]
    for number in range(count):
        found.append(sandbox.comment(found[-1], at=top.created + timedelta(seconds=number + 1)))
    return found[1:]


def sign_in(sandbox: Sandbox, *scopes: str) -> None:
    """Open a session with an app password of the account, as a capture does."""
    sandbox.network.grant("bluesky", SECRET, sandbox.us, kind="password", scopes=list(scopes))
    sandbox.client.authorize({"password": SECRET})
    sandbox.client.authorize({"password": SECRET, **bluesky.renew(sandbox.entry, sandbox.client).values})
    sandbox.transport.asked.clear()


def requests_of(sandbox: Sandbox, method: str) -> list[str]:
    """Return the requests so far of a method."""
    return [url for url in sandbox.transport.asked if urlsplit(url).path.endswith(f"/{method}")]


def at_method(method: str, answer: Answer) -> tuple[str, Rule]:
    return f"/xrpc/{method}", answer.instead


def change_threads(
    sandbox: Sandbox, omitted: Iterable[Post] = (), gates: Mapping[str, Iterable[str]] | None = None
) -> tuple[str, Rule]:
    """Return a rule: conversations omit these replies, as the AppView does with hidden ones.

    gates: what a root post lists as hidden, by URIs.
    """
    left_out, lists = {sandbox.named(post) for post in omitted}, gates or {}

    def prune(node: dict[str, Any]) -> None:
        node["replies"] = [one for one in node.get("replies", ()) if one["post"]["uri"] not in left_out]
        for one in node["replies"]:
            prune(one)

    def change(body: Any) -> Any:
        prune(body["thread"])
        post = body["thread"]["post"]
        root = post["record"].get("reply", {"root": post})["root"]["uri"]
        if root in lists:
            gate = {
                "uri": root.replace(".post/", ".threadgate/"),
                "cid": "c",
                "record": {"hiddenReplies": [*lists[root]]},
            }
            body["threadgate"] = gate
        return body

    return THREAD, rewrite_json(change)


def withhold(sandbox: Sandbox, *posts: Post) -> None:
    """Let the AppView give none of these posts by their addresses; their authors' repositories have them."""
    uris = {sandbox.named(post) for post in posts}
    without = rewrite_json(
        lambda body: body | {"posts": [post for post in body["posts"] if post["uri"] not in uris]}
    )
    sandbox.transport.rules.append((POSTS, without))


def change_posts(
    sandbox: Sandbox, changes: Iterable[tuple[Post, Callable[[dict[str, Any]], object]]]
) -> tuple[str, Rule]:
    """Return a rule: every response that shows these posts shows them changed."""
    by_uri = {sandbox.named(post): change for post, change in changes}

    def change(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            change(one)
        if (
            isinstance(body, dict)
            and "record" in body
            and isinstance(body.get("uri"), str)
            and body["uri"] in by_uri
        ):
            by_uri[body["uri"]](body)
        return body

    return "", rewrite_json(change)


def rename_address(sandbox: Sandbox, old: str, new: str) -> None:
    """Let the platform say `new` where it said `old`."""
    real = sandbox.transport.real

    def rename(request: httpx.Request) -> httpx.Response:
        response = real.handle_request(request)
        body = response.read().replace(old.encode(), new.encode())
        return httpx.Response(
            response.status_code, content=body, headers={"content-type": response.headers["content-type"]}
        )

    sandbox.transport.real = httpx.MockTransport(rename)


def open_directory(
    sandbox: Sandbox, servers: Mapping[str, str], answer: Answer | None = None, *, public: bool = False
) -> None:
    """Let a directory name the servers of these accounts.

    The sandbox plays all of these servers; the account's own is the sandbox itself.

    answer: what the directory responds instead. public: the account is read from the public AppView, with the
    public directory.
    """
    sandbox.identify()
    url, api = sandbox.profile.stage.url, sandbox.profile.stage.api
    sandbox.entry = account(
        "bluesky", url, sandbox.entry.known, api_url=None if public else f"{api}?plc=http://plc.test"
    )
    hosts = {did_of(sandbox, who): server for who, server in ({sandbox.us: api} | dict(servers)).items()}

    def respond(request: httpx.Request, _: Callable[[], httpx.Response]) -> httpx.Response:
        name = request.url.path[1:]
        if answer:
            return answer.instead()
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": hosts[name]}
        return httpx.Response(200, json={"id": name, "service": [service]})

    sandbox.transport.rules.append(("https://plc.directory/" if public else "http://plc.test/", respond))


def named_in(request: httpx.Request, name: str) -> set[str]:
    """Return the values of a parameter of a request."""
    return {*parse_qs(urlsplit(str(request.url)).query).get(name, ())}
