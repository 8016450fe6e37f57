"""The state behind all faces, and the actions that change it.

    network = Network(start)  # the clock stops at `start` and moves a second with each action
    network.place("mastodon", "Cascade Valley Social")
    network.account("mastodon/district", "Cascade Valley ESD")
    network.account("mastodon/parent@elsewhere.test")
    post = network.publish("mastodon/district", "Closed today")
    network.comment("mastodon/parent@elsewhere.test", post, "And the buses?")
    network.edit(post, "Closed today and tomorrow")
    network.message("mastodon/parent@elsewhere.test", "mastodon/district", "May I ask you something?")

Numbers count up from 1 in each place and times come from the clock or from `at`, so the same story gives the
same IDs. With `path`, every action leaves the state in that file before it returns, and `Network.load` goes
on from there. Actions that remove, restore, slow down, and break things are in moderation.py.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from infra.sandbox.model import Album, Caption, Event, Paper, Photo, Poll, Post, Version
from infra.sandbox.moderation import CASCADES, Moderation, Unsupported


class Network(Moderation):
    """The network with the actions of people: publish, comment, message, edit."""

    def photo(self, where: str, alt: str, **more: Any) -> Photo:
        """Return a photo to publish; its seed, or its number, decides its bytes."""
        return Photo(self.number(where), alt, **more)

    def event(self, where: str, name: str, starts: datetime, **more: Any) -> Event:
        """Return an event to announce with a post."""
        return Event(self.number(where), name, starts, **more)

    def change_event(self, post: Post, *, at: datetime | None = None, **changes: Any) -> Post:
        """Change or cancel the event of a post; `changes`: fields of an Event."""
        if post.event is None:
            raise ValueError(f"{post.key} announces no event")
        post.event = replace(post.event, changed=self.tick(at), **changes)
        self.save()
        return post

    def paper(self, where: str, title: str, pages: int = 1) -> Paper:
        """Return a document to publish."""
        return Paper(self.number(where), title, pages)

    def album(self, account: str, name: str, *, at: datetime | None = None, **more: Any) -> Album:
        """Add an album, which posts then name: publish(..., album=album.key)."""
        author, when = self.accounts[account], self.tick(at)
        number = self.number(author.where)
        album = Album(f"{author.where}/a{number}", author.where, number, account, name, when, **more)
        self.albums[album.key] = album
        self.save()
        return album

    def publish(
        self, account: str, text: str, *, title: str = "", kind: str = "post", at: datetime | None = None,
        photos: Iterable[Photo] = (), warning: str = "", poll: Poll | None = None, quote: Post | None = None,
        **more: Any,
    ) -> Post:  # fmt: skip
        """Publish a post.

        more: fields of a Post: status, visibility, language, labels, tags, likes, shares, video,
        comments_off, wall, album, event, paper, card, link, gif, attached, ghost.
        """
        author = self.accounts[account]
        if author.platform in ("instagram", "tiktok") and not photos and not more.get("video"):
            raise Unsupported(f"{author.platform} publishes nothing without a picture or a film")
        when, number = self.tick(at), self.number(author.where)
        version = Version(self.number(author.where), when, text, title, warning, list(photos))
        post = Post(f"{author.where}/{number}", author.where, number, kind, account, when, [version], **more)
        post.changed, post.poll, post.quote = when, poll, quote.key if quote else None
        self.add(post)
        self.save()
        return post

    def comment(
        self,
        account: str,
        parent: Post,
        text: str,
        *,
        at: datetime | None = None,
        photos: Iterable[Photo] = (),
        **more: Any,
    ) -> Post:
        """Reply to a post or comment; `more`: fields of a Post.

        On Bluesky and Mastodon it is a post of its own. WordPress numbers comments apart from posts.
        Facebook, Instagram, LinkedIn, YouTube, Vimeo, and TikTok have two levels: a reply to a reply goes
        below the same comment.
        """
        if parent.platform == "feed":
            raise Unsupported("a feed has no comments")
        if self.posts[parent.root or parent.key].comments_off:
            raise Unsupported(f"comments on {parent.root or parent.key} are switched off")
        author, when = self.accounts[account], self.tick(at)
        if author.platform in CASCADES and parent.kind == "comment":
            more["beside"], above = parent.beside, self.posts[parent.parent or ""]
            parent = above if above.kind == "comment" else parent
        apart = author.platform == "wordpress"
        number = self.number(f"{author.where}#comments" if apart else author.where)
        version = Version(0 if apart else self.number(author.where), when, text, photos=list(photos))
        key = f"{author.where}/c{number}" if apart else f"{author.where}/{number}"
        post = Post(
            key,
            author.where,
            number,
            "comment",
            account,
            when,
            [version],
            parent.key,
            parent.root or parent.key,
            **more,
        )
        post.changed, post.parent_author = when, parent.author
        self.add(post)
        self.save()
        return post

    def repost(self, account: str, shared: Post, *, at: datetime | None = None) -> Post:
        """Share somebody's post without a text of one's own: a repost, a boost."""
        return self.publish(account, "", at=at, repost=shared.key)

    def message(
        self, who: str, whom: str, text: str, *, at: datetime | None = None, photos: Iterable[Photo] = (),
        answers: Post | None = None, shared: Post | None = None, **more: Any,
    ) -> Post:  # fmt: skip
        """Send a private message; on Mastodon it is a status that mentions its recipient.

        answers: the message to which it replies.
        shared: a post that it shares.
        more: video, likes, or labels of a Post; Instagram does not show a message labeled "unsupported".
        """
        author = self.accounts[who]
        if author.platform in ("wordpress", "feed", "youtube"):
            raise Unsupported(f"{author.platform} has no private messages")
        if author.platform == "bluesky" and (photos or more.get("video")):
            raise Unsupported("a private message on Bluesky holds words, and a post that it passes on")
        if self.accounts[whom].where != author.where:
            raise Unsupported(f"{who} cannot write to {whom}, who is elsewhere")
        if author.platform == "mastodon":
            addressed, more = (
                f"@{whom.removeprefix(f'{author.where}/')} {text}",
                {**more, "photos": photos, "to": whom, "visibility": "direct"},
            )
            if answers:
                return self.comment(
                    who, answers, addressed, at=at, quote=shared.key if shared else None, **more
                )
            return self.publish(who, addressed, at=at, quote=shared, **more)
        when, number = self.tick(at), self.number(author.where)
        version = Version(self.number(author.where), when, text, photos=list(photos))
        sent = Post(
            f"{author.where}/m{number}",
            author.where,
            number,
            "message",
            who,
            when,
            [version],
            to=whom,
            **more,
        )
        sent.changed = when
        sent.parent = answers.key if answers else None
        sent.quote = shared.key if shared else None
        self.messages[sent.key] = sent
        if self.filed.get(f"{whom} {who}") == "page_done":
            del self.filed[f"{whom} {who}"]
        self.save()
        return sent

    def file(self, who: str, whom: str, folder: str) -> None:
        """Move a conversation on Facebook from the inbox of `who` to a folder.

        folder: "page_done", "other", or "spam".

        The next message of `whom` brings one back that is in "page_done".
        """
        if self.accounts[who].platform != "facebook":
            raise Unsupported(f"there are no folders on {self.accounts[who].platform}")
        self.filed[f"{who} {whom}"] = folder
        self.save()

    def unsend(self, message: Post, at: datetime | None = None, *, who: str = "") -> Post:
        """Let its author take a private message back.

        Bluesky: `who`, by default the author, deletes it for themselves, and the other one keeps it.
        """
        if message.to is None:
            raise Unsupported(f"{message.key} is no private message; remove it")
        if message.platform != "bluesky":
            if who not in ("", message.author):
                raise Unsupported(f"only its author takes a private message back on {message.platform}")
            return self.remove(message, at)
        message.gone_for[who or message.author] = self.tick(at)
        self.save()
        return message

    def conversations(self, account: str) -> dict[str, list[Post]]:
        """Return an account's private messages: {other account: messages}.

        Both the accounts and the messages are in descending order of time.
        """
        found: defaultdict[str, list[Post]] = defaultdict(list)
        for one in sorted(self.messages.values(), key=lambda one: (one.created, one.number), reverse=True):
            if account in (one.author, one.to) and one.status != "removed":
                found[str(one.to) if one.author == account else one.author].append(one)
        return dict(found)

    def edit(
        self,
        post: Post,
        text: str | None = None,
        *,
        title: str | None = None,
        photos: Iterable[Photo] | None = None,
        at: datetime | None = None,
    ) -> Post:
        """Add a version to a post or comment; what is not given stays as it was."""
        when, old = self.tick(at), post.now
        number = 0 if post.key.startswith(f"{post.where}/c") else self.number(post.where)
        new = Version(
            number,
            when,
            old.text if text is None else text,
            old.title if title is None else title,
            old.warning,
        )
        new.photos = old.photos if photos is None else list(photos)
        post.versions.append(new)
        post.changed = when
        self.save()
        return post

    def caption(
        self,
        post: Post,
        language: str,
        text: str,
        *,
        name: str = "",
        automatic: bool = False,
        at: datetime | None = None,
    ) -> Caption:
        """Add a subtitle track to a video, or replace the one of that name."""
        if post.video is None:
            raise ValueError(f"{post.key} has no video to caption")
        when, known = self.tick(at), {(one.language, one.name): one for one in post.video.captions}
        if found := known.get((language, name)):
            found.text, found.automatic, found.at = text, automatic, when
        else:
            post.video.captions.append(
                found := Caption(self.number(post.where), language, when, text, name, automatic)
            )
        self.save()
        return found
