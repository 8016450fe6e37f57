"""The command line `recordroom`: one file a verb; each reads its arguments, calls the part that does the work, and prints."""

from recordroom.cli.main import main

__all__ = ["main"]
