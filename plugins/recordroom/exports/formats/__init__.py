"""The files of an export, one module for each format: CSV, XLSX, JSON Lines, PDF, media, the audit, and the term report.

columns and spreadsheet are shared by those that are tables.
"""
