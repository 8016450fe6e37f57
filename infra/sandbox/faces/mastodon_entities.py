"""Mastodon's statuses as JSON, with their media, polls, quotes, cards and edits.

Source of the fields: docs.joinmastodon.org/entities/Status, /MediaAttachment, /Poll, /Quote, /PreviewCard,
/StatusEdit.
"""

import re
from typing import Any

from infra.sandbox.faces.mastodon_accounts import PUBLIC, Accounts, instant, snowflake
from infra.sandbox.markup import values
from infra.sandbox.model import Filter, Photo, Post, Version


class Entities(Accounts):
    # -- statuses ---------------------------------------------------------------------------------

    def status(self, post: Post) -> dict[str, Any]:
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
            "replies_count": sum(one.visibility in PUBLIC for one in self.answers(post)),
            "reblogs_count": sum(one.repost == post.key for one in self.sharing(post)),
            "favourites_count": post.likes,
            "quotes_count": sum(one.quote == post.key for one in self.sharing(post)),
            "edited_at": instant(post.edited) if post.edited else None,
            **(
                dict.fromkeys(("favourited", "reblogged", "muted", "bookmarked", "pinned"), False)
                if self.viewer
                else {}
            ),
            "content": self.html(version.text),
            **({"filtered": self.filtered(post)} if self.viewer else {}),
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

    def filter(self, one: Filter) -> dict[str, Any]:
        about = {"id": str(one.number), "title": one.title, "context": one.contexts}
        return {**about, "expires_at": None, "filter_action": one.action}

    def filtered(self, post: Post) -> list[dict[str, Any]]:
        """The viewer's own filters that fit, each with the first of its words
        (status_relationships_presenter.rb).
        """
        said = set(re.findall(r"\w+", f"{post.now.warning} {post.now.text}".lower()))
        own = [one for one in self.network.filters if self.viewer and one.owner == self.viewer.key]
        found = [(one, [word for word in one.words if word.lower() in said]) for one in own]
        return [
            {"filter": self.filter(one), "keyword_matches": words[:1], "status_matches": None}
            for one, words in found
            if words
        ]

    def quote(self, post: Post) -> dict[str, Any] | None:
        quoted = self.network.posts.get(post.quote or "")
        if quoted is None:
            return None
        if not self.visible(quoted):
            return {
                "state": "deleted" if quoted.status == "removed" else "unauthorized",
                "quoted_status": None,
            }
        return {"state": "accepted", "quoted_status": self.status(quoted)}

    def media(self, photo: Photo) -> dict[str, Any]:
        number = snowflake(self.network.start, photo.number)
        folder = f"{self.base}/system/media_attachments/files/{'/'.join(number[at : at + 3] for at in range(0, len(number), 3))}"
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

    def card(self, link: str) -> dict[str, Any]:
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

    def poll(self, post: Post) -> dict[str, Any] | None:
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

    def edit(self, post: Post, version: Version) -> dict[str, Any]:
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
