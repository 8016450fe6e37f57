"""The announcements of the story, its shared texts, and lines of conversations."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Announcement:
    """A post of an ordinary half-year, which appears in all places."""

    title: str
    text: str
    photo: str = ""  # alternative text; empty: no photo
    tags: list[str] = field(default_factory=list)
    language: str = "en"


@cache
def read_yaml(name: str) -> Any:
    """Read a YAML file of this folder; callers do not change what they get."""
    return yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))


_TEXTS = read_yaml("texts")
ANNOUNCEMENTS = [Announcement(**one) for one in read_yaml("announcements")]
SHARED: dict[str, str] = _TEXTS["shared"]
MENUS, OPENERS, ANSWERS, OFFICIAL, HEATED = (
    tuple[str, ...](_TEXTS[name]) for name in ("menus", "openers", "answers", "official", "heated")
)
