"""What a name asks of a face's liveness."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from lookout.faces.decision.decide import Decision, State
from lookout.faces.decision.reasons import because
from lookout.faces.liveness.verdict import LivenessState, LivenessVerdict


class LivenessDemand(StrEnum):
    """off: nobody looks. mark: what was seen stands beside the name. require: a face gets a name
    only once it is called live. challenge: and once it has done what it was asked to do."""

    OFF = "off"
    MARK = "mark"
    REQUIRE = "require"
    CHALLENGE = "challenge"

    @property
    def withholds(self) -> bool:
        """Whether a face that was not seen to be live gets no name."""
        return self in (LivenessDemand.REQUIRE, LivenessDemand.CHALLENGE)


def with_liveness(
    decision: Decision, verdict: LivenessVerdict | None, demand: LivenessDemand
) -> Decision:
    """The decision with the verdict beside it; without its name where a live face is required and
    this is none, or nobody has looked. Pure."""
    if demand is LivenessDemand.OFF:
        return decision
    seen = replace(decision, liveness=verdict)
    if not demand.withholds or decision.state is not State.KNOWN:
        return seen
    why = tuple(reason.message for reason in verdict.reasons) if verdict else ()
    if verdict is None or verdict.state is not LivenessState.LIVE:
        return replace(seen, state=State.UNSURE, name=None, reasons=(NOT_LIVE, *why))
    if demand is LivenessDemand.CHALLENGE and not verdict.proved:
        return replace(seen, state=State.UNSURE, name=None, reasons=(NOT_PROVED,))
    return seen


NOT_LIVE = because("not_live")
NOT_PROVED = because("not_proved")
