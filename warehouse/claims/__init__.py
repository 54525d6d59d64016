"""Claims: figures that a text states about trade, read from it (``read``) and checked against the lake (``check``).

Reading is pure: text in, claims out, no lake and no network. What a claim is stands in ``model``.
"""
