"""The scenes that only a Page on Facebook has."""

from datetime import timedelta

from infra.sandbox.model import Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import FACEBOOK, FACEBOOK_DISTRICT, handle


def page_life(network: Network) -> None:
    """Visitors' posts on the Page, albums with comments on one photo, films, reels, events, tags."""
    at, page = network.start - timedelta(days=2), FACEBOOK_DISTRICT
    mira, ingrid, pta = (
        handle(FACEBOOK, name) for name in ("Mira Okonjo", "Grandma Ingrid", "Otter Bend PTA")
    )
    ditch = network.photo(FACEBOOK, "A bus stop behind a wall of snow", width=160, height=120)
    visit = network.publish(
        ingrid,
        "Who clears the stop at Alder Flats? My grandson stands in the road.",
        wall=page,
        photos=[ditch],
        at=at,
    )
    network.name(f"{FACEBOOK}:visit", visit)
    network.comment(
        page, visit, "We have told the county; it will be cleared today.", at=at + timedelta(minutes=12)
    )
    album = network.album(
        page, "Plows of Route 9", about="Thank you, crews!", place="Route 9", at=at + timedelta(hours=1)
    )
    plows = [
        network.photo(FACEBOOK, f"Plow number {number} on Route 9", width=160, height=120)
        for number in (1, 2, 3)
    ]
    text = "Thank you @mira for the pictures! ❄️ #SnowDay"
    shown = network.publish(page, text, photos=plows, album=album.key, at=at + timedelta(hours=1), shares=4)
    network.name(f"{FACEBOOK}:album", shown)
    network.comment(mira, shown, "You are welcome!", at=at + timedelta(hours=1, minutes=4))
    street = network.comment(
        ingrid, shown, "That is my street!", beside=plows[1].number, at=at + timedelta(hours=2)
    )
    network.name(f"{FACEBOOK}:photo comment", street)
    praise = network.publish(
        pta,
        "Proud of our drivers. Right call, @cascadevalley.",
        quote=network.named(f"{FACEBOOK}:closure"),
        at=at,
    )
    network.name(f"{FACEBOOK}:praise", praise)
    network.repost(page, praise, at=at + timedelta(minutes=20))
    snow = Video(2, 160, 96, views=812)
    road = network.publish(
        page, "What our drivers saw.", title="Route 9 at 5 a.m.", video=snow, at=at + timedelta(hours=3)
    )
    network.caption(
        network.name(f"{FACEBOOK}:film", road),
        "en",
        "Route 9\nat five in the morning.",
        at=at + timedelta(hours=3, minutes=2),
    )
    reel = network.publish(
        page, "Ten seconds in the workshop.", video=Video(1, 72, 128, views=2040), at=at + timedelta(hours=4)
    )
    network.comment(mira, network.name(f"{FACEBOOK}:reel", reel), "More of this!", at=at + timedelta(hours=5))
    levy = network.event(
        FACEBOOK,
        "Levy information session",
        network.start + timedelta(days=9),
        place="Service center",
        about="Coffee.",
    )
    network.publish(page, "Come and ask about the levy.", event=levy, at=at + timedelta(hours=6))
