"""Vimeo: an account's profile, videos, showcases and live events, and everybody's comments and replies, with the account's own token.

Read (API 3.4, https://developer.vimeo.com/api/reference; fields checked against Vimeo's OpenAPI description of December 2023 and against
the types of a client made from a later one, konfig-sdks/vimeo-python-sdk):
  /oauth/verify                                  which scopes the token has, in every window and before a 404 is believed
  /me                                            whose token it is, and the profile, in every window
  /me/videos                                     what the account published, private ones too; with the files, where the plan gives them
  /videos/<video>/texttracks                     subtitles and captions, whose addresses are good for hours only
  /videos/<video>/comments                       comments, oldest first
  /videos/<video>/comments/<comment>/replies     what answers one
  /me/albums, <album>/videos                     showcases and what is in them
  /me/live_events                                events, where the plan has them
Every request names its `fields`: less is sent, and Vimeo allows more requests then.

A comment does not say what it answers: its parent stands in the address that it was read from, and for one that is asked for alone in
the context. Nothing says when a comment was edited; `modified_time` of a video moves for whatever is done to it and not with comments, so
it finds videos that changed, and is no time of an edit. What the tracks of a video and the content of a showcase are is asked for
before the page is given out, and stands in its context.

Pages are counted by numbers: what is removed meanwhile pulls the rest forward, so the page before is read again wherever `total` shrank.
A 404 says that nothing is there for this token, never why: `unavailable`, and only while the token has the scopes with which it would be
shown what is there (scopes.py). docs/platforms/vimeo.md says what the API never gives.
"""

from recordroom.platforms.vimeo.asking import read_cursor
from recordroom.platforms.vimeo.platform import PLATFORM
from recordroom.platforms.vimeo.records import parse, saved
from recordroom.platforms.vimeo.tokens import consented
from recordroom.platforms.vimeo.walk import fetch, identify, lookup, totals

__all__ = ["PLATFORM", "consented", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
