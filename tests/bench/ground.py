"""What measures stand on."""

from dataclasses import dataclass


@dataclass
class Ground:
    rows: int
