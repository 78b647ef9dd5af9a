"""Differential privacy of counts: noise that the sites make together.

A sum of counts plus two-sided geometric noise of ratio exp(−ε / UNIT) is ε-differentially private
for one person more or less, who changes the counts by UNIT (A. Ghosh et al., STOC 2009). Such noise
is a sum of independent differences of Pólya variables, one pair from each site (S. Goryczka and
L. Xiong, IEEE TDSC 2017): nobody knows it, and the sum has no more of it than one honest server
would add.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lookout.server.federated.histogram import UNIT


def noise_share(
    shape: tuple[int, ...], epsilon: float, sharers: int, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """One site's part of the noise: `sharers` of them are the whole. Of fewer the noise is too
    small, so `sharers` is the least number of sites whose sum is ever opened.

    Raises ValueError for an ε or a number of sites that is not above 0.
    """
    if not epsilon > 0 or sharers < 1:
        raise ValueError("ε and the number of sites that share the noise are above 0")
    success = -np.expm1(-epsilon / UNIT)
    plus, minus = (random.negative_binomial(1 / sharers, success, shape) for _ in range(2))
    return np.asarray(plus - minus, np.int64)


def spread_of(epsilon: float) -> float:
    """The standard deviation, in people, of the whole noise in one bin."""
    ratio = float(np.exp(-epsilon / UNIT))
    return float(np.sqrt(2 * ratio) / (1 - ratio)) / UNIT


def largest_advantage(epsilon: float) -> float:
    """How much better than a coin anybody can tell whether a person was counted: at most so much of
    the way from guessing to certainty, (e^ε − 1) / (e^ε + 1) (P. Kairouz et al., ICML 2015)."""
    return float(np.tanh(epsilon / 2))
