"""A diverse handful of photographs of a person, rather than twenty of the same."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.agreement import NearDuplicate, most_redundant
from lookout.faces.photo.judgement import Reason


@dataclass(frozen=True, slots=True)
class RedundancyAdvice:
    """Advice to somebody who adds to more photographs than help.

    reason: against the new photograph, if it is the one that adds least. advice: which of the old
    ones adds least now, as a sentence; empty if there is nothing to say.
    """

    reason: Reason | None = None
    advice: str = ""


def redundancy_advice(
    name: str, encoding: Floats, quality: float, known: Gallery
) -> RedundancyAdvice:
    """Advice on a new photograph with this encoding (D,) beside the others of `name`."""
    together = known.added(name, encoding[None], (Sample(quality=quality),))
    pair = most_redundant(together, name)
    if pair is None:
        return RedundancyAdvice()
    count = known.counts[name]
    if pair.row == len(known):
        message = (
            f"There are {count} photographs of {name} already, as many as help, and this one is "
            f"most like {_file(known, pair.like)} ({pair.distance:.2f}): turn the head, or take "
            "another light."
        )
        return RedundancyAdvice(reason=Reason("enough", message))
    return RedundancyAdvice(advice=_advice(name, count + 1, known, pair))


def _advice(name: str, count: int, known: Gallery, pair: NearDuplicate) -> str:
    beside = "this one" if pair.like == len(known) else _file(known, pair.like)
    return (
        f"There are now {count} photographs of {name}, more than help; "
        f"{_file(known, pair.row)} adds least, beside {beside}."
    )


def _file(known: Gallery, row: int) -> str:
    return known.samples[row].file or "one that is there"
