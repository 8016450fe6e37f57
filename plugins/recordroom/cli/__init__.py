"""The command line `recordroom`: one module for each command.

A command reads its arguments, calls the package that does the work, and prints the result. main: the entry.
output, readable: what commands print.
"""
