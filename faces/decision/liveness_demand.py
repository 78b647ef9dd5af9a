"""What a name asks of a face's liveness."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from lookout.faces.decision.decide import Decision, State
from lookout.faces.liveness.verdict import LivenessState, LivenessVerdict


class LivenessDemand(StrEnum):
    """off: nobody looks. mark: what was seen stands beside the name. require: a face gets a name
    only once it is called live."""

    OFF = "off"
    MARK = "mark"
    REQUIRE = "require"


def with_liveness(
    decision: Decision, verdict: LivenessVerdict | None, demand: LivenessDemand
) -> Decision:
    """The decision with the verdict beside it; without its name where a live face is required and
    this is none, or nobody has looked. Pure."""
    if demand is LivenessDemand.OFF:
        return decision
    seen = replace(decision, liveness=verdict)
    live = verdict is not None and verdict.state is LivenessState.LIVE
    if demand is LivenessDemand.MARK or live or decision.state is not State.KNOWN:
        return seen
    why = tuple(reason.message for reason in verdict.reasons) if verdict else ()
    return replace(seen, state=State.UNSURE, name=None, reasons=(NOT_LIVE, *why))


NOT_LIVE = "the face was not seen to be live, which a name requires here"
