"""Who is in a picture of a stream, as the server itself would say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lookout.faces.decision.decide import Candidate, Decision, Probe, decide
from lookout.faces.decision.liveness_demand import with_liveness
from lookout.faces.decision.similarity import MOST_UNNAMED, named_similarity
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.analysis import analyze

Json = Mapping[str, object]


class PictureRecognizer:
    """Answers pictures. Any thread, if the engines admit it."""

    def __init__(
        self, recognition: RecognitionContext, people: Callable[[], PeopleSnapshot]
    ) -> None:
        self._recognition = recognition
        self._people = people

    def __call__(self, content: bytes) -> Json:
        """The faces in a picture; people go by their ids alone. Raises BadImage."""
        recognition, known = self._recognition, self._people()
        look = analyze(content, recognition.detector, recognition.encoder)
        liveness, faces = recognition.liveness, []
        for face, encoding in enumerate(look.encodings):
            decision = decide(
                [Probe(encoding)], known.by_label, recognition.rule, recognition.negatives()
            )
            box_xyxy = look.found.box_xyxy[face]
            verdict = liveness.verdict(look.picture.image_bgr, box_xyxy)
            decision = with_liveness(decision, verdict, liveness.demand)
            faces.append(
                {
                    "box": [round(float(edge), 1) for edge in look.detections.box_xyxy[face]],
                    "score": round(float(look.found.score[face]), 4),
                    "state": decision.state.value,
                    "person": known.ids.get(decision.name or ""),
                    "similarity": _similarity(decision, recognition.rule.fpir),
                    "liveness": "off" if verdict is None else verdict.state.value,
                }
            )
        return {
            "faces": faces,
            "size_wh": list(look.picture.size_wh),
            "encoder": recognition.encoder.name,
            "timings_ms": {name: round(lap, 1) for name, lap in look.laps_ms.items()},
        }


def _similarity(decision: Decision, allowed: float) -> float:
    """To the person who is named, else to the likeliest one; 0 where nobody is known."""
    shortlist = decision.shortlist
    if not shortlist:
        return 0.0
    return max(round(_of(near, decision, allowed), 5) for near in shortlist)


def _of(near: Candidate, decision: Decision, allowed: float) -> float:
    if near.name != decision.name:
        return MOST_UNNAMED * (1.0 - near.chance)
    return named_similarity(1.0 - near.score, allowed)
