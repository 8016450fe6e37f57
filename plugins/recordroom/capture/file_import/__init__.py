"""The import of files from elsewhere.

- run: one import
- report: what an import came to
- duplicates: possible duplicates of archived records
"""
