"""Bytes as publishers gave them, the log of every request and the journal of every outcome: a folder or an object store."""
