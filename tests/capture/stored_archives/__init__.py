"""Archives as earlier code wrote them: what later code must read, verify, rebuild, and go on capturing
without a new gap or version.

`write.py` writes one into a file here, `<year>-<month>.tar.xz`; `test_stored_archives.py` restores each. A
file is never written again: a change of what the archive holds adds a new one.
"""
