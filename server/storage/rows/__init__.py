"""Records as rows: the same fields and the same sealing, whichever database keeps them."""
