"""What is asked for by its id, and what it means where Vimeo does not give it."""

from __future__ import annotations

from recordroom.model import Exchange
from recordroom.platforms import Known
from recordroom.platforms.answers import in_path
from recordroom.platforms.vimeo.asking import items_of
from recordroom.platforms.vimeo.completing import Completing
from recordroom.platforms.vimeo.fields import ALBUMS, COMMENTS, EVENTS, PROFILE, VIDEOS
from recordroom.platforms.vimeo.things import parts_of

GONE = "nothing is there for this token: it is gone, or must not be seen; Vimeo does not say which"


class Missing(Completing):
    """Things asked for one by one."""

    def alone(self, known: Known) -> Exchange:
        """One thing by its id."""
        what, native = parts_of(known.record_id)
        if what == "users":
            return self.get("me", {"fields": PROFILE})
        native = in_path(native)
        if what == "comments":
            place, video = [known.kind, known.parent_id, known.root_id], in_path(parts_of(known.root_id or "")[1])
            return self.get(f"videos/{video}/comments/{native}", {"fields": COMMENTS}, place=place)
        fields = {"videos": VIDEOS, "albums": ALBUMS, "live_events": EVENTS}[what]
        answer = self.get(f"videos/{native}" if what == "videos" else f"me/{what}/{native}", {"fields": fields})
        return self.completed(what, answer, [(native, item) for native, _, item in items_of(answer, what)])
