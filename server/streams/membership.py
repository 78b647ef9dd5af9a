"""The place of a consumer in its group, and how long it has waited for partitions. Pure.

After a broker that hung, librdkafka now and then gives its partitions up as lost, is never given
any again and says nothing, although the broker answers everybody else. A new client is given some
at once.
"""

from __future__ import annotations

PATIENCE_S = 20.0
"""A group shares out its partitions within seconds: its members hear of it with their heartbeats,
and one that is gone is noticed after the 6 s of its session. With every attempt that fails the
patience is twice as long, so that a group that is only slow is not kept from ending."""
LONGEST_PATIENCE_S = 160.0


class GroupMembership:
    """For the thread that polls the consumer. Times are of a monotonic clock, in seconds.

    A member that is given none, because there are more members than partitions, waits for nothing.
    """

    def __init__(self, now_s: float, patience_s: float = PATIENCE_S) -> None:
        self._first_s = self._patience_s = patience_s
        self._since_s: float | None = now_s
        self._joined = False

    def joins(self, now_s: float) -> None:
        """The group is joined, for the first time or by a new client."""
        if self._joined:
            self._patience_s = min(2 * self._patience_s, LONGEST_PATIENCE_S)
        self._joined = True
        self._since_s = now_s

    def given(self) -> None:
        """The group has shared out its partitions."""
        self._since_s = None
        self._patience_s = self._first_s

    def taken(self, now_s: float) -> None:
        """Partitions were taken away or lost; the group shares them out anew."""
        self._since_s = now_s

    def is_overdue(self, now_s: float) -> bool:
        """Whether only a new client will be given partitions."""
        return self._since_s is not None and now_s - self._since_s > self._patience_s
