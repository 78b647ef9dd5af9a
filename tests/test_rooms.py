"""The rooms of the house, and what each may import: one table, here and in docs/architecture.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FRONT_DOOR = "lookout"
"""The package itself: it starts the rooms, so it may import all of them. Rooms may import only
those of its modules that are for all of them and import none of them."""

FOR_ALL_ROOMS = {"command_line", "env_file", "json_document", "names", "paths", "sentences",
                 "variables"}  # fmt: skip

MAY_IMPORT: dict[str, str] = {
    "wire": "",
    "overlay": "wire",
    "overlay/turn": "",
    "edge/frame": "",
    "edge/slot": "",
    "edge/cameras": "edge/frame edge/slot overlay/turn wire",
    "edge": "edge/cameras edge/frame edge/slot overlay overlay/turn wire",
    "faces": "",
    "faces/dlibnet": "faces",
    "faces/landmarks": "faces faces/dlibnet",
    "faces/kerasnet": "faces faces/dlibnet",
    "faces/runtime": "faces",
    "faces/models": "faces",
    "faces/gallery": "faces faces/runtime",
    "faces/metrics": "faces",
    "faces/detect": "faces faces/dlibnet faces/runtime",
    "faces/encode": "faces faces/dlibnet faces/kerasnet faces/landmarks faces/models faces/runtime",
    "faces/decision": "faces faces/gallery faces/liveness faces/metrics",
    "faces/cluster": "faces faces/decision",
    "faces/photo": "faces faces/detect faces/gallery faces/landmarks",
    "faces/attributes": "faces faces/landmarks faces/models faces/photo faces/runtime",
    "faces/pose3d": "faces faces/landmarks",
    "faces/deepfake": "faces faces/models faces/runtime",
    "faces/liveness": "faces faces/landmarks faces/models faces/photo faces/runtime",
    "faces/tracking": "faces faces/decision faces/detect faces/photo",
    "faces/engine": "faces faces/detect faces/encode faces/models faces/runtime",
    "faces/calibrate": "faces faces/decision faces/engine faces/gallery faces/metrics faces/photo",
    "faces/training": "faces faces/encode faces/engine faces/gallery faces/landmarks faces/photo",
    "server/errors": "",
    "server/options": "faces/* server/accounts server/mqtt/options server/remote/options"
    " server/storage"
    " server/streams/options server/vectors/options wire",
    "server/settings": "faces/* server/accounts server/errors server/mqtt/options server/options"
    " server/remote/options server/storage server/streams/options server/vectors/options wire",
    "server/threads": "server/errors",
    "server/storage": "faces server/errors server/threads wire",
    "server/accounts": "server/errors server/storage wire",
    "server/alerts": "server/errors server/events server/storage server/threads",
    "server/events": "server/accounts server/storage",
    "server/mqtt/options": "server/errors",
    "server/mqtt": "server/errors server/events server/mqtt/options server/storage server/threads",
    "server/streams/errors": "server/errors",
    "server/streams/options": "server/errors",
    "server/streams": "faces/* server/errors server/events server/gallery server/inference"
    " server/recognize server/storage server/streams/errors server/streams/options server/threads",
    "server/vectors/options": "server/errors",
    "server/vectors": "faces/* server/errors server/storage server/threads server/vectors/options",
    "server/remote/options": "server/errors",
    "server/remote": "faces/* server/errors server/remote/options",
    "server/gallery": "faces/* server/events server/storage server/threads wire",
    "server/inference": "faces/* server/errors server/settings server/threads",
    "server/imaging": "faces/* server/errors",
    "server/live": "faces/* overlay server/imaging server/inference wire",
    "server/cameras": "faces/* overlay server/errors server/events server/imaging server/live"
    " server/storage server/threads wire",
    "server/transport": "server/errors server/live wire",
    "server/enrolment": "faces/* server/errors server/gallery server/imaging server/inference"
    " server/live server/storage server/threads wire",
    "server/sightings": "faces/* server/cameras server/events server/gallery server/imaging"
    " server/live server/storage server/threads",
    "server/movement": "faces server/events server/storage server/threads",
    "server/registry": "faces/* server/enrolment server/errors server/events server/imaging"
    " server/storage",
    "server/recognize": "faces/* overlay overlay/turn server/errors server/gallery server/imaging"
    " server/inference server/live server/settings server/sightings server/storage server/threads"
    " wire",
    "server/frigate": "faces/* server/errors server/inference server/mqtt server/mqtt/options"
    " server/recognize server/threads",
    "server/federated": "faces/* server/errors",
    "server/albums": "faces/* overlay server/errors server/imaging server/recognize",
    "server/keys": "server/api server/storage server/transport wire",
    "server/commands": "faces/* overlay/turn server/accounts server/albums server/alerts"
    " server/cameras server/errors server/events server/federated server/frigate server/gallery"
    " server/inference server/keys server/movement server/mqtt/options server/options"
    " server/recognize server/registry server/remote server/settings server/storage server/streams"
    " server/streams/options wire",
    "server/api/errors": "faces/* server/accounts server/errors server/storage"
    " server/streams/errors",
    "server/api/services": "faces/* server/accounts server/alerts server/api/errors server/cameras"
    " server/enrolment server/errors server/events server/gallery server/imaging server/inference"
    " server/recognize server/registry server/storage",
    "server/api/schemas": "faces/* server/alerts server/api/dependencies server/api/services"
    " server/cameras server/events server/federated server/live server/movement server/recognize"
    " server/storage",
    "server/api/dependencies": "faces/* server/accounts server/alerts server/api/services"
    " server/cameras server/events server/gallery server/inference server/live server/movement"
    " server/storage",
    "server/api/security": "server/accounts server/api/dependencies server/api/errors"
    " server/cameras server/events server/storage wire",
    "server/api/middleware": "server/accounts server/api/errors server/api/security"
    " server/api/services wire",
    "server/api/routes": "faces/* server/accounts server/alerts server/api/dependencies"
    " server/api/errors server/api/schemas server/api/security server/api/services server/cameras"
    " server/enrolment server/events server/federated server/gallery server/imaging server/live"
    " server/movement server/recognize server/registry server/sightings server/storage wire",
    "server/sockets": "server/accounts server/api/dependencies server/api/errors"
    " server/api/security server/api/services server/events server/storage",
    "server/api": "faces/* server/accounts server/alerts server/api/* server/cameras"
    " server/enrolment server/errors server/events server/gallery server/inference server/live"
    " server/movement server/mqtt server/mqtt/options server/settings server/sightings"
    " server/sockets server/storage server/streams server/streams/options server/threads"
    " server/transport server/vectors server/vectors/options",
    "server": "faces/* server/* wire",
}
"""What each room may import. A room is a folder, or a module that stands lower or higher than the
folder it lies in; a folder stands for what no longer name in the table stands for. `x/*` is
everything in `x`."""

TOP = sorted({room.partition("/")[0] for room in MAY_IMPORT})
FOREIGN = {*TOP, "benchmarks", "notebooks", "tests", "tools"}
"""Packages that no room imports: a room is `lookout.server`, not `server`."""


def allowed(room: str) -> set[str]:
    """The rooms that this one may import, wildcards resolved."""
    rooms: set[str] = set()
    for entry in MAY_IMPORT[room].split():
        if entry.endswith("/*"):
            inside = {other for other in MAY_IMPORT if other.startswith(entry[:-1])}
            rooms |= inside | ({entry[:-2]} if entry[:-2] != room.partition("/")[0] else set())
        else:
            rooms.add(entry)
    return rooms - {room}


def room_of(path: str) -> str:
    """The room of a file or folder, by the longest name in the table."""
    while path not in MAY_IMPORT:
        path, slash, _ = path.rpartition("/")
        assert slash, "not in any room"
    return path


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_rooms(path: Path) -> Iterator[str]:
    """The rooms, and anything else of this repository, that a file imports."""
    for module in imported_modules(path):
        package, _, rest = module.partition(".")
        inside = rest.partition(".")[0]
        if package == FRONT_DOOR and inside in TOP:
            yield room_of(rest.replace(".", "/"))
        elif package in FOREIGN or (package == FRONT_DOOR and inside not in FOR_ALL_ROOMS):
            yield module


def files_of(top: str) -> list[Path]:
    return sorted((ROOT / top).rglob("*.py"))


@pytest.mark.parametrize("top", TOP)
def test_a_room_imports_only_what_the_table_allows(top: str) -> None:
    assert files_of(top), f"the room {top}/ has no files"
    forbidden = []
    for path in files_of(top):
        relative = path.relative_to(ROOT).as_posix()
        room = room_of(relative.removesuffix(".py"))
        beyond = set(imported_rooms(path)) - allowed(room) - {room}
        forbidden += [f"{relative} imports {other}" for other in sorted(beyond)]
    assert not forbidden, "\n".join(forbidden)


@pytest.mark.parametrize("folder", ["edge", "faces", "server", "server/api"])
def test_every_folder_of_a_room_stands_in_the_table(folder: str) -> None:
    inside = {path.parent for path in (ROOT / folder).glob("*/*.py")}
    assert {path.relative_to(ROOT).as_posix() for path in inside} <= MAY_IMPORT.keys()


def test_every_room_of_the_table_exists() -> None:
    for room in MAY_IMPORT:
        assert (ROOT / room).is_dir() or (ROOT / f"{room}.py").is_file(), room


def test_the_table_has_no_cycle() -> None:
    try:
        TopologicalSorter({room: allowed(room) for room in MAY_IMPORT}).prepare()
    except CycleError as error:
        pytest.fail(f"these rooms import each other in a circle: {error.args[1]}")


def test_the_table_of_the_documentation_is_the_same() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    documented = {}
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) == 5 and (room := re.fullmatch(r" `([a-z0-9_/.]+)` ", cells[1])):
            imports = re.findall(r"`([a-z0-9_/.*]+)`", cells[3])
            documented[plain(room[1])] = sorted(map(plain, imports))
    assert documented == {room: sorted(entries.split()) for room, entries in MAY_IMPORT.items()}


def plain(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/")
