"""What a site has counted of its own gallery, in a file: all that the process which speaks to the
network ever reads of people."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lookout.faces.atomic_file import replace_file
from lookout.server.federated.errors import BadRoundMessage, NotJoined
from lookout.server.federated.histogram import (
    BANDS,
    GENUINE,
    SHAPE,
    STRANGER,
    Counts,
    Numbers,
    count,
)
from lookout.server.federated.holdout import Judges, role_of
from lookout.server.federated.reasons import because

MAX_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class SiteTrials:
    """N trials of one kind: (N,) chances, whose they are by label, and their bands."""

    chance: Numbers
    subject: tuple[str, ...]
    band: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """encoder: whose distances. counts: what may leave, summed with others' and with noise.
    judges: the people held out, who never leave. mix: (BANDS,) how the site's probes are.
    allowed: the chance that the site's rule allowed when this was counted.
    """

    encoder: str
    counts: Counts
    judges: Judges
    mix: Numbers
    allowed: float

    @classmethod
    def of(
        cls,
        encoder: str,
        strangers: SiteTrials,
        genuine: SiteTrials,
        secret: bytes,
        allowed: float,
    ) -> Counted:
        """Counts each person once, or keeps them as a judge, as `role_of` says; people who are not
        enrolled have trials as strangers only, and are counted as such."""
        known = set(genuine.subject)
        roles = {label: role_of(label, secret) for label in {*strangers.subject, *known}}
        numbers = {label: index for index, label in enumerate(sorted(roles))}

        def taken(
            trials: SiteTrials, roles_wanted: set[str]
        ) -> tuple[Numbers, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
            rows = np.array(
                [i for i, one in enumerate(trials.subject) if roles[one] in roles_wanted], np.intp
            )
            subject = np.array([numbers[trials.subject[i]] for i in rows], np.intp)
            return trials.chance[rows], subject, trials.band[rows]

        for label in roles:
            if label not in known and roles[label] == "genuine":
                roles[label] = "stranger"
        counts = np.zeros(SHAPE, np.int64)
        counts[STRANGER] = count(*taken(strangers, {"stranger"}))
        counts[GENUINE] = count(*taken(genuine, {"genuine"}))
        held_strangers = taken(strangers, {"held out"})
        held_genuine = taken(genuine, {"held out"})
        judges = Judges(*held_strangers[:2], *held_genuine[:2])
        bands = np.concatenate([strangers.band, genuine.band])
        mix = np.bincount(bands, minlength=len(BANDS)).astype(np.float64)
        return cls(encoder, counts, judges, mix, allowed)


def save_counted(path: Path, counted: Counted) -> None:
    """Replaces the file in one step. Raises OSError."""
    content = io.BytesIO()
    judges = counted.judges
    np.savez(
        content,
        encoder=np.array(counted.encoder),
        counts=counted.counts,
        mix=counted.mix,
        allowed=np.array(counted.allowed),
        stranger=judges.stranger,
        stranger_subject=judges.stranger_subject,
        genuine=judges.genuine,
        genuine_subject=judges.genuine_subject,
    )
    replace_file(path, content.getvalue())


def load_counted(path: Path) -> Counted:
    """Raises NotJoined if nothing was counted yet, BadMessage for another file, OSError."""
    if not path.is_file():
        raise NotJoined(because("nothing_counted"))
    if path.stat().st_size > MAX_BYTES:
        raise BadRoundMessage(f"{path} is too large for counts")
    try:
        with np.load(path, allow_pickle=False) as stored:
            judges = Judges(
                stored["stranger"].astype(np.float64),
                stored["stranger_subject"].astype(np.intp),
                stored["genuine"].astype(np.float64),
                stored["genuine_subject"].astype(np.intp),
            )
            counts = stored["counts"].astype(np.int64).reshape(SHAPE)
            mix, allowed = stored["mix"].astype(np.float64), float(stored["allowed"])
            return Counted(str(stored["encoder"]), counts, judges, mix, allowed)
    except (ValueError, KeyError, OSError) as error:
        raise BadRoundMessage(f"{path} holds no counts ({error}); count again") from error
