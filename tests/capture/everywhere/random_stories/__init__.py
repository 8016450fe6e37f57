"""Random stories against an oracle: what nobody thought of, on every platform.

A seed throws the dice. People publish, answer, edit, moderate and remove on the sandbox; captures of every kind look at it, some of them
killed, refused, throttled or met by another on the way; in the end a complete capture looks once more, and what is held must be what the
sandbox shows.

steps.py     what people do
actions.py   what is done to the archive, as data
looks.py     captures from one machine or another and what gets in their way, imports beside them, a state that is folded anew
plot.py      what happens in which order
oracle.py    what must be true of the rows after each of them
"""
