"""The verbs that take away, bring back, slow down and break: what a Network can undergo.

Each says what it is called on each platform, and refuses what a platform cannot do (Unsupported), so that no
story is told that could not happen there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from infra.sandbox.model import Account, Fault, Filter, Post
from infra.sandbox.state import State

# comments have two levels, and answers go with what they answer
CASCADES = ("facebook", "instagram", "linkedin", "youtube", "vimeo", "tiktok")
OPEN = ("feed",)  # everybody reads them, nobody signs in
CODED = ("facebook", "instagram", "threads")  # errors have numbers of the platform's own
# all that is left to a token from which the last one was taken: one of which a story tells no scope may read
# everything
NO_SCOPE = ""


class Unsupported(ValueError):
    """The platform has no such thing."""


def _only(post: Post, verb: str, *able: str) -> None:
    """`able`: a platform's name, or `platform/kind` where it can do so to one kind of post only."""
    if not {post.platform, f"{post.platform}/{post.kind}"} & set(able):
        raise Unsupported(f"{post.platform} cannot {verb} a {post.kind}; {', '.join(able)} can")


def _only_account(account: Account, verb: str, *able: str) -> None:
    if account.platform not in able:
        raise Unsupported(f"{account.platform} cannot {verb}; {', '.join(able)} can")


class Moderation(State):
    def become(self, post: Post, status: str, at: datetime | None = None) -> Post:
        post.status = status
        post.changed = self.tick(at)
        self.save()
        return post

    def hide(self, post: Post, at: datetime | None = None) -> Post:
        """Bluesky: the author of the conversation hides a reply (threadgate hiddenReplies); it stays
        readable.

        Facebook: the Page hides a comment from all but its author and their friends, or a post from its
        timeline. Instagram: the account hides a comment. YouTube: the channel rejects a comment, which nobody
        is shown any more, its answers neither. Threads: a reply of the first level is hidden, with all that
        stand below it. X: the author of the conversation hides a reply, which the API does not tell. TikTok:
        the account, one of its filters or TikTok hides a comment.
        """
        _only(
            post,
            "hide",
            "bluesky",
            "facebook",
            "instagram/comment",
            "youtube/comment",
            "threads/comment",
            "x/comment",
            "tiktok/comment",
        )
        if post.platform == "threads" and post.parent != post.root:
            raise Unsupported("Threads hides replies of the first level only; those below go with them")
        return self.become(post, "hidden", at)

    def hold(self, post: Post, at: datetime | None = None) -> Post:
        """WordPress, YouTube and Threads: a comment waits for approval; a post, also a video on Vimeo and
        TikTok, becomes a private one.
        """
        _only(post, "hold", "wordpress", "youtube", "vimeo/post", "tiktok/post", "threads/comment")
        return self.become(post, "held" if post.kind == "comment" else "private", at)

    def spam(self, post: Post, at: datetime | None = None) -> Post:
        _only(post, "mark as spam", "wordpress/comment", "youtube/comment")
        return self.become(post, "spam", at)

    def trash(self, post: Post, at: datetime | None = None) -> Post:
        """WordPress: to the trash, from which it can be restored; a visitor gets 401."""
        _only(post, "trash", "wordpress")
        return self.become(post, "trashed", at)

    def remove(self, post: Post, at: datetime | None = None) -> Post:
        """Gone for good. Answers to it go a level up on WordPress, lose their parent on Mastodon, keep a
        dangling one on Bluesky and Threads, and are removed with it on Facebook, Instagram, LinkedIn,
        YouTube, Vimeo and TikTok."""
        when = self.tick(at)
        for answer in list(self.children[post.key]):
            if post.platform == "wordpress" and post.kind == "comment":
                answer.parent = post.parent or post.root
                self.children[answer.parent or ""].append(answer)
            elif post.platform == "mastodon":
                answer.parent = None
            elif post.platform in CASCADES and answer.status != "removed":
                self.remove(answer, when)
        if post.platform in ("wordpress", "mastodon"):
            self.children.pop(post.key, None)
        if post.platform == "wordpress" and post.kind != "comment":  # which takes its comments along
            for comment in self.talk[post.key]:
                comment.status = "removed"
        post.removed = when
        return self.become(post, "removed", when)

    def moderate(self, post: Post, at: datetime | None = None) -> Post:
        """Mastodon: moderators of the instance delete a status, and tell its author, who finds it gone like
        any.
        """
        _only(post, "be deleted by moderators as", "mastodon")
        post.moderated = True
        return self.remove(post, at)

    def restore(self, post: Post, at: datetime | None = None) -> Post:
        """Visible again: out of WordPress' trash, of a queue or spam, public again, unhidden, or written
        again under its old key on Bluesky."""
        if post.status == "removed" and post.platform != "bluesky":
            raise Unsupported(
                f"what was removed from {post.platform} does not come back; trash it or suspend its author"
                " instead"
            )
        post.removed = None
        if post.platform == "threads" and post.status == "hidden":  # which it tells for good
            post.labels = [*post.labels, "unhidden"]
        return self.become(post, "visible", at)

    def switch_comments(self, post: Post, *, off: bool = True) -> Post:
        """Nobody can comment on a post any more. On YouTube and TikTok the comments that are there go out of
        sight, on Vimeo they stay, on LinkedIn they are deleted; on Instagram no public word tells what its
        API does with them: they stay. off=False switches them on again."""
        _only(
            post,
            "switch off comments on",
            "linkedin/post",
            "youtube/post",
            "vimeo/post",
            "tiktok/post",
            "instagram/post",
        )
        post.comments_off = off
        if off and post.platform == "linkedin":
            for comment in [one for one in self.children[post.key] if one.status != "removed"]:
                self.remove(comment)
        self.save()
        return post

    def approve_comments(self, account: str, *, needed: bool = True) -> Account:
        """YouTube: the channel's setting that comments wait for its approval. It is told, and holds none:
        hold(comment) does.
        """
        one = self.accounts[account]
        _only_account(one, "ask for the approval of comments", "youtube")
        one.approves = needed
        self.save()
        return one

    def label(self, post: Post, *labels: str) -> Post:
        """Bluesky: a label of the moderation service on the post; Mastodon: marked as sensitive; Threads:
        "covered", by the platform.
        """
        _only(post, "label", "bluesky", "mastodon", "threads")
        post.labels = list(labels)
        self.save()
        return post

    def block(self, who: str, whom: str, *, blocked: bool = True) -> None:
        """Bluesky: an answer of `whom` to `who` (and the other way) is shown to everyone as a blocked post.
        Instagram: `whom` is restricted, what they say there is seen by themselves only. Threads: told with
        each reply. Facebook, Mastodon and X: `who` finds it in a list of their own. blocked=False takes it
        back."""
        self._listed(self.blocks, who, whom, there=blocked)

    def mute(self, who: str, whom: str, *, muted: bool = True) -> None:
        """`who` does not want to see what `whom` says; nobody else is told. muted=False takes it back."""
        _only_account(self.accounts[who], "mute anybody", "mastodon", "x", "bluesky", "threads")
        self._listed(self.mutes, who, whom, there=muted)

    def block_domain(self, who: str, domain: str, *, blocked: bool = True) -> None:
        """Mastodon: `who` does not want to see anybody of another server. blocked=False takes it back."""
        _only_account(self.accounts[who], "block a server", "mastodon")
        self._listed(self.domain_blocks, who, domain, there=blocked)

    def _listed(self, pairs: list[list[str]], who: str, whom: str, *, there: bool) -> None:
        if [who, whom] in pairs:
            pairs.remove([who, whom])
        if there:
            pairs.append([who, whom])
        self.save()

    def filter_words(
        self,
        who: str,
        title: str,
        words: Iterable[str],
        contexts: Iterable[str] = ("home", "public"),
        **more: str,
    ) -> None:
        """Mastodon: what holds one of these words is kept from `who`; no words at all take the filter of that
        title away.

        `more`: action of a Filter.
        """
        _only_account(self.accounts[who], "filter words", "mastodon")
        known = next((one for one in self.filters if (one.owner, one.title) == (who, title)), None)
        number = known.number if known else self.number("filters")
        self.filters = [one for one in self.filters if one is not known]
        if found := list(words):
            self.filters.append(Filter(number, who, title, found, list(contexts), **more))
        self.save()

    def rename(self, account: str, *, handle: str | None = None, name: str | None = None) -> Account:
        """Another handle or display name; the native id stays, and so does the key by which stories call the
        account.
        """
        one = self.accounts[account]
        if handle and handle != one.handle:
            one.former.append(one.handle)
            one.handle = handle
        one.name = name or one.name
        self.save()
        return one

    def suspend(self, account: str, *, suspended: bool = True) -> Account:
        """The platform takes the account away; suspend(..., suspended=False) brings it and its posts back."""
        if self.accounts[account].platform in ("wordpress", "feed"):
            raise Unsupported(f"nobody takes {account} away: a site is its owner's own")
        self.accounts[account].suspended = suspended
        self.save()
        return self.accounts[account]

    def limit(self, account: str, *, limited: bool = True) -> Account:
        """Mastodon: moderators of the instance limit an account, whose statuses no list and no conversation
        shows to others.

        By its ID, a status of the account is found. limited=False ends it.
        """
        _only_account(self.accounts[account], "limit an account", "mastodon")
        self.accounts[account].limited = limited
        self.save()
        return self.accounts[account]

    def unpublish(self, account: str, *, published: bool = False) -> Account:
        """Facebook: only those who manage the Page see it; unpublish(..., published=True) shows it again. X:
        the account is protected. LinkedIn: nobody is told who wrote its comments."""
        self.accounts[account].published = published
        self.save()
        return self.accounts[account]

    def dismiss(self, account: str, page: str) -> Account:
        """LinkedIn, Facebook: who had a role on a Page has it no more, and their tokens see of it what
        anybody's do.
        """
        one = self.accounts[account]
        if page not in one.manages:
            raise Unsupported(f"{account} has no role on {page}")
        one.manages.remove(page)
        self.save()
        return one

    def throttle(self, where: str, until: datetime | None) -> None:
        """Every request is answered as one too many until then; None ends it."""
        self.throttles.pop(where, None)
        if until is not None:
            self.throttles[where] = until
        self.save()

    def quota(self, where: str, limit: int, seconds: int = 300) -> None:
        """So many requests a client in so many seconds; on YouTube so many units a project in a day, whatever
        the seconds say.
        """
        self.quotas[where] = (limit, seconds)
        self.usage.clear()
        self.save()

    def pay(self, where: str, left: int | None) -> None:
        """X: so many thousandths of a dollar are left to read with; None: no end."""
        self.places[where].credits = left
        self.save()

    def expire_token(
        self, where: str, *, secret: str | None = None, expired: bool = True, reason: str = "expired"
    ) -> None:
        """All secrets of the place die (a password revoked, consent withdrawn), or one of them, or they live
        again.

        `reason`, which Meta tells: expired, password, revoked, checkpoint, unconfirmed, logged_out, role.
        """
        if where.partition("/")[0] in OPEN:
            raise Unsupported(f"nobody signs in on {where}: there is no token to expire")
        for token in self.tokens:
            if token.where == where and secret in (None, token.secret):
                token.expired, token.reason = expired, reason if expired else ""
        self.save()

    def withdraw(self, where: str, scope: str, *, withdrawn: bool = True) -> None:
        """A person takes a permission away from the app, and every token goes on without it; or gives it
        back.
        """
        tokens = [
            one
            for one in self.tokens
            if one.where == where and one.scopes and (scope in one.scopes) == withdrawn
        ]
        if not tokens:
            raise Unsupported(f"no token of {where} {'has' if withdrawn else 'lacks'} the scope {scope}")
        for token in tokens:
            others = [one for one in token.scopes if one not in (scope, NO_SCOPE)]
            token.scopes = (others or [NO_SCOPE]) if withdrawn else [*others, scope]
        self.save()

    def restart(self, where: str, after: int = 0, refused: int = 2) -> None:
        """The platform's servers are restarted: the answer that is under way `after` so many requests breaks
        off, the next ones are refused by what stands before the servers, and then all is as it was."""
        self.faults.append(Fault(where, 200, after=after, cut=40))
        self.faults.append(Fault(where, 503, refused, after=after))
        self.save()

    def fail(self, where: str, status: int = 500, times: int = 1, **more: Any) -> Fault:
        """The next `times` requests get an answer that is not the platform's own; with a `code`, its error of
        that number.

        `more`: see model.Fault.
        """
        if more.get("code") and where.partition("/")[0] not in CODED:
            raise Unsupported(f"the errors of {where} have no numbers; those of {', '.join(CODED)} have")
        self.faults.append(Fault(where, status, times, **more))
        self.save()
        return self.faults[-1]
