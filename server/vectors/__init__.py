"""Vector engines: who may be near among millions is asked of Qdrant, Milvus or PostgreSQL.

An engine only says who may be near. What it says is compared exactly with the encodings of the
store, so it can miss somebody, and never invent anybody; while it is away, everything is searched
here.
"""
