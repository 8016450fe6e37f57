"""Tables with one record a row: CSV, JSON Lines, XLSX, and submissions.

table: what they share. mapping: which column is which field. workbook: XLSX, read by workbook_process in a
process of its own with bounded memory.
"""
