"""The addresses of statuses, as people copy them: each server has its own for the same status."""

from __future__ import annotations

import re
from collections.abc import Iterable

from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks

_STATUS = re.compile(
    r"^/(?:(?:web|deck)/)?(?:@[^/]+|(?:(?:ap/)?users/[^/]+/)?statuses)/(\d+)(?:/|$)", re.ASCII
)
PERMALINKS = Permalinks(
    what="a status",
    form="https://<instance>/@<name>/<number>",
    own=r"/(?:@[^/]+|statuses)/(\d+)",
    named=r"^/(?:(?:web|deck)/)?@([^/]+)/\d|^/(?:ap/)?users/([^/]+)/statuses/",
    elsewhere=_STATUS.pattern,
    mend=(
        "Enter it in the search of the account's own server, and copy the address of what is found there; or"
        " copy that of the post that it answers."
    ),
)


def post_in(url: str, own: Iterable[str]) -> str:
    """The number of the status; UsageError where there is none, or where another server than those of `own`
    addresses numbered it. A server may stand below a path of its host."""
    link = permalinks.read(url, PERMALINKS)
    ours = [one for address in own if (one := permalinks.read(address, PERMALINKS)).host == link.host]
    found = next(
        filter(
            None, (_STATUS.match(link.path.removeprefix(path)) for path in ("", *(one.path for one in ours)))
        ),
        None,
    )
    if not found:
        raise link.none_of(PERMALINKS)
    if not ours:
        raise UsageError(f"{url} is on another server than the account", PERMALINKS.mend)
    return found[1]
