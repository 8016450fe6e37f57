"""What can be captured from a platform: the rows of the table in docs/platforms/index.md.

docs/generate/platforms.py writes the table. A connector names the features that it does not capture, each
with the reason (Platform.not_offered, Platform.not_captured). It captures all others, which its fixtures or a
named test prove (tests/platforms/test_features.py).
"""

from __future__ import annotations

FEATURES = {
    "profile": "Profile: name, description, pictures, and each change of them",
    "posts": "Posts",
    "stories": "What is shown for a day (stories, ghost posts)",
    "polls": "Polls with their choices",
    "events": "Events",
    "comments": "Comments",
    "replies": "Answers to comments",
    "others": "Posts of others to or about the account",
    "names": "Names of those who comment",
    "pictures": "Pictures: the files",
    "films": "Films: the files",
    "captions": "Captions of films",
    "alt": "Alternative text of pictures",
    "edited": "Time of an edit",
    "history": "Earlier wordings, from before the first capture",
    "hidden": "Hidden comments, marked as hidden",
    "held": "Comments that wait, or are held for spam",
    "removed": "Removals told from other absences",
    "counts": "Numbers of likes and comments",
    "moderation": "Blocked people, filters of words, settings of comments",
    "messages": "Private messages, where the register asks for them",
}
