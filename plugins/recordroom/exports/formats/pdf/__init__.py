"""The PDF of an export, set by Typst in a process of its own.

document: the cover and the parts.
record: one record. headings: its number, the headings before it, its depth in the conversation.
fonts: characters that no font has.
typst, typst_worker, pages.typ: the process and its template.
"""
