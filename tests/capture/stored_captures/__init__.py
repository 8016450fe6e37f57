"""Interrupted captures and account states that earlier code left.

They are spools at each point where a capture may end, snapshots, captures of permalinks, and explanations in
the register. Later code continues from them and gets the same records.

`write.py` writes them into a file here, `<year>-<month>.tar.xz`; `test_stored_captures.py` restores each. A
file is never written again. Complete archives of all platforms are in `stored_archives`.
"""
