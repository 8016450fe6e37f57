"""Actions that remove, restore, slow down, and break things on the network.

Each docstring says what the action is on each platform. An action that a platform does not have raises
Unsupported, so that no story contains what could not happen there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from infra.sandbox.model import Account, Fault, Filter, Post
from infra.sandbox.state import State

# platforms where comments have two levels, and replies are removed with their parent
CASCADES = ("facebook", "instagram", "linkedin", "youtube", "vimeo", "tiktok")
OPEN = ("feed",)  # platforms without a sign-in
CODED = ("facebook", "instagram", "threads")  # platforms with numbered errors
NO_SCOPE = ""  # the scope of a token from which the last one was withdrawn: a token without scopes has all


class Unsupported(ValueError):
    """The platform does not have this action."""


def _only(post: Post, verb: str, *able: str) -> None:
    """Raise Unsupported unless the platform has the action.

    able: platforms, or `platform/kind` where it has the action for one kind of post only.
    """
    if not {post.platform, f"{post.platform}/{post.kind}"} & set(able):
        raise Unsupported(f"{post.platform} cannot {verb} a {post.kind}; {', '.join(able)} can")


def _only_account(account: Account, verb: str, *able: str) -> None:
    if account.platform not in able:
        raise Unsupported(f"{account.platform} cannot {verb}; {', '.join(able)} can")


class Moderation(State):
    """The state with the actions of moderators, account holders, and operators."""

    def become(self, post: Post, status: str, at: datetime | None = None) -> Post:
        """Give a post a status."""
        post.status = status
        post.changed = self.tick(at)
        self.save()
        return post

    def hide(self, post: Post, at: datetime | None = None) -> Post:
        """Hide a post or comment.

        Bluesky: the author of the root post hides a reply (threadgate hiddenReplies); it stays readable.
        Facebook: the Page hides a comment from all except its author and their friends, or a post from its
        timeline. Instagram: the account hides a comment. YouTube: the channel rejects a comment; it and its
        replies are no longer shown. Threads: a reply of the first level is hidden, with all replies below it.
        X: the author of the root post hides a reply, which the API does not report. TikTok: the account, one
        of its filters, or TikTok hides a comment.
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
        """Keep a comment for approval, or make a post private.

        WordPress, YouTube, and Threads hold comments. Posts become private on WordPress and YouTube, videos
        on Vimeo and TikTok.
        """
        _only(post, "hold", "wordpress", "youtube", "vimeo/post", "tiktok/post", "threads/comment")
        return self.become(post, "held" if post.kind == "comment" else "private", at)

    def spam(self, post: Post, at: datetime | None = None) -> Post:
        """Mark a comment on WordPress or YouTube as spam."""
        _only(post, "mark as spam", "wordpress/comment", "youtube/comment")
        return self.become(post, "spam", at)

    def trash(self, post: Post, at: datetime | None = None) -> Post:
        """Move to the trash of WordPress; a visitor gets a 401."""
        _only(post, "trash", "wordpress")
        return self.become(post, "trashed", at)

    def remove(self, post: Post, at: datetime | None = None) -> Post:
        """Remove a post, comment, or message permanently.

        Its replies go a level up on WordPress, have no parent on Mastodon, keep the removed one as parent on
        Bluesky and Threads, and are removed too on Facebook, Instagram, LinkedIn, YouTube, Vimeo, and TikTok.
        """
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
        if post.platform == "wordpress" and post.kind != "comment":  # its comments are removed too
            for comment in self.talk[post.key]:
                comment.status = "removed"
        post.removed = when
        return self.become(post, "removed", when)

    def moderate(self, post: Post, at: datetime | None = None) -> Post:
        """Let moderators of a Mastodon instance delete a status, and notify its author."""
        _only(post, "be deleted by moderators as", "mastodon")
        post.moderated = True
        return self.remove(post, at)

    def restore(self, post: Post, at: datetime | None = None) -> Post:
        """Make a post or comment visible again.

        It leaves the trash of WordPress, a queue, or spam, becomes public, or is no longer hidden. On Bluesky
        a removed one can be written again under its old key.
        """
        if post.status == "removed" and post.platform != "bluesky":
            raise Unsupported(
                f"what was removed from {post.platform} does not come back; trash it or suspend its author"
                " instead"
            )
        post.removed = None
        if post.platform == "threads" and post.status == "hidden":  # Threads reports it from then on
            post.labels = [*post.labels, "unhidden"]
        return self.become(post, "visible", at)

    def switch_comments(self, post: Post, *, off: bool = True) -> Post:
        """Switch comments on a post off, or on again with off=False.

        Existing comments are no longer shown on YouTube and TikTok, stay on Vimeo, and are deleted on
        LinkedIn. Instagram does not document what its API does with them; here they stay.
        """
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
        """Set whether comments on a YouTube channel need its approval.

        The API reports the setting. It holds no comment by itself; hold(comment) does.
        """
        one = self.accounts[account]
        _only_account(one, "ask for the approval of comments", "youtube")
        one.approves = needed
        self.save()
        return one

    def label(self, post: Post, *labels: str) -> Post:
        """Replace the labels of a post.

        Bluesky: labels of the moderation service. Mastodon: marked as sensitive. Threads: "covered", by the
        platform.
        """
        _only(post, "label", "bluesky", "mastodon", "threads")
        post.labels = list(labels)
        self.save()
        return post

    def block(self, who: str, whom: str, *, blocked: bool = True) -> None:
        """Let `who` block `whom`; blocked=False ends it.

        Bluesky: a reply of one to the other is shown to everyone as a blocked post. Instagram: `whom` is
        restricted, and only they see their comments there. Threads: reported with each reply. Facebook,
        Mastodon, and X: `who` finds it in a list of their own.
        """
        self._listed(self.blocks, who, whom, there=blocked)

    def mute(self, who: str, whom: str, *, muted: bool = True) -> None:
        """Let `who` mute `whom`, which only `who` can see; muted=False ends it."""
        _only_account(self.accounts[who], "mute anybody", "mastodon", "x", "bluesky", "threads")
        self._listed(self.mutes, who, whom, there=muted)

    def block_domain(self, who: str, domain: str, *, blocked: bool = True) -> None:
        """Let `who` block another Mastodon server; blocked=False ends it."""
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
        """Filter posts with one of these words for `who` on Mastodon.

        A filter of the same title is replaced; without words it is removed.
        """
        _only_account(self.accounts[who], "filter words", "mastodon")
        known = next((one for one in self.filters if (one.owner, one.title) == (who, title)), None)
        number = known.number if known else self.number("filters")
        self.filters = [one for one in self.filters if one is not known]
        if found := list(words):
            self.filters.append(Filter(number, who, title, found, list(contexts), **more))
        self.save()

    def rename(self, account: str, *, handle: str | None = None, name: str | None = None) -> Account:
        """Give an account another handle or display name.

        Its native ID stays, and so does the key by which stories name it.
        """
        one = self.accounts[account]
        if handle and handle != one.handle:
            one.former.append(one.handle)
            one.handle = handle
        one.name = name or one.name
        self.save()
        return one

    def suspend(self, account: str, *, suspended: bool = True) -> Account:
        """Suspend an account with its posts; suspended=False restores both."""
        if self.accounts[account].platform in ("wordpress", "feed"):
            raise Unsupported(f"nobody takes {account} away: a site is its owner's own")
        self.accounts[account].suspended = suspended
        self.save()
        return self.accounts[account]

    def limit(self, account: str, *, limited: bool = True) -> Account:
        """Let moderators of a Mastodon instance limit an account; limited=False ends it.

        No list and no conversation shows its statuses to others. A request by ID still finds them.
        """
        _only_account(self.accounts[account], "limit an account", "mastodon")
        self.accounts[account].limited = limited
        self.save()
        return self.accounts[account]

    def unpublish(self, account: str, *, published: bool = False) -> Account:
        """Make an account private, or public again with published=True.

        Facebook: only people who manage the Page see it. Threads: the profile is private. X: the account is
        protected. LinkedIn: the API does not report who wrote its comments.
        """
        self.accounts[account].published = published
        self.save()
        return self.accounts[account]

    def dismiss(self, account: str, page: str) -> Account:
        """Take an account's role on a Page away; its tokens then have public access."""
        one = self.accounts[account]
        if page not in one.manages:
            raise Unsupported(f"{account} has no role on {page}")
        one.manages.remove(page)
        self.save()
        return one

    def throttle(self, where: str, until: datetime | None) -> None:
        """Answer every request as one over the quota until an instant; None ends it."""
        self.throttles.pop(where, None)
        if until is not None:
            self.throttles[where] = until
        self.save()

    def quota(self, where: str, limit: int, seconds: int = 300) -> None:
        """Set the number of requests of a client in a window.

        On YouTube it is the number of a project's units in a day.
        """
        self.quotas[where] = (limit, seconds)
        self.usage.clear()
        self.save()

    def pay(self, where: str, left: int | None) -> None:
        """Set the credit for reads on X, in thousandths of a dollar; None: unlimited."""
        self.places[where].credits = left
        self.save()

    def expire_token(
        self, where: str, *, secret: str | None = None, expired: bool = True, reason: str = "expired"
    ) -> None:
        """Make all tokens of a place invalid, or one; expired=False ends it.

        reason: which Meta reports: expired, password, revoked, checkpoint, unconfirmed, logged_out, role.
        """
        if where.partition("/")[0] in OPEN:
            raise Unsupported(f"no sign-in on {where}: there is no token to expire")
        for token in self.tokens:
            if token.where == where and secret in (None, token.secret):
                token.expired, token.reason = expired, reason if expired else ""
        self.save()

    def withdraw(self, where: str, scope: str, *, withdrawn: bool = True) -> None:
        """Withdraw a permission from the tokens of a place, or give it back."""
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
        """Restart the platform's servers.

        after: the number of requests before the restart. The response after them is cut.
        refused: the number of requests that the proxy in front of the servers then refuses.
        """
        self.faults.append(Fault(where, 200, after=after, cut=40))
        self.faults.append(Fault(where, 503, refused, after=after))
        self.save()

    def fail(self, where: str, status: int = 500, times: int = 1, **more: Any) -> Fault:
        """Answer the next `times` requests with a fault; `more`: fields of a Fault.

        The response is not the platform's own; with a `code`, it is the platform's error of that number.
        """
        if more.get("code") and where.partition("/")[0] not in CODED:
            raise Unsupported(f"the errors of {where} have no numbers; those of {', '.join(CODED)} have")
        self.faults.append(Fault(where, status, times, **more))
        self.save()
        return self.faults[-1]
