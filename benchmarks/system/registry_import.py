"""Imports a registry of 1,184 people, one photograph each, is killed half-way, and goes on.

    python -m benchmarks.registry_import --data DATA
    python -m benchmarks.registry_import --data DATA --rows 100

DATA is the folder that holds `lfw/identify_dev.csv`. The table is made of its gallery photographs;
the first process is killed with SIGKILL once half of the rows are in the store, the second goes on,
a third finds everything unchanged.
"""

from __future__ import annotations

import argparse
import csv
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.support.report import table, write_json
from lookout.server.storage.sqlite.store import DATABASE, open_store
from lookout.server.storage.store import Store

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 3600.0
POLL_S = 0.2


def make_table(lfw: Path, path: Path, rows: int | None) -> int:
    """Write the registry; returns how many people it has."""
    with (lfw / "identify_dev.csv").open(encoding="utf-8") as file:
        people = [row for row in csv.DictReader(file) if row["role"] == "gallery"][:rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "identifier", "image"))
        for number, row in enumerate(people, 1):
            writer.writerow((row["identity"].replace("_", " "), f"LFW-{number}", row["path"]))
    return len(people)


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lookout.server.commands.import_registry", *arguments], cwd=ROOT
    )


def kill_after(process: subprocess.Popen[bytes], database: Path, rows: int) -> None:
    """SIGKILL once so many rows have their verdicts in the store."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if _rows_done(database) >= rows:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            return
        time.sleep(POLL_S)
    process.kill()
    raise RuntimeError("the import ended, or took too long, before it could be killed half-way")


def _rows_done(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM import_rows").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the schema is being made


def verdicts(report: Path) -> Counter[str]:
    with report.open(encoding="utf-8-sig") as file:
        return Counter(row["verdict"] for row in csv.DictReader(file))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.registry_import",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="holds lfw/identify_dev.csv")
    parser.add_argument("--rows", type=int, help="only so many people")
    parser.add_argument("--use-poor-photos", action="store_true", help="as of the import")
    parser.add_argument("--detector", default="auto", help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = make_table(given.data / "lfw", folder / "people.csv", given.rows)
        command = [str(folder / "people.csv"), "--images", str(given.data / "lfw"), "--quiet"]
        command += ["--data", str(folder / "data")]
        command += ["--use-poor-photos"] * given.use_poor_photos
        command += ["--detector", given.detector]
        seconds = []
        counts = []
        began_s = time.monotonic()
        kill_after(start(command), folder / "data" / DATABASE, people // 2)
        seconds.append(time.monotonic() - began_s)
        with open_store(folder / "data", {}) as store:
            half = _everybody(store)
        for _ in range(2):
            began_s = time.monotonic()
            start(command).wait(TIMEOUT_S)
            seconds.append(time.monotonic() - began_s)
            counts.append(verdicts(folder / "people-report.csv"))
        with open_store(folder / "data", {}) as store:
            whole = _everybody(store)
            samples = store.samples.count()
    lost = {one for one in half.items() if one not in whole.items()}
    right = not lost and len(whole) == samples == counts[0]["added"] == counts[1]["unchanged"]
    rows: list[list[object]] = [
        ["killed half-way", f"{seconds[0]:.1f}", f"{len(half)} people in the store"],
        ["resumed", f"{seconds[1]:.1f}", dict(counts[0])],
        ["repeated", f"{seconds[2]:.1f}", dict(counts[1])],
    ]
    print(table(("run", "seconds", "outcome"), rows))
    print(f"{people} rows, {len(lost)} lost, {samples - len(whole)} twice")
    write_json(
        given.json,
        "registry_import",
        {
            "rows": people,
            "seconds": seconds,
            "verdicts": [dict(one) for one in counts],
            "lost": len(lost),
            "twice": samples - len(whole),
        },
    )
    return 0 if right else 1


def _everybody(store: Store) -> dict[str, str]:
    people: dict[str, str] = {}
    cursor = None
    while True:
        page = store.people.page(1000, cursor)
        people |= {person.identifier: person.id for person in page.items}
        cursor = page.cursor
        if cursor is None:
            return people


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
