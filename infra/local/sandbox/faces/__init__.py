"""The platforms' APIs: each a thin face over the one network.

create_app(network, "mastodon")            one face at the root, for a test with httpx.WSGITransport
create_app(network, "wordpress/district")  a site; "feed/news" likewise
"""

from importlib import import_module

from infra.local.sandbox.faces.common import Face, Gate
from infra.local.sandbox.network import Network

FACES = {"wordpress": "WordPress", "feed": "Feed", "bluesky": "Bluesky", "mastodon": "Mastodon"}


def create_app(network: Network, where: str) -> Gate:
    """The WSGI app of a place of the network; `where` begins with the platform's name."""
    platform = where.partition("/")[0]
    face: type[Face] = getattr(import_module(f"infra.local.sandbox.faces.{platform}"), FACES[platform])
    return Gate(face(network, where))
