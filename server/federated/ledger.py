"""What a site remembers between messages: the privacy that it has spent, and whom it has met."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.json_document import read_json
from lookout.server.federated.errors import BadRoundMessage, BudgetSpent
from lookout.server.federated.reasons import because

MAX_BYTES = 2**20


class Ledger:
    """A file. One process at a time.

    A round's ε adds to those before it: what a person loses over all rounds is at most their sum.
    """

    def __init__(self, file: Path, budget: float | None) -> None:
        self._file = file
        self._budget = budget

    @property
    def spent(self) -> float:
        """The ε of all rounds together."""
        return float(sum(one["epsilon"] or 0 for one in self._read()["rounds"].values()))

    def has(self, number: str) -> bool:
        """Whether counts were sent in this round."""
        return number in self._read()["rounds"]

    def require(self, number: str, epsilon: float | None) -> None:
        """Raises BudgetSpent if a round of this ε is not to be had here."""
        if self._budget is None or self.has(number):
            return
        if epsilon is None:
            raise BudgetSpent(because("noise_only"))
        left = self._budget - self.spent
        if epsilon > left + 1e-9:
            raise BudgetSpent(because("budget_spent", asked=f"{epsilon:g}", left=f"{left:g}"))

    def spend(self, number: str, epsilon: float | None, least: int) -> None:
        """Notes a round before its counts go out; a second attempt costs nothing, as its noise is
        the same. Raises BudgetSpent, and BadMessage if the same round comes with other noise."""
        self.require(number, epsilon)
        content = self._read()
        rounds = content["rounds"]
        noise = {"epsilon": epsilon, "least": least}
        if rounds.setdefault(number, noise) != noise:
            raise BadRoundMessage("a round has one ε, and one number of sites that share the noise")
        self._write(content)

    def meet(self, keys: Mapping[str, str]) -> list[str]:
        """Those of these sites, by id with their keys, that are new here.

        Raises BadMessage if one had another key before.
        """
        content = self._read()
        sites = content["sites"]
        for site, key in keys.items():
            if sites.get(site, key) != key:
                raise BadRoundMessage(because("key_changed", site=site[:60]))
        new = [site for site in keys if site not in sites]
        if new:
            sites.update(keys)
            self._write(content)
        return new

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self._file.exists():
            return {"rounds": {}, "sites": {}}
        content = read_json(self._file.read_bytes(), MAX_BYTES)
        if not isinstance(content, dict):
            raise BadRoundMessage(f"{self._file} is no ledger")
        return {name: dict(content.get(name) or {}) for name in ("rounds", "sites")}

    def _write(self, content: dict[str, dict[str, Any]]) -> None:
        replace_file(self._file, json.dumps(content, indent=1).encode())
