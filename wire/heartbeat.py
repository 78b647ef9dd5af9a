"""The interval of the heartbeats of both sides; docs/wire.md, "Flow"."""

from __future__ import annotations

HEARTBEAT_S = 0.15
"""A side that has sent nothing for so long sends PING. An edge takes 0.6 s without one byte for the
loss of its server, so three may be late.

The server sends PING, too, and does not only answer: on a slow uplink the edge's PING waits behind
a frame, and its PONG would come too late.
"""
