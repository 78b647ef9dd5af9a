"""The original design's vote on distances counted by hand."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy.original import first_match_rule
from lookout.faces.metrics.identification import nearest_within

INF = float("inf")

# three people; four probes of the first, second, third and third, and two strangers
MATED = np.array([(0.1, 0.5, 0.9), (0.55, 0.58, 0.9), (0.7, 0.8, 0.65), (INF, INF, INF)])
TRUTH = np.array([0, 1, 2, 2])
STRANGERS = np.array([(0.59, 0.9, 0.9), (0.9, 0.9, 0.95)])


def test_the_original_rule_names_the_first_that_matches() -> None:
    # the first probe matches the first two people: the first of them wins, and is right
    rule = first_match_rule(MATED, TRUTH, STRANGERS)
    assert (rule.named_right, rule.named_wrong, rule.strangers_named) == (0.25, 0.25, 0.5)
    # it is wrong about the second although the right person were nearer
    nearer = MATED.copy()
    nearer[1, 1] = 0.2
    assert first_match_rule(nearer, TRUTH, STRANGERS).named_right == 0.25
    assert nearest_within(nearer, TRUTH, STRANGERS, 0.6).named_right == 0.5
