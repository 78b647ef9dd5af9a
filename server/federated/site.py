"""A site's side of a round: what it answers, what it refuses, what it takes over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from lookout.server.federated.adopted import Adopted, load_adopted, save_adopted
from lookout.server.federated.calibration_round import CalibrationRound
from lookout.server.federated.counted import Counted, load_counted
from lookout.server.federated.errors import BadRoundMessage, FederatedError
from lookout.server.federated.history import History
from lookout.server.federated.holdout import judged
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.ledger import Ledger
from lookout.server.federated.masks import agreed, derived, masked
from lookout.server.federated.plan import LEAST_TOGETHER, RoundPlan
from lookout.server.federated.privacy import noise_share
from lookout.server.federated.reasons import because
from lookout.server.federated.signing import (
    Body,
    checked,
    from_base64,
    parts,
    public_of,
    signed,
    to_base64,
)


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """site: its id. coordinator: the key that signs what it is asked and told."""

    site: str
    key: Ed25519PrivateKey
    coordinator: bytes

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes_raw()


class SiteDesk:
    """Answers the coordinator's messages from the site's folder. One process at a time.

    budget: the ε that all rounds together may cost a person; None: no limit, and none asked for.
    """

    def __init__(
        self,
        folder: Path,
        identity: SiteIdentity,
        clock: Callable[[], float],
        budget: float | None = None,
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._clock = clock
        self._ledger = Ledger(folder / "ledger.json", budget)
        self._journal = RoundJournal(folder, clock)
        self._history = History(folder, identity.coordinator)

    def answer(self, message: bytes) -> bytes:
        """The signed answer, which may be a refusal with its reason. Raises OSError."""
        try:
            body = checked(message, self._identity.coordinator)
            kind = body.get("kind")
            if kind not in _ANSWERS:
                raise BadRoundMessage(f"{kind!r:.40} is no kind of message")
            reply = _ANSWERS[str(kind)](self, body)
        except FederatedError as error:
            self._journal.note("refused", why=str(error))
            reply = {"kind": "refusal", "why": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            self._journal.note("refused", why=f"a message cannot be read: {error!r}")
            reply = {"kind": "refusal", "why": because("unreadable")}
        return signed({**reply, "site": self._identity.site}, self._identity.key)

    def _greeted(self, body: Body) -> Body:
        plan, number = RoundPlan.from_json(body["plan"]), str(body["round"])
        counted = load_counted(self._folder / "counted.npz")
        _require_encoder(plan, counted)
        self._ledger.require(number, plan.epsilon)
        key = self._key_of(number).public_key().public_bytes_raw()
        return {"kind": "greeting", "round": number, "key": to_base64(key)}

    def _counted(self, body: Body) -> Body:
        plan, number = RoundPlan.from_json(body["plan"]), str(body["round"])
        counted = load_counted(self._folder / "counted.npz")
        _require_encoder(plan, counted)
        peers = self._peers(body["peers"], number)
        least = int(body["least"])
        if not LEAST_TOGETHER <= least <= len(peers) + 1:
            raise BadRoundMessage(because("too_few", sites=len(peers) + 1))
        self._ledger.spend(number, plan.epsilon, least)
        values = counted.counts.ravel()
        if plan.epsilon is not None:
            seed = derived(self._identity.secret, f"noise {number} {plan.epsilon} {least}")
            random = np.random.default_rng(int.from_bytes(seed))
            values = values + noise_share(values.shape, plan.epsilon, least, random)
        private, group = self._key_of(number), " ".join(sorted([*peers, self._identity.site]))
        purpose = f"mask {number} {int(body['attempt'])} {group}"
        seeds = {other: agreed(private, key, purpose) for other, key in peers.items()}
        vector = masked(values, self._identity.site, seeds)
        self._journal.note("counts sent", round=number, with_sites=sorted(peers), plan=body["plan"])
        content = to_base64(vector.astype("<u4").tobytes())
        return {"kind": "counts", "round": number, "attempt": body["attempt"], "values": content}

    def _told(self, body: Body) -> Body:
        new = self._history.add(from_base64(body["document"]))
        counted = load_counted(self._folder / "counted.npz")
        if self._identity.site in new.missing and self._ledger.has(str(body["round"])):
            why = new.missing[self._identity.site]
            self._journal.note("left out although it sent its counts", version=new.version, why=why)
        verdict = self._take(new, counted)
        return {"kind": "told", "version": new.version, **verdict}

    def _take(self, new: CalibrationRound, counted: Counted) -> Mapping[str, Any]:
        """Takes over the round's calibration if it is better here."""
        _require_encoder(new.plan, counted)
        before = load_adopted(self._folder)
        now = counted.allowed if before is None else before.allowed
        offered = new.allowed(counted.mix)
        verdict = judged(now, offered, counted.judges, new.plan.target)
        taken, why = verdict.taken, verdict.why
        withdrawn = new.reverts is not None and before is not None
        if withdrawn and before is not None and before.version > (new.reverts or 0):
            taken, why = True, because("withdrawn", version=before.version)
        self._journal.note("judged", version=new.version, now=now, offered=offered, taken=taken,
                           why=why)  # fmt: skip
        if taken:
            target = new.plan.target
            save_adopted(
                self._folder, Adopted(new.version, offered, now, target, why, self._clock())
            )
        return {"taken": taken, "why": why}

    def _peers(self, messages: list[Mapping[str, str]], number: str) -> dict[str, bytes]:
        """The other sites of the group and their keys of this round, each signed by a site whose
        own key is the one that was known before."""
        peers, keys = {}, {}
        own = self._identity.site
        for message in messages:
            identity, greeting = from_base64(message["identity"]), from_base64(message["greeting"])
            body = checked(greeting, identity)
            site = str(body["site"])
            if body["kind"] != "greeting" or body["round"] != number:
                raise BadRoundMessage(f"{site:.60} has not greeted for this round")
            if site == own:
                if identity != public_of(self._identity.key):
                    raise BadRoundMessage("another site has this site's name")
                continue
            peers[site], keys[site] = from_base64(body["key"]), to_base64(identity)
        for site in self._ledger.meet(keys):
            self._journal.note("met a site", site=site, key=keys[site])
        return peers

    def _key_of(self, number: str) -> X25519PrivateKey:
        secret = derived(self._identity.secret, f"key {number}")
        return X25519PrivateKey.from_private_bytes(secret)


_ANSWERS: Mapping[str, Callable[[SiteDesk, Body], Body]] = {
    "greet": SiteDesk._greeted,
    "count": SiteDesk._counted,
    "tell": SiteDesk._told,
}


def site_of(message: bytes) -> str:
    """Which site a message says that it is from; its signature is not looked at."""
    return str(parts(message)[0].get("site"))


def _require_encoder(plan: RoundPlan, counted: Counted) -> None:
    if plan.encoder != counted.encoder:
        raise BadRoundMessage(because("other_encoder", asked=plan.encoder, here=counted.encoder))
