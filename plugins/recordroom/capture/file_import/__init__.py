"""The import of files from elsewhere.

- run: one import
- source: the pieces of a file and their records
- media_files: the media files that it contains or mentions
- report: what an import came to
- duplicates: possible duplicates of archived records
"""
