"""The string formats of JSON Schema that platforms name."""

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """Return whether a text is an instant of ISO 8601."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value) is not None)


@FORMATS.checks("date", raises=ValueError)
def is_date(value: object) -> bool:
    """Return whether a text is a day of ISO 8601."""
    return not isinstance(value, str) or date.fromisoformat(value) is not None


@FORMATS.checks("uri", raises=ValueError)
def is_uri(value: object) -> bool:
    """Return whether a text is an address, or "" for an unknown one."""
    return (
        not isinstance(value, str)
        or value == ""
        or bool(urlsplit(value).scheme and not re.search(r"[\s<>\"]", value))
    )


def _check_pattern(name: str, pattern: str) -> None:
    """Make a format of the texts that match a pattern as a whole."""
    compiled = re.compile(pattern)
    FORMATS.checks(name)(lambda value: not isinstance(value, str) or bool(compiled.fullmatch(value)))


_check_pattern("email", r"([^@\s]+@[^@\s]+)?")
_check_pattern("ip", r"[0-9a-fA-F.:]*")
_check_pattern("iso-639-1", r"[a-z]{2,3}(-[A-Za-z]+)?")
