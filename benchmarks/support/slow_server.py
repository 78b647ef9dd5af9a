"""The real server, made slower: `python -m benchmarks.support.slow_server FACTOR [OPTION …]`.

Every batch takes FACTOR times as long; the rest would be as it is. For `benchmarks.link` only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from lookout.server import app
from lookout.server.cli import main
from lookout.server.live.frame_job import FrameJob, Outcome
from lookout.server.live.pipeline import Pipeline


class SlowPipeline(Pipeline):
    """A pipeline that sleeps after each batch for FACTOR − 1 times what the batch took."""

    factor = 1.0

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        began_s = time.perf_counter()
        outcomes = super().run(jobs)
        time.sleep((time.perf_counter() - began_s) * (self.factor - 1.0))
        return outcomes


if __name__ == "__main__":
    SlowPipeline.factor = float(sys.argv[1])
    app.Pipeline = SlowPipeline  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[2:]))
