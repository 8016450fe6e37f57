"""The files of an export, one module for each format.

registry has the formats by name.
csv_file, xlsx_file, jsonl_file, pdf/: the records.
media: copies of their media files.
columns, cells, spreadsheet: what CSV and XLSX share.
audit_csv, term_report: the audit and a term report as files.
"""
