"""What one capture saw of its window, and which conversations it read: what its final manifest says of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from recordroom.archive.state.record_state import RecordState, last_seen
from recordroom.capture.absences import Missing
from recordroom.capture.completeness import answers_of
from recordroom.capture.plan import Plan
from recordroom.capture.seen import Seen
from recordroom.capture.segment import Segment
from recordroom.capture.work import Work
from recordroom.model import moment
from recordroom.platforms import Window


class Look:
    """`seen` and `plan` are those of the running capture. Nothing is concluded from a conversation that was listed and, by the plan, not
    read."""

    def __init__(self, work: Work, window: Window, plan: Plan, seen: Seen) -> None:
        self.work, self.window, self.plan, self.seen = work, window, plan, seen

    def held(self) -> Iterator[RecordState]:
        """What is held of the window."""
        cache = self.work.cache
        return self.work.state.window(self.window.since) if cache is None else iter(list(cache.values()))

    def leaves_out(self, held: RecordState) -> bool:
        """Whether it answers in a conversation that was listed and, by the plan, not read: nothing follows from not seeing it."""
        return not held.is_root and self.plan.leaves_out(held.root_id, seen=(held.root_id or "") in self.seen)

    def seen_part(self, segment: Segment, missing: Missing, lacking: Mapping[str, int]) -> dict[str, Any]:
        """What was seen in the window and which conversations were read, and how that differs from what was expected."""
        outside = {known.record_id for known in segment.view(self.seen.over()).values() if not known.seen_at}  # it never was there to us
        read, skipped = dict(self.plan.read_roots(whole=False)), self.plan.counted(wanted=False)
        since = self.work.window.get("since", "")
        for known in self._held_of_seen(segment) if since or skipped else ():
            if known.window_at < since or self.leaves_out(known):
                outside.add(known.record_id)
                if known.record_id in read and self._is_unsettled(known):
                    del read[known.record_id]
            elif skipped and known.root_id and not known.is_root:
                read.setdefault(known.root_id, None)
        count, digest = self.seen.digest(outside)
        part: dict[str, Any] = {"count": count, "sha256": digest, "added": sorted(missing.returned), "missing": sorted(missing.newly)}
        if self.work.connector.PLATFORM.window_is_partial:
            part["partial"] = True  # entries leave the window unnoticed: nothing follows for those that were not seen
        part |= {"doubted": sorted(missing.doubted)} if missing.doubted else {}
        part |= {"last_seen": told} if skipped and (told := self._seen_before(segment, missing.newly)) else {}
        visited: dict[str, Any] = {"read": read, "why": self.plan.counted(wanted=True)}
        visited |= {"skipped": skipped} if skipped else {}
        visited |= {"not_given": left} if (left := self.plan.left_roots()) else {}
        visited |= {"lacking": found} if (found := {root: lacking[root] for root in sorted(lacking.keys() & read.keys())}) else {}
        return {"seen": part} | ({"visited": visited} if read or skipped else {})

    def _is_unsettled(self, root: RecordState) -> bool:
        """Whether something that is held of a conversation before the window was not seen: no absence is looked for there, so it stays
        unread, and the sweep reads it."""
        for known in self.work.state.window(moment(root.window_at)):
            if known.window_at > root.window_at:
                return False
            if known.root_id == root.record_id and known.present and not known.doubted and known.record_id not in self.seen:
                return True
        return False

    def _seen_before(self, segment: Segment, record_ids: list[str]) -> dict[str, str]:
        """When answers that are missing now were last seen: with their conversation, or with all."""
        found = segment.view(record_ids)
        roots = segment.view(held.root_id for held in found.values() if held.root_id)
        finals = self.work.state.sums.finals
        return {r: last_seen(held, roots.get(held.root_id or ""), finals) for r, held in sorted(found.items()) if not held.is_root}

    def _held_of_seen(self, segment: Segment) -> Iterator[RecordState]:
        ids = self.seen.ids()
        while some := list(islice(ids, 1_000)):
            yield from segment.view(some).values()

    def visited(self) -> dict[str, Any]:
        """The conversations that a capture which proves nothing for the window read to their ends, and in which everything was there that
        was expected: they need not be read again before their turn, which comes sooner where the platform counts more answers. And
        those that were not given."""
        read = dict(self.plan.read_roots(whole=True))
        for known in self.held() if read else ():
            if known.root_id in read and not known.is_root and known.present:
                settled = not known.missing if known.record_id in self.seen else known.doubted
                if not settled:
                    del read[known.root_id]
        _, counted = answers_of(self.seen, self.plan)
        lacking = {root_id: counted[root_id] for root_id in sorted(counted.keys() & read.keys())}
        told: dict[str, Any] = {"read": read, "why": self.plan.counted(wanted=True)} | ({"lacking": lacking} if lacking else {})
        told |= {"not_given": left} if (left := self.plan.left_roots()) else {}
        return {"visited": told} if read or left else {}
