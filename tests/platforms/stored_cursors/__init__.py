"""Cursors that earlier code stored, from which later code must continue without a loss.

It must not begin again either. `write.py` writes them into files here, `<year>-<month>-<platform>.tar.xz`;
`test_stored_cursors.py` continues from each. A file is never written again: a cursor of another shape belongs
in a new one.
"""
