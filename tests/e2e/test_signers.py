"""The main job on real video of real people: enrol, stream, name; see `benchmarks.live`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.system.live import ENROLLED, run, show


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_enrolled_signers_get_their_names_and_strangers_none(data: Path, tmp_path: Path) -> None:
    stretches = run(data, tmp_path)
    print(show(stretches))  # noqa: T201 - the issue asks for the table

    enrolled = [s for s in stretches if s.person in ENROLLED]
    strangers = [s for s in stretches if s.person not in ENROLLED]
    assert all(s.faces for s in stretches), "no face was found in a whole stretch of the clip"
    assert sum(s.wrong for s in enrolled) == 0, "an enrolled signer was shown as somebody else"
    assert sum(s.wrong for s in strangers) == 0, "a stranger was shown under a name"
    tracks = sum(s.tracks for s in enrolled)
    assert sum(s.ended_right for s in enrolled) >= 0.9 * tracks
