"""What the book of alerts wants written down and told."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.server.alerts.states.alert_state import Notice
from lookout.server.storage.alert_records import Alert, Trace


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert as it is from now on, and why somebody is told; None: nobody is.

    channels: by which; empty: by all that have been told of it. but_not: except by these.
    trace: what explains it.
    """

    alert: Alert
    notice: Notice | None = None
    channels: tuple[str, ...] = ()
    trace: Trace | None = None
    but_not: frozenset[str] = frozenset()
