"""Galleries of few people drawn from a large one, and trials against each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.metrics.trials import Trials, joined
from lookout.faces.protocols import Encoder

SIZES = (2, 10, 50, 300)
TRIALS_A_SIZE = 4000
PHOTOGRAPHS = (1, 2)
STRANGERS_A_DRAW = 200


def rules_of(encoder: Encoder) -> tuple[Rule, Rule]:
    """The original system's rule, and the server's default."""
    return (
        Rule.for_encoder(encoder.name, encoder.tolerance, original=True),
        Rule.for_encoder(encoder.name, encoder.tolerance),
    )


def smaller_galleries(
    encoder: Encoder, gallery: Faces, probes: Faces
) -> Iterator[tuple[int, int, Trials, Trials]]:
    """People, photographs a person, and the trials by both of `rules_of`.

    Galleries are drawn until there are TRIALS_A_SIZE trials; each meets the probes of its people
    and about STRANGERS_A_DRAW strangers to the whole gallery. A person's second photograph is one
    of the probes, with whatever fault these were given.
    """
    enrolled = set(gallery.names)
    strangers = probes.where([name not in enrolled for name in probes.names])
    share = STRANGERS_A_DRAW / max(len(strangers), 1)
    random = np.random.default_rng(1)
    for photographs in PHOTOGRAPHS:
        everybody, shown = _with_more(gallery, probes, photographs - 1)
        people = sorted({n for n in everybody.names if everybody.names.count(n) == photographs})
        for size in (s for s in SIZES if s <= len(people)):
            runs: list[tuple[Trials, Trials]] = []
            while sum(len(after.mated) for _, after in runs) < TRIALS_A_SIZE:
                drawn = set(random.choice(people, size, replace=False))
                few = random.random(len(strangers)) < share
                mated = shown.where([name in drawn for name in shown.names])
                seen = strangers.where(few.tolist())
                tried = Faces(mated.encodings + seen.encodings, mated.names + seen.names)
                known = everybody.where([name in drawn for name in everybody.names])
                before, after = rules_of(encoder)
                small = known.as_gallery(encoder.name)
                runs.append((run_trials(small, tried, before), run_trials(small, tried, after)))
            yield size, photographs, joined([b for b, _ in runs]), joined([a for _, a in runs])


def _with_more(gallery: Faces, probes: Faces, more: int) -> tuple[Faces, Faces]:
    """`more` probes of each person who has some to spare enrolled, too; and the probes left."""
    taken: dict[str, int] = {}
    enrol = []
    for name, encoding in zip(probes.names, probes.encodings, strict=True):
        chosen = encoding is not None and taken.get(name, 0) < more
        taken[name] = taken.get(name, 0) + chosen
        enrol.append(chosen)
    extra, left = probes.where(enrol), probes.where([not chosen for chosen in enrol])
    extra = extra.where([name in set(gallery.names) for name in extra.names])
    both = Faces(gallery.encodings + extra.encodings, gallery.names + extra.names)
    return both, left
