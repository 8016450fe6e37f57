"""What is shown of one record, from the search index and the evidence.

record: its versions. conversation: the thread around it. changes, visibility: how it changed. lookup: finds
it by address. evidence, source, proof: the stored response that it comes from. quarantine, copies: hides a
record and the records that repeat it. retention: its dates in words. holds: places and releases holds.
classification, secondary_copies: decide on series. statements, vanished_replies: state facts. approvals:
what a second person approves. retention_preview: what an act on retention changes.
later_matches: what the searches of decisions find now.
"""
