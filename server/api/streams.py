"""The way of uploads over Kafka and of answers back, where one is set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.server.api.services.metrics import Metrics
from lookout.server.errors import BadSettings
from lookout.server.storage.store import Store
from lookout.server.streams.options import KafkaOptions
from lookout.server.threads.lifecycle import Startable

CLAIMS = "claims"
"""The folder in the data folder for pictures that are too large for a message."""


@dataclass(frozen=True, slots=True)
class OpenStreams:
    """send: puts a picture in, with its source; returns its id. threads: to be started."""

    send: Callable[[bytes, str], Awaitable[str]] | None = None
    threads: Sequence[Startable] = ()


def open_streams(
    options: KafkaOptions | None, store: Store, data: Path, metrics: Metrics
) -> OpenStreams:
    """Nothing without options. Raises BadSettings where the package is missing, StreamError and
    StorageError."""
    if options is None:
        return OpenStreams()
    try:
        # imported here, because only the extra `kafka` has what it takes
        from lookout.server.streams.claims import ClaimFolder
        from lookout.server.streams.display import AnswerDisplay
        from lookout.server.streams.intake import PictureIntake
        from lookout.server.streams.metrics import StreamMetrics
        from lookout.server.streams.outlet import Outlet
        from lookout.server.streams.sealing import stream_key
    except ModuleNotFoundError as error:
        words = "--kafka needs the extra `kafka`: pip install 'lookout[server,api,kafka]'"
        raise BadSettings(words) from error
    key, figures = stream_key(store), StreamMetrics(metrics.registry)
    claims = ClaimFolder(options.claims or data / CLAIMS, key)
    outlet = Outlet(options)
    intake = PictureIntake(options, outlet, key, claims, sent=figures.sent.inc)
    return OpenStreams(intake.put, (outlet, AnswerDisplay(options, store, key, figures)))
