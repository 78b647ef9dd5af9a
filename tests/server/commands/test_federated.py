"""`lookout federated`: a federation is founded, sites are invited, a gallery is counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.calibration import beside, load_calibration
from lookout.faces.decision.rule import Rule
from lookout.faces.gallery.gallery import Gallery
from lookout.server.commands.federated import main
from lookout.server.federated.adopted import Adopted, apply_to_gallery
from lookout.server.federated.counting import count_gallery
from lookout.server.federated.histogram import GENUINE, STRANGER, UNIT
from lookout.server.federated.holdout import role_of

ENCODER = "dlib-128"


def run(folder: Path, *arguments: str) -> int:
    return main(["--data", str(folder), *arguments])


def test_a_federation_is_founded_and_invites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "invite", "Lyon") == 2
    assert "coordinates nothing" in capsys.readouterr().err
    assert run(tmp_path, "found", "nowhere") == 2
    assert "no address such as" in capsys.readouterr().err
    assert run(tmp_path, "found", "federation.example:8443") == 0
    capsys.readouterr()
    assert run(tmp_path, "invite", "Lyon") == 0
    invitation = json.loads(capsys.readouterr().out)
    assert invitation["address"] == "federation.example:8443"
    assert run(tmp_path, "members") == 0
    assert "no members" in capsys.readouterr().out
    assert run(tmp_path, "rounds") == 0
    assert "no round yet" in capsys.readouterr().out
    assert run(tmp_path, "round", "--encoder", ENCODER) == 2
    said = capsys.readouterr().err
    assert "lookout federated serve" in said or "Flower" in said


def test_a_machine_that_is_no_site_says_how_to_become_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("status", "leave", "count"):
        assert run(tmp_path, command) == 2
        assert "lookout federated join" in capsys.readouterr().err


def test_a_gallery_is_counted_each_person_once() -> None:
    """Forty people of two photographs, far from one another; ten strangers."""
    random = np.random.default_rng(2)
    middles = random.normal(size=(40, 128)) * 0.08
    photographs = np.repeat(middles, 2, axis=0) + random.normal(size=(80, 128)) * 0.005
    names = tuple(f"p{i // 2}" for i in range(80))
    gallery = Gallery(photographs.astype(np.float32), names, ENCODER)
    strangers = (random.normal(size=(10, 128)) * 0.08).astype(np.float32)
    labels = [f"s{i}" for i in range(10)]
    rule, secret = Rule.for_encoder(ENCODER, 0.6), bytes(range(32))
    counted = count_gallery(gallery, strangers, rule, secret, 0.01, labels)
    roles = [role_of(name, secret) for name in gallery.people]
    outside = [role_of(f"\0{label}", secret) for label in labels]
    counted_strangers = roles.count("stranger") + len(outside) - outside.count("held out")
    assert counted.counts[STRANGER].sum() == counted_strangers * UNIT
    assert counted.counts[GENUINE].sum() == roles.count("genuine") * UNIT
    assert counted.counts[GENUINE, 0, 0] == counted.counts[GENUINE].sum()  # all are near their own
    assert counted.allowed == rule.fpir


def test_what_is_taken_over_is_put_beside_the_gallery_once(tmp_path: Path) -> None:
    gallery = tmp_path / "encodings.pkl"
    adopted = Adopted(3, 0.02, 0.005, 0.01, "more people are found", 0.0)
    assert apply_to_gallery(adopted, gallery, ENCODER)
    assert not apply_to_gallery(adopted, gallery, ENCODER)
    calibration = load_calibration(beside(gallery), ENCODER)
    assert calibration is not None
    assert (calibration.allowed, calibration.by_default) == (0.02, False)
