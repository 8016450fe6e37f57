"""Numbers with their nouns, as English says them: `1 reply`, `1,200 replies`."""

from __future__ import annotations

_IRREGULAR = {"reply": "replies", "story": "stories", "entry": "entries"}


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else _IRREGULAR.get(noun, f'{noun}s')}"
