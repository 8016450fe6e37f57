"""A measure: ours and the reference in turns, so that a busy machine slows both; medians of the turns."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from recordroom import memory

T = TypeVar("T")
S = TypeVar("S")
Turn = tuple[float, float]  # ours, reference
_began = time.monotonic()


@dataclass(frozen=True, slots=True)
class Measure:
    """`ratio` = ours / reference; for differences and limits the measured value in `unit`. `bar` None: there
    is none, `ok` then says whether all of it was done. `spread`: lowest and highest ratio of a single turn.
    """

    name: str
    ours: float
    reference: float | None
    ratio: float
    bar: float | None
    ok: bool
    unit: str
    spread: tuple[float, float] | None = None

    def told(self) -> dict[str, Any]:
        numbers = {"ours": self.ours, "reference": self.reference, "ratio": self.ratio, "bar": self.bar}
        return {k: v if v is None else float(f"{v:.4g}") for k, v in numbers.items()} | {
            "ok": self.ok,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """Measures that are taken together."""

    names: tuple[str, ...]
    reads_archives: bool  # those of archives.py
    run: Callable[[Any], Iterator[Measure]]
    if_named: bool = False  # runs only if ONLY names it: it takes an hour


def at_most(name: str, turns: Sequence[Turn], bar: float, unit: str) -> Measure:
    """Ours may take `bar` times what the reference takes (seconds, requests, bytes)."""
    ours, reference = (median(side) for side in zip(*turns, strict=True))
    return Measure(
        name, ours, reference, ours / reference, bar, ours / reference <= bar, unit, _spread(turns)
    )


def at_least(name: str, turns: Sequence[Turn], bar: float, unit: str) -> Measure:
    """Ours must reach `bar` times the rate of the reference."""
    ours, reference = (median(side) for side in zip(*turns, strict=True))
    return Measure(
        name, ours, reference, ours / reference, bar, ours / reference >= bar, unit, _spread(turns)
    )


def more_by(name: str, ours: float, reference: float, bar: float, unit: str) -> Measure:
    """Ours may be `bar` more than the reference."""
    return Measure(name, ours, reference, ours - reference, bar, ours - reference <= bar, unit)


def below(name: str, ours: float, bar: float, unit: str) -> Measure:
    return Measure(name, ours, None, ours, bar, ours <= bar, unit)


def done(name: str, ours: float, unit: str, *, ok: bool) -> Measure:
    return Measure(name, ours, None, ours, None, ok, unit)


def _spread(turns: Sequence[Turn]) -> tuple[float, float]:
    ratios = [ours / reference for ours, reference in turns]
    return min(ratios), max(ratios)


def say(words: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{time.monotonic() - _began:7.1f} s  {words}\n")
    sys.stderr.flush()


def timed(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    act()
    return clock() - began


def in_turns(count: int, ours: Callable[[], S], reference: Callable[[], S]) -> list[tuple[S, S]]:
    return [(ours(), reference()) for _ in range(count)]


def in_child(act: Callable[..., T], *arguments: Any) -> tuple[T, float]:
    """(what `act` gives in a process of its own, that process' highest resident memory in MB). `act`: a
    function of a module.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_peak, act, *arguments).result()


def _with_peak(act: Callable[..., T], *arguments: Any) -> tuple[T, float]:
    memory.limit_arenas()  # as a command does
    found = act(*arguments)
    told = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")
    )
    # of this program alone: the kernel's ru_maxrss counts the parent's too
    return (found, int(told.split()[1]) / 1024)
