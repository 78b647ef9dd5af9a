"""The figures of the vector engine, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lookout.server.vectors.mirror import VectorMirror


class VectorMetrics(Collector):
    """Reads a `VectorMirror` at each scrape."""

    def __init__(self, mirror: VectorMirror) -> None:
        self._mirror = mirror

    def collect(self) -> Iterable[Metric]:
        """Called by the registry, from any thread."""
        asker = self._mirror.asker
        searches = CounterMetricFamily(
            "lookout_vectors_searches", "Searches, by who has answered", labels=("by",)
        )
        searches.add_metric(("engine",), asker.asked)
        searches.add_metric(("here",), asker.refused)
        return (
            searches,
            GaugeMetricFamily(
                "lookout_vectors_ready", "1 while the engine answers", value=float(asker.ready)
            ),
            GaugeMetricFamily(
                "lookout_vectors_in_step",
                "Vectors that the engine has",
                value=len(self._mirror.in_step),
            ),
            GaugeMetricFamily(
                "lookout_vectors_missing",
                "Encodings of the gallery that the engine does not have yet",
                value=self._mirror.missing,
            ),
        )
