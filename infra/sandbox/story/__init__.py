"""The story of the demonstration: half a year of a district's posts, an icy morning, and what is changed
afterwards.

network = tell(start)    act 1: what is there at the first capture, up to `start`
play(network)            act 2: what happens before the second one
"""

from datetime import datetime, timedelta
from pathlib import Path

from infra.sandbox.network import Network
from infra.sandbox.story.cast import AGENCY, ATHLETICS, NEWS, SITE, gather, illustrated
from infra.sandbox.story.channel import broadcast
from infra.sandbox.story.chatter import converse, draw
from infra.sandbox.story.facebook import page_life
from infra.sandbox.story.films import show
from infra.sandbox.story.inbox import correspondence
from infra.sandbox.story.instagram import gallery
from infra.sandbox.story.linkedin import careers
from infra.sandbox.story.scenes import closure, conversations, oddities
from infra.sandbox.story.second import play
from infra.sandbox.story.square import square
from infra.sandbox.story.texts import ANNOUNCEMENTS, MENUS
from infra.sandbox.story.threads import threads
from infra.sandbox.story.tiktok import clips

__all__ = ["play", "tell"]
DAYS = 160


def announce(network: Network) -> None:
    """The announcements, spread evenly, each in all places; the site and the newsroom also post the week's
    menu.
    """
    for number, said in enumerate(ANNOUNCEMENTS):
        at = network.start - timedelta(
            days=DAYS - 152 * number // len(ANNOUNCEMENTS),
            hours=draw(number) % 7,
            minutes=draw(said.title) % 60,
        )
        for where, author in AGENCY.items():
            photos = (
                [network.photo(where, said.photo, width=160, height=120, seed=said.title)]
                if said.photo
                else []
            )
            photos = illustrated(network, where, photos, said.title)
            text = (
                said.text.replace("@otterbendpta", "@otterbendpta.test") if where == "bluesky" else said.text
            )
            tags, likes = list(said.tags), draw(where, number) % 40
            post = network.publish(
                author,
                text,
                title=said.title,
                at=at,
                photos=photos,
                language=said.language,
                tags=tags,
                likes=likes,
            )
            network.name(f"{where}:{said.title}", post)
            if where != NEWS:
                converse(network, post, network.start - timedelta(hours=1))
    for week in range(DAYS // 7):
        at = network.start - timedelta(days=DAYS - 7 * week, hours=3)
        text = f"This week: {MENUS[week % len(MENUS)]}. Vegetarian every day."
        for where in (SITE, NEWS):
            network.publish(AGENCY[where], text, title=f"Menu, week {week + 1}", at=at, tags=["meals"])


def athletics(network: Network) -> None:
    """A site of its own that nobody has approved yet: its account shows a warning."""
    for number, score in enumerate(("21:14", "7:10", "28:0", "14:13")):
        at = network.start - timedelta(days=70 - 7 * number)
        network.publish(ATHLETICS, f"Final score: {score}.", title=f"Herons {score}", at=at)


def tell(start: datetime, *, fixed: bool = True, path: Path | None = None) -> Network:
    """A network with act 1 played: the clock stands at `start` (`fixed`), or goes with the machine's."""
    network = Network(start, fixed=fixed)
    gather(network)
    announce(network)
    athletics(network)
    oddities(network)
    closure(network)
    conversations(network)
    page_life(network)
    gallery(network)
    careers(network)
    threads(network)
    square(network)
    broadcast(network)
    show(network)
    clips(network)
    correspondence(network)
    network.clock = start if fixed else None
    network.act, network.path = 1, path
    network.save()
    return network
