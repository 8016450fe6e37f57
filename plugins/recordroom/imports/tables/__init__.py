"""Tables with one record a row: CSV, JSON Lines, XLSX, and submissions.

table: CSV and XLSX with a mapping. mapping: which column is which field. csv_rows: the rows of a CSV file.
    jsonl: JSON Lines. submission: files that a person submits. workbook: XLSX, read by workbook_process in a
    process of its own with bounded memory. xlsx_cells: cells of a workbook that show no value.
"""
