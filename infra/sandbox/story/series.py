"""Posts in series over half a year: announcements, menus, and videos.

Their times, lengths, and counts are drawn from their titles, so they are code. The titles are in series.yaml.
"""

from datetime import timedelta

from infra.sandbox.model import Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import AGENCY, NEWS, SITE, SPEAKERS, handle, illustrate
from infra.sandbox.story.chatter import converse, draw
from infra.sandbox.story.texts import ANNOUNCEMENTS, MENUS, read_yaml

DAYS = 160  # from the first announcement to the start
_SERIES = read_yaml("series")


def announce(network: Network) -> None:
    """Publish the announcements in all places, and the menu of each week."""
    for number, said in enumerate(ANNOUNCEMENTS):
        at = network.start - timedelta(
            days=DAYS - 152 * number // len(ANNOUNCEMENTS),
            hours=draw(number) % 7,
            minutes=draw(said.title) % 60,
        )
        for where, author in AGENCY.items():
            photos = []
            if said.photo:
                photos = [network.photo(where, said.photo, width=160, height=120, seed=said.title)]
            text = said.text
            if where == "bluesky":
                text = text.replace("@otterbendpta", "@otterbendpta.test")
            post = network.publish(
                author,
                text,
                title=said.title,
                at=at,
                photos=illustrate(network, where, photos, said.title),
                language=said.language,
                tags=list(said.tags),
                likes=draw(where, number) % 40,
            )
            network.name(f"{where}:{said.title}", post)
            if where != NEWS:
                converse(network, post, network.start - timedelta(hours=1))
    for week in range(DAYS // 7):
        at = network.start - timedelta(days=DAYS - 7 * week, hours=3)
        text = f"This week: {MENUS[week % len(MENUS)]}. Vegetarian every day."
        for where in (SITE, NEWS):
            network.publish(AGENCY[where], text, title=f"Menu, week {week + 1}", at=at, tags=["meals"])


def show_minutes(network: Network) -> None:
    """Publish the superintendent's minutes on YouTube."""
    for number, title in enumerate(_SERIES["minutes"]):
        at = network.start - timedelta(days=150 - 22 * number, hours=draw(title) % 6)
        post = network.publish(
            SPEAKERS["youtube"],
            "The superintendent's minute. Transcript:"
            f" https://www.cascadevalley.test/minute/{number + 1} #Minute",
            title=title,
            at=at,
            photos=[network.photo("youtube", f"The superintendent at her desk: {title}", seed=title)],
            video=Video(61 + draw(title) % 90, views=40 + draw(title, "views") % 700),
            tags=["minute"],
            likes=draw(title) % 30,
        )
        network.caption(post, "en", f"Hello.\nToday: {title.lower()}.\nThank you for watching.", at=at)
        converse(network, post, network.start - timedelta(hours=1))


def show_films(network: Network) -> None:
    """Publish the films on Vimeo with subtitles, every second one in an album."""
    where, us, hour = "vimeo", SPEAKERS["vimeo"], timedelta(hours=1)
    hall = network.album(
        us,
        "Shown at the grange",
        at=network.start - timedelta(days=150),
        about="Films of the valley, one a season",
    )
    for number, (title, language) in enumerate(_SERIES["films"].items()):
        at = network.start - timedelta(days=140 - 16 * number, hours=draw(title) % 9)
        film = network.publish(
            us,
            f"Shown at the grange. Credits: https://www.cascadevalley.test/films/{number + 1}",
            title=title,
            at=at,
            photos=[network.photo(where, f"Still of: {title}", seed=title)],
            video=Video(180 + draw(title) % 900, views=20 + draw(title, "views") % 400),
            language=language,
            tags=["film"],
            likes=draw(title) % 20,
            album=hall.key if number % 2 else None,
        )
        for track in _SERIES["subtitles"]:
            network.caption(film, **track, at=at + hour)
        network.name(f"{where}:{title}", film)
        converse(network, film, network.start - hour)
        praise = network.comment(
            handle(where, "Grandma Ingrid"), film, "I know three of the faces in it!", at=at + 24 * hour
        )
        network.comment(handle(where, "Wendell Arkwright"), praise, "Five.", at=at + 26 * hour)
        network.name(f"{where}:praise:{number}", praise)


def show_clips(network: Network) -> None:
    """Publish the clips on TikTok."""
    for number, text in enumerate(_SERIES["clips"]):
        clip = network.publish(
            SPEAKERS["tiktok"],
            text,
            at=network.start - timedelta(days=130 - 15 * number, hours=draw(text) % 9),
            photos=[network.photo("tiktok", f"Cover of: {text}", width=480, height=640, seed=text)],
            video=Video(15 + draw(text) % 60, 1080, 1920, views=200 + draw(text, "views") % 9000),
            language="es" if text.startswith("Un ") else "en",
            likes=draw(text, "likes") % 300,
        )
        network.name(f"tiktok:clip:{number}", clip)
        converse(network, clip, network.start - timedelta(hours=1))
