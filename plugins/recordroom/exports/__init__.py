"""Exports: rows as they stood at a time, checked against manifests and evidence, in one file a format, with sums and a receipt."""
