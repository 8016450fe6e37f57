"""The demonstration platforms: one made-up social network behind the real-looking APIs of WordPress, feeds,
Bluesky, Mastodon, Facebook, Instagram, Threads, LinkedIn, YouTube, Vimeo and X.

    story.py -> network.py (the one state) -> faces/<platform>.py -> validation/<platform>.py -> the client
    what happens   accounts, posts, faults     paging, ids, errors     refuses what the platform       never
    sees and when       in one JSON file            of one platform         would not have said
    anything else

Nothing here imports recordroom, and the faces were written from what the platforms publish, not from a
connector: what a connector misreads shows up in a test. It listens on the loopback address only. What differs
from the real platforms stands in the docstring of each face.
"""
