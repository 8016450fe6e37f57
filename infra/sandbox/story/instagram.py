"""The scenes that only an Instagram account has."""

from datetime import timedelta

from infra.sandbox.model import Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import INSTAGRAM, INSTAGRAM_DISTRICT, handle


def gallery(network: Network) -> None:
    """A carousel, a reel, a story that lives and one that is over, and a post of somebody else that names the
    account.
    """
    at, district, mira = (
        network.start - timedelta(days=2),
        INSTAGRAM_DISTRICT,
        handle(INSTAGRAM, "Mira Okonjo"),
    )
    plows = [
        network.photo(INSTAGRAM, f"Plow number {number} on Route 9", width=160, height=160)
        for number in (1, 2, 3)
    ]
    carousel = network.publish(
        district, "Thank you @mira for the pictures! ❄️ #SnowDay", photos=plows, at=at, likes=31
    )
    network.name(f"{INSTAGRAM}:album", carousel)
    thanks = network.comment(mira, carousel, "You are welcome!", at=at + timedelta(minutes=4))
    network.comment(district, thanks, "@mira 💙", at=at + timedelta(minutes=9))
    reel = network.publish(
        district,
        "Ten seconds in the workshop.",
        video=Video(1, 72, 128, views=2040),
        at=at + timedelta(hours=4),
    )
    network.comment(
        mira, network.name(f"{INSTAGRAM}:reel", reel), "More of this!", at=at + timedelta(hours=5)
    )
    for name, hours in (("over", 30), ("story", 3)):
        icy = [network.photo(INSTAGRAM, "A thermometer at 20 degrees", width=72, height=128, seed=name)]
        told = network.publish(
            district, "", kind="story", photos=icy, at=network.start - timedelta(hours=hours)
        )
        network.name(f"{INSTAGRAM}:{name}", told)
    snow = [network.photo(INSTAGRAM, "A child in the snow", width=96, height=96)]
    network.publish(
        mira, "Snow day! Thanks for the call, @cascadevalleyesd", photos=snow, at=at + timedelta(hours=6)
    )
