"""The pages of the documents that are generated from the code.

platforms.py   docs/platforms/index.md: what is captured of each platform
commands.py    docs/reference/commands.md: each command of the command line with its options
fields.py      docs/reference/fields.md: the fields of a record
settings.py    docs/reference/settings.md: each setting

`make docs` writes them before it builds the site; tests/test_docs.py fails if one is out of date.
"""
