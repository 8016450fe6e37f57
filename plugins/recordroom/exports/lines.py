"""A column of texts one behind the other, as they lie in memory: no Python per row."""

from __future__ import annotations

import pyarrow as pa


def text_of(lines: pa.StringArray) -> memoryview:
    """The UTF-8 of all `lines`, of which none is null. It lives as long as they do."""
    _, offsets, data = lines.buffers()
    if data is None or not len(lines):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i" if pa.types.is_string(lines.type) else "q")
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]]
