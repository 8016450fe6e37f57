"""The ids and times of what TikTok tells of."""

from __future__ import annotations

from datetime import UTC, datetime

from recordroom.model import Exchange
from recordroom.platforms.http import wrong


def video_id(native: int | str) -> str:
    return f"tiktok:videos/{native}"


def moment_of(value: int | str, exchange: Exchange, pointer: str) -> datetime:
    """Seconds since 1970, as a number or as text."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise wrong(exchange, f"{pointer}/create_time", "seconds since 1970", value) from None
