"""The message format that the edge and the server speak; see docs/wire.md."""
