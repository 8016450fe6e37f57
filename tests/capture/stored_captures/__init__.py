"""Interrupted captures and account states as earlier code left them: spools at each point where a capture may
end, snapshots, captures of permalinks, explanations in the register. Later code takes them up and comes to
the same records.

`write.py` writes them into a file here, `<year>-<month>.tar.xz`; `test_stored_captures.py` restores each. A
file is never written again. Complete archives of all platforms are in `stored_archives`.
"""
