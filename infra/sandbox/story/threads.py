"""The scenes that only a profile on Threads has."""

from datetime import timedelta

from infra.sandbox.model import Poll, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import THREADS, THREADS_DISTRICT, handle

LONG = (
    "What the crews did, hour by hour.\n\n3:10 a.m. The first plow leaves the yard.\n5:00 a.m. The north fork"
    " is still shut."
)


def threads(network: Network) -> None:
    """A carousel, a film, a voice note, a poll, a link, a long text, a quote, a repost, a mention, and what
    is held for approval.
    """
    at, district = network.start - timedelta(days=2), THREADS_DISTRICT
    mira, pta, ingrid = (
        handle(THREADS, name) for name in ("Mira Okonjo", "Otter Bend PTA", "Grandma Ingrid")
    )
    plows = [
        network.photo(THREADS, f"Plow number {number} on Route 9", width=160, height=120)
        for number in (1, 2, 3)
    ]
    album = network.publish(district, "Thank you @mira for the pictures! ❄️", photos=plows, at=at, likes=31)
    network.name(f"{THREADS}:album", album)
    thanks = network.comment(mira, album, "You are welcome!", at=at + timedelta(minutes=4))
    network.comment(district, thanks, "💙", at=at + timedelta(minutes=9))
    film = network.publish(
        district,
        "Ten seconds in the workshop.",
        video=Video(1, 72, 128, views=2040),
        at=at + timedelta(hours=1),
    )
    network.name(f"{THREADS}:film", film)
    network.name(
        f"{THREADS}:voice", network.publish(district, "", video=Video(1, 0, 0), at=at + timedelta(hours=2))
    )
    poll = Poll(
        ["One long session", "Two short ones", "Online only"], [41, 77, 23], network.start + timedelta(days=1)
    )
    network.name(
        f"{THREADS}:poll",
        network.publish(
            district, "How should we hold the levy session?", poll=poll, at=at + timedelta(hours=3)
        ),
    )
    network.publish(
        district,
        "Agenda and documents:",
        link="https://www.cascadevalley.test/board",
        at=at + timedelta(hours=4),
    )
    network.name(
        f"{THREADS}:long",
        network.publish(district, "A night on Route 9", attached=LONG, at=at + timedelta(hours=5)),
    )
    network.publish(district, "Snow!", gif=True, at=at + timedelta(hours=6))
    praise = network.publish(
        pta,
        "Proud of our drivers. Right call, @cascadevalleyesd.",
        quote=network.named(f"{THREADS}:closure"),
        at=at,
    )
    network.name(f"{THREADS}:praise", praise)
    network.repost(district, praise, at=at + timedelta(hours=7))
    quoting = network.publish(
        district,
        "As we said, before 8 p.m.:",
        quote=network.named(f"{THREADS}:closure"),
        at=at + timedelta(hours=8),
    )
    network.name(f"{THREADS}:quoting", quoting)
    network.name(
        f"{THREADS}:elsewhere",
        network.comment(district, praise, "Thank you, we will tell them.", at=at + timedelta(hours=9)),
    )
    held = network.comment(
        ingrid, network.named(f"{THREADS}:cierre"), "Who decides this?", at=at + timedelta(hours=10)
    )
    network.name(f"{THREADS}:held", network.hold(held, at=at + timedelta(hours=10)))
    network.publish(
        district, "The office closes at noon today.", ghost=True, at=network.start - timedelta(hours=5)
    )
