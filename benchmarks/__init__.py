"""``make bench``: rows per second from bytes to commit, as ratios in one run. docs/benchmarks.md says how to read them.

All documents are synthetic. What is measured is the product's own ``staging`` and ``commit`` on a real lake; only
the documents and their parsers (``synthetic_*``), the other tools (``others``) and the bookkeeping live here.
"""
