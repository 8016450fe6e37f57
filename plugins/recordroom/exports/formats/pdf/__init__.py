"""The PDF of an export, set by Typst in a process of its own (typst, typst_worker, pages.typ).

document: cover and parts. record: one record. headings: the conversations. fonts: characters that no font has.
"""
