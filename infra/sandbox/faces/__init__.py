"""The platforms' APIs: each face serves the one network as its platform does.

create_app(network, "mastodon")            one face at the root, for a test with httpx.WSGITransport
create_app(network, "wordpress/district")  a site; "feed/news" in the same way

common      the base of all faces
oauth       consent pages, codes, and the terms of tokens
cid         content identifiers of the AT Protocol
meta/       the Graph API, shared by facebook/, instagram/, and threads/
feed        RSS and Atom
<platform>/ face (routes and views), entities or nodes (IDs, visibility, JSON), and the modules of its own
"""

from collections.abc import Callable
from importlib import import_module

from infra.sandbox.faces.bluesky.conversations import message_id
from infra.sandbox.faces.bluesky.views import Views
from infra.sandbox.faces.common import Face, Gate
from infra.sandbox.faces.facebook.access import post_id
from infra.sandbox.faces.instagram.nodes import message_id as direct_id
from infra.sandbox.faces.instagram.nodes import object_id
from infra.sandbox.faces.linkedin.access import urn
from infra.sandbox.faces.mastodon.entities import snowflake
from infra.sandbox.faces.threads.nodes import media_id
from infra.sandbox.faces.tiktok.entities import post_id as tiktok_id
from infra.sandbox.faces.vimeo.entities import COMMENTS, VIDEOS
from infra.sandbox.faces.x.access import post_id as x_post_id
from infra.sandbox.faces.youtube.entities import Entities
from infra.sandbox.faces.youtube.ids import video_id
from infra.sandbox.model import Post
from infra.sandbox.network import Network

FACES = {
    "wordpress": "wordpress.face:WordPress",
    "feed": "feed:Feed",
    "bluesky": "bluesky.face:Bluesky",
    "mastodon": "mastodon.face:Mastodon",
    "facebook": "facebook.face:Facebook",
    "instagram": "instagram.face:Instagram",
    "linkedin": "linkedin.face:LinkedIn",
    "threads": "threads.face:Threads",
    "youtube": "youtube.face:YouTube",
    "vimeo": "vimeo.face:Vimeo",
    "x": "x.face:X",
    "tiktok": "tiktok.face:TikTok",
}
NAMES: dict[str, Callable[[Network, Post], str]] = {
    "wordpress": lambda _, post: str(post.number),
    "feed": lambda network, post: f"https://{network.places[post.where].host}/?p={post.number}",
    "bluesky": lambda network, post: message_id(post) if post.kind == "message" else Views(network).uri(post),
    "mastodon": lambda _, post: snowflake(post.created, post.number),
    "facebook": post_id,
    "instagram": lambda _, post: direct_id(post) if post.kind == "message" else object_id(post.number),
    "linkedin": urn,
    "threads": lambda _, post: media_id(post.number),
    "youtube": lambda network, post: (
        Entities(network, "", None).comment_id(post) if post.kind == "comment" else video_id(post.number)
    ),
    "x": lambda _, post: x_post_id(post),
    "tiktok": lambda _, post: tiktok_id(post),
    "vimeo": lambda _, post: str((COMMENTS if post.kind == "comment" else VIDEOS) + post.number),
}


def create_app(network: Network, where: str) -> Gate:
    """Return the WSGI app of a place of the network.

    where: starts with the platform's name.
    """
    module, _, name = FACES[where.partition("/")[0]].partition(":")
    face: type[Face] = getattr(import_module(f"infra.sandbox.faces.{module}"), name)
    return Gate(face(network, where))


def native_id(network: Network, post: Post) -> str:
    """Return a platform's ID of a post.

    It is a number on WordPress, Instagram, Threads, Vimeo, and TikTok, the guid of an RSS item, an at-uri on
    Bluesky, a snowflake on Mastodon, {page}_{post} or {post}_{comment} on Facebook, a URN on LinkedIn, eleven
    characters for a video on YouTube, more for a comment. A private message that no face shows has no ID.
    """
    untold = post.kind == "message" and post.platform not in ("bluesky", "facebook", "instagram", "x")
    return "" if untold else NAMES[post.platform](network, post)
