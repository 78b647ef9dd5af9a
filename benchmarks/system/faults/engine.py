"""Plays faults on a stage, and says what the viewer saw."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.system.faults.fault import Expected, Fault
from benchmarks.system.faults.stage import Laboratory, Setting, Stage
from benchmarks.system.faults.viewer import ASK_EVERY_S, OFFLINE, TOO_SLOW, Picture, Status, Viewer

SETTLE_S = 1.0
"""Of undisturbed names before a fault and after it, which count for faults that must not show."""

PLAIN_WITHIN_S = 1.0
NAMES_WITHIN_S = 2.0
CAMERA_LOST_WITHIN_S = 5.0
"""As STALL_S in edge/camera_loop.py: a camera may be silent for so long."""
CAMERA_BACK_WITHIN_S = 6.0
"""The pause between two attempts has grown to 4 s after a camera has been away for so long."""
FULL_RATE = 0.8
"""The plain picture at this share of the camera's own rate, or more, is at full rate."""
SLOW_AT_MOST_S = 1.0
"""So long may the page say that recognition is too slow while others use the server, too."""
GROWTH_MB = 10.0
"""From the first round to the last: measured were at most 4 MB, of 75 and 318. What a fault needs
once, such as the landmarks for the first photograph (12 MB), is no growth: one round is not judged.
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One blow as the viewer saw it. Seconds; infinite where it never came, NaN where it has no
    meaning.

    plain_s, banner_s: from the blow to the plain picture, and to the banner, that stay.
    names_s:           from the end of the fault to the name on the picture and on the page.
    nameless_s:        the longest time without a named picture.
    listed:            whether the page listed the name whenever it was asked.
    slow_s:            for how long its banner said that recognition is too slow.
    frozen_s:          the longest time without any new picture.
    per_second:        pictures a second; for a lost server those of the plain stretch.
    """

    plain_s: float
    banner_s: float
    names_s: float
    nameless_s: float
    listed: bool
    slow_s: float
    frozen_s: float
    per_second: float
    camera_fps: float
    banner: str


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, all its rounds. `memory_mb`: edge and server, before the first round and after the
    last. `missed`: the limits that were missed, in words; empty is good."""

    fault: str
    expected: Expected
    rounds: tuple[Round, ...]
    facts: tuple[str, ...]
    memory_mb: tuple[tuple[float, float], tuple[float, float]]
    died: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def plain_s(self) -> float:
        return max(r.plain_s for r in self.rounds)

    @property
    def banner_s(self) -> float:
        return max(r.banner_s for r in self.rounds)

    @property
    def names_s(self) -> float:
        return max(r.names_s for r in self.rounds)


def play(
    faults: Sequence[type[Fault]], laboratory: Laboratory, most_rounds: int = 20
) -> Iterator[Row]:
    """Plays the faults, those of one setting together on one stage."""
    for setting in Setting:
        chosen = [fault for fault in faults if fault.setting is setting]
        if not chosen:
            continue
        with Stage(laboratory, setting) as stage:
            stage.wait_for_name(time.monotonic())
            for fault in chosen:
                yield _row(fault(), stage, min(fault.rounds, most_rounds))


def _row(fault: Fault, stage: Stage, how_often: int) -> Row:
    rounds, before = [], stage.memory_mb()
    for number in range(how_often):
        rounds.append(_round(fault, stage))
        if number == 0 and how_often > 1:
            before = stage.memory_mb()  # what is needed once is no growth
    after, died = stage.memory_mb(), tuple(stage.deaths())
    facts = tuple(dict.fromkeys(fault.facts))
    row = Row(fault.words, fault.expected, tuple(rounds), facts, (before, after), died, ())
    missed = (*fault.failures, *died, *_missed(row), *_grown(row, fault.grows))
    return Row(fault.words, fault.expected, row.rounds, facts, (before, after), died, missed)


def _round(fault: Fault, stage: Stage) -> Round:
    stage.wait_for_name(time.monotonic(), fault.name_afterwards)
    time.sleep(SETTLE_S)
    struck_s = time.monotonic()
    fault.strike(stage)
    time.sleep(fault.hold_s)
    mended_s = fault.mend(stage)
    back_s = stage.wait_for_name(mended_s, fault.name_afterwards)
    if fault.expected is Expected.NAMES:
        time.sleep(SETTLE_S)
    names_s = math.inf if back_s is None else back_s - mended_s
    return observe(stage.viewer, fault, struck_s, mended_s, names_s)


def observe(
    viewer: Viewer, fault: Fault, struck_s: float, mended_s: float, names_s: float
) -> Round:
    """The round as the viewer saw it, from the blow until now."""
    now_s = time.monotonic()
    pictures, statuses = viewer.pictures(struck_s, now_s), viewer.statuses(struck_s, now_s)
    broken = [p for p in pictures if p.at_s < mended_s]
    plain_s, plain = _plain(broken, struck_s)
    camera = fault.expected is Expected.CAMERA
    banner_s, banner = _banner([s for s in statuses if s.at_s < mended_s], struck_s, camera=camera)
    return Round(
        plain_s=plain_s,
        banner_s=banner_s,
        names_s=names_s,
        nameless_s=_longest([p.at_s for p in pictures if p.named], struck_s, now_s),
        listed=bool(statuses) and all(fault.name_afterwards in s.names for s in statuses),
        slow_s=ASK_EVERY_S * sum(s.banner == TOO_SLOW for s in statuses),
        frozen_s=_longest([p.at_s for p in pictures], struck_s, now_s),
        per_second=_rate(plain if fault.expected is Expected.PLAIN else pictures),
        camera_fps=statistics.median(s.camera_fps for s in statuses) if statuses else math.nan,
        banner=banner or _common([s.banner for s in statuses if s.banner]),
    )


def _plain(pictures: Sequence[Picture], struck_s: float) -> tuple[float, list[Picture]]:
    """The seconds until the plain picture came to stay, and the pictures from then on."""
    last = max((index for index, p in enumerate(pictures) if p.named), default=-1)
    plain = list(pictures[last + 1 :])
    return (plain[0].at_s - struck_s if plain else math.inf), plain


def _banner(statuses: Sequence[Status], struck_s: float, *, camera: bool) -> tuple[float, str]:
    """The seconds until a banner came to stay, and its text; with `camera` one about the camera."""
    others = ("", TOO_SLOW, OFFLINE) if camera else ("",)
    last = max((index for index, s in enumerate(statuses) if s.banner in others), default=-1)
    with_banner = statuses[last + 1 :]
    if not with_banner:
        return math.inf, ""
    return with_banner[0].at_s - struck_s, _common([s.banner for s in with_banner])


def _common(words: Sequence[str]) -> str:
    return Counter(words).most_common(1)[0][0] if words else ""


def _longest(times_s: Sequence[float], start_s: float, end_s: float) -> float:
    """The longest time between two of them; start and end count, too."""
    edges = [start_s, *times_s, end_s]
    return max(later - earlier for earlier, later in itertools.pairwise(edges))


def _rate(pictures: Sequence[Picture]) -> float:
    if len(pictures) < 2:
        return 0.0
    return (len(pictures) - 1) / (pictures[-1].at_s - pictures[0].at_s)


def _missed(row: Row) -> Iterator[str]:
    match row.expected:
        case Expected.PLAIN:
            yield from _over("the plain picture came", row.plain_s, PLAIN_WITHIN_S)
            yield from _over("the banner came", row.banner_s, PLAIN_WITHIN_S)
            yield from _over("the names came back", row.names_s, NAMES_WITHIN_S)
            for r in row.rounds:
                if r.per_second < FULL_RATE * r.camera_fps:
                    yield f"plain pictures {r.per_second:.1f}/s, the camera {r.camera_fps:.1f}/s"
        case Expected.BACK:
            yield from _over("the name came", row.names_s, NAMES_WITHIN_S)
        case Expected.NAMES:
            if not all(r.listed for r in row.rounds):
                yield "the page did not list the name all the time"
            slow_s = max(r.slow_s for r in row.rounds)
            if slow_s > SLOW_AT_MOST_S:
                yield f"for {slow_s:.2f} s the page said that recognition is too slow"
        case Expected.CAMERA:
            yield from _over("the banner came", row.banner_s, CAMERA_LOST_WITHIN_S)
            yield from _over("the picture came back", row.names_s, CAMERA_BACK_WITHIN_S)


def _grown(row: Row, judged: Sequence[str]) -> Iterator[str]:
    for name, before, after in zip(("edge", "server"), *row.memory_mb, strict=True):
        if name in judged and len(row.rounds) > 1 and after - before > GROWTH_MB:
            yield f"the {name} grew from {before:.0f} to {after:.0f} MB"


def _over(what: str, took_s: float, limit_s: float) -> Iterator[str]:
    if took_s > limit_s:
        yield f"{what} after {took_s:.2f} s, the limit is {limit_s:g} s"
