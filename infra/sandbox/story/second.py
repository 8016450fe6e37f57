"""Act 2, what happens between two captures: edits, removals (of a parent, too), a hide, new comments,
restored ones, renames.
"""

from infra.sandbox.network import Network
from infra.sandbox.story import channel, films, inbox, linkedin, tiktok
from infra.sandbox.story.cast import (
    ABOUT,
    AGENCY,
    FACEBOOK,
    INSTAGRAM,
    LINKEDIN,
    MASTODON,
    NEWS,
    SITE,
    SKY,
    THREADS,
    X,
    handle,
    illustrated,
)
from infra.sandbox.story.scenes import CERRADO, CLOSED, HIELO, ICE

REOPEN = "Schools are open again tomorrow, two hours late. Buses run on snow routes. #SchoolClosure"
REABREN = "Mañana abren las escuelas con dos horas de retraso. Los autobuses siguen rutas de nieve."


def play(network: Network) -> dict[str, int]:
    """Once: a second call changes nothing."""
    if network.act < 2:
        with network.at_once():
            announce(network)
            for where in (SITE, SKY, MASTODON, FACEBOOK, INSTAGRAM, THREADS, LINKEDIN, X):
                discuss(network, where)
            moderate(network)
            channel.second(network)
            films.second(network)
            tiktok.second(network)
            linkedin.second(network)
            inbox.second(network)
            network.act = 2
    return {"act": network.act}


def announce(network: Network) -> None:
    """The closure is corrected, the end of it announced, and a strange post taken down; everywhere."""
    for where, author in AGENCY.items():
        network.edit(
            network.named(f"{where}:closure"),
            ICE.replace("before 8 p.m.", "at 7:30 p.m."),
            title=f"{CLOSED} (updated)",
        )
        network.edit(
            network.named(f"{where}:cierre"),
            HIELO.replace("antes de las 8 p.m.", "a las 7:30 p.m."),
            title=CERRADO,
        )
        open_card, abren = (illustrated(network, where, [], words) for words in (REOPEN, REABREN))
        reopen = network.publish(
            author, REOPEN, title="Open tomorrow, two hours late", photos=open_card, tags=["alerts"]
        )
        network.name(f"{where}:reopen", reopen)
        late = network.publish(
            author,
            REABREN,
            title="Mañana con dos horas de retraso",
            photos=abren,
            language="es",
            tags=["alerts"],
        )
        network.name(f"{where}:reabren", late)
        network.remove(network.named(f"{where}:odd"))
    network.name(
        f"{NEWS}:bulletin", network.publish(AGENCY[NEWS], "Roads are clear.", title="Roads are clear")
    )


def discuss(network: Network, where: str) -> None:
    """A question and its answer under the closure; one comment is taken back by its author, and one that has
    answers.
    """
    question = network.comment(
        handle(where, "Grandma Ingrid"),
        network.named(f"{where}:closure"),
        "Is the warming place open tonight? 🧣",
    )
    network.name(f"{where}:new", question)
    network.comment(AGENCY[where], question, "Yes, until 9 p.m.")
    network.remove(network.named(f"{where}:leaf"))
    network.remove(network.named(f"{where}:loud"))


def moderate(network: Network) -> None:
    """A new insult is hidden or held, what was hidden, held and trashed comes back, and some change their
    names.
    """
    for where, done in (
        (SKY, network.hide),
        (SITE, network.hold),
        (FACEBOOK, network.hide),
        (INSTAGRAM, network.hide),
        (THREADS, network.hide),
    ):
        insult = network.comment(
            handle(where, "Bus 14 Dad"), network.named(f"{where}:closure"), "You people are useless."
        )
        network.name(f"{where}:insult", done(insult))
    for name in (
        f"{SKY}:rude",
        f"{SITE}:trashed",
        f"{SITE}:held",
        f"{FACEBOOK}:rude",
        f"{INSTAGRAM}:rude",
        f"{THREADS}:hidden",
    ):
        network.restore(network.named(name))
    network.rename(handle(SKY, "Mira Okonjo"), handle="mira-okonjo.test", name="Mira O.")
    network.rename(AGENCY[MASTODON], name="Cascade Valley ESD")
    network.accounts[AGENCY[SKY]].about = f"{ABOUT} Closures are posted by 5:45 a.m."
    network.rename(AGENCY[FACEBOOK], name="Cascade Valley ESD")
