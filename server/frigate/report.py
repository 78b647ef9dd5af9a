"""What came of an event, as JSON for programs and as a line for people."""

from __future__ import annotations

from typing import Any

from lookout.server.frigate.following import Attempt, Following


def plain(following: Following) -> dict[str, Any]:
    """The verdict with every attempt, its time and what it said. Times are Unix seconds."""
    verdict, event = following.verdict, following.event
    return {
        "event": event.id,
        "camera": event.camera,
        "zones": sorted(event.zones),
        "verdict": verdict.words,
        "name": verdict.name,
        "score": round(verdict.score, 4) if verdict.name is not None else None,
        "why": verdict.why,
        "first_face": following.first_face_s,
        "named": following.named_s,
        "seconds_to_name": _rounded(seconds_to_name(following)),
        "attempts": [_attempt(one) for one in following.attempts],
        "trouble": following.trouble,
    }


def line(following: Following) -> str:
    """As `door 1607123955.47-mxk: named Ada (0.97) after 0.4 s, 1 snapshot`."""
    event, verdict = following.event, following.verdict
    counts = ", ".join(f"{count}× {source}" for source, count in following.counts.items())
    seconds = seconds_to_name(following)
    after = f" after {seconds:.1f} s" if seconds is not None else ""
    name = f" {verdict.name} ({verdict.score:.2f})" if verdict.name is not None else ""
    trouble = f" ({following.trouble})" if following.trouble and following.named_s is None else ""
    said = f"{event.camera} {event.id}: {verdict.words}{name}{after}"
    return f"{said}; looked at: {counts or 'nothing'}{trouble}"


def seconds_to_name(following: Following) -> float | None:
    """From the first picture with a usable face to the name on the event."""
    if following.named_s is None or following.first_face_s is None:
        return None
    return following.named_s - following.first_face_s


def _attempt(attempt: Attempt) -> dict[str, Any]:
    verdict = attempt.verdict
    return {
        "source": attempt.source,
        "at": attempt.at_s,
        "ms": round(1000 * attempt.took_s),
        "verdict": verdict.words,
        "name": verdict.name,
        "why": verdict.why,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
