"""The story of the demonstration: half a year of a district's posts.

network = tell(start)    act 1: everything up to `start`, the time of the first capture
play(network)            act 2: what happens before the second capture

cast                     places, accounts, and tokens (cast.yaml)
texts                    announcements.yaml, and lines of conversations (texts.yaml)
series                   posts over half a year, with drawn times and counts (series.yaml)
chatter                  drawn conversations below posts
scene                    plays the other YAML files, one scene each
moments                  moments and spans of time in these files

The order of scenes, steps, and lines decides the numbers of posts and all draws, and recorded results depend
on these.
"""

from datetime import datetime
from pathlib import Path

from infra.sandbox.network import Network
from infra.sandbox.story import series
from infra.sandbox.story.cast import gather
from infra.sandbox.story.scene import play_scene

__all__ = ["play", "tell"]
_FIRST = (  # scenes of act 1 before those with series
    *("athletics", "oddities", "closure", "conversations"),
    *("facebook", "instagram", "linkedin", "threads", "x"),
)
_SECOND = ("closure", "youtube", "vimeo", "tiktok", "linkedin", "messages")


def tell(start: datetime, *, fixed: bool = True, path: Path | None = None) -> Network:
    """Return a network after act 1.

    fixed: whether the clock stops at `start`; else it is the machine's.
    path: the file that keeps the network from now on.
    """
    network = Network(start, fixed=fixed)
    gather(network)
    series.announce(network)
    for name in _FIRST:
        play_scene(network, name, "first")
    series.show_minutes(network)
    play_scene(network, "youtube", "first")
    series.show_films(network)
    play_scene(network, "vimeo", "first")
    series.show_clips(network)
    for name in ("tiktok", "messages"):
        play_scene(network, name, "first")
    network.clock = start if fixed else None
    network.act, network.path = 1, path
    network.save()
    return network


def play(network: Network) -> dict[str, int]:
    """Play act 2, unless it was played before; return the act that the network is in."""
    if network.act < 2:
        with network.at_once():
            for name in _SECOND:
                play_scene(network, name, "second")
            network.act = 2
    return {"act": network.act}
