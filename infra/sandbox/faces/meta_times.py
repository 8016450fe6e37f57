"""Instants as Meta writes them, and `since` and `until` as it reads them: Unix seconds or a date."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.model import Post


def instant(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S+0000}"


def moment(told: str) -> datetime:
    """1625428258, 2021-07-04, 2021-07-04T19:50:58+0000; what PHP's strtotime knows besides is refused."""
    try:
        if told.isdigit():
            return datetime.fromtimestamp(int(told), UTC)
        found = datetime.fromisoformat(told)
    except ValueError:
        raise Refusal(400, error(100, message=f"(#100) Invalid parameter: {told}")) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def between(posts: Iterable[Post], modifiers: Mapping[str, str]) -> list[Post]:
    since, until = (modifiers.get(name) for name in ("since", "until"))
    start, end = since and moment(since), until and moment(until)
    return [one for one in posts if (not start or one.created >= start) and (not end or one.created <= end)]
