"""What Ray Serve runs: a deployment of the detector and one of the encoder.

Each replica has the network once and puts the calls that wait together (dynamic batching). A queue
is short: whoever does not fit is refused at once and served by the recognizer itself, so that
nothing is computed for a frame that has been given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from lookout.server.remote.ways import MEDIA_TYPE

GATHER_S = 0.004
"""The first call of a batch waits so long for others."""
MAX_BATCH = 16
QUEUED = 32
"""Calls that wait for a deployment in each of its doors."""


class Worker(Protocol):
    """The work of a replica: `server.remote.worker` has those in use."""

    def answers(self, messages: list[bytes]) -> list[bytes]:
        """An answer for each message, in order. Called by one thread at a time."""


@dataclass(frozen=True, slots=True)
class ServePlan:
    """replicas: of each deployment; a maximum above it lets Ray add more while calls wait. gpus:
    the share of a GPU that a replica gets. cores: likewise."""

    replicas: int = 1
    most: int = 1
    gpus: float = 0.0
    cores: float = 1.0
    host: str = "127.0.0.1"
    port: int = 8000
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def scaling(self) -> dict[str, Any]:
        """As Ray Serve wants it."""
        if self.most <= self.replicas:
            return {"num_replicas": self.replicas}
        limits = {"min_replicas": self.replicas, "max_replicas": self.most}
        return {"autoscaling_config": {**limits, "target_ongoing_requests": MAX_BATCH}}


def start(plan: ServePlan, workers: Mapping[str, Callable[[], Worker]]) -> None:
    """Starts Ray in this process, or joins the cluster that RAY_ADDRESS names, and serves each
    worker under its name. Returns once all replicas are ready."""
    ray.init(
        ignore_reinit_error=True,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": dict(plan.environment)},
    )
    serve.start(http_options={"host": plan.host, "port": plan.port})
    for name, opened in workers.items():
        serve.run(_application(name, opened, plan), name=name, route_prefix=f"/{name}")


def stop() -> None:
    """Ends what `start` began."""
    serve.shutdown()
    ray.shutdown()


def _application(name: str, opened: Callable[[], Worker], plan: ServePlan) -> Any:
    @serve.deployment(
        name=name,
        max_ongoing_requests=2 * MAX_BATCH,
        max_queued_requests=QUEUED,
        health_check_period_s=1.0,
        health_check_timeout_s=5.0,
        graceful_shutdown_timeout_s=2.0,
        ray_actor_options={"num_cpus": plan.cores, "num_gpus": plan.gpus},
        **plan.scaling,
    )
    class Deployment:
        def __init__(self) -> None:
            self._worker = opened()

        @serve.batch(  # type: ignore[untyped-decorator]
            max_batch_size=MAX_BATCH, batch_wait_timeout_s=GATHER_S
        )
        async def together(self, messages: list[bytes]) -> list[bytes]:
            return await asyncio.to_thread(self._worker.answers, messages)

        async def __call__(self, request: Request) -> Response:
            answer: bytes = await self.together(await request.body())
            return Response(answer, media_type=MEDIA_TYPE)

    bound: Any = Deployment
    return bound.bind()
