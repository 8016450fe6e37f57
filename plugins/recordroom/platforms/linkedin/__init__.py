"""LinkedIn: the profile, posts, comments, and events of the page of an organization.

Modules: `platform` (limits, consent, permalinks), `api` (requests, failures, roles, tokens), `crawl`
and `events` (what is read, and in which order), `files` (the addresses of files), `lookup` (single records),
`parse` and `content` (records), `little_text` (the text of posts), `urns`, `schema` (fields).

It is read with the token of a member who has a role on the page. The Community Management API, pages of
version 2026-05, https://learn.microsoft.com/en-us/linkedin/marketing/community-management/. URNs are IDs:
`urn:li:share:7`, `urn:li:comment:(urn:li:activity:8,9)`. docs/platforms/linkedin.md says what the API never
gives.
"""

from recordroom.platforms.linkedin.api import consented, inspect, renew
from recordroom.platforms.linkedin.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.linkedin.lookup import lookup
from recordroom.platforms.linkedin.parse import parse, saved
from recordroom.platforms.linkedin.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "inspect", "lookup", "parse", "read_cursor", "renew",
    "saved", "totals",
]  # fmt: skip
