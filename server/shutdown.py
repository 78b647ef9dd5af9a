"""The end of the server: the signals that ask for it, and the exit status."""

from __future__ import annotations

import asyncio
import signal


class Shutdown:
    """`requested` is set once the server is to end. For the thread of the running event loop."""

    def __init__(self) -> None:
        self.requested = asyncio.Event()
        self.status = 0
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.requested.set)

    def fail(self) -> None:
        """Recognition has broken down: end with status 1, so that systemd restarts. Any thread."""
        self.status = 1
        self._loop.call_soon_threadsafe(self.requested.set)
