"""The string formats of JSON Schema that platforms name, checked without further packages."""

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value) is not None)


@FORMATS.checks("date", raises=ValueError)
def day(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value) is not None


@FORMATS.checks("uri", raises=ValueError)
def uri(value: object) -> bool:
    """Empty is allowed: both platforms answer "" for an address that is not known."""
    return (
        not isinstance(value, str)
        or value == ""
        or bool(urlsplit(value).scheme and not re.search(r"[\s<>\"]", value))
    )


@FORMATS.checks("email")
def email(value: object) -> bool:
    return not isinstance(value, str) or value == "" or bool(re.fullmatch(r"[^@\s]+@[^@\s]+", value))


@FORMATS.checks("ip")
def ip(value: object) -> bool:
    return not isinstance(value, str) or value == "" or bool(re.fullmatch(r"[0-9a-fA-F.:]+", value))


@FORMATS.checks("iso-639-1")
def language(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]+)?", value))
