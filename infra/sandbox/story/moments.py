"""Read the moments and spans of time in the story's YAML."""

import re
from datetime import datetime, timedelta

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile(r"[+-](?:\d+[dhms])+")
_CLOCK = re.compile(r"@(\d\d)(?::(\d\d))?")


def parse_span(text: str) -> timedelta:
    """Read a span such as "+1h4m" or "-3d"."""
    if not _SPAN.fullmatch(text):
        raise ValueError(f"{text!r} is no span of time such as +1h4m or -3d")
    parts = re.findall(r"(\d+)([dhms])", text)
    span = timedelta(**{_UNITS[unit]: int(number) for number, unit in parts})
    return -span if text.startswith("-") else span


def split_moment(text: str) -> tuple[str, list[str]]:
    """Split "closure +2h" into its anchor, "closure" or "", and the changes."""
    words = text.split(" ")
    count = 0
    while count < len(words) and not words[count].startswith(("+", "-", "@")):
        count += 1
    return " ".join(words[:count]), words[count:]


def change_moment(moment: datetime, changes: list[str]) -> datetime:
    """Apply spans and times of day: "@02" sets the hour, "@13:40" the minute too."""
    for change in changes:
        if clock := _CLOCK.fullmatch(change):
            hour, minute = int(clock[1]), int(clock[2]) if clock[2] else moment.minute
            moment = moment.replace(hour=hour, minute=minute)
        else:
            moment += parse_span(change)
    return moment
