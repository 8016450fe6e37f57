"""Archives written by earlier code, which later code must read, verify, rebuild, and continue.

That opens no new gap and makes no new version. `write.py` writes one into a file here,
`<year>-<month>.tar.xz`; `test_stored_archives.py` restores each. A file is never written again: a change of
what the archive holds adds a new one.
"""
