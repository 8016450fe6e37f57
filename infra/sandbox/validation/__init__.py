"""Refuse each response of a face that the platform would not give.

Each module has a `check`, and none can be switched off. Their sources:

bluesky                     the lexicons in the package atproto
feed                        feedparser, RSS 2.0, and Atom
linkedin, tiktok            reference pages, as JSON Schema (linkedin.json, tiktok.json)
mastodon, vimeo, x          OpenAPI descriptions, derived to <platform>.json
meta                        Facebook, Instagram, Threads: package facebook-business, meta.json, threads.json
wordpress                   the JSON Schemas that a real site returns to OPTIONS (wordpress.json)
youtube                     the discovery document in the package google-api-python-client

schemas, formats, and signatures are the shared code: JSON Schemas, formats of strings, first bytes of files.
derive/ has the scripts that make the derived files.
"""


class Invalid(Exception):
    """The platform would not give this response; the message says where and why."""
