"""The search index in Elasticsearch, made from the Parquet rows.

It can be lost and built again.

mapping: its fields. documents, folding: one document for each version. bulk: sends documents. indexer: brings
the index up to the archive. watermarks: how far each account is indexed.
"""
