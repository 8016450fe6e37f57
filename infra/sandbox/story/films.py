"""The district's films on Vimeo: the ones that are shown in halls, with what was said about them."""

from datetime import timedelta

from infra.sandbox.model import Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import STUDIO, VIMEO, handle
from infra.sandbox.story.chatter import converse, draw

FILMS = {  # title: language
    "Graduation 2026": "en",
    "One bus, forty years": "en",
    "La escuela de mi abuela": "es",
    "How the river came back": "en",
    "Spring art walk": "en",
    "We are hiring": "en",
    "The lunch line": "en",
    "A day in room 12": "en",
}
SUBTITLES = {
    "en": "They built this school in 1911.\nI was in the first row.",
    "es": "Construyeron esta escuela en 1911.\nYo estaba en la primera fila.",
}


def show(network: Network) -> None:
    hall = network.album(
        STUDIO,
        "Shown at the grange",
        at=network.start - timedelta(days=150),
        about="Films of the valley, one a season",
    )
    for number, (title, language) in enumerate(FILMS.items()):
        at = network.start - timedelta(days=140 - 16 * number, hours=draw(title) % 9)
        still = [network.photo(VIMEO, f"Still of: {title}", seed=title)]
        video = Video(180 + draw(title) % 900, views=20 + draw(title, "views") % 400)
        text = f"Shown at the grange. Credits: https://www.cascadevalley.test/films/{number + 1}"
        film = network.publish(
            STUDIO, text, title=title, at=at, photos=still, video=video, language=language, tags=["film"],
            likes=draw(title) % 20, album=hall.key if number % 2 else None,
        )  # fmt: skip
        for track, lines in SUBTITLES.items():
            network.caption(
                film, track, lines, name="English" if track == "en" else "Español", at=at + timedelta(hours=1)
            )
        network.name(f"{VIMEO}:{title}", film)
        converse(network, film, network.start - timedelta(hours=1))
        praise = network.comment(
            handle(VIMEO, "Grandma Ingrid"),
            film,
            "I know three of the faces in it!",
            at=at + timedelta(days=1),
        )
        network.comment(
            handle(VIMEO, "Wendell Arkwright"), praise, "Five.", at=at + timedelta(days=1, hours=2)
        )
        network.name(f"{VIMEO}:praise:{number}", praise)
    at = network.start - timedelta(days=9)
    network.publish(
        STUDIO, "Not yet.", title="Draft: levy film", at=at, video=Video(95), visibility="private"
    )
    network.publish(
        STUDIO,
        "For the board.",
        title="Rough cut",
        at=at,
        video=Video(240),
        visibility="unlisted",
        comments_off=True,
    )


def second(network: Network) -> None:
    """Act 2: a title and a comment change, the comment without a stamp; one is taken back, with the answer to
    it.
    """
    network.edit(network.named(f"{VIMEO}:Graduation 2026"), title="Graduation 2026 (with all names)")
    network.edit(network.named(f"{VIMEO}:praise:0"), "I know four of the faces in it!")
    network.remove(network.named(f"{VIMEO}:praise:1"))
    network.comment(
        handle(VIMEO, "Mira Okonjo"),
        network.named(f"{VIMEO}:Graduation 2026"),
        "Thank you for adding the names.",
    )
