"""What a round is about: what the coordinator asks, and every site checks before it answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lookout.server.federated.aggregate import LEAST_GROUPS, Aggregation
from lookout.server.federated.errors import BadRoundMessage

LEAST_TOGETHER = 2
"""No sum of fewer sites is ever opened."""
USUAL_GROUP = 3


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """aggregation: how the groups become one. group_size: sites whose counts are only seen summed;
    0: all are one group. epsilon: the privacy that a person loses by this round; None: no noise is
    added. encoder: whose distances are counted. target: the share of strangers that may get a name.
    """

    encoder: str
    aggregation: Aggregation = Aggregation.SUM
    group_size: int = 0
    epsilon: float | None = None
    target: float = 0.01

    def __post_init__(self) -> None:
        if self.group_size and self.group_size < LEAST_TOGETHER:
            raise BadRoundMessage(f"a group has {LEAST_TOGETHER} sites or more")
        if self.epsilon is not None and not (math.isfinite(self.epsilon) and self.epsilon > 0):
            raise BadRoundMessage("ε is a number above 0")
        if not 0 < self.target <= 0.1:
            raise BadRoundMessage("the share of strangers is above 0 and at most 0.1 (10 %)")
        if self.aggregation is not Aggregation.SUM and not self.group_size:
            raise BadRoundMessage(f"{self.aggregation} takes groups: choose a group size")

    @property
    def least_sites(self) -> int:
        """With fewer sites there is no round."""
        if self.aggregation is Aggregation.SUM:
            return LEAST_TOGETHER
        return LEAST_GROUPS * self.group_size

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RoundPlan:
        """Raises BadMessage."""
        try:
            epsilon = document["epsilon"]
            return cls(
                str(document["encoder"]),
                Aggregation(document["aggregation"]),
                int(document["group_size"]),
                None if epsilon is None else float(epsilon),
                float(document["target"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadRoundMessage(f"a round's plan cannot be read: {error!r}") from error
