"""Vimeo: profile, videos, showcases, and live events of an account, with all comments.

Modules: `platform` (limits, consent, permalinks), `api` (requests, failures, tokens), `crawl` (what is read,
and in which order), `lookup` (single records), `parse` (records), `schema` (fields).

The account's own token is needed. The API is version 3.4, https://developer.vimeo.com/api/reference. Its
fields were compared with Vimeo's OpenAPI description of December 2023, and with the types of a client made
from a later one (konfig-sdks/vimeo-python-sdk).

A comment does not say what it answers: the address of its list does, or the context of a comment that was
requested alone. Nothing says when a comment was edited. The `modified_time` of a video changes with whatever
is done to the video, and not with comments: it finds videos that changed, and is not the time of an edit.

A 404 says that there is nothing for this token, never why. The record becomes `unavailable`, and only where
the token has the scopes with which it would be shown (api.py). docs/platforms/vimeo.md says what the API
never gives.
"""

from recordroom.platforms.vimeo.api import consented
from recordroom.platforms.vimeo.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.vimeo.lookup import lookup
from recordroom.platforms.vimeo.parse import parse, saved
from recordroom.platforms.vimeo.platform import PLATFORM

__all__ = ["PLATFORM", "consented", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
