"""Days and instants as people write them: `11/27/2026`, `Nov 27, 2026`, `2026-11-27`.

They are in America/Los_Angeles unless they give an offset. A year, month, day, hour, minute, or second is the
span of time that it names: `2026-03` begins with its first instant and ends before April 1, the night of 23
or 25 hours included. A time that the clock shows twice in November begins with the first and ends with the
second, so that a search from or to half past one misses neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from recordroom.errors import UsageError
from recordroom.model import ZONE, format_clock, instant, to_local

FIRST = datetime.min.replace(tzinfo=UTC)  # the earliest date of a record
LAST = datetime.max.replace(tzinfo=UTC)
FROM, TO = "From", "To"  # labels of the two fields on pages
MEND = (
    "Write a date as 11/27/2026, Nov 27, 2026, or 2026-11-27. A month (Nov 2026, 11/2026, 2026-11), a year "
    "(2026), and a time (11/27/2026 5:40 p.m., 2026-11-27T17:40, 2026-11-28T01:40Z) also work. Times without "
    "an offset are Pacific time."
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(
    r"""(?P<year>\d{4}) (?: -(?P<month>\d\d) (?: -(?P<day>\d\d) (?:
        [T\ ](?P<hour>\d\d) (?: :(?P<minute>\d\d) (?: :(?P<second>\d\d) (?: \.(?P<part>\d{1,6}))? )? )?
        (?P<zone> Z | [+-]\d\d:?\d\d )?
    )? )? )?""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_CLOCK = r"""(?: ,?\ + (?P<hour>\d{1,2}) (?: :(?P<minute>\d\d) (?: :(?P<second>\d\d) )? )?
    (?: \ *(?P<half> [ap]\.?m\.? ) )? (?: \ *(?P<zone> Z | UTC | PST | PDT | [+-]\d\d:?\d\d ) )? )?"""
_US_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.VERBOSE | re.ASCII)
    for form in (
        rf"(?P<month>\d{{1,2}}) / (?: (?P<day>\d{{1,2}}) / (?P<year>\d{{4}}) {_CLOCK} )",
        r"(?P<month>\d{1,2}) / (?P<year>\d{4})",
        rf"(?P<name>[a-z]{{3,9}}) \.? \ + (?P<day>\d{{1,2}}) (?: ,\ * | \ + ) (?P<year>\d{{4}}) {_CLOCK}",
        r"(?P<name>[a-z]{3,9}) \.? ,? \ + (?P<year>\d{4})",
    )
)
_FULL_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_OFFSETS = {"UTC": "Z", "PST": "-08:00", "PDT": "-07:00"}
_STEPS = (
    ("part", timedelta(microseconds=1)),
    ("second", timedelta(seconds=1)),
    ("minute", timedelta(minutes=1)),
    ("hour", timedelta(hours=1)),
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A span of time in UTC.

    The first and last spans of the calendar reach to its ends.
    """

    start: datetime  # included
    end: datetime  # not included

    @property
    def last(self) -> datetime:
        """The last microsecond of the span."""
        return self.end if self.end == LAST else self.end - timedelta(microseconds=1)

    @property
    def bounds(self) -> dict[str, str]:
        """The range query of Elasticsearch for instants in the span."""
        return {"gte": instant(self.start), **self.before}

    @property
    def before(self) -> dict[str, str]:
        """The part of `bounds` that ends the span."""
        return {"lte": instant(LAST)} if self.end == LAST else {"lt": instant(self.end)}


def parse_span(text: str) -> DateSpan:
    """Return the span that `text` names.

    ValueError if it names none, or one that exists only here or only in UTC.
    """
    given = _read_parts(text.strip())
    if given is None:
        raise ValueError(f"{text!r} is not a date")
    year, month, day = int(str(given["year"])), int(given["month"] or 1), int(given["day"] or 1)
    hour, minute, second = (int(given[name] or 0) for name in ("hour", "minute", "second"))
    try:
        local = datetime(
            year, month, day, hour, minute, second, int((given["part"] or "0").ljust(6, "0")), tzinfo=ZONE
        )
    except ValueError:
        raise ValueError(f"there is no {text.strip()!r} in the calendar") from None
    if given["zone"]:
        local = local.replace(
            tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{given['zone'].upper()}").tzinfo
        )
    try:
        start = FIRST if (year, month, day, given["hour"]) == (1, 1, 1, None) else local.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is beyond the calendar") from None
    try:
        return DateSpan(start, _find_end(local, given).astimezone(UTC))
    except (ValueError, OverflowError):
        return DateSpan(start, LAST)


def parse_day(text: str, called: str) -> date:
    """Return the calendar day that `text` names.

    WrongDay if it names a year, a month, an instant, or nothing.
    """
    given = _read_parts(text.strip())
    if given is None or not given["day"] or given["hour"] is not None:
        mend = "Write it as 11/27/2026, Nov 27, 2026, or 2026-11-27."
        raise WrongDay(called, f"{called}: {text!r} is not a day", mend)
    _parse_field(text, called)
    return date(int(str(given["year"])), int(str(given["month"])), int(given["day"]))


def parse_instant(text: str) -> datetime:
    """Return the instant that a date with a time of day names, in UTC.

    ValueError if it has no time: the first instant of a day would be a guess.
    """
    given = _read_parts(text.strip())
    if given is None or given["hour"] is None:
        raise ValueError(f"{text!r} is not a date with a time")
    return parse_span(text).start


def _read_parts(text: str) -> dict[str, str | None] | None:
    """Return year, month, day, hour, minute, second, part, and zone; None if `text` has no known form."""
    if form := _ISO.fullmatch(text):
        return form.groupdict()
    form = next((found for one in _US_FORMS if (found := one.fullmatch(text))), None)
    if form is None:
        return None
    given = dict.fromkeys(("day", "hour", "minute", "second", "part", "zone")) | form.groupdict()
    if (name := given.pop("name", None)) is not None:
        month = _find_month(name)
        if month is None:
            return None
        given["month"] = str(month)
    if half := given.pop("half", None):
        hour = int(given["hour"] or 0)
        if not 1 <= hour <= 12:
            return None
        given["hour"] = str(hour % 12 + 12 * (half[0] in "pP"))
    elif given["hour"] and not given["minute"]:
        return None  # `11/27/2026 5` may be morning or evening
    given["zone"] = given["zone"] and _OFFSETS.get(given["zone"].upper(), given["zone"])
    return given


def _find_month(name: str) -> int | None:
    """Return the number of a month by its English name, or by its first three or more letters."""
    found = (number for number, full in enumerate(_FULL_MONTHS, 1) if full.lower().startswith(name.lower()))
    return next(found, None)


def _find_end(start: datetime, given: dict[str, str | None]) -> datetime:
    for name, step in _STEPS:
        if given[name] is not None:
            return max(start.astimezone(UTC), start.replace(fold=1).astimezone(UTC)) + step
    if given["day"]:
        return start + timedelta(days=1)  # by the calendar: the next midnight of the zone
    if given["month"]:
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start.replace(year=start.year + 1)


class WrongDay(UsageError):
    """A text that is no day, or a day that is not possible there.

    called: the label of the input field.
    """

    code = "WrongDay"

    def __init__(self, called: str, message: str, mend: str) -> None:
        super().__init__(message, mend)
        self.called = called


def parse_from(text: str, called: str = FROM) -> datetime:
    """Return the first instant of a day in a From field, in UTC.

    WrongDay if it names no time.
    """
    return _parse_field(text, called).start


def parse_to(text: str, called: str = TO) -> datetime:
    """Return the last instant of a day in a To field, in UTC: To is inclusive.

    WrongDay if it names no time.
    """
    return _parse_field(text, called).last


def check_order(start: datetime | None, end: datetime | None) -> None:
    """Raise WrongDay if the start is after the end.

    A search would find nothing and hide why.
    """
    if start and end and start > end:
        raise WrongDay(FROM, "From is after To", "Exchange the two.")


def _parse_field(text: str, called: str) -> DateSpan:
    try:
        return parse_span(text)
    except ValueError as problem:
        raise WrongDay(called, f"{called}: {problem}", MEND) from None


def suggest_periods(today: date) -> list[str]:
    """Return what a form proposes.

    That is the day, its month and the eleven before, its year and the two before.
    """
    months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(12)]
    return [
        format_day(today),
        *(format_month(date(year, month + 1, 1)) for year, month in months),
        *(f"{today.year - back}" for back in range(3)),
    ]


def format_day(day: date) -> str:
    """Format as `Nov 27, 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year:04}"


def format_month(day: date) -> str:
    """Format as `Nov 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.year:04}"


def format_time(moment: datetime) -> str:
    """Format as people read a time: `Nov 27, 2026, 5:40 a.m.`, in the agency's time zone.

    The zone is added if the time would be ambiguous: in the hour that comes twice in November, and at the
    beginning of the calendar, which only UTC has.
    """
    here = to_local(moment)
    is_ambiguous = here.tzinfo is UTC or here.utcoffset() != here.replace(fold=1 - here.fold).utcoffset()
    return format_minute(moment) if is_ambiguous else _format_clock(here, "%M")


def format_minute(moment: datetime) -> str:
    """Format with the zone: `Nov 27, 2026, 5:40 a.m. PST`."""
    here = to_local(moment)
    return f"{_format_clock(here, '%M')} {here:%Z}"


def format_second(moment: datetime) -> str:
    """Format as `Nov 27, 2026, 5:40:12 a.m. PST (2026-11-27 13:40:12 UTC)`."""
    here = to_local(moment)
    return f"{_format_clock(here, '%M:%S')} {here:%Z} ({format_utc(moment)})"


def format_exact(moment: datetime) -> str:
    """Format to the microsecond: `Nov 27, 2026, 5:40:12 a.m. PST (2026-11-27T13:40:12.208979Z)`."""
    here = to_local(moment)
    return f"{_format_clock(here, '%M:%S')} {here:%Z} ({instant(moment)})"


def _format_clock(here: datetime, minutes: str) -> str:
    half = "a.m." if here.hour < 12 else "p.m."
    return f"{format_day(here)}, {here.hour % 12 or 12}:{here.strftime(minutes)} {half}"


def format_utc(moment: datetime) -> str:
    """Format as `2026-11-27 13:40:00 UTC`."""
    return f"{format_clock(moment.astimezone(UTC))} UTC"


def format_local(moment: datetime) -> str:
    """Format as `2026-03-31 17:00 PDT`."""
    here = to_local(moment)
    return f"{format_clock(here, 'minutes')} {here:%Z}"


def format_both_zones(moment: datetime) -> str:
    """Format in local time and UTC, for texts that cannot show UTC on demand.

    For example `Mar 31, 2026, 5:00 p.m. (2026-04-01 00:00:00 UTC)`.
    """
    return f"{format_time(moment)} ({format_utc(moment)})"
