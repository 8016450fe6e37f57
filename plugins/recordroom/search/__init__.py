"""The search index, rebuildable from ledger and Parquet at any time: mapping, documents, index, query, results, show."""
