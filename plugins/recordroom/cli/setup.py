"""`recordroom setup`: makes the buckets and checks that their endpoint is fit for an archive."""

from __future__ import annotations

import typer

from recordroom import settings
from recordroom.archive import endpoint
from recordroom.capture import register
from recordroom.capture.place import Archive
from recordroom.cli.output import say


def add_to(app: typer.Typer) -> None:
    app.command("setup", help="Make the buckets and check, once, that their endpoint can be trusted. Run it as often as you like.")(run)


def run() -> None:
    place = Archive.of(settings.load())
    for store, what in ((place.archive, "archive"), (place.derived, "derived")):
        made = endpoint.create(store)
        checked = endpoint.check(store)
        say(f"{what} bucket {store.bucket}: {'made' if made else 'there'}, {'checked' if checked else 'was checked before'}")
    _, alarm = register.in_force(place.archive, place.settings.register_file)
    if alarm:
        say(f"ALARM: {alarm}")
