"""What the server tells of its networks: metrics for Prometheus, and events."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lookout.faces.memory import resident_bytes
from lookout.faces.models.manager import ModelChange, ModelManager
from lookout.server.events.feed import EventFeed
from lookout.server.events.models import model_changed
from lookout.server.storage.errors import StorageError

log = logging.getLogger(__name__)

_LABELS = ("model",)


class ModelMetrics(Collector):
    """Reads a `ModelManager` at each scrape."""

    def __init__(self, models: ModelManager) -> None:
        self._models = models

    def collect(self) -> Iterable[Metric]:
        """Called by the registry, from any thread."""
        now_s = time.time()
        loaded = GaugeMetricFamily(
            "lookout_model_loaded", "Whether the network is loaded", labels=_LABELS
        )
        memory = GaugeMetricFamily(
            "lookout_model_memory_bytes",
            "What the network takes while it is loaded",
            labels=_LABELS,
        )
        used_at = GaugeMetricFamily(
            "lookout_model_last_use_seconds", "Unix time of its last use", labels=_LABELS
        )
        uses = CounterMetricFamily("lookout_model_uses", "How often it was used", labels=_LABELS)
        loads = CounterMetricFamily(
            "lookout_model_loads", "How often it was opened", labels=_LABELS
        )
        for one in self._models.uses():
            labels = (one.name,)
            loaded.add_metric(labels, float(one.loaded))
            memory.add_metric(labels, one.memory_bytes if one.loaded else 0)
            if one.idle_s is not None:
                used_at.add_metric(labels, now_s - one.idle_s)
            uses.add_metric(labels, one.uses)
            loads.add_metric(labels, one.loads)
        resident = GaugeMetricFamily(
            "lookout_resident_memory_bytes",
            "The memory that the process has",
            value=resident_bytes(),
        )
        return loaded, memory, used_at, uses, loads, resident


def tell_of_model(feed: EventFeed, change: ModelChange) -> None:
    """Writes the event of a network that was loaded or unloaded. Any thread."""
    event = model_changed(
        change.name, change.loaded, change.why.value, change.memory_bytes, time.time()
    )
    try:
        feed.publish(event)
    except StorageError as error:
        log.warning("the event of a network could not be written: %s", error)
