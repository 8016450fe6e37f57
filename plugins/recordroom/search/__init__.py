"""The search index, which can be rebuilt from ledger and Parquet rows at any time, and searches of it.

access: who asks. query/: what people type. index/: the index itself. filters, scope: what narrows a search.
searcher: the searches, with hits, facets, hit_counts, suggestions, and caveats next to the hits. summaries:
numbers for the home page and for authors. term_list, term_report, counting: exact counts for a list of
queries. masking: our own texts for viewers who may not see everything. analysis: how text is made findable.
client: Elasticsearch.
"""
