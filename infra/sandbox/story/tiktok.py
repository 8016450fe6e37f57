"""The district's clips on TikTok: what a bus driver shows, the icy morning, and a thread that outgrows what a
list shows of it.
"""

from datetime import timedelta

from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import TIKTOK, TIKTOK_DISTRICT, handle
from infra.sandbox.story.chatter import converse, draw, quarrel
from infra.sandbox.story.scenes import CERRADO, CLOSED, icy_morning

CLIPS = (
    "Snow chains in 40 seconds #buses",
    "What the lunch line looks like at 11:02 #meals",
    "The oldest map in our library @otterbendpta",
    "Un día con la maestra Lucía #bilingue",
    "Drumline, one take 🥁",
    "How to read a bus number",
    "Graduation caps, all 212 of them #classof2026",
    "Otter Bend's garden in March",
)
ANSWERS = (
    "At 5:45, says the website.",
    "It says 6:00 for me.",
    "My bus was here at 7.",
    "Which bus?",
    "14.",
    "That is the express.",
    "No 14 is not the express",
    "¿Y la ruta 9?",
    "Route 9 runs on snow routes.",
)


def clips(network: Network) -> None:
    for number, text in enumerate(CLIPS):
        at = network.start - timedelta(days=130 - 15 * number, hours=draw(text) % 9)
        cover = [network.photo(TIKTOK, f"Cover of: {text}", width=480, height=640, seed=text)]
        video = Video(15 + draw(text) % 60, 1080, 1920, views=200 + draw(text, "views") % 9000)
        language = "es" if text.startswith("Un ") else "en"
        clip = network.publish(
            TIKTOK_DISTRICT,
            text,
            at=at,
            photos=cover,
            video=video,
            language=language,
            likes=draw(text, "likes") % 300,
        )
        network.name(f"{TIKTOK}:clip:{number}", clip)
        converse(network, clip, network.start - timedelta(hours=1))
    snow_day(network)
    others(network)


def snow_day(network: Network) -> None:
    at = icy_morning(network) + timedelta(minutes=40)
    cover = [network.photo(TIKTOK, "A bus with chains in the dark", width=480, height=640, seed="ice")]
    text = f"{CLOSED}. {CERRADO}. #snowday"
    post = network.publish(
        TIKTOK_DISTRICT, text, at=at, photos=cover, video=Video(22, 1080, 1920, views=18400), likes=912
    )
    network.name(f"{TIKTOK}:closure", post)
    moderate(network, post, quarrel(network, post, 38, network.start - timedelta(hours=2)))


def moderate(network: Network, post: Post, said: list[Post]) -> None:
    """A thread of more answers than a list shows, a picture, and what the account hides before the first
    capture.
    """
    at = post.created + timedelta(hours=2)
    question = network.comment(handle(TIKTOK, "Jonas Feldt"), post, "When do we know? ❄️", at=at)
    people = ("Mira Okonjo", "Sam Tillicum-Hayes", "Bus 14 Dad")
    for number, line in enumerate(ANSWERS):
        answer = network.comment(
            handle(TIKTOK, people[number % 3]), question, line, at=at + timedelta(minutes=4 * number + 4)
        )
        answer.likes = draw(line) % 5
    network.comment(TIKTOK_DISTRICT, question, "By 5:45 a.m., always.", at=at + timedelta(hours=1))
    picture = [network.photo(TIKTOK, "A thermometer at 19 degrees", width=320, height=240)]
    network.comment(handle(TIKTOK, "Grandma Ingrid"), post, "", photos=picture, at=at + timedelta(hours=3))
    rude = network.comment(handle(TIKTOK, "Bus 14 Dad"), post, "Worst district in the state", at=at)
    network.name(f"{TIKTOK}:question", question)
    network.name(f"{TIKTOK}:leaf", said[-1])
    network.name(f"{TIKTOK}:rude", network.hide(rude, at=at))
    network.remove(said[4], at=at)


def others(network: Network) -> None:
    """A photo post, one that takes no comments, and one for nobody yet."""
    at = network.start - timedelta(days=8)
    photos = [
        network.photo(TIKTOK, f"Poster {number} of the art walk", width=480, height=640) for number in (1, 2)
    ]
    walk = network.publish(TIKTOK_DISTRICT, "Spring art walk: swipe. #art", at=at, photos=photos, likes=44)
    network.name(f"{TIKTOK}:photos", walk)
    converse(network, walk, network.start - timedelta(hours=1))
    quiet = Video(31, 1080, 1920, views=77)
    network.publish(
        TIKTOK_DISTRICT,
        "Evacuation drill, room by room",
        at=at - timedelta(days=1),
        video=quiet,
        comments_off=True,
    )
    network.hold(network.publish(TIKTOK_DISTRICT, "Not yet", at=at, video=Video(9, 1080, 1920)), at=at)


def second(network: Network) -> None:
    """Act 2: two captions change, an answer is taken back, the hidden one is shown again and another hidden,
    and a question comes in.
    """
    post = network.named(f"{TIKTOK}:closure")
    network.edit(post, f"{CLOSED} (open tomorrow, two hours late). {CERRADO}. #snowday")
    network.edit(network.named(f"{TIKTOK}:clip:0"), "Snow chains in 40 seconds (38, really) #buses")
    network.remove(network.named(f"{TIKTOK}:leaf"))
    network.restore(network.named(f"{TIKTOK}:rude"))
    network.name(
        f"{TIKTOK}:insult",
        network.hide(network.comment(handle(TIKTOK, "Bus 14 Dad"), post, "You people are useless.")),
    )
    ask = network.comment(handle(TIKTOK, "Grandma Ingrid"), post, "Is the warming place open tonight? 🧣")
    network.name(f"{TIKTOK}:new", ask)
    network.comment(TIKTOK_DISTRICT, ask, "Yes, until 9 p.m.")
