"""Names of people in the audit and in export orders.

Such a name is what people call a person. If the agency's provider signs the person in, the provider's key
follows.
"""

from __future__ import annotations

SUBJECT = "#"  # mary@agency.example#8f2c


def find_display_name(name: str) -> str:
    """Return what people call a person."""
    return name.partition(SUBJECT)[0]


def find_provider_key(name: str) -> str:
    """Return the provider's key, or "" if the person signs in with a password."""
    return name.partition(SUBJECT)[2]


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names are of one person.

    If there is a key, it decides: people change their names.
    """
    return (
        find_provider_key(one) == find_provider_key(other)
        if find_provider_key(one) or find_provider_key(other)
        else one == other
    )
