"""What only an account's own token is told: whom it blocks and mutes, which servers and words it keeps away,
its private mentions.

Source: docs.joinmastodon.org/methods/blocks, /mutes, /domain_blocks, /filters, /conversations, and how
app/models/account_conversation.rb of mastodon/mastodon gathers statuses: a conversation is a thread of the
same participants, which is known by its last status. It differs from a real server in this: nothing is marked
as read, so that a conversation is unread as long as somebody else has the last word.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from infra.sandbox.faces.common import Routes
from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.faces.mastodon_face import MastodonFace, answer
from infra.sandbox.faces.mastodon_paging import number
from infra.sandbox.model import Account, Post

Numbered = list[tuple[int, Any]]  # what a list holds, by the numbers that its pages are told apart by


class Own(MastodonFace):
    def routes(self) -> Routes:
        return {
            "/api/v1/blocks": self.blocks,
            "/api/v1/mutes": self.mutes,
            "/api/v1/domain_blocks": self.domain_blocks,
            "/api/v2/filters": self.filters,
            "/api/v1/conversations": self.conversations,
        }

    def page(
        self, operation: str, found: Numbered, default: int, most: int, shown: Callable[[Any], Any]
    ) -> Response:
        """Newest first: below max_id, above since_id, or right above min_id."""
        limit = min(max(number("limit", default) or default, 1), most)
        below, above, least = number("max_id"), number("since_id") or 0, number("min_id")
        inside = sorted(
            one for one in found if (below is None or one[0] < below) and one[0] > max(above, least or 0)
        )
        page = (inside[:limit] if least is not None else inside[-limit:])[::-1]
        kept = {"limit": request.args["limit"]} if "limit" in request.args else {}
        marks = [("next", "max_id", page[-1][0])] if len(page) == limit else []
        newer = "min_id" if operation.endswith("/conversations") else "since_id"
        marks += [("prev", newer, page[0][0])] if page else []
        links = [
            f'<{request.base_url}?{urlencode({**kept, name: mark})}>; rel="{rel}"'
            for rel, name, mark in marks
        ]
        headers = {"Link": ", ".join(links)} if links else {}
        return answer(operation, [shown(one) for _, one in page], headers=headers)

    # -- who and what is kept away ------------------------------------------------------------------

    def kept_away(self, pairs: list[list[str]], viewer: Account) -> Numbered:
        """Whom a list holds; who is suspended is left out (blocks_controller.rb, mutes_controller.rb), and
        there again afterwards.
        """
        found = [
            (place, self.network.accounts[whom])
            for place, (who, whom) in enumerate(pairs, 1)
            if who == viewer.key
        ]
        return [(place, account) for place, account in found if not account.suspended]

    def blocks(self) -> Response:
        made, viewer = self.own("read:blocks", "follow")
        return self.page("/api/v1/blocks", self.kept_away(self.network.blocks, viewer), 40, 80, made.account)

    def mutes(self) -> Response:
        made, viewer = self.own("read:mutes", "follow")

        def shown(account: Account) -> Any:
            return {**made.account(account), "mute_expires_at": None}

        return self.page("/api/v1/mutes", self.kept_away(self.network.mutes, viewer), 40, 80, shown)

    def domain_blocks(self) -> Response:
        _, viewer = self.own("read:blocks", "follow")
        found = [
            (place, domain)
            for place, (who, domain) in enumerate(self.network.domain_blocks, 1)
            if who == viewer.key
        ]
        return self.page("/api/v1/domain_blocks", found, 100, 200, str)

    def filters(self) -> Response:
        """All of them: this list has no pages."""
        made, viewer = self.own("read:filters")
        found = [one for one in self.network.filters if one.owner == viewer.key]
        words = [
            [
                {"id": f"{one.number}{place}", "keyword": word, "whole_word": True}
                for place, word in enumerate(one.words)
            ]
            for one in found
        ]
        told = [
            {**made.filter(one), "keywords": keywords, "statuses": []}
            for one, keywords in zip(found, words, strict=True)
        ]
        return answer("/api/v2/filters", told)

    # -- private mentions -----------------------------------------------------------------------------

    def conversations(self) -> Response:
        made, viewer = self.own("read:statuses")
        threads: dict[tuple[str, frozenset[str]], list[Post]] = {}
        for post in made.statuses(self.network.posts.values()):
            if post.visibility == "direct":
                people = frozenset({post.author, *made.addressed(post)} - {viewer.key})
                threads.setdefault((post.root or post.key, people), []).append(post)
        found = [(made.order(said[-1]), (sorted(people), said)) for (_, people), said in threads.items()]
        return self.page(
            "/api/v1/conversations", found, 20, 40, lambda one: self.conversation(made, viewer, *one)
        )

    def conversation(self, made: Entities, viewer: Account, people: list[str], said: list[Post]) -> Any:
        accounts = [self.network.accounts[key] for key in people] or [viewer]
        return {
            "id": str(said[0].number),
            "unread": said[-1].author != viewer.key,
            "accounts": [made.account(one) for one in accounts],
            "last_status": made.status(said[-1]),
        }
