"""Eight sites that calibrate together in one process, and the chances that their rule gives."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.support.trials import Faces, run_trials_at_once
from lookout.faces.decision.rule import Rule
from lookout.faces.metrics.trials import Trials
from lookout.faces.protocols import Encoder
from lookout.server.federated.calibration_round import CalibrationRound
from lookout.server.federated.coordinator import Coordinator
from lookout.server.federated.counted import Counted, SiteTrials, save_counted
from lookout.server.federated.counting import bands_of
from lookout.server.federated.history import History
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.plan import RoundPlan
from lookout.server.federated.signing import public_of
from lookout.server.federated.site import SiteDesk, SiteIdentity

TARGET = 0.01


@dataclass(frozen=True, slots=True)
class Site:
    """learn: chances of the strangers that it knows; test: of strangers whom nobody knew, and of
    probes of its own people. counted: what it has to say."""

    learn: Trials
    test: Trials
    counted: Counted


def make_site(
    encoder: Encoder, gallery: Faces, probes: Faces, known: Faces, unknown: Faces, secret: bytes
) -> Site:
    """A site with its people, the strangers that it knows, and those that come later."""
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    people = gallery.as_gallery(encoder.name)
    learn = run_trials_at_once(people, known, rule)
    later = Faces(probes.encodings + unknown.encodings, probes.names + unknown.names)
    test = run_trials_at_once(people, later, rule)
    own = len(probes)
    found = np.where(test.right[:own], test.chances[:own], np.inf)
    counted = Counted.of(
        encoder.name,
        SiteTrials(learn.chances, known.names, bands(known, rule)),
        SiteTrials(found, probes.names, bands(probes, rule)),
        secret,
        rule.fpir,
    )
    return Site(learn, test, counted)


def bands(faces: Faces, rule: Rule) -> npt.NDArray[np.intp]:
    """(N,) the condition of each face; one that was not found gets no name, and counts as clear."""
    result = np.zeros(len(faces), np.intp)
    rows = [i for i, encoding in enumerate(faces.encodings) if encoding is not None]
    if rows:
        found = np.stack([e for e in faces.encodings if e is not None])
        result[rows] = bands_of(found, rule.strangers.cohort)
    return result


class Sites:
    """Members of one federation, in folders; messages are carried in this process and counted."""

    def __init__(self, folder: Path, counted: Sequence[Counted]) -> None:
        self._key = Ed25519PrivateKey.generate()
        keys = {f"sit_{index}": Ed25519PrivateKey.generate() for index in range(len(counted))}
        self._members = {site: public_of(key) for site, key in keys.items()}
        self._desks = {}
        self._folder = folder
        self.bytes = 0
        for (site, key), content in zip(keys.items(), counted, strict=True):
            save_counted(folder / site / "counted.npz", content)
            identity = SiteIdentity(site, key, public_of(self._key))
            self._desks[site] = SiteDesk(folder / site, identity, time.time)

    def ask(self, messages: Mapping[str, bytes]) -> Mapping[str, bytes]:
        answers = {site: self._desks[site].answer(one) for site, one in messages.items()}
        self.bytes += sum(map(len, messages.values())) + sum(map(len, answers.values()))
        return answers

    def run(self, plan: RoundPlan) -> tuple[CalibrationRound, tuple[bool, ...]]:
        """A round, and which of the sites have taken it over."""
        own = self._folder / "coordinator"
        coordinator = Coordinator(
            self._key,
            self._members,
            History(own, public_of(self._key)),
            RoundJournal(own, time.time),
            time.time,
        )
        outcome = coordinator.run(plan, self)
        return outcome.round, tuple(bool(outcome.told[site]["taken"]) for site in self._members)
