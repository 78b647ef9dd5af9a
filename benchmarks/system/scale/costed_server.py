"""The real server, whose frames cost what they were recorded to cost:
`python -m benchmarks.system.scale.costed_server COSTS.json [OPTION …]`.

Its pipeline waits instead of computing, so that several servers can be compared with the simulation
on two cores that have other work, too; sockets, sessions and the scheduler are the real ones.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lookout.server import app
from lookout.server.cli import main
from lookout.server.live.frame_job import Answer, FrameJob, Outcome
from lookout.server.live.pipeline import Pipeline
from lookout.wire.records import Result


class CostedPipeline(Pipeline):
    """Answers each frame without faces, after its recorded cost."""

    costs_s: Sequence[float] = (0.0,)

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        time.sleep(sum(random.choice(self.costs_s) for _ in jobs))
        return [
            Answer(Result(job.info.camera, job.info.number, job.info.captured_at)) for job in jobs
        ]


if __name__ == "__main__":
    CostedPipeline.costs_s = json.loads(Path(sys.argv[1]).read_text())
    app.Pipeline = CostedPipeline  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[2:]))
