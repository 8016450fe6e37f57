"""The features that may be captured from a platform: the rows of the table in docs/platforms/index.md.

docs/generate/platforms.py writes the table. A connector names the features that it does not capture, each
with the reason (Platform.not_offered, Platform.not_captured). It captures all others, which its fixtures or a
named test prove (tests/platforms/test_features.py).
"""

from __future__ import annotations

FEATURES = {
    "profile": "Profile: name, description, images, and each change",
    "posts": "Posts",
    "stories": "Posts shown for a day (stories, ghost posts)",
    "polls": "Polls with their options",
    "events": "Events",
    "comments": "Comments",
    "replies": "Replies to comments",
    "others": "Posts of others to or about the account",
    "names": "Names of people who comment",
    "pictures": "Images: the files",
    "films": "Videos: the files",
    "captions": "Captions of videos",
    "alt": "Alternative text of images",
    "edited": "Edit times",
    "history": "Earlier versions, from before the first capture",
    "hidden": "Hidden comments, marked as hidden",
    "held": "Comments awaiting moderation, and spam",
    "removed": "Removals distinguished from other absences",
    "counts": "Numbers of likes and comments",
    "moderation": "Blocked people, word filters, comment settings",
    "messages": "Private messages, if the register asks for them",
}
