"""The cadence of encodings: when another view of a tracked face is worth encoding."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.decision.decide import Probe

FIRST_VIEWS = 3
"""So many encodings are taken as soon as possible: one odd view must not decide alone."""
FIRST_PAUSE_S = 0.1
"""… but not of frames that show the same: at 30 frames a second neighbours differ by 0.11."""
BETTER = 1.5
"""A view with this many times the weight of the best so far is worth an encoding."""
BETTER_PAUSE_S = 0.3
REFRESH_S = 2.0
"""The longest time between two encodings of a face: the bound for a change that nothing else
caught."""


def encoding_due(probes: Sequence[Probe], weight: float, time_s: float) -> bool:
    """True if a view of this weight, seen at `time_s`, should be encoded besides `probes`.

    probes: the encodings that the track has, oldest first; without any, every view is due.
    """
    if not probes:
        return True
    since_s = time_s - probes[-1].time_s
    if len(probes) < FIRST_VIEWS:
        return since_s >= FIRST_PAUSE_S
    best = max(probe.weight for probe in probes)
    return since_s >= (BETTER_PAUSE_S if weight >= BETTER * best else REFRESH_S)
