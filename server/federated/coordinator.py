"""The coordinator's side: one round, whatever carries its messages."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lookout.server.federated.aggregate import combined, groups_of, is_plausible
from lookout.server.federated.calibration_round import CalibrationRound
from lookout.server.federated.errors import BadRoundMessage, RoundFailed
from lookout.server.federated.histogram import SHAPE, Counts
from lookout.server.federated.history import History
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.masks import Masked, opened
from lookout.server.federated.plan import LEAST_TOGETHER, RoundPlan
from lookout.server.federated.privacy import spread_of
from lookout.server.federated.reasons import because
from lookout.server.federated.signing import Body, checked, from_base64, parts, signed, to_base64

MOST_ATTEMPTS = 3
OPENED_SHARE = 2 / 3
"""A group's sum is opened while so many of its sites are left: noise is made for that many."""


class Transport(Protocol):
    """What carries messages to sites and brings back their answers."""

    def ask(self, messages: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """The answer of each site that has answered in time."""


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """A round, and for each site that was told of it what it said: taken or not, and why."""

    round: CalibrationRound
    told: Mapping[str, Body] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coordinator:
    """members: the sites of now, and their keys."""

    key: Ed25519PrivateKey
    members: Mapping[str, bytes]
    history: History
    journal: RoundJournal
    clock: Callable[[], float]

    def run(self, plan: RoundPlan, transport: Transport) -> RoundOutcome:
        """One round: greetings, counts, the outcome told. Raises RoundFailed."""
        number = secrets.token_hex(16)
        asked = _Asked(self, plan, number, transport)
        greetings = asked.greet(sorted(self.members))
        if len(greetings) < plan.least_sites:
            raise RoundFailed(
                f"{len(greetings)} sites answered, and this round takes {plan.least_sites}: "
                + asked.reasons
            )
        random = np.random.default_rng(secrets.randbits(128))
        groups = groups_of(sorted(greetings), plan.group_size or len(greetings), random)
        sums = asked.sums(groups, greetings)
        if not sums:
            raise RoundFailed(f"no sum of {LEAST_TOGETHER} sites came together: {asked.reasons}")
        try:
            counts = combined([counts for _, counts in sums], plan.aggregation)
        except ValueError as error:
            raise RoundFailed(f"{error}: {asked.reasons}") from error
        version, previous = self.history.next_place
        new = CalibrationRound(
            version=version,
            at=self.clock(),
            plan=plan,
            counts=counts.round(3),
            sites=tuple(sorted(site for group, _ in sums for site in group)),
            missing=asked.missing,
            groups=len(sums),
            previous=previous,
        )
        return self._tell(new, number, transport)

    def revert(self, version: int, transport: Transport) -> RoundOutcome:
        """A round whose counts are those of an earlier one again. Raises BadMessage."""
        old = self.history.get(version)
        number, previous = self.history.next_place
        new = CalibrationRound(
            number, self.clock(), old.plan, old.counts, old.sites, {}, old.groups, previous, version
        )
        return self._tell(new, "", transport)

    def _tell(self, new: CalibrationRound, number: str, transport: Transport) -> RoundOutcome:
        message = signed(new.to_json(), self.key)
        self.history.add(message)
        self.journal.note(
            "round", version=new.version, sites=list(new.sites), missing=dict(new.missing),
            strangers=new.strangers, epsilon=new.plan.epsilon, reverts=new.reverts,
        )  # fmt: skip
        body = {"kind": "tell", "round": number, "document": to_base64(message)}
        answers = transport.ask(dict.fromkeys(sorted(self.members), signed(body, self.key)))
        told = {}
        for site, answer in answers.items():
            try:
                told[site] = checked(answer, self.members[site])
            except BadRoundMessage:
                continue
            what = {name: told[site].get(name) for name in ("taken", "why")}
            self.journal.note("told", version=new.version, site=site, **what)
        return RoundOutcome(new, told)


class _Asked:
    """The questions of one round, and why some sites are not in it."""

    def __init__(
        self, own: Coordinator, plan: RoundPlan, number: str, transport: Transport
    ) -> None:
        self._own = own
        self._plan = plan
        self._number = number
        self._transport = transport
        self.missing: dict[str, str] = {}

    @property
    def reasons(self) -> str:
        return "; ".join(f"{site} {why}" for site, why in self.missing.items()) or "nobody is away"

    def greet(self, sites: Sequence[str]) -> dict[str, bytes]:
        """The signed greetings of those who take part."""
        message = self._signed({"kind": "greet"})
        return self._answers(dict.fromkeys(sites, message), "greeting")

    def sums(
        self, groups: Sequence[Sequence[str]], greetings: Mapping[str, bytes]
    ) -> list[tuple[tuple[str, ...], Counts]]:
        """Each group that can be opened: who is in its sum, and the sum."""
        waiting = {index: list(group) for index, group in enumerate(groups)}
        least = {
            i: max(LEAST_TOGETHER, math.ceil(len(g) * OPENED_SHARE)) for i, g in waiting.items()
        }
        done: list[tuple[tuple[str, ...], Counts]] = []
        for attempt in range(MOST_ATTEMPTS):
            for index in [i for i, group in waiting.items() if len(group) < least[i]]:
                for site in waiting.pop(index):
                    self.missing.setdefault(site, because("alone"))
            messages = {
                site: self._question(group, greetings, attempt, least[index])
                for index, group in waiting.items()
                for site in group
            }
            answers = self._answers(messages, "counts") if messages else {}
            vectors = _vectors(answers, self.missing)
            for index, group in list(waiting.items()):
                left = [site for site in group if site in vectors]
                if left != list(group):
                    waiting[index] = left
                    continue
                del waiting[index]
                counts = opened([vectors[site] for site in group])
                self._keep(tuple(group), counts.reshape(SHAPE), done)
        for group in waiting.values():
            for site in group:
                self.missing.setdefault(site, because("group_failed", times=MOST_ATTEMPTS))
        return done

    def _keep(
        self,
        group: tuple[str, ...],
        counts: Counts,
        done: list[tuple[tuple[str, ...], Counts]],
    ) -> None:
        noise = 0.0 if self._plan.epsilon is None else 2 * spread_of(self._plan.epsilon)
        if is_plausible(counts, noise):
            done.append((group, counts))
            return
        for site in group:
            self.missing[site] = because("implausible_sum")

    def _question(
        self, group: Sequence[str], greetings: Mapping[str, bytes], attempt: int, least: int
    ) -> bytes:
        peers = [
            {
                "identity": to_base64(self._own.members[site]),
                "greeting": to_base64(greetings[site]),
            }
            for site in group
        ]
        return self._signed({"kind": "count", "attempt": attempt, "least": least, "peers": peers})

    def _signed(self, body: Body) -> bytes:
        body = {**body, "round": self._number, "plan": self._plan.to_json()}
        return signed(body, self._own.key)

    def _answers(self, messages: Mapping[str, bytes], kind: str) -> dict[str, bytes]:
        """The answers of the right kind, signed by whom they should be; who else is `missing`."""
        answers = self._transport.ask(messages)
        good = {}
        for site in messages:
            if site not in answers:
                self.missing[site] = because("silent")
                continue
            try:
                body = checked(answers[site], self._own.members[site])
            except BadRoundMessage as error:
                self.missing[site] = str(error)
                continue
            if body.get("kind") == kind and body.get("round") == self._number:
                good[site] = answers[site]
            else:
                why = body.get("why", because("no_reason"))
                self.missing[site] = because("refused", why=why)[:300]
        return good


def _vectors(answers: Mapping[str, bytes], missing: dict[str, str]) -> dict[str, Masked]:
    """The masked counts in answers; a site whose counts are of another size is `missing`."""
    vectors = {}
    for site, answer in answers.items():
        try:
            content = from_base64(parts(answer)[0].get("values"))
        except BadRoundMessage:
            content = b""
        if len(content) == 4 * int(np.prod(SHAPE)):
            vectors[site] = np.frombuffer(content, "<u4").astype(np.uint32)
        else:
            missing[site] = because("no_counts")
    return vectors
