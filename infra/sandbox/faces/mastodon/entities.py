"""Mastodon's IDs, visibility rules, and JSON entities.

IDs are snowflakes, as strings: milliseconds << 16 | number, so that the order of IDs is the order of time.

Source of the fields: docs.joinmastodon.org/entities/Account, /CredentialAccount, /Status, /Status-mention,
/MediaAttachment, /Poll, /Quote, /PreviewCard, /StatusEdit, /Instance, /V1_Instance.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from infra.sandbox.faces.common import Json
from infra.sandbox.markup import Piece, pieces, values
from infra.sandbox.model import Account, Filter, Photo, Post, Version
from infra.sandbox.network import Network

WHERE = "mastodon"
PUBLIC = ("public", "unlisted")
VERSION = "4.5.0"
MEDIA = {
    "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"],
    "image_size_limit": 16777216,
    "image_matrix_limit": 33177600,
    "video_size_limit": 103809024,
    "video_frame_rate_limit": 120,
    "video_matrix_limit": 8294400,
}
POLLS = {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746}
STATUSES = {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23}
RULES = [{"id": "1", "text": "Be kind.", "hint": ""}]


def instant(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def snowflake(when: datetime, number: int) -> str:
    return str((int(when.timestamp() * 1000) << 16) + number)


@dataclass(frozen=True)
class Entities:
    """The part of the network that one viewer sees, and its JSON.

    Created for each request, so that counts are computed once.
    """

    network: Network
    base: str  # address of the face
    viewer: Account | None  # of the token
    # number of statuses and time of the last one, by account, once counted
    counted: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)

    # -- visibility --------------------------------------------------------------------------------

    def is_visible(self, post: Post | None) -> bool:
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
        """Return the keys of the accounts that a post names.

        They see it with any visibility.
        """
        keys = (f"{WHERE}/{handle}" for handle in values(post.now.text, "mention"))
        return [key for key in keys if key in self.network.accounts]

    def is_listed(self, post: Post) -> bool:
        """Return whether lists and conversations show a post.

        The viewer does not block or mute its author, and moderators do not limit the author, who has no
        followers here (status_filter.rb).
        """
        limited = self.network.accounts[post.author].limited and (
            self.viewer is None or post.author != self.viewer.key
        )
        return not limited and self.is_wanted(post)

    def is_wanted(self, post: Post) -> bool:
        """Return whether the viewer neither blocks nor mutes the author or their server."""
        if self.viewer is None or post.author == self.viewer.key:
            return True
        pair, domain = [self.viewer.key, post.author], [self.viewer.key, post.author.rpartition("@")[2]]
        return (
            pair not in (*self.network.blocks, *self.network.mutes)
            and domain not in self.network.domain_blocks
        )

    def statuses(self, posts: Iterable[Post]) -> list[Post]:
        """Return the posts that the viewer sees, oldest first."""
        return sorted((post for post in posts if self.is_visible(post)), key=self.order)

    def order(self, post: Post) -> int:
        return int(self.id(post))

    def id(self, post: Post) -> str:
        return snowflake(post.created, post.number)

    def account_id(self, account: Account) -> str:
        return snowflake(account.created, account.number)

    def replies(self, post: Post) -> list[Post]:
        return self.statuses(self.network.children[post.key])

    def find_status(self, status_id: str) -> Post | None:
        """Return the status with an ID, if the viewer sees it."""
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
                if post is not None and self.id(post) == status_id and self.is_visible(post)
            ),
            None,
        )

    def shares(self, post: Post) -> list[Post]:
        """Return the boosts and quotes of a post."""
        return [one for one in self.network.sharing[post.key] if one.status != "removed"]

    def count_statuses(self, account: Account) -> tuple[int, datetime | None]:
        """Return the number of statuses, and the time of the last one.

        Private mentions do not count.
        """
        if account.key not in self.counted:
            own = (
                one
                for one in self.network.written[account.key]
                if one.status != "removed" and one.visibility != "direct"
            )
            times = [one.created for one in own]
            self.counted[account.key] = len(times), max(times, default=None)
        return self.counted[account.key]

    # -- accounts ----------------------------------------------------------------------------------

    def home(self, account: Account) -> tuple[str, str, str]:
        """Return profile page, actor URI, and the name without its server."""
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

    def account(self, account: Account) -> Json:
        url, uri, name = self.home(account)
        count, last = self.count_statuses(account)
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

    def credentials(self, account: Account) -> Json:
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

    # -- text --------------------------------------------------------------------------------------

    def html(self, text: str) -> str:
        """Return the markup that Mastodon makes of plain text.

        Markup in the text is escaped.
        """
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

    def mentions(self, text: str) -> list[Json]:
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

    # -- statuses ----------------------------------------------------------------------------------

    def status(self, post: Post) -> Json:
        version, author = post.now, self.network.accounts[post.author]
        page, uri, _ = self.home(author)
        answered = self.network.posts.get(post.parent or "")
        shared = self.network.posts.get(post.repost or "")
        links = values(version.text, "link")
        return {
            "id": self.id(post),
            "created_at": instant(post.created),
            "in_reply_to_id": self.id(answered) if answered else None,
            "in_reply_to_account_id": (
                self.account_id(self.network.accounts[post.parent_author]) if post.parent_author else None
            ),
            "sensitive": bool(post.labels or version.warning),
            "spoiler_text": version.warning,
            "visibility": post.visibility,
            "language": post.language,
            "uri": f"{uri}/statuses/{self.id(post)}" + ("/activity" if shared else ""),
            "url": f"{page}/{self.id(post)}",
            "replies_count": sum(one.visibility in PUBLIC for one in self.replies(post)),
            "reblogs_count": sum(one.repost == post.key for one in self.shares(post)),
            "favourites_count": post.likes,
            "quotes_count": sum(one.quote == post.key for one in self.shares(post)),
            "edited_at": instant(post.edited) if post.edited else None,
            **(
                dict.fromkeys(("favourited", "reblogged", "muted", "bookmarked", "pinned"), False)
                if self.viewer
                else {}
            ),
            "content": self.html(version.text),
            **({"filtered": self.matching_filters(post)} if self.viewer else {}),
            "reblog": self.status(shared) if shared else None,
            "application": {"name": "Web", "website": None} if "@" not in author.handle else None,
            "account": self.account(author),
            "media_attachments": [self.media(photo) for photo in version.photos],
            "mentions": self.mentions(version.text),
            "tags": [{"name": tag.lower(), "url": self.tag_url(tag)} for tag in values(version.text, "tag")],
            "emojis": [],
            "tagged_collections": [],
            "quote": self.quote(post),
            "card": self.card(links[0]) if links and not version.photos else None,
            "poll": self.poll(post) if post.poll else None,
            "quote_approval": {
                "automatic": ["public"],
                "manual": [],
                "current_user": "automatic" if self.viewer else "denied",
            },
        }

    def filter(self, one: Filter) -> Json:
        about = {"id": str(one.number), "title": one.title, "context": one.contexts}
        return {**about, "expires_at": None, "filter_action": one.action}

    def matching_filters(self, post: Post) -> list[Json]:
        """Return the viewer's filters that match a post.

        Each has its first matching word.

        Source: status_relationships_presenter.rb.
        """
        said = set(re.findall(r"\w+", f"{post.now.warning} {post.now.text}".lower()))
        own = [one for one in self.network.filters if self.viewer and one.owner == self.viewer.key]
        found = [(one, [word for word in one.words if word.lower() in said]) for one in own]
        return [
            {"filter": self.filter(one), "keyword_matches": words[:1], "status_matches": None}
            for one, words in found
            if words
        ]

    def quote(self, post: Post) -> Json | None:
        quoted = self.network.posts.get(post.quote or "")
        if quoted is None:
            return None
        if not self.is_visible(quoted):
            return {
                "state": "deleted" if quoted.status == "removed" else "unauthorized",
                "quoted_status": None,
            }
        return {"state": "accepted", "quoted_status": self.status(quoted)}

    def media(self, photo: Photo) -> Json:
        number = snowflake(self.network.start, photo.number)
        digits = "/".join(number[at : at + 3] for at in range(0, len(number), 3))
        folder = f"{self.base}/system/media_attachments/files/{digits}"
        size = {
            "width": photo.width,
            "height": photo.height,
            "size": f"{photo.width}x{photo.height}",
            "aspect": photo.width / photo.height,
        }
        name = f"{photo.number:016x}.{'jpg' if photo.kind == 'jpeg' else 'png'}"
        return {
            "id": number,
            "type": "image",
            "url": f"{folder}/original/{name}",
            "preview_url": f"{folder}/small/{name}",
            "remote_url": None,
            "meta": {"original": size, "small": size},
            "description": photo.alt or None,
            "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
        }

    def card(self, link: str) -> Json:
        host = link.split("/")[2]
        names = ("author_name", "author_url", "provider_url", "html", "embed_url")
        about = {
            "url": link,
            "title": f"{host}: page",
            "description": "",
            "type": "link",
            "provider_name": host,
            "authors": [],
        }
        return {
            **about,
            **dict.fromkeys(names, ""),
            "width": 0,
            "height": 0,
            "language": None,
            "image": None,
            "image_description": "",
            "blurhash": None,
            "published_at": None,
        }

    def poll(self, post: Post) -> Json | None:
        poll = post.poll
        if poll is None:
            return None
        votes = [
            {"title": title, "votes_count": count}
            for title, count in zip(poll.options, poll.votes, strict=True)
        ]
        return {
            "id": str(post.number),
            "expires_at": instant(poll.ends),
            "expired": poll.ends <= self.network.now(),
            "multiple": poll.multiple,
            "votes_count": sum(poll.votes),
            "voters_count": sum(poll.votes),
            "options": votes,
            "emojis": [],
            **({"voted": False, "own_votes": []} if self.viewer else {}),
        }

    def edit(self, post: Post, version: Version) -> Json:
        poll = {"poll": {"options": [{"title": title} for title in post.poll.options]}} if post.poll else {}
        return {
            "content": self.html(version.text),
            "spoiler_text": version.warning,
            "sensitive": bool(post.labels or version.warning),
            "created_at": instant(version.at),
            "account": self.account(self.network.accounts[post.author]),
            "media_attachments": [self.media(photo) for photo in version.photos],
            "emojis": [],
            **poll,
        }


def counts(network: Network) -> tuple[int, int]:
    """Count local accounts and statuses."""
    local = [one for one in network.accounts.values() if one.where == WHERE and "@" not in one.handle]
    return len(local), sum(
        post.where == WHERE and post.status != "removed" for post in network.posts.values()
    )


def owner(network: Network) -> Any:
    return next(one for one in network.accounts.values() if one.where == WHERE)


def instance_v1(network: Network, entities: Entities) -> Json:
    place, (users, statuses) = network.places[WHERE], counts(network)
    return {
        "uri": place.host,
        "title": place.title,
        "short_description": place.tagline,
        "description": place.tagline,
        "email": f"contact@{place.host}",
        "version": VERSION,
        "urls": {"streaming_api": f"wss://{place.host}"},
        "stats": {"user_count": users, "status_count": statuses, "domain_count": 2},
        "thumbnail": f"{entities.base}/system/accounts/headers/instance.png",
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": {
            "accounts": {"max_featured_tags": 10},
            "statuses": STATUSES,
            "media_attachments": MEDIA,
            "polls": POLLS,
        },
        "contact_account": entities.account(owner(network)),
        "rules": RULES,
    }


def instance_v2(network: Network, entities: Entities) -> Json:
    place, (users, _) = network.places[WHERE], counts(network)
    urls = {
        "streaming": f"wss://{place.host}",
        "about": f"{entities.base}/about",
        "privacy_policy": None,
        "terms_of_service": None,
        "status": None,
    }
    return {
        "domain": place.host,
        "title": place.title,
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": place.tagline,
        "usage": {"users": {"active_month": users}},
        "thumbnail": {"url": f"{entities.base}/system/accounts/headers/instance.png"},
        "icon": [],
        "languages": ["en"],
        "configuration": {
            "urls": urls,
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": STATUSES,
            "media_attachments": MEDIA,
            "polls": POLLS,
            "translation": {"enabled": False},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 7},
        "contact": {"email": f"contact@{place.host}", "account": entities.account(owner(network))},
        "rules": RULES,
    }
