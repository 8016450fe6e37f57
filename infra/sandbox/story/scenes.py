"""The scenes that a first capture finds: the closure, the quarrel under it, and the posts that are hard to
keep.
"""

from datetime import datetime, timedelta

from infra.sandbox.model import Poll, Post
from infra.sandbox.network import Network
from infra.sandbox.story.cast import (
    AGENCY,
    EDITOR,
    FACEBOOK,
    INSTAGRAM,
    LINKEDIN,
    MASTODON,
    MASTODON_DISTRICT,
    NEWS,
    SITE,
    SKY,
    SKY_DISTRICT,
    THREADS,
    X,
    handle,
    illustrated,
)
from infra.sandbox.story.chatter import quarrel

ICE = (
    "All schools of the Cascade Valley district are CLOSED today because of ice. No buses, no meals service,"
    " staff work from home. Next update before 8 p.m. #SchoolClosure"
)
HIELO = (
    "Todas las escuelas del distrito Cascade Valley están CERRADAS hoy por hielo. No hay autobuses ni"
    " comidas. Próximo aviso antes de las 8 p.m. #CierreEscolar"
)
ODD = (
    "Markup is text: <b>bold?</b> <script>alert('hi')</script> & \"quotes\". "
    "Bidi: \u202eright to left\u202c, שלום, مرحبا. "
    "Joined: 👩🏽‍🏫 family: 👨‍👩‍👧‍👦 zero\u200bwidth. Formula: =1+1"
)
CLOSED, CERRADO = "Schools closed today: ice", "Escuelas cerradas hoy: hielo"
QUARREL = {  # more than a visitor to Mastodon is shown, or a page of Facebook holds
    SITE: 26,
    SKY: 34,
    MASTODON: 76,
    FACEBOOK: 104,
    INSTAGRAM: 58,
    LINKEDIN: 44,
    THREADS: 112,
    X: 38,
}


def icy_morning(network: Network) -> datetime:
    """Three days ago at 5:40 in the morning."""
    return (
        network.start
        - timedelta(days=3)
        + (
            timedelta(hours=13, minutes=40)
            - timedelta(hours=network.start.hour, minutes=network.start.minute)
        )
    )


def closure(network: Network) -> None:
    """In two languages and everywhere."""
    at = icy_morning(network)
    for where, author in AGENCY.items():
        icy = network.photo(
            where,
            "A school bus on a road of ice",
            width=320,
            height=200,
            seed="ice",
            caption="Route 9 at 5 a.m.",
        )
        post = network.publish(
            author, ICE, title=CLOSED, at=at, photos=[icy], tags=["alerts", "closure"], likes=57
        )
        card = illustrated(network, where, [], CERRADO)
        spanish = network.publish(
            author,
            HIELO,
            title=CERRADO,
            at=at + timedelta(minutes=4),
            photos=card,
            language="es",
            tags=["alerts", "closure"],
        )
        network.name(f"{where}:closure", post)
        network.name(f"{where}:cierre", spanish)
        if where in QUARREL:
            moderate(network, where, quarrel(network, post, QUARREL[where], network.start))
            network.comment(
                handle(where, "Lucía Barrientos"),
                spanish,
                "Gracias por escribirlo en español.",
                at=at + timedelta(minutes=30),
            )


def below(network: Network, post: Post) -> int:
    """How many answers hang under a comment."""
    return sum(1 + below(network, answer) for answer in network.children[post.key])


def moderate(network: Network, where: str, said: list[Post]) -> None:
    """What each platform lets the district do to a quarrel, before the first capture."""
    rude, root, end = said[6], network.named(f"{where}:closure"), said[-1].created
    network.name(f"{where}:rude", rude)
    network.name(
        f"{where}:loud", next(one for one in said if one is not rude and 1 <= below(network, one) <= 2)
    )
    network.name(f"{where}:leaf", said[-1])
    if where == SKY:
        network.hide(rude, at=end)
        network.block(handle(SKY, "Wendell Arkwright"), handle(SKY, "Noor Haddad"))
        network.label(said[10], "rude")
    elif where in (INSTAGRAM, X):
        network.hide(rude, at=end)
    elif where == THREADS:
        network.name(
            f"{THREADS}:hidden", network.hide(next(one for one in said if one.parent == root.key), at=end)
        )
    elif where == FACEBOOK:
        network.hide(rude, at=end)
        network.name(f"{FACEBOOK}:hidden", network.hide(said[17], at=end))
    elif where == SITE:
        held = network.comment(
            handle(SITE, "Bus 14 Dad"), root, "I have a LIST of names http://example.test/list", at=end
        )
        spam = network.comment(
            handle(SITE, "Noor Haddad"), root, "Cheap winter tires!!! http://tires.example.test", at=end
        )
        network.name(f"{SITE}:held", network.hold(held, at=end))
        network.name(f"{SITE}:spam", network.spam(spam, at=end))
        network.name(f"{SITE}:trashed", network.trash(rude, at=end))


def oddities(network: Network) -> None:
    """Posts that show whether a capture keeps what it gets."""
    at = network.start - timedelta(days=5)
    for where, author in AGENCY.items():
        card = illustrated(network, where, [], "Strange")
        network.name(
            f"{where}:odd",
            network.publish(author, ODD, title="A <b>bold</b> & strange title", photos=card, at=at),
        )
    poll = Poll(
        ["One long session", "Two short ones", "Online only"], [41, 77, 23], network.start + timedelta(days=2)
    )
    network.name(
        "poll",
        network.publish(
            MASTODON_DISTRICT,
            "How should we hold the levy session? #Levy",
            poll=poll,
            at=at + timedelta(hours=1),
        ),
    )
    careful = network.publish(
        MASTODON_DISTRICT,
        "The drill is loud: sirens from 10:17.",
        warning="Loud noise",
        at=at + timedelta(hours=2),
    )
    network.edit(
        careful,
        "The drill is loud: sirens from 10:17 to 10:20. Ear protection in the office.",
        at=at + timedelta(hours=3),
    )
    network.publish(
        MASTODON_DISTRICT,
        "Only for followers: volunteers, please check your mail.",
        visibility="private",
        at=at + timedelta(hours=4),
    )
    network.publish(
        MASTODON_DISTRICT,
        "Quietly: the office closes at noon.",
        visibility="unlisted",
        at=at + timedelta(hours=4, minutes=5),
    )
    network.publish(EDITOR, "Not yet.", title="Draft of the winter letter", status="draft", at=at)
    network.publish(EDITOR, "For staff only.", title="Private note", status="private", at=at)
    network.publish(
        EDITOR,
        "How to reach us.\n\nService center, 1 Larkspur Way.",
        title="Contact",
        kind="page",
        at=network.start - timedelta(days=150),
    )
    network.publish(
        f"{SITE}/iharlow",
        "Our mission & goals.",
        title="About the district",
        kind="page",
        at=network.start - timedelta(days=149),
    )


def conversations(network: Network) -> None:
    """Quotes, reposts, mentions, an album, an edit and an answer that was lost."""
    at = network.start - timedelta(days=2)
    for where, author in ((SKY, SKY_DISTRICT), (MASTODON, MASTODON_DISTRICT)):
        closed = network.named(f"{where}:closure")
        praise = network.publish(
            handle(where, "Otter Bend PTA"),
            "Proud of our drivers. This was the right call.",
            quote=closed,
            at=at,
        )
        network.name(f"{where}:praise", praise)
        network.repost(author, praise, at=at + timedelta(minutes=20))
        mention = "@mira.test" if where == SKY else "@mira@harborlight.test"
        album = [
            network.photo(where, f"Plow number {number} on Route 9", width=160, height=120)
            for number in (1, 2, 3)
        ]
        later = timedelta(hours=1)
        network.name(
            f"{where}:album",
            network.publish(
                author, f"Thank you {mention} for the pictures! ❄️ #SnowDay", photos=album, at=at + later
            ),
        )
        network.name(
            f"{where}:quoting",
            network.publish(author, "As we said, before 8 p.m.:", quote=closed, at=at + timedelta(hours=2)),
        )
    for where, author in ((SITE, EDITOR), (NEWS, AGENCY[NEWS])):
        album = [
            network.photo(where, f"Plow number {number} on Route 9", width=160, height=120, kind="png")
            for number in (1, 2, 3)
        ]
        network.name(
            f"{where}:album",
            network.publish(
                author, "Three plows, one road.\n\nThank you!", title="Plows at work", photos=album, at=at
            ),
        )
        network.edit(
            network.named(f"{where}:closure"),
            f"{ICE}\n\nUpdate, 6:10 a.m.: the gym at Otter Bend is open as a warming place.",
            at=at,
        )
    parent = network.comment(
        handle(SKY, "Jonas Feldt"), network.named(f"{SKY}:cierre"), "Wrong time in the text!", at=at
    )
    network.comment(SKY_DISTRICT, parent, "Corrected, thank you.", at=at + timedelta(minutes=5))
    network.remove(parent, at=at + timedelta(minutes=9))
