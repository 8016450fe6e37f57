"""Every answer of a face is checked here before it is served; one that the platform would not have given is
an Invalid.

Each module has one `check`, and none can be told to look away. Sources of truth: for Mastodon, Vimeo and X
OpenAPI descriptions, for WordPress the JSON Schemas that a real site returns to OPTIONS (derived by the
scripts beside this file, without prose), for Bluesky the lexicons in the package atproto, for feeds
feedparser, for Meta's platforms the field types in the package facebook-business, for YouTube the discovery
document in the package google-api-python-client; LinkedIn publishes none, so its shapes were taken from the
pages of its reference, which they name.
"""


class Invalid(Exception):
    """The answer is not one that the platform would give; the message says where and why."""
