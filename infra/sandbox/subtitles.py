"""Subtitle tracks as files: the lines of a caption share the video's length evenly.

SubRip counts its cues, WebVTT starts with a header (w3.org/TR/webvtt1), SubViewer separates its two times by
a comma.
"""

from collections.abc import Iterator

from infra.sandbox.model import Caption

FORMS = ("srt", "vtt", "sbv")


def clock(milliseconds: int, separator: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{rest:03}"


def cues(caption: Caption, seconds: int) -> Iterator[tuple[int, int, str]]:
    """(from, to, line), the times in milliseconds."""
    lines = caption.text.splitlines()
    for number, line in enumerate(lines):
        yield seconds * 1000 * number // len(lines), seconds * 1000 * (number + 1) // len(lines), line


def subtitles(caption: Caption, seconds: int, form: str) -> str:
    """The track as a file of one of FORMS."""
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
