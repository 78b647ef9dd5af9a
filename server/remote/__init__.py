"""The networks on an existing engine: detector and encoder computed by Ray Serve or by Triton.

Tracks, decisions and people stay in the server; pictures and chips go out, boxes and encodings
come back. Whatever fails is computed here, by the same networks.
"""
