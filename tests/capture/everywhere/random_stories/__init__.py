"""Random stories against an oracle, on every platform.

A seed decides all events. People publish, reply, edit, moderate, and remove on the sandbox. Captures of every
kind read it; some are killed, refused, throttled, or overtaken by another machine. A complete capture ends
the story, and the archive must then hold what the sandbox shows.

steps.py     acts of people
actions.py   captures, imports, and rebuilds, as data
looks.py     captures on either machine, the trouble that they meet, imports, rebuilds
plot.py      the order of events
oracle.py    conditions that the rows must meet after each capture
"""
