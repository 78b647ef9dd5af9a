"""Floor plans are sealed: whoever has the disk alone sees neither their names nor the house."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.server.storage.errors import NotFound
from lookout.server.storage.plan_records import Plan
from tests.support.stores import Opening

PLAN = Plan("pla_1", "Vault of the bank", (40, 30), 5.0, width_m=12.5)
PICTURE = b"\xff\xd8\xff" + b"behind the third door" * 9


def test_a_plan_is_kept_sealed_and_leaves_nothing_behind(
    open_store: Opening, tmp_path: Path
) -> None:
    with open_store(tmp_path, {}) as store:
        store.plans.add(PLAN, PICTURE)
    kept = open_store.kept(tmp_path)
    assert b"Vault" not in kept
    assert b"third door" not in kept
    with open_store(tmp_path, {}) as store:
        assert store.plans.all() == (PLAN,)
        assert store.plans.image(PLAN.id) == PICTURE
        store.plans.delete(PLAN.id)
        for ask in (store.plans.get, store.plans.image, store.plans.delete):
            with pytest.raises(NotFound):
                ask(PLAN.id)
