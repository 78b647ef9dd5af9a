"""The rhythm in which both sides show that they live; docs/wire.md, "Flow"."""

from __future__ import annotations

HEARTBEAT_S = 0.15
"""A side that has sent nothing for so long sends PING (or the PONG that it owes): the other side
takes 0.6 s without one byte for a loss, so that three may be late."""
