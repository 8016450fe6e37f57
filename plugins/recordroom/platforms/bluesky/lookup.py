"""Archived posts, requested by their addresses; what became of missing ones.

app.bsky.feed.getPosts               of the AppView
app.bsky.feed.getPostThread          of the AppView: whether the author of the root post hides a reply
com.atproto.repo.getRecord           of the author's own server: RecordNotFound says that it was deleted,
com.atproto.sync.getRecord           unless the repository still holds it: then it was taken down there
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, Blocked, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.bluesky.api import BATCH, Api, is_not_found
from recordroom.platforms.bluesky.blocks import find_blocks
from recordroom.platforms.bluesky.conversations import Conversations
from recordroom.platforms.bluesky.parse import hidden_by_gate, parse, posts_in
from recordroom.platforms.bluesky.platform import AT_URI, POST, REPOST
from recordroom.platforms.bluesky.state import CrawlState
from recordroom.platforms.contract import Client, KnownRecord, Window
from recordroom.platforms.schema import load_content

if TYPE_CHECKING:
    from recordroom.register.models import Account

# The server of somebody else has disappeared, refuses, or fails: nothing follows for the capture.
_SILENT = (AccountUnavailable, Blocked, Throttled, TokenExpired, UnexpectedResponse)
_TYPE_IN_BLOCK = b"\x65$type"  # the key as DAG-CBOR writes it
_UNKNOWN = "Bluesky does not show it and does not say why"
_NO_PROOF = (
    "the author's own server reports RecordNotFound, but not whether its moderators took the record down"
)
_TAKEN_DOWN = (
    "the author's own server reports RecordNotFound, but the author's repository still contains the record:"
    " the server's moderators took it down"
)
_NO_POST = "the record at its address on the author's own server is no longer a post"


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request each record by its address, and read replies that nothing leads to."""
    yield from _Lookup(account, ids, client).read()


class _Lookup:
    """One lookup.

    known: the archived records by their addresses.
    counted: the replies that are shown, with how many replies each of them counts.
    """

    def __init__(self, account: Account, ids: Iterable[KnownRecord], client: Client) -> None:
        self.api = Api(account, client)
        self.state = CrawlState(self.api, Window("full"))
        self.known = {known.native_id: known for known in ids}
        self.counted: dict[str, int] = {}

    def read(self) -> Iterator[Exchange | Absence]:
        """Request the profile, the posts, and the reposts, and yield what follows.

        A reply that is found may count more replies than were looked up with it: its parent may have
        disappeared, so that no conversation leads to them. They are read too.
        """
        me = self.api.me
        if me in self.known:
            yield self.state.with_servers(self.api.request_profile(), [me])
        uris = [uri for uri in self.known if f"/{POST}/" in uri]
        for start in range(0, len(uris), BATCH):
            yield from self._request(uris[start : start + BATCH])
        for repost in (known for known in self.known.values() if f"/{REPOST}/" in known.native_id):
            yield from self._explain(repost, None)
        shown = Counter(self.known[uri].parent_id for uri in self.counted)
        more = [uri for uri, number in self.counted.items() if number > shown[self.known[uri].record_id]]
        conversations = Conversations(self.state)
        conversations.queue_threads(more, self.counted)
        yield from conversations.read_pending()

    def _request(self, uris: Sequence[str]) -> Iterator[Exchange | Absence]:
        """Request posts; yield those that are shown, and explain the others."""
        known = self.known
        answer = self.api.get("app.bsky.feed.getPosts", {"uris": list(uris)})
        found = {post["uri"]: post for post in posts_in(answer)}
        if found:
            replies = [
                uri
                for uri in found
                if uri in known and known[uri].root_id != known[uri].record_id and known[uri].kind != "post"
            ]
            hidden = find_blocks(self.api, replies)
            hidden |= self._find_gated(
                [uri for uri in replies if known[uri].status == HIDDEN and uri not in hidden]
            )
            self.counted |= {uri: found[uri].get("replyCount") or 0 for uri in replies}
            answer = replace(answer, context={**answer.context, "hidden": hidden})
            answer = self.state.with_file_servers(answer, found.values())
            yield answer
        for uri in (one for one in uris if one not in found):
            yield from self._explain(known[uri], answer)

    def _find_gated(self, uris: Iterable[str]) -> dict[str, list[str | None]]:
        """Return (who, why) by address, for replies that authors of root posts hide.

        Only a conversation shows that.
        """
        why: dict[str, list[str | None]] = {}
        for uri in uris:
            params = {"uri": uri, "depth": 0, "parentHeight": 0}
            answer = self.api.get("app.bsky.feed.getPostThread", params)
            hidden = {} if is_not_found(answer) else hidden_by_gate(load_content(answer), answer, self.api.me)
            why |= {uri: [*hidden[uri]]} if uri in hidden else {}
        return why

    def _explain(self, known: KnownRecord, answer: Exchange | None) -> Iterator[Exchange | Absence]:
        """Yield what follows for a record that the AppView does not show.

        answer: the AppView's response, if there is one.
        """
        stored = self._request_stored(known.native_id)
        if stored is None:
            answer = answer or self.api.get("com.atproto.repo.getRecord", _parts_of(known.native_id))
            yield Absence(known.record_id, UNAVAILABLE, _UNKNOWN, answer)
        elif stored.status != 200:
            yield self._absence(known, stored)
        elif f"/{REPOST}/" in known.native_id:
            words = "the repost still exists, but Bluesky does not show the post that it shares"
            yield Absence(known.record_id, UNAVAILABLE, words, stored)
        elif not _has_post(stored):
            yield Absence(known.record_id, UNAVAILABLE, _NO_POST, stored)
        else:
            why = ["platform", "it exists on the author's own server, but Bluesky does not show it"]
            context = {**stored.context, "hidden": {known.native_id: why}}
            author = _parts_of(known.native_id)["repo"]
            yield self.state.with_servers(replace(stored, context=context), [author])

    def _absence(self, known: KnownRecord, stored: Exchange) -> Absence:
        """Return what follows from the refusal of the author's own server."""
        body = load_content(stored)
        error, message = (
            (str(body.get("error")), str(body.get("message"))) if isinstance(body, dict) else ("", "")
        )
        is_deleted = error == "RecordNotFound"
        try:
            proof = self._request_proof(known.native_id) if is_deleted else None
        except _SILENT as failure:
            words = f"{_NO_PROOF} ({failure.message[:200]})"
            return Absence(known.record_id, UNAVAILABLE, words, stored)
        if proof:
            return Absence(known.record_id, HIDDEN, _TAKEN_DOWN, proof, "platform")
        by = "agency" if _parts_of(known.native_id)["repo"] == self.api.me else "author"
        words = f"the author's own server reports {error}: {message[:200]}"
        status, acted_by = (REMOVED, by) if is_deleted else (UNAVAILABLE, None)
        return Absence(known.record_id, status, words, stored, acted_by)

    def _request_stored(self, uri: str) -> Exchange | None:
        """Request a record of its author's own server.

        None if that server is not trusted, or gives no answer.
        """
        parts = _parts_of(uri)
        if not self.api.servers.is_trusted(parts["repo"]):
            return None
        url = f"{self.api.servers.find(parts['repo'])}/xrpc/com.atproto.repo.getRecord"
        try:
            answer = self.api.client.get(url, parts, context=self.api.context, expect=(200, 400))
            load_content(answer)
        except _SILENT:
            return None
        return answer

    def _request_proof(self, uri: str) -> Exchange | None:
        """Request the proof that a record is in its author's repository.

        For what its moderators have taken down, a server gives the same error as for what was deleted. The
        proof is a list of blocks; only that of a record has a type. None if the record is not in it, or if
        the server cannot prove it.
        """
        parts = _parts_of(uri)
        wanted = {"did": parts["repo"], "collection": parts["collection"], "rkey": parts["rkey"]}
        url = f"{self.api.servers.find(parts['repo'])}/xrpc/com.atproto.sync.getRecord"
        answer = self.api.client.get(url, wanted, context=self.api.context, expect=(200, 400, 404, 501))
        return answer if answer.status == 200 and _TYPE_IN_BLOCK in answer.body else None


def _has_post(stored: Exchange) -> bool:
    """Return whether a stored record is a post.

    A server stores whatever its owner wants (`validate` of com.atproto.repo.putRecord). A stranger who
    replaced a reply must not end each capture.
    """
    try:
        return any(parse(stored))
    except UnexpectedResponse:
        return False


def _parts_of(uri: str) -> dict[str, str]:
    """Return the parameters of getRecord for an address."""
    parts = AT_URI.fullmatch(uri)
    repo, collection, rkey = parts.groups() if parts else ("", "", "")
    return {"repo": repo, "collection": collection, "rkey": rkey}
