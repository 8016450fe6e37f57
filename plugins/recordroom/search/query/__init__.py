"""Queries: Lucene syntax as people type it, read and translated into Elasticsearch's query language.

query: the entry, `read(text)`. syntax: parses and repairs. fields, values, terms, proximity: what a query can
ask for. foreign_fields: fields of other search services. permalinks: pasted addresses. translation: makes the
Elasticsearch query.
"""
