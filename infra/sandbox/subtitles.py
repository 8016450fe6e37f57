"""Subtitle tracks as files; their lines divide the video's length evenly.

SubRip numbers its cues, WebVTT starts with a header (w3.org/TR/webvtt1), and SubViewer separates its two
times with a comma.
"""

from collections.abc import Iterator

from infra.sandbox.model import Caption

FORMS = ("srt", "vtt", "sbv")


def clock(milliseconds: int, separator: str) -> str:
    """Return a time as hours, minutes, seconds, and milliseconds after the separator."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{rest:03}"


def cues(caption: Caption, seconds: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, line), the times in milliseconds."""
    lines = caption.text.splitlines()
    for number, line in enumerate(lines):
        yield seconds * 1000 * number // len(lines), seconds * 1000 * (number + 1) // len(lines), line


def subtitles(caption: Caption, seconds: int, form: str) -> str:
    """Return the track as a file of one of FORMS."""
    if form == "sbv":
        return "".join(
            f"{clock(start, '.')[1:]},{clock(end, '.')[1:]}\n{line}\n\n"
            for start, end, line in cues(caption, seconds)
        )
    separator, head = (
        (".", f"WEBVTT\nKind: captions\nLanguage: {caption.language}\n\n") if form == "vtt" else (",", "")
    )
    counted = enumerate(cues(caption, seconds), 1)
    return head + "".join(
        ("" if head else f"{number}\n") + f"{clock(start, separator)} --> {clock(end, separator)}\n{line}\n\n"
        for number, (start, end, line) in counted
    )
