"""Mastodon's accounts as JSON, the markup of texts, and who sees what. Ids are snowflakes, written as
strings.

An id is milliseconds << 16 | number, so that the order of ids is the order of time.
Source of the fields: docs.joinmastodon.org/entities/Account, /CredentialAccount, /Status-mention.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from infra.sandbox.markup import Piece, pieces, values
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

WHERE = "mastodon"
PUBLIC = ("public", "unlisted")


def instant(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def snowflake(when: datetime, number: int) -> str:
    return str((int(when.timestamp() * 1000) << 16) + number)


@dataclass(frozen=True)
class Accounts:
    """Made anew for each request, so what is counted once holds for all of its answer."""

    network: Network
    base: str
    viewer: Account | None  # whose token it is
    counted: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)

    # -- who sees what ----------------------------------------------------------------------------

    def visible(self, post: Post | None) -> bool:
        if (
            post is None
            or post.where != WHERE
            or post.status == "removed"
            or self.network.accounts[post.author].suspended
        ):
            return False
        return post.visibility in PUBLIC or (
            self.viewer is not None and self.viewer.key in (post.author, *self.addressed(post))
        )

    def addressed(self, post: Post) -> list[str]:
        """The keys of those whom it names, who see it whatever its visibility."""
        keys = (f"{WHERE}/{handle}" for handle in values(post.now.text, "mention"))
        return [key for key in keys if key in self.network.accounts]

    def listed(self, post: Post) -> bool:
        """Lists and conversations show it: the viewer keeps nobody away who wrote it, and no moderators limit
        its author, whom nobody here follows (status_filter.rb)."""
        limited = self.network.accounts[post.author].limited and (
            self.viewer is None or post.author != self.viewer.key
        )
        return not limited and self.wanted(post)

    def wanted(self, post: Post) -> bool:
        """Nobody whom the viewer blocks or mutes, or whose server, said it."""
        if self.viewer is None or post.author == self.viewer.key:
            return True
        pair, domain = [self.viewer.key, post.author], [self.viewer.key, post.author.rpartition("@")[2]]
        return (
            pair not in (*self.network.blocks, *self.network.mutes)
            and domain not in self.network.domain_blocks
        )

    def statuses(self, posts: Iterable[Post]) -> list[Post]:
        """Those that the viewer may see, oldest first."""
        return sorted((post for post in posts if self.visible(post)), key=self.order)

    def order(self, post: Post) -> int:
        return int(self.id(post))

    def id(self, post: Post) -> str:
        return snowflake(post.created, post.number)

    def account_id(self, account: Account) -> str:
        return snowflake(account.created, account.number)

    def answers(self, post: Post) -> list[Post]:
        return self.statuses(self.network.children[post.key])

    def by_id(self, status_id: str) -> Post | None:
        """A status that the viewer may see."""
        numbers = (
            range(int(status_id) & 0xFFFF, self.network.numbers[WHERE] + 1, 0x10000)
            if status_id.isdigit()
            else ()
        )
        found = (self.network.posts.get(f"{WHERE}/{number}") for number in numbers)
        return next(
            (
                post
                for post in found
                if post is not None and self.id(post) == status_id and self.visible(post)
            ),
            None,
        )

    def sharing(self, post: Post) -> list[Post]:
        """What passes it on or quotes it."""
        return [one for one in self.network.sharing[post.key] if one.status != "removed"]

    def written(self, account: Account) -> tuple[int, datetime | None]:
        """So many statuses, private mentions apart, which no count has; and when the last one was written."""
        if account.key not in self.counted:
            own = (
                one
                for one in self.network.written[account.key]
                if one.status != "removed" and one.visibility != "direct"
            )
            times = [one.created for one in own]
            self.counted[account.key] = len(times), max(times, default=None)
        return self.counted[account.key]

    # -- accounts ---------------------------------------------------------------------------------

    def home(self, account: Account) -> tuple[str, str, str]:
        """Profile page, actor's uri, and the name without its server."""
        name, _, server = account.handle.partition("@")
        root = f"https://{server}" if server else self.base
        return f"{root}/@{name}", f"{root}/users/{name}", name

    def portraits(self, account: Account) -> dict[str, str]:
        addresses = {
            kind: f"{self.base}/system/accounts/{kind}s/{self.account_id(account)}.png"
            for kind in ("avatar", "header")
        }
        return {
            f"{kind}{more}": address for kind, address in addresses.items() for more in ("", "_static")
        } | {f"{kind}_description": "" for kind in addresses}

    def account(self, account: Account) -> dict[str, Any]:
        url, uri, name = self.home(account)
        count, last = self.written(account)
        gone = account.suspended
        return {
            "id": self.account_id(account),
            "username": name,
            "acct": account.handle,
            "display_name": "" if gone else account.name,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "indexable": not gone,
            "group": False,
            "created_at": instant(account.created.replace(hour=0, minute=0, second=0, microsecond=0)),
            "note": "" if gone else self.html(account.about),
            "url": url,
            "uri": uri,
            **self.portraits(account),
            "followers_count": 0 if gone else 40 + 7 * account.number,
            "following_count": 0 if gone else account.number,
            "statuses_count": 0 if gone else count,
            "last_status_at": last.date().isoformat() if last and not gone else None,
            "hide_collections": False,
            "show_media": True,
            "show_media_replies": True,
            "show_featured": True,
            "noindex": False,
            "feature_approval": {"automatic": ["public"], "manual": [], "current_user": "denied"},
            "emojis": [],
            "roles": [],
            "fields": (
                [{"name": "Web", "value": self.html("https://www.cascadevalley.test"), "verified_at": None}]
                if account.staff
                else []
            ),
            **({"suspended": True} if gone else {}),
            **({"limited": True} if account.limited else {}),
        }

    def credentials(self, account: Account) -> dict[str, Any]:
        about = {
            "note": account.about,
            "fields": [],
            "privacy": "public",
            "sensitive": False,
            "language": "en",
        }
        settings = {
            "follow_requests_count": 0,
            "indexable": True,
            "discoverable": True,
            "hide_collections": False,
        }
        role = {"id": "-99", "name": "", "color": "", "permissions": "65536", "highlighted": False}
        return {**self.account(account), "source": {**about, **settings}, "role": role}

    # -- text -------------------------------------------------------------------------------------

    def html(self, text: str) -> str:
        """The markup that Mastodon makes of plain text; what looks like markup in it is escaped."""
        if not text:
            return ""
        rendered = "".join(self.piece(piece) for piece in pieces(text))
        return "".join(f"<p>{part.replace(chr(10), '<br />')}</p>" for part in rendered.split("\n\n"))

    def piece(self, piece: Piece) -> str:
        if piece.kind == "link":
            scheme, _, rest = piece.value.partition("://")
            shown, hidden = rest[:30], rest[30:]
            spans = (
                f'<span class="invisible">{scheme}://</span><span'
                f' class="{"ellipsis" if hidden else ""}">{escape(shown)}</span>'
            )
            spans += f'<span class="invisible">{escape(hidden)}</span>'
            return (
                f'<a href="{escape(piece.value)}" target="_blank" rel="nofollow noopener"'
                f' translate="no">{spans}</a>'
            )
        if piece.kind == "tag":
            return (
                f'<a href="{self.tag_url(piece.value)}" class="mention hashtag"'
                f' rel="tag">#<span>{escape(piece.value)}</span></a>'
            )
        known = self.network.accounts.get(f"{WHERE}/{piece.value}") if piece.kind == "mention" else None
        if known is not None:
            url, _, name = self.home(known)
            return (
                f'<span class="h-card" translate="no"><a href="{url}" class="u-url'
                f' mention">@<span>{escape(name)}</span></a></span>'
            )
        return escape(f"@{piece.value}" if piece.kind == "mention" else piece.value)

    def tag_url(self, tag: str) -> str:
        return f"{self.base}/tags/{quote(tag.lower())}"

    def mentions(self, text: str) -> list[dict[str, Any]]:
        known = [self.network.accounts.get(f"{WHERE}/{handle}") for handle in values(text, "mention")]
        return [
            {
                "id": self.account_id(one),
                "username": self.home(one)[2],
                "url": self.home(one)[0],
                "acct": one.handle,
            }
            for one in known
            if one
        ]
