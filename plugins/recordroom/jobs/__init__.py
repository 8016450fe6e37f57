"""What scheduled runs and commands do: Airflow's tasks and the command line both call these.

context: the archive with the register in force. schedule: which accounts are due. captures: captures them.
index: brings the search index up to date. maintenance: verification, anchors, compaction, exports.
"""
