"""Random stories against an oracle: what nobody thought of, on every platform.

A seed throws the dice. People publish, answer, edit, moderate and remove on the sandbox; captures of every kind look at it, some of them
killed, refused or throttled on the way; in the end a complete capture looks once more, and what is held must be what the sandbox shows.

steps.py     what people do
looks.py     captures, and what gets in their way
oracle.py    what must be true of the rows after each of them
"""
