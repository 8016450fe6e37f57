"""Run the work of scheduled tasks and of commands.

Airflow and the command line call the same functions. context: the archive with the register in force.
schedule: which accounts are due. captures: captures and imports. index: brings the search index up to date.
maintenance: verification, anchors, compaction, rebuilds, exports, and what interrupted captures left in the
spool.
"""
