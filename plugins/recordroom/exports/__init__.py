"""Exports: files with records as of a moment, and a receipt.

The records are checked against manifests and evidence, and the files have SHA-256 sums.
production makes an export; read it first: it has the steps in order. work_tables lists the tables of its
database.

Orders of the web pages:
    orders, worker, removal     what was ordered, the worker that makes it, and the removal of its file
    estimate                    what an export would contain, before it is ordered
The steps of an export:
    workspace, database         the work folder, and the DuckDB database in it
    as_of, matching             the archive as of the moment, and the versions that the search index finds
    selection, conversations    which rows, in which order, with which context
    rows, sql                   reading rows in full, in order, and hashing them
    derived_values, counts      values that follow from other rows, and counts
    verification, receipt       the proof of rows and evidence, and the receipt
    labels                      names and labels as people read them
    formats/                    the data files
"""
