"""Which roles the token's holder has: whoever has none is shown empty lists, with HTTP 200."""

from __future__ import annotations

from collections.abc import Collection

from recordroom.errors import Blocked
from recordroom.platforms.linkedin.restli import COUNT, ROLE, Api, items_of
from recordroom.platforms.linkedin.shapes import HELD

ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"})  # that read posts
HOSTS = ROLES - {"DIRECT_SPONSORED_CONTENT_POSTER"}  # that read events
# that read comments: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api, 2026-04-28
HEARERS = frozenset({"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})


def must_have_role(api: Api, organization: str, roles: Collection[str] = ROLES) -> None:
    """Blocked where the token's holder has none of `roles`, by which the organization's posts, comments on them, or its events are read."""
    start = 0
    while True:
        exchange = api.get(f"organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count={COUNT}")
        found = list(items_of(exchange))
        for pointer, item in found:
            HELD.check(item, exchange, pointer)
            if organization in (item.get("organization"), item.get("organizationTarget")) and item["role"] in roles:
                return
        if len(found) < COUNT:
            raise Blocked(f"the token's holder has no role on {organization}: its lists would be empty", ROLE, exchange, of_all=True)
        start += COUNT
