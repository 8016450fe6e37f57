"""The scenes that only an account on X has."""

from datetime import timedelta

from infra.sandbox.model import Poll, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import X_DISTRICT, X, handle

WHY = (
    "The long answer to “why not two hours late?”: the plows are not up the north fork before noon, the first"
    " bus leaves the yard at 5:10, and a full bus needs 40 ft to stop on ice < 3 mm & more where it is"
    " thicker. We ask the drivers first, then the county, then the weather service, and we would rather be"
    " wrong on the side of the children."
)


def square(network: Network) -> None:
    """Quotes, reposts, a poll, photos, a film, a thread of one's own, a long post that was edited, words
    about the district.
    """
    at, us = network.start - timedelta(days=2), X_DISTRICT
    mira, pta, ingrid = (handle(X, name) for name in ("Mira Okonjo", "Otter Bend PTA", "Grandma Ingrid"))
    closed = network.named(f"{X}:closure")
    praise = network.publish(pta, "Proud of our drivers. Right call, @cascadevalley.", quote=closed, at=at)
    network.name(f"{X}:praise", praise)
    network.repost(us, praise, at=at + timedelta(minutes=20))
    network.publish(us, "As we said, before 8 p.m.:", quote=closed, at=at + timedelta(minutes=30))
    plows = [
        network.photo(X, f"Plow number {number} on Route 9", width=160, height=120) for number in (1, 2, 3)
    ]
    album = network.publish(
        us,
        "Thank you @mira for the pictures! ❄️ #SnowDay",
        photos=plows,
        at=at + timedelta(hours=1),
        likes=31,
    )
    network.comment(
        mira, network.name(f"{X}:album", album), "You are welcome!", at=at + timedelta(hours=1, minutes=4)
    )
    poll = Poll(
        ["One long session", "Two short ones", "Online only"], [41, 77, 23], network.start + timedelta(days=2)
    )
    network.publish(us, "How should we hold the levy session? #Levy", poll=poll, at=at + timedelta(hours=2))
    film = network.publish(
        us, "What our drivers saw at 5 a.m.", video=Video(2, 160, 96, views=812), at=at + timedelta(hours=3)
    )
    network.name(f"{X}:film", film)
    thread = network.publish(us, "What a closure costs, in three posts. (1/3)", at=at + timedelta(hours=4))
    second = network.comment(
        us,
        thread,
        "Meals: we still owe 2,100 lunches to children. (2/3)",
        at=at + timedelta(hours=4, minutes=1),
    )
    network.comment(
        us,
        second,
        "Days: June 18 is a school day now. (3/3) https://www.cascadevalley.test/calendar",
        at=at + timedelta(hours=4, minutes=2),
    )
    long = network.publish(us, WHY, at=at + timedelta(hours=5))
    network.edit(
        network.name(f"{X}:long", long),
        WHY + " Thank you for asking. #SnowDay",
        at=at + timedelta(hours=5, minutes=20),
    )
    network.publish(ingrid, "Snow day! Thanks for the call, @cascadevalley", at=at + timedelta(hours=6))
    network.unpublish(handle(X, "Noor Haddad"))
