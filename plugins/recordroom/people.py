"""How somebody is called in the audit and in what they order: by a name, and where the agency's provider signs them in, by its key too."""

from __future__ import annotations

SUBJECT = (
    "#"  # between what people call somebody and the key of the agency's provider: mary@agency.example#8f2c
)


def display_name(name: str) -> str:
    """What people call them."""
    return name.partition(SUBJECT)[0]


def provider_key(name: str) -> str:
    """The provider's key; "" where somebody signs in by a password."""
    return name.partition(SUBJECT)[2]


def is_same_person(one: str, other: str) -> bool:
    """Whether these are one person: by their keys where there is any, since people marry and are called otherwise; else by their names."""
    return (
        provider_key(one) == provider_key(other) if provider_key(one) or provider_key(other) else one == other
    )
