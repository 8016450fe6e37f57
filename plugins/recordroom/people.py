"""How somebody is called in the audit and in what they order: by a name, and where the agency's provider signs them in, by its key too."""

from __future__ import annotations

SUBJECT = "#"  # between what people call somebody and the key of the agency's provider: mary@agency.example#8f2c


def called(name: str) -> str:
    """What people call them."""
    return name.partition(SUBJECT)[0]


def key(name: str) -> str:
    """The provider's key; "" where somebody signs in by a password."""
    return name.partition(SUBJECT)[2]


def same(one: str, other: str) -> bool:
    """Whether these are one person: by their keys where there is any, since people marry and are called otherwise; else by their names."""
    return key(one) == key(other) if key(one) or key(other) else one == other
