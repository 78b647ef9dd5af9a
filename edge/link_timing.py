"""How long the link waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """Seconds.

    silence_s:         a server that sends not one byte for so long is lost: killed, stopped or
                       unplugged. The page must show it within one second; a busy Wi-Fi was given
                       as much of that second as is left.
    overdue_s:         a frame without an answer for so long means that recognition hangs; a server
                       or an uplink that has shown to need longer is given more
                       (`edge.flights.OVERDUE_ROUND_TRIPS`).
    hang_reconnect_s:  so long after the first overdue answer the link gives the connection up and
                       begins afresh.
    attempt_timeout_s: for looking a name up, for connecting, and again for the handshake. A stopped
                       server accepts and says nothing: whatever is waited here is missing from the
                       two seconds within which names must be back.
    grace_s:           of several servers, for others to answer after the first one has: they may
                       have fewer cameras.
    next_s:            the longest pause before another server is asked when one has failed; random,
                       so that the cameras of one that has died do not ask at the same moment.
    balance_s:         the pause between two looks for a server with far fewer cameras.
    retry_s:           the pause between attempts, random between the two so that many edges do not
                       reconnect in step.
    refused_retry_s:   a wrong token, version or certificate does not mend itself: retry seldom, but
                       do retry.
    """

    silence_s: float = 0.6
    overdue_s: float = 1.0
    hang_reconnect_s: float = 5.0
    attempt_timeout_s: float = 0.8
    grace_s: float = 0.1
    next_s: float = 0.1
    balance_s: tuple[float, float] = (60.0, 120.0)
    retry_s: tuple[float, float] = (0.3, 0.5)
    refused_retry_s: float = 2.0
