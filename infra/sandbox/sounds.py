"""Voice notes made in code: a tone whose pitch depends on the seed, as WAV."""

import hashlib
import io
import math
import wave
from functools import cache

RATE, LOUD = 8000, 60


@cache
def sound(seed: str, seconds: int) -> bytes:
    """Return the bytes of a WAV file."""
    pitch = 220 + hashlib.sha256(seed.encode()).digest()[0]
    samples = bytes(
        128 + round(LOUD * math.sin(2 * math.pi * pitch * at / RATE)) for at in range(RATE * seconds)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(1)
        written.setframerate(RATE)
        written.writeframes(samples)
    return file.getvalue()
