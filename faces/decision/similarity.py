"""The similarity of a face to the person whom it is taken for, as one number for people."""

from __future__ import annotations

LEAST_NAMED, MOST_UNNAMED = 0.81, 0.39
"""The least similarity of a person who is named, and the most of one who is not."""


def named_similarity(chance: float, allowed: float) -> float:
    """0.81 to 1, for a face that has a name: `chance` is the share of strangers who would come as
    near to somebody in the gallery, `allowed` the share that the rule admits."""
    share = chance / allowed  # above 1 only by the original system's rule
    return 1.0 - (1.0 - LEAST_NAMED) * min(share, 1.0)
