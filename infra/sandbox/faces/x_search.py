"""X's search: the operators that it has here, and the week that a recent search reaches back.

conversation_id:1  from:name  to:name  @name  is:reply  is:retweet  is:quote  -is:retweet  word this that
both, before OR is looked at this OR that         one of them; parentheses are not known here Source:
docs.x.com/x-api/posts/search/integrate/operators. A conversation's first post is found with it, which no
public word settles.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from infra.sandbox.faces.x_ids import user_id
from infra.sandbox.faces.x_sight import Sight
from infra.sandbox.model import Post

RECENT = timedelta(days=7)
LONGEST = {
    "recent": 512,
    "all": 1_024,
}  # characters: docs.x.com/x-api/posts/search/introduction, /quickstart/full-archive-search
Test = Callable[[Sight, Post, str], bool]


def _user(sight: Sight, name: str) -> str:
    """The id of a name, or of an id; nobody's where there is none."""
    account = sight.names.get(name.lower()) or sight.users.get(name)
    return user_id(account) if account else ""


def _is(_sight: Sight, post: Post, kind: str) -> bool:
    kinds = {"reply": post.parent_author is not None, "retweet": bool(post.repost), "quote": bool(post.quote)}
    return kinds.get(kind, False)


def _from(sight: Sight, post: Post, name: str) -> bool:
    return user_id(sight.network.accounts[post.author]) == _user(sight, name)


def _to(sight: Sight, post: Post, name: str) -> bool:
    return post.parent_author is not None and user_id(sight.network.accounts[post.parent_author]) == _user(
        sight, name
    )


OPERATORS: dict[str, Test] = {
    "conversation_id": lambda sight, post, value: sight.conversation(post) == value,
    "from": _from,
    "to": _to,
    "is": _is,
}


def _meets(sight: Sight, post: Post, word: str) -> bool:
    if word.startswith("-"):
        return not _meets(sight, post, word[1:])
    if word.startswith("@"):
        return _user(sight, word[1:]) in sight.mentions(post)
    operator, sign, value = word.partition(":")
    if sign and operator in OPERATORS:
        return OPERATORS[operator](sight, post, value)
    return word.lower() in post.now.text.lower()


def _alternatives(query: str) -> list[list[str]]:
    return [[word for word in side.split() if word != "AND"] for side in re.split(r"\bOR\b", query)]


def known(query: str) -> bool:
    """Whether it is written with what is known here, and no alternative of denials only."""
    sides = _alternatives(query)
    operators = [word.lstrip("-").partition(":")[0] for side in sides for word in side if ":" in word]
    told = all(any(not word.startswith("-") for word in side) for side in sides)
    return told and all(name in OPERATORS for name in operators) and not set(query) & set("()")


def meeting(sight: Sight, query: str) -> Callable[[Post], bool]:
    """Whether a post meets a query, which is read once for all of them; conversations, the most of what is
    asked for, are looked up.
    """
    sides = _alternatives(query)
    alone = [side[0] for side in sides if len(side) == 1]
    conversations = {word.partition(":")[2] for word in alone if word.startswith("conversation_id:")}
    others = [side for side in sides if len(side) > 1 or not side[0].startswith("conversation_id:")]

    def meets(post: Post) -> bool:
        if conversations and sight.conversation(post) in conversations:
            return True
        return any(all(_meets(sight, post, word) for word in side) for side in others)

    return meets
