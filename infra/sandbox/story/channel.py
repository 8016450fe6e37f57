"""The district's channel on YouTube: the superintendent's messages, the board live, a short, a premiere, and
what is said below them.
"""

from datetime import timedelta

from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import CHANNEL, TUBE, handle
from infra.sandbox.story.chatter import converse, draw, quarrel
from infra.sandbox.story.scenes import CERRADO, CLOSED, ODD, icy_morning

MINUTES = (
    "Welcome to a new year",
    "What the levy pays for",
    "Why attendance counts",
    "Meet our bus drivers",
    "How a bell schedule is made",
    "Reading in two languages",
)
SPOKEN = """Good morning, this is Superintendent Imogen Harlow.
Our roads are a sheet of ice today, so all schools are closed.
There are no buses and no meals at school.
The gym at Otter Bend is open as a warming place.
We will tell you before eight tonight about tomorrow.
Please stay safe, and thank you to everyone who is out there."""
HABLADO = """Buenos días, les habla la superintendente Imogen Harlow.
Hoy las calles están cubiertas de hielo: todas las escuelas están cerradas.
No hay autobuses ni comidas en la escuela.
El gimnasio de Otter Bend está abierto para quien necesite calor.
Les avisaremos antes de las ocho de la noche sobre mañana.
Cuídense, y gracias a quienes están trabajando afuera."""
HEARD = (
    "the meeting will come to order\nplease rise for the pledge\nwe have a quorum\nthe minutes are"
    " approved\nwe are adjourned"
)
QUESTION = "Serious question: who decides at what hour, and where can I read the rule?"
ANSWERS = (
    "The superintendent, after the drivers call in.",
    "It's policy 6112, section 3.",
    "I read 6112, it says nothing about the hour.",
    "Section 3, second paragraph.",
    "¿Dónde está en español?",
    "That page is a 404 for me.",
    "Works on a computer, not on the phone.",
    "Thank you all, found it.",
)


def broadcast(network: Network) -> None:
    for number, title in enumerate(MINUTES):
        at = network.start - timedelta(days=150 - 22 * number, hours=draw(title) % 6)
        frame = [network.photo(TUBE, f"The superintendent at her desk: {title}", seed=title)]
        video = Video(61 + draw(title) % 90, views=40 + draw(title, "views") % 700)
        said = (
            f"The superintendent's minute. Transcript: https://www.cascadevalley.test/minute/{number + 1}"
            " #Minute"
        )
        post = network.publish(
            CHANNEL,
            said,
            title=title,
            at=at,
            photos=frame,
            video=video,
            tags=["minute"],
            likes=draw(title) % 30,
        )
        network.caption(post, "en", f"Hello.\nToday: {title.lower()}.\nThank you for watching.", at=at)
        converse(network, post, network.start - timedelta(hours=1))
    board(network)
    snow_day(network)
    others(network)


def board(network: Network) -> None:
    """One meeting that was live, without comments, and one to come."""
    begin = network.start - timedelta(days=12, hours=network.start.hour - 2)
    length = timedelta(hours=2, minutes=14, seconds=9)
    live = Video(
        int(length.total_seconds()),
        views=212,
        scheduled=begin,
        started=begin + timedelta(minutes=3),
        ended=begin + timedelta(minutes=3) + length,
    )
    agenda = "Agenda and documents: https://www.cascadevalley.test/board"
    post = network.publish(
        CHANNEL,
        agenda,
        title="Board of directors, regular meeting",
        at=begin - timedelta(days=2),
        video=live,
        comments_off=True,
    )
    network.caption(post, "en", HEARD, automatic=True, at=begin + length + timedelta(hours=1))
    network.name(f"{TUBE}:board", post)
    soon = Video(0, scheduled=begin + timedelta(days=26))
    network.name(
        f"{TUBE}:next",
        network.publish(
            CHANNEL,
            agenda,
            title="Board of directors, levy hearing",
            at=network.start - timedelta(days=1),
            video=soon,
        ),
    )


def snow_day(network: Network) -> None:
    """The superintendent's message of the icy morning, with captions in two languages."""
    at = icy_morning(network) + timedelta(minutes=25)
    icy = [network.photo(TUBE, "The superintendent in front of a snowy road", seed="ice")]
    text = (
        f"{CLOSED}. {CERRADO}. Subtítulos en español.\n\nUpdates: https://www.cascadevalley.test"
        " #SchoolClosure"
    )
    video = Video(48, views=3120)
    post = network.publish(
        CHANNEL, text, title=CLOSED, at=at, photos=icy, video=video, tags=["alerts", "closure"], likes=131
    )
    network.caption(post, "en", SPOKEN, at=at)
    network.caption(post, "es", HABLADO, name="Español", at=at + timedelta(minutes=40))
    network.name(f"{TUBE}:closure", post)
    moderate(network, post, quarrel(network, post, 46, network.start - timedelta(hours=2)))


def moderate(network: Network, post: Post, said: list[Post]) -> None:
    """A thread of more answers than a list shows, and what the channel does to comments before the first
    capture.
    """
    at = post.created + timedelta(hours=2)
    question = network.comment(handle(TUBE, "Jonas Feldt"), post, QUESTION, at=at)
    names = (
        "Mira Okonjo",
        "Sam Tillicum-Hayes",
        "Jonas Feldt",
        "Mira Okonjo",
        "Lucía Barrientos",
        "Bus 14 Dad",
        "Priya Venkataraman",
        "Jonas Feldt",
    )
    answers = [
        network.comment(handle(TUBE, name), question, line, at=at + timedelta(minutes=6 * number + 6))
        for number, (name, line) in enumerate(zip(names, ANSWERS, strict=True))
    ]
    network.comment(
        CHANNEL,
        question,
        "The link works on phones now. Thank you for telling us.",
        at=at + timedelta(hours=1),
    )
    network.edit(answers[1], "It's policy 6112, section 4. (I had written 3.)", at=at + timedelta(hours=2))
    picture = [network.photo(TUBE, "A car in a ditch", width=320, height=240)]
    network.comment(
        handle(TUBE, "Grandma Ingrid"),
        post,
        "This was me at five. No more of that.",
        photos=picture,
        at=at + timedelta(hours=3),
    )
    held = network.comment(
        handle(TUBE, "Bus 14 Dad"), post, "I have a LIST of names http://example.test/list", at=at
    )
    below = network.comment(
        handle(TUBE, "Noor Haddad"),
        question,
        "Read http://names.example.test before you answer",
        at=at + timedelta(hours=1),
    )
    spam = network.comment(
        handle(TUBE, "Noor Haddad"), post, "Cheap winter tires!!! http://tires.example.test", at=at
    )
    network.name(f"{TUBE}:question", question)
    network.name(f"{TUBE}:edited", answers[1])
    network.name(f"{TUBE}:leaf", said[-1])
    network.name(f"{TUBE}:held", network.hold(held, at=at))
    network.name(f"{TUBE}:held-answer", network.hold(below, at=at + timedelta(hours=1)))
    network.name(f"{TUBE}:spam", network.spam(spam, at=at))
    network.name(f"{TUBE}:rejected", network.hide(said[6], at=at))


def others(network: Network) -> None:
    """A short, a premiere, one for who has its address, one for nobody yet, and one that is hard to keep."""
    at = network.start - timedelta(days=6)
    short = Video(31, 1080, 1920, views=5804)
    network.name(
        f"{TUBE}:short",
        network.publish(CHANNEL, "#shorts", title="Plow meets bus 🚌❄️", at=at, video=short, likes=402),
    )
    converse(network, network.named(f"{TUBE}:short"), network.start - timedelta(hours=1))
    begin = network.start - timedelta(days=40)
    concert = Video(
        1925, views=377, scheduled=begin, started=begin, ended=begin + timedelta(seconds=1925), premiere=True
    )
    post = network.publish(
        CHANNEL, "Recorded at the grange.", title="Fall concert", at=begin - timedelta(days=3), video=concert
    )
    network.name(f"{TUBE}:concert", post)
    network.publish(
        CHANNEL, "For drivers.", title="How to put on chains", at=at, video=Video(412), visibility="unlisted"
    )
    network.publish(
        CHANNEL, "Not yet.", title="Draft: winter letter", at=at, video=Video(75), visibility="private"
    )
    network.name(
        f"{TUBE}:odd",
        network.publish(CHANNEL, ODD, title="A <b>bold</b> & strange title", at=at, video=Video(3)),
    )


def second(network: Network) -> None:
    """Act 2: the message gets another title and other words, one answer is taken back, a held one is let
    through, and a video goes.
    """
    post = network.named(f"{TUBE}:closure")
    network.edit(post, title=f"{CLOSED} (open again tomorrow, two hours late)")
    network.caption(post, "en", f"{SPOKEN}\nAdded later: we open two hours late tomorrow.")
    network.edit(network.named(f"{TUBE}:question"), f"{QUESTION} (Answered below, thank you.)")
    network.remove(network.named(f"{TUBE}:leaf"))
    network.remove(network.named(f"{TUBE}:odd"))
    network.restore(network.named(f"{TUBE}:held-answer"))
    insult = network.comment(handle(TUBE, "Bus 14 Dad"), post, "You people are useless.")
    network.name(f"{TUBE}:insult", network.hold(insult))
    ask = network.comment(handle(TUBE, "Grandma Ingrid"), post, "Is the warming place open tonight? 🧣")
    network.name(f"{TUBE}:new", ask)
    network.comment(CHANNEL, ask, "Yes, until 9 p.m.")
