"""A coordinator and its sites in one process, and a transport that can lose messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lookout.server.federated.coordinator import Coordinator
from lookout.server.federated.counted import Counted, save_counted
from lookout.server.federated.histogram import BANDS, GENUINE, SHAPE, STRANGER, UNIT
from lookout.server.federated.history import History
from lookout.server.federated.holdout import Judges
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.signing import parts, public_of
from lookout.server.federated.site import SiteDesk, SiteIdentity

NOW_S = 1_795_000_000.0
ENCODER = "dlib-128"

Lost = Callable[[str, Mapping[str, object]], bool]
"""Whether a site does not get a message: its id and the message's body."""


def counted(strangers: Mapping[int, int], allowed: float = 0.005) -> Counted:
    """So many strangers in each bin, all of clear pictures; ten known people, always named; twenty
    held-out strangers at a chance of 1 %, and as many known people at 0.8 %."""
    counts = np.zeros(SHAPE, np.int64)
    for place, people in strangers.items():
        counts[STRANGER, 0, place] = people * UNIT
    counts[GENUINE, 0, 0] = 10 * UNIT
    each = np.arange(20)
    judges = Judges(np.full(20, 0.01), each, np.full(20, 0.008), each)
    mix = np.eye(len(BANDS))[0]
    return Counted(ENCODER, counts, judges, mix, allowed)


@dataclass
class Federation:
    """Sites by id, their desks, and what each message was."""

    coordinator: Coordinator
    desks: dict[str, SiteDesk]
    folder: Path
    lost: Lost = field(default=lambda _site, _body: False)
    carried: list[tuple[str, bytes]] = field(default_factory=list)

    def ask(self, messages: Mapping[str, bytes]) -> Mapping[str, bytes]:
        answers = {}
        for site, message in messages.items():
            if not self.lost(site, parts(message)[0]):
                answers[site] = self.desks[site].answer(message)
                self.carried.append((site, answers[site]))
        return answers

    def journal_of(self, site: str) -> RoundJournal:
        return RoundJournal(self.folder / site, lambda: NOW_S)


def federation(
    folder: Path,
    sites: Mapping[str, Counted],
    budget: float | None = None,
    coordinator: tuple[Ed25519PrivateKey, Path] | None = None,
) -> Federation:
    """All of them members, each with its counts; of a coordinator of this key in this folder."""
    key, own = coordinator or (Ed25519PrivateKey.generate(), folder / "coordinator")
    keys = {site: Ed25519PrivateKey.generate() for site in sites}
    desks = {}
    for site, content in sites.items():
        save_counted(folder / site / "counted.npz", content)
        identity = SiteIdentity(site, keys[site], public_of(key))
        desks[site] = SiteDesk(folder / site, identity, lambda: NOW_S, budget)
    members = {site: public_of(one) for site, one in keys.items()}
    history, journal = History(own, public_of(key)), RoundJournal(own, lambda: NOW_S)
    return Federation(Coordinator(key, members, history, journal, lambda: NOW_S), desks, folder)
