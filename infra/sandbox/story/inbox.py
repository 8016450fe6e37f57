"""What is said to the district without answering it: private messages on two platforms, and words in public
that name it.
"""

from datetime import datetime, timedelta

from infra.sandbox.model import Post
from infra.sandbox.network import Network
from infra.sandbox.story.cast import FACEBOOK, MASTODON, SKY, SPEAKERS, handle

BUS = (
    (
        "Good morning. Bus 14 did not come to Larkspur Way. Does it run today? My son needs the one with the"
        " lift."
    ),
    (
        "Good morning! There is no school today, and no bus: the roads are ice. Tomorrow's plan is up before"
        " 8 p.m."
    ),
    (
        "I see. And if it is the snow route tomorrow, will the lift bus come to our door? He cannot wait at"
        " the fire station."
    ),
    "Yes. The lift bus comes to the door on snow routes too. Dispatch will call you tonight with the time.",
    "Thank you, that is a relief.",
)
MINUTES = (
    "Whom do I ask for the minutes of the October board meeting?",
    (
        "Write to records@cascadevalley.test, or come to the service center. Approved minutes are on our"
        " website too."
    ),
)
BADGE = (
    "A driver left a badge with a name and a number in our shop. I would rather not write them in public.",
    "Thank you for asking here. Please hand it to nobody but our dispatch: someone will come by today.",
    "Picked up. Thank you!",
)
LATER = "The lift bus was there at 7:52. He loved the snow."


def correspondence(network: Network) -> None:
    """Some parents write to the Page, a shop owner to the account on Mastodon; others talk about the district
    and mean it to read that.
    """
    at = network.start - timedelta(days=2)
    said = talk(network, handle(FACEBOOK, "Mira Okonjo"), FACEBOOK, BUS, at)
    network.name(f"{FACEBOOK}:lift bus", said[0])
    talk(network, handle(FACEBOOK, "Grandma Ingrid"), FACEBOOK, MINUTES, at + timedelta(hours=5))
    said = talk(network, handle(MASTODON, "Jonas Feldt"), MASTODON, BADGE, at + timedelta(hours=2))
    network.name(f"{MASTODON}:badge", said[0])
    for where, us in ((SKY, "@cascadevalley.test"), (MASTODON, "@cascadevalley")):
        words = f"Three buses stood at Alder Flats this morning, engines running, nobody in them. Why, {us}?"
        network.name(
            f"{where}:mention",
            network.publish(handle(where, "Noor Haddad"), words, at=at + timedelta(hours=3)),
        )


def talk(network: Network, who: str, where: str, words: tuple[str, ...], at: datetime) -> list[Post]:
    """The two in turns, some minutes apart."""
    us, said = SPEAKERS[where], list[Post]()
    for number, text in enumerate(words):
        pair = (us, who) if number % 2 else (who, us)
        said.append(
            network.message(
                *pair, text, answers=said[-1] if said else None, at=at + timedelta(minutes=9 * number)
            )
        )
    return said


def second(network: Network) -> None:
    """Act 2: one more word, in a conversation that was captured before."""
    network.message(handle(FACEBOOK, "Mira Okonjo"), SPEAKERS[FACEBOOK], LATER)
