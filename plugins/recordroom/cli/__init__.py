"""The command line `recordroom`: one module for each command.

`add_to` of a module adds the command; `run` reads its arguments, calls the package that does the work, and
prints the result. main: the entry point. output: streams, JSON lines, and progress. terminal_text: tables,
and text of other people on a terminal.
"""
