"""An answer in pieces: whole, or seen to be broken.

What fails before the first piece is there is an answer of its own, with words. What fails later must break
the connection: else half of a file looks like a whole one. To raise is not enough. Airflow's middleware,
which stands around the room, ends an answer regularly whose application has raised (Starlette's
BaseHTTPMiddleware sends the last piece whatever came before), and so takes the sign from it by which a
browser knows. A piece that is no bytes gets through all of that to where bytes are written, and breaks it
there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import chain

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Send

_log = logging.getLogger(__name__)


def stream_pieces(pieces: Iterator[bytes], media_type: str, headers: Mapping[str, str]) -> Response:
    """The first piece is taken now: whatever that raises is for the caller's page."""
    first = next(pieces, b"")
    return _AbortingResponse(chain((first,), pieces), headers=headers, media_type=media_type)


class _AbortingResponse(StreamingResponse):
    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except Exception:
            _log.error("an answer in pieces was broken off, and whoever asked sees that", exc_info=True)
            await send({"type": "http.response.body", "body": "no bytes", "more_body": True})
            raise
