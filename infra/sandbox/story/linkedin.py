"""The scenes that only an organization page on LinkedIn has."""

from datetime import timedelta
from typing import cast

from infra.sandbox.model import Card, Event, Poll, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import LINKEDIN, LINKEDIN_DISTRICT, handle


def careers(network: Network) -> None:
    """A post of every kind, a visitor's that the page passes on, a picture in a comment, a draft."""
    at, page = network.start - timedelta(days=2), LINKEDIN_DISTRICT
    mira, pta, ingrid = (
        handle(LINKEDIN, name) for name in ("Mira Okonjo", "Otter Bend PTA", "Grandma Ingrid")
    )
    plows = [
        network.photo(LINKEDIN, f"Plow number {number} on Route 9", width=160, height=120)
        for number in (1, 2, 3)
    ]
    shown = network.publish(
        page, "Thank you @mira for the pictures! ❄️ #SnowDay", photos=plows, at=at, likes=31
    )
    thanks = network.comment(
        mira, network.name(f"{LINKEDIN}:album", shown), "You are welcome!", at=at + timedelta(minutes=4)
    )
    network.comment(page, thanks, "@mira 💙", at=at + timedelta(minutes=9))
    ditch = [network.photo(LINKEDIN, "A bus stop behind a wall of snow", width=160, height=120)]
    network.comment(ingrid, shown, "That is my street!", photos=ditch, at=at + timedelta(hours=1))
    card = Card(
        "https://www.cascadevalley.test/jobs",
        "Bus drivers wanted",
        "Paid training, $29 an hour (and summers off).",
    )
    sign = [network.photo(LINKEDIN, "A hand-painted sign: drivers wanted", width=160, height=90)]
    network.publish(
        page, "Come and drive with us! #Hiring", card=card, photos=sign, at=at + timedelta(hours=2), likes=12
    )
    film = network.publish(
        page,
        "What our drivers saw.",
        title="Route 9 at 5 a.m.",
        video=Video(2, 160, 96, views=812),
        at=at + timedelta(hours=3),
    )
    network.caption(
        network.name(f"{LINKEDIN}:film", film),
        "en",
        "Route 9\nat five in the morning.",
        at=at + timedelta(hours=3),
    )
    paper = network.paper(LINKEDIN, "Annual report 2026.pdf", 3)
    report = network.publish(
        page, "Our year in 3 pages (with figures).", paper=paper, at=at + timedelta(hours=4)
    )
    network.comment(
        mira,
        network.name(f"{LINKEDIN}:report", report),
        "Page 2 is missing the bus figures.",
        at=at + timedelta(hours=5),
    )
    poll = Poll(
        ["One long session", "Two short ones", "Online only"], [41, 77, 23], network.start + timedelta(days=2)
    )
    network.publish(
        page,
        "Tell us! #Levy",
        title="How should we hold the levy session?",
        poll=poll,
        at=at + timedelta(hours=6),
    )
    day, words = (
        network.start + timedelta(days=9),
        "What the levy pays for, what it costs a household, and your questions. Coffee.",
    )
    levy = network.event(
        LINKEDIN,
        "Levy information session",
        day,
        ends=day + timedelta(hours=2),
        place="Service center",
        about=words,
    )
    come = network.publish(page, "Come and ask about the levy.", event=levy, at=at + timedelta(hours=7))
    network.name(f"{LINKEDIN}:levy", come)
    praise = network.publish(
        pta, "Proud of our drivers. Right call, @cascadevalleyesd.", at=at + timedelta(hours=8)
    )
    passed = network.publish(page, "Thank you, neighbors.", quote=praise, at=at + timedelta(hours=9))
    network.name(f"{LINKEDIN}:reshare", passed)
    network.publish(page, "Not yet.", status="draft", at=at + timedelta(hours=10))


def second(network: Network) -> None:
    """Act 2: the session begins an hour later."""
    post = network.named(f"{LINKEDIN}:levy")
    levy = cast("Event", post.event)
    network.change_event(post, starts=levy.starts + timedelta(hours=1), ends=levy.starts + timedelta(hours=3))
