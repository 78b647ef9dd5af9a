"""Reasons of the federation: a sentence for people, and its code for programs."""

from __future__ import annotations

from lookout.server.api.schemas.federated import reason_said
from lookout.server.federated.reasons import because


def test_what_a_site_judged_is_read_with_its_figures() -> None:
    told = reason_said(
        "fewer strangers are named: strangers named 4.0% → 1.0% of 100, "
        "people found 90.0% → 91.5% of 40"
    )
    assert told.code == "fewer_strangers"
    assert told.values == {
        "named_before": "4.0%", "named_then": "1.0%", "strangers": "100",
        "found_before": "90.0%", "found_then": "91.5%", "people": "40",
    }  # fmt: skip


def test_a_refusal_has_the_reason_of_who_refused() -> None:
    why = because("budget_spent", asked=3, left=0.5)
    told = reason_said(because("refused", why=why))
    assert (told.code, told.message) == ("refused", f"refused: {why}")
    assert told.cause is not None
    assert (told.cause.code, told.cause.values) == ("budget_spent", {"asked": "3", "left": "0.5"})
    assert told.cause.cause is None


def test_a_reason_of_another_version_keeps_its_words() -> None:
    told = reason_said("refused: fell asleep")
    assert told.cause is not None
    assert (told.cause.code, told.cause.message) == ("", "fell asleep")
