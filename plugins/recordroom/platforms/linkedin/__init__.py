"""LinkedIn: an organization page's profile, its posts of every kind, and all comments on them at every depth, by a member with a role.

Read (Community Management API, https://learn.microsoft.com/en-us/linkedin/marketing/community-management/, pages of version 2026-05):
  /rest/organizationAcls?q=roleAssignee           which organizations the token's holder has a role on; before each capture
  /rest/organizations/<number>                    the profile, in every window; by ?q=vanityName at the first capture
  /rest/posts?q=author                            what the organization published; /rest/posts?ids=List(...) by id
  /rest/socialMetadata?ids=List(...)              how many comments and reactions a post has
  /rest/images, videos, documents?ids=List(...)   where files are, of comments too where no address stands beside one; signed
                                                  addresses, which expire
  /rest/socialActions/<urn>/comments              comments on a post, or the answers to one, by its own URN
  /rest/organizationalEntityNotifications         for 60 days: new comments on old posts, posts of others that mention the page or pass on
                                                  its posts, and, in words, that a comment was deleted; for administrators only
  /rest/events?q=eventsByOrganizer                events that the organization holds, where the app may read them (events.py)

A list of posts is empty, with HTTP 200, for whoever has no role on the organization: it looks as if all had been deleted. So the role is
asked for before each capture, before an absence is believed, and again where a list is empty.

Lists shift while they are read (restli.py). In the order of the last change, what is edited meanwhile jumps to the front: that is looked at
again at the end.

The words of a post are little text (little.py). URNs are ids: `urn:li:share:7`, `urn:li:comment:(urn:li:activity:8,9)`. What the metadata
of posts and the files are is asked for before their page is given out, and stands in its context. docs/platforms/linkedin.md says what the
API never gives.
"""

from recordroom.platforms.linkedin.asking import read_cursor
from recordroom.platforms.linkedin.platform import PLATFORM
from recordroom.platforms.linkedin.records import parse, saved
from recordroom.platforms.linkedin.tokens import consented, inspect, renew
from recordroom.platforms.linkedin.walk import fetch, identify, lookup, totals

__all__ = ["PLATFORM", "consented", "fetch", "identify", "inspect", "lookup", "parse", "read_cursor", "renew", "saved", "totals"]
