"""A slice of the open-set table, held against what it was: the default install's own decision.

Twenty-five people of LFW with one photograph each, as many probes of them and thirty strangers,
clear and at night, by the encoder and the detector of the wheel. The figures are stored; what is
worse by more than the tolerance is a change for the worse of detector, alignment, encoder, cohort
or rule.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmarks.accuracy import openset
from benchmarks.support import encodings

PEOPLE, STRANGERS = 25, 30
BASELINE = {"none": 24, "night": 12}
"""Probes of PEOPLE that got their own name by the default, when this was written."""
TOLERANCE = 1


def slice_of(protocol: Path) -> list[dict[str, str]]:
    """The first people who have a probe, one probe each, and the first strangers."""
    with protocol.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    first = {row["identity"]: row for row in reversed(rows) if row["role"] == "probe_known"}
    enrolled = [r for r in rows if r["role"] == "gallery" and r["identity"] in first][:PEOPLE]
    strangers = [row for row in rows if row["role"] == "probe_unknown"][:STRANGERS]
    return [*enrolled, *(first[row["identity"]] for row in enrolled), *strangers]


@pytest.mark.data
@pytest.mark.slow
def test_the_default_names_as_many_as_it_did_and_no_stranger(
    data: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encodings, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    protocol, figures = tmp_path / "slice.csv", tmp_path / "slice.json"
    rows = slice_of(data / "lfw" / "identify_dev.csv")
    assert len(rows) == 2 * PEOPLE + STRANGERS
    with protocol.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    arguments = ["--images", str(data / "lfw"), "--protocol", str(protocol)]
    arguments += ["--detector", "yunet-s", "--encoder", "sface", "--device", "cpu"]
    arguments += [part for recipe in BASELINE for part in ("--degrade", recipe)]
    assert openset.main([*arguments, "--json", str(figures)]) == 0
    for row in json.loads(figures.read_text())["results"]:
        named = round(row["default_dir"]["share"] * row["default_dir"]["of"])
        assert named >= BASELINE[row["degrade"]] - TOLERANCE, row["degrade"]
        assert row["default_fpir"]["share"] == 0.0
        assert row["default_confused"]["share"] == 0.0
