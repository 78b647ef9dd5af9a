"""The time to decide on a sighting: watchlists of 10,000 members, and 200 rules.

Everything between an event and what is to be told is measured, without the store: who is on which
list, every rule's answer, and the book of alerts."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.documents.watchlist import Watchlist
from lookout.server.alerts.engine import Engine
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.observation import RuleObservation, Signal, Subject, SubjectKind

LIMIT_MS = 1.0
MEMBERS, RULES, PEOPLE = 10_000, 200, 1_000
_EPILOG = """example:
  python -m benchmarks.watchlists --json watchlists.json

Exit status 1 if the median decision by one rule on a list of 10,000 takes 1 ms or more.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = [_measure(1), _measure(RULES)]
    names = ("rules", "list members", "median ms", "95th percentile ms")
    print(table(names, [tuple(row) for row in rows]))
    kept = [dict(zip(names, row, strict=True)) for row in rows]
    write_json(options.json, "watchlists", {"rows": kept})
    return 0 if rows[0][2] < LIMIT_MS else 1


def _measure(rules: int) -> tuple[int, int, float, float]:
    people = tuple(f"per_{number}" for number in range(MEMBERS))
    watched = Watchlist(id="wat_1", name="Staff", kind="allow", people=people)  # type: ignore[arg-type]
    world = Definitions(rules=tuple(map(_rule, range(rules))), watchlists=(watched,))
    engine = Engine(lambda: "alr_1")
    world.roster.lists_of(Subject(SubjectKind.NOBODY), 0.0)  # built once, not for each sighting
    times = []
    for number in range(PEOPLE):
        person = Subject(SubjectKind.PERSON, f"per_{number * 9}")
        seen = RuleObservation(
            Signal.SEEN, number, "door", person, state="known", sighting=f"s{number}"
        )
        start_s = time.perf_counter()
        engine.take(seen, number, world)
        times.append((time.perf_counter() - start_s) * 1000)
    late = statistics.quantiles(times, n=20)[-1]
    return rules, MEMBERS, round(statistics.median(times), 3), round(late, 3)


def _rule(number: int) -> AlertRule:
    """Every tenth rule is for a camera that is not the one that sees."""
    return AlertRule.model_validate(
        {
            "id": f"rul_{number}",
            "name": f"rule {number}",
            "who": {"kind": "list", "lists": ["wat_1"]},
            "where": {"cameras": ["door" if number % 10 == 0 else f"camera {number}"]},
            "what": {"kind": "appears"},
            "channels": [f"chn_{number}"],
        }
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("watchlists", __doc__, _EPILOG)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
