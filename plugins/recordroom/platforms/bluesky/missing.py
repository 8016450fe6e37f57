"""What became of posts that no list shows: hidden, blocked, taken down, deleted; their authors' own servers
know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from recordroom.errors import AccountUnavailable, Blocked, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.bluesky.asking import Asking
from recordroom.platforms.bluesky.platform import REPOST
from recordroom.platforms.bluesky.records import parse
from recordroom.platforms.bluesky.views import AT_URI, has_gone, hidden_by_gate
from recordroom.platforms.contract import Known
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import content_of, items

OTHERS = 30
_SILENT = (
    AccountUnavailable,
    Blocked,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)  # somebody's server is no more, refuses us, or fails
_TYPE_IN_BLOCK = b"\x65$type"  # the key as DAG-CBOR writes it


class Missing(Asking):
    """Posts asked for one by one."""

    def gated(self, uris: Iterable[str]) -> dict[str, list[str | None]]:
        """uri -> (who, why) of replies that the first posts of their conversations hide: nothing but a
        conversation tells that.
        """
        why = dict[str, list[str | None]]()
        for uri in uris:
            answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": 0, "parentHeight": 0})
            told = {} if has_gone(answer) else hidden_by_gate(content_of(answer), answer, self.me)
            why |= {uri: [*told[uri]]} if uri in told else {}
        return why

    def blocks(self, uris: Sequence[str]) -> dict[str, list[str | None]]:
        """uri -> (who, why) of replies that exist and yet stand in no conversation, because of a block."""
        author_of = {uri: did for uri in uris if (did := _address(uri)["repo"]) not in ("", self.me)}
        authors, why = list(dict.fromkeys(author_of.values())), dict[str, list[str | None]]()
        for some in (authors[i : i + OTHERS] for i in range(0, len(authors), OTHERS)):
            answer = self.get("app.bsky.graph.getRelationships", {"actor": self.me, "others": some}, 501)
            why |= dict(_relationships(answer)) if answer.status == 200 else {}
        return {uri: why[did] for uri, did in author_of.items() if did in why}

    def gone(self, known: Known, answer: Exchange | None) -> Iterator[Exchange | Absence]:
        """`answer`: the AppView's, which lacks it."""
        did = _address(known.native_id)["repo"]
        stored = self.stored(known.native_id)
        said = content_of(stored) if stored else {}
        if stored is None:
            answer = answer or self.get("com.atproto.repo.getRecord", _address(known.native_id))
            yield Absence(
                known.record_id, UNAVAILABLE, "the AppView does not show it; the cause is not told", answer
            )
        elif stored.status != 200:
            error = str(said.get("error")) if isinstance(said, dict) else ""
            try:
                proof = self.withheld(known.native_id) if error == "RecordNotFound" else None
            except _SILENT as failure:
                words = (
                    "RecordNotFound from its author's own server, which does not tell whether it was taken"
                    " down there"
                )
                yield Absence(known.record_id, UNAVAILABLE, f"{words} ({failure.message[:200]})", stored)
                return
            if proof:
                words = (
                    "RecordNotFound from its author's own server, in whose repository it stands nevertheless:"
                    " taken down there"
                )
                yield Absence(known.record_id, HIDDEN, words, proof, "platform")
                return
            deleted, by = error == "RecordNotFound", "agency" if did == self.me else "author"
            reason = (
                f"{error} from its author's own server:"
                f" {str(said.get('message'))[:200] if isinstance(said, dict) else ''}"
            )
            yield Absence(
                known.record_id, REMOVED if deleted else UNAVAILABLE, reason, stored, by if deleted else None
            )
        elif f"/{REPOST}/" in known.native_id:
            yield Absence(
                known.record_id, UNAVAILABLE, "the repost stands, but what it spread is not shown", stored
            )
        elif not _is_read(stored):
            yield Absence(
                known.record_id,
                UNAVAILABLE,
                "what stands at its address on its author's server is no post any more",
                stored,
            )
        else:
            why = ["platform", "it stands on its author's server, but the AppView does not show it"]
            yield self.located(
                replace(stored, context={**stored.context, "hidden": {known.native_id: why}}), [did]
            )

    def stored(self, uri: str) -> Exchange | None:
        """The answer of its author's own server, if that can be asked."""
        address = _address(uri)
        if not self.servers.is_trusted(address["repo"]):
            return None
        try:
            answer = self.client.get(
                f"{self.servers.of(address['repo'])}/xrpc/com.atproto.repo.getRecord",
                address,
                context=self.context,
                expect=(200, 400),
            )
            content_of(answer)
        except _SILENT:
            return None
        return answer

    def withheld(self, uri: str) -> Exchange | None:
        """A server says of what its moderators have taken down the same words as of what was deleted. The
        proof that a record stands in its author's repository (blocks, of which only a record has a type),
        None where it does not, or where the server cannot prove it."""
        address = _address(uri)
        wanted = {"did": address["repo"], "collection": address["collection"], "rkey": address["rkey"]}
        url = f"{self.servers.of(address['repo'])}/xrpc/com.atproto.sync.getRecord"
        answer = self.client.get(url, wanted, context=self.context, expect=(200, 400, 404, 501))
        return answer if answer.status == 200 and _TYPE_IN_BLOCK in answer.body else None


def _is_read(stored: Exchange) -> bool:
    """Whether a post stands there. A server puts into a repository whatever its owner wants (`validate` of
    com.atproto.repo.putRecord), and what one stranger made of an answer must not end each capture."""
    try:
        return any(parse(stored))
    except UnexpectedResponse:
        return False


def _address(uri: str) -> dict[str, str]:
    """The parameters of getRecord."""
    parts = AT_URI.fullmatch(uri)
    return (
        {"repo": parts[1], "collection": parts[2], "rkey": parts[3]}
        if parts
        else {"repo": "", "collection": "", "rkey": ""}
    )


_BLOCKS = (
    (("blocking", "blockingByList"), "agency", "the account blocks its author"),
    (("blockedBy", "blockedByList"), "author", "its author blocks the account"),
)


def _relationships(answer: Exchange) -> Iterator[tuple[str, list[str | None]]]:
    body = content_of(answer)
    for i, found in enumerate(
        items(body.get("relationships") if isinstance(body, dict) else body, answer, "/relationships")
    ):
        if not isinstance(found, dict):
            raise wrong(answer, f"/relationships/{i}", "an object", found)
        for names, who, words in _BLOCKS:
            if block := next((found[name] for name in names if found.get(name)), None):
                yield str(found.get("did")), [who, f"{words} ({block}), so it stands in no conversation"]
                break
