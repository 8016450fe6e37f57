"""What the district announces in an ordinary half-year (announcements.yaml), and what people answer. Written
for this project.
"""

from dataclasses import dataclass, field
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Announcement:
    title: str
    text: str
    photo: str = ""  # alternative text; no photo where empty
    tags: list[str] = field(default_factory=list)
    language: str = "en"


ANNOUNCEMENTS = [
    Announcement(**one)
    for one in yaml.safe_load(Path(__file__).with_name("announcements.yaml").read_text("utf-8"))
]

MENUS = (
    "chili and cornbread",
    "chicken adobo and rice",
    "bean burritos",
    "teriyaki bowls",
    "veggie lasagna",
    "fish tacos",
)

OPENERS = (
    "Thank you for this!",
    "Is this for all schools or only the elementary ones?",
    "Finally.",
    "¿Habrá intérprete en la reunión?",
    "My kids loved it last year 😊",
    "The link does not work on my phone.",
    "Who decided this, and when was the public asked?",
    "Could you post the documents too?",
    "Shared with our group.",
    "Bus 14 was late again today, by the way.",
    "Great work, everyone! 👏",
    "What does this cost?",
    "We will be there.",
    "Gracias por avisar.",
    "Please put the time in the headline next time.",
)
ANSWERS = (
    "Same question here.",
    "I called the office; they said yes.",
    "It is in the agenda, page 4.",
    "Thanks, that helped.",
    "I don't think that is right.",
    "+1",
    "Sí, también para la secundaria.",
    "Ask at the front desk, they are lovely.",
)
OFFICIAL = (
    "Good question: for all schools. We have added it above.",
    "Thanks for telling us; the link works now.",
    "The documents are at https://www.cascadevalley.test/board.",
    "Sí, habrá intérpretes de español y ucraniano.",
    "We are looking into it and will answer here.",
)
HEATED = (
    "You call this at 5:40 in the MORNING? Half of us were already on the road.",
    "It was a sheet of ice at 5. I am glad they called it.",
    "Every other district called it last night.",
    "Every other district is not at 1,400 feet.",
    "My shift does not stop because the buses do. Who watches my kids?",
    "The Y opens at 7 on closure days, $0 for families on free lunch.",
    "Nobody told us that!",
    "It is on their page, and it was in the text last year.",
    "Why not two hours late? Why always all or nothing?",
    "Because the plows will not be up the north fork before noon.",
    "I drove it. It is FINE.",
    "You have four-wheel drive, the bus has 60 children.",
    "Does this count as a make-up day in June?",
    "Yes, June 18, it says so in the calendar.",
    "Great. There goes the trip we paid for.",
    "Safety first. Thank you to the drivers who were out at 3 a.m. checking roads. 🙏",
    "Follow the money: closed days save diesel.",
    "They lose state money for days not held, so no.",
    "Can we please be kind to each other?",
    "En español, por favor: ¿mañana también?",
    "Todavía no se sabe, avisan antes de las 8.",
    "Thank you!",
)
