"""Cursors as earlier code stored them, from which later code must read on without a loss and without a new
beginning.

`write.py` writes them into files here, `<year>-<month>-<platform>.tar.xz`; `test_stored_cursors.py` reads on
from each. A file is never written again: a cursor of another shape belongs into a new one.
"""
