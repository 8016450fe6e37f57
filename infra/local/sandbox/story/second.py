"""Act 2, what happens between two captures: edits, removals (of a parent, too), a hide, new comments, restored ones, renames."""

from infra.local.sandbox.network import Network
from infra.local.sandbox.story.cast import ABOUT, AGENCY, MASTODON, NEWS, SITE, SKY, handle
from infra.local.sandbox.story.scenes import CERRADO, CLOSED, HIELO, ICE

REOPEN = "Schools are open again tomorrow, two hours late. Buses run on snow routes. #SchoolClosure"
REABREN = "Mañana abren las escuelas con dos horas de retraso. Los autobuses siguen rutas de nieve."


def play(network: Network) -> dict[str, int]:
    """Once: a second call changes nothing."""
    if network.act >= 2:
        return {"act": network.act}
    for where, author in AGENCY.items():
        closed, cerrado = network.named(f"{where}:closure"), network.named(f"{where}:cierre")
        network.edit(closed, ICE.replace("before 8 p.m.", "at 7:30 p.m."), title=f"{CLOSED} (updated)")
        network.edit(cerrado, HIELO.replace("antes de las 8 p.m.", "a las 7:30 p.m."), title=CERRADO)
        network.name(f"{where}:reopen", network.publish(author, REOPEN, title="Open tomorrow, two hours late", tags=["alerts"]))
        network.name(
            f"{where}:reabren", network.publish(author, REABREN, title="Mañana con dos horas de retraso", language="es", tags=["alerts"])
        )
        network.remove(network.named(f"{where}:odd"))
    for where in (SITE, SKY, MASTODON):
        closed = network.named(f"{where}:closure")
        network.name(
            f"{where}:new", network.comment(handle(where, "Grandma Ingrid"), closed, "Is the warming place still open tonight? 🧣")
        )
        network.comment(AGENCY[where], network.named(f"{where}:new"), "Yes, until 9 p.m.")
        network.remove(network.named(f"{where}:leaf"))
        network.remove(network.named(f"{where}:loud"))
    sky = network.comment(handle(SKY, "Bus 14 Dad"), network.named(f"{SKY}:closure"), "You people are useless.")
    network.name(f"{SKY}:new hide", network.hide(sky))
    network.restore(network.named(f"{SKY}:rude"))
    network.restore(network.named(f"{SITE}:trashed"))
    network.restore(network.named(f"{SITE}:held"))
    site = network.comment(handle(SITE, "Bus 14 Dad"), network.named(f"{SITE}:closure"), "You people are useless.")
    network.name(f"{SITE}:new hold", network.hold(site))
    network.rename(handle(SKY, "Mira Okonjo"), handle="mira-okonjo.test", name="Mira O.")
    network.rename(AGENCY[MASTODON], name="Cascade Valley ESD")
    network.accounts[AGENCY[SKY]].about = f"{ABOUT} Closures are posted by 5:45 a.m."
    network.name(f"{NEWS}:bulletin", network.publish(AGENCY[NEWS], "Roads are clear.", title="Roads are clear"))
    network.act = 2
    network.save()
    return {"act": network.act}
