"""A federation as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from lookout.server.api.schemas.reasons import CodedReason
from lookout.server.federated.adopted import Adopted
from lookout.server.federated.calibration_round import CalibrationRound
from lookout.server.federated.members import Member
from lookout.server.federated.reasons import reason_of
from lookout.server.federated.weight_folder import WeightAverage, WeightFile

SiteName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MemberOut(BaseModel):
    """A site. `left_at`: null while it is in."""

    id: str
    name: str
    joined_at: float
    left_at: float | None

    @classmethod
    def of(cls, one: Member) -> MemberOut:
        return cls(id=one.id, name=one.name, joined_at=one.joined, left_at=one.left)


def reason_said(sentence: str) -> CodedReason:
    """The reason of a sentence, with that of the other side inside of it."""
    reason = reason_of(sentence)
    why = reason.values.get("why")
    return CodedReason.of(reason, None if why is None else CodedReason.of(reason_of(why)))


class RoundOut(BaseModel):
    """`sites`: whose counts are in it; `missing`: who was asked and is not, and why; `reasons`: the
    same with codes. `allowed`: the chance that makes `target` of everybody's strangers; `found`:
    the share of known people who get their name with it. `strangers`, `people`: how many were
    counted. `epsilon`: null without noise. `reverts`: the version whose counts these are again, or
    null."""

    version: int
    at: float
    encoder: str
    aggregation: str
    group_size: int
    epsilon: float | None
    target: float
    sites: list[str]
    missing: dict[str, str]
    reasons: dict[str, CodedReason]
    strangers: int
    people: int
    allowed: float
    found: float
    reverts: int | None

    @classmethod
    def of(cls, one: CalibrationRound) -> RoundOut:
        plan, allowed = one.plan, one.allowed()
        return cls(
            version=one.version,
            at=one.at,
            encoder=plan.encoder,
            aggregation=plan.aggregation,
            group_size=plan.group_size,
            epsilon=plan.epsilon,
            target=plan.target,
            sites=list(one.sites),
            missing=dict(one.missing),
            reasons={site: reason_said(why) for site, why in one.missing.items()},
            strangers=one.strangers,
            people=one.people,
            allowed=allowed,
            found=one.found(allowed),
            reverts=one.reverts,
        )


class AdoptedOut(BaseModel):
    """What this site has taken over; `version` 0: it went back by itself."""

    version: int
    allowed: float
    before: float
    target: float
    why: str
    reason: CodedReason
    at: float

    @classmethod
    def of(cls, one: Adopted) -> AdoptedOut:
        return cls(**asdict(one), reason=reason_said(one.why))


class CoordinatorOut(BaseModel):
    """`serving`: `lookout federated serve` runs."""

    address: str
    serving: bool
    members: list[MemberOut]
    rounds: int


class SiteOut(BaseModel):
    """`counted`: people in the histograms, by kind; null before `lookout federated count`."""

    id: str
    name: str
    address: str
    budget: float | None
    counted: dict[str, int] | None
    held_out: int
    adopted: AdoptedOut | None


class FederatedOut(BaseModel):
    """This machine's parts in a federation; null where it has none."""

    coordinator: CoordinatorOut | None
    site: SiteOut | None
    last_round: RoundOut | None


class InvitationIn(BaseModel):
    name: SiteName


class LogOut(BaseModel):
    """`reason`: of the line's `why`; `reasons`: of the sites in its `missing`."""

    at: float
    what: str
    detail: dict[str, Any]
    reason: CodedReason | None
    reasons: dict[str, CodedReason]

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> LogOut:
        why, missing = line.get("why"), line.get("missing")
        return cls(
            at=float(line.get("at", 0)),
            what=str(line.get("what", "")),
            detail={name: value for name, value in line.items() if name not in ("at", "what")},
            reason=reason_said(why) if isinstance(why, str) else None,
            reasons={str(site): reason_said(str(said)) for site, said in missing.items()}
            if isinstance(missing, dict)
            else {},
        )


class WeightFileOut(BaseModel):
    """An uploaded file; `arrays`: the shape of each."""

    id: str
    name: str
    people: float
    arrays: dict[str, list[int]]
    bytes: int
    at: float

    @classmethod
    def of(cls, file: WeightFile) -> WeightFileOut:
        return cls(**asdict(file))


class AverageOut(BaseModel):
    """FedAvg of `files`, weighted by people."""

    at: float
    files: list[str]
    people: float
    arrays: dict[str, list[int]]

    @classmethod
    def of(cls, one: WeightAverage) -> AverageOut:
        return cls(**asdict(one))


class StatusOut(BaseModel):
    """As the predecessor had it: the files that wait, and the last average."""

    local_weights: int
    files: list[WeightFileOut]
    last_aggregate: AverageOut | None
