"""The audit as people read it.

Each event is shown only to people who may see everything that it names.

view: the events of a page or a file. references: what an event names. visible_ids: which of these names a
viewer may see. withholding: which events a viewer may therefore read.
"""
