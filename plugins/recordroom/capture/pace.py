"""An answer that only drips is no answer: it would hold a capture, and the runs of all accounts after it, for hours.

The client's time-outs are between two bytes; a server that sends one byte a minute meets them for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from recordroom.errors import UnexpectedResponse

SLOWEST, OVER = 1024, 60.0  # bytes a second, as the mean of that many seconds: slower than any line that is in use


def steady(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as they come. UnexpectedResponse where they come too slowly."""
    began, came = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        came += len(chunk)
        waited = time.monotonic() - began
        if waited > OVER:
            if came < SLOWEST * waited:
                raise UnexpectedResponse(f"the server only drips: {came} bytes in {waited:.0f} s", "It is asked for again.")
            began, came = time.monotonic(), 0
