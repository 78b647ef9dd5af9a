"""`lookout federated`: sites that calibrate together; sums leave a site, never a face."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lookout.command_line import command_parser, fail
from lookout.faces.decision.calibration import beside, load_calibration
from lookout.faces.decision.rule import Rule
from lookout.faces.engine import encoder_candidates, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.coverage import encoder_for
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.names import legible
from lookout.paths import find_home
from lookout.server.errors import ServerError
from lookout.server.federated.adopted import apply_to_gallery, load_adopted, take_back
from lookout.server.federated.aggregate import Aggregation
from lookout.server.federated.certificates import load_key
from lookout.server.federated.counted import Counted, load_counted, save_counted
from lookout.server.federated.counting import count_gallery
from lookout.server.federated.flower.environment import Flower
from lookout.server.federated.flower.serving import coordinate, ordered, take_part
from lookout.server.federated.histogram import KINDS, people_in
from lookout.server.federated.joining import join, leave, load_site
from lookout.server.federated.members import Members
from lookout.server.federated.plan import RoundPlan

EPILOG = """\
the coordinator
  %(prog)s found federation.example:8443      once; sites reach this machine there
  %(prog)s invite "Branch in Lyon" > lyon.invitation     a file for one site, for one use
  %(prog)s serve                              stays; needs Flower (docs/federated.md)
  %(prog)s round --epsilon 3                  one round: greet, sum, tell
  %(prog)s rounds | members | remove SITE | revert VERSION

a site
  %(prog)s join lyon.invitation --budget 30   makes this machine's key, fetches its certificate
  %(prog)s count                              histograms of its own gallery; again after changes
  %(prog)s take-part                          stays; answers rounds, takes over what is better
  %(prog)s status | back | leave

What leaves a site is its histogram under masks that cancel in the sum, with noise where ε is
stated. Encodings, pictures and names never leave, and a coordinator cannot have a site run code."""

Lines = list[str]


def main(arguments: Sequence[str], prog: str = "lookout federated") -> int:
    """0 if it was done, 2 with a line that says why not."""
    given = _parser(prog).parse_args(arguments)
    try:
        lines = _COMMANDS[given.command](given)
    except (ServerError, FacesError, OSError, ValueError) as error:
        return fail("federated", legible(str(error)), 2)
    except KeyboardInterrupt:
        return 0
    sys.stdout.write(legible("\n".join(lines) + "\n") if lines else "")
    return 0


def _found(given: argparse.Namespace) -> Lines:
    host, _, port = given.address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"{given.address!r} is no address such as federation.example:8443")
    Members.found(given.data / "federated" / "coordinator", time.time, given.address)
    return [
        f"sites reach this federation at {given.address}; invite them: lookout federated invite"
    ]


def _invite(given: argparse.Namespace) -> Lines:
    return [_members(given).invite(given.name).decode()]


def _listed(given: argparse.Namespace) -> Lines:
    return [
        f"{one.id}  {one.name}" + ("" if one.left is None else "  (has left)")
        for one in _members(given).all()
    ] or ["there are no members: lookout federated invite NAME"]


def _remove(given: argparse.Namespace) -> Lines:
    gone = _members(given).leave(given.site)
    return [f"{gone.name} is in no round from now on"]


def _serve(given: argparse.Namespace) -> Lines:
    members = _members(given)
    port = int(members.address.rpartition(":")[2])

    def told(bound: int) -> None:
        sys.stdout.write(f"serving on {given.host} port {bound}\n")
        sys.stdout.flush()

    _until_stopped(
        lambda stop: coordinate(Flower.find(), members, given.host, port, stop, on_ready=told)
    )
    return []


def _round(given: argparse.Namespace) -> Lines:
    plan = RoundPlan(
        given.encoder, Aggregation(given.aggregation), given.group_size, given.epsilon, given.fpir
    )
    return _ordered(given, {"do": "round", "plan": plan.to_json()})


def _revert(given: argparse.Namespace) -> Lines:
    return _ordered(given, {"do": "revert", "version": given.version})


def _ordered(given: argparse.Namespace, order: Mapping[str, Any]) -> Lines:
    members = _members(given)
    order = {**order, "timeout_s": given.timeout, "wait_s": given.timeout}
    outcome = ordered(Flower.find(), members, order, 8 * given.timeout)
    new = members.history.get(int(outcome["version"]))
    lines = [f"version {new.version}: {new.strangers} strangers of {len(new.sites)} sites, "
             f"a chance of {new.allowed():.2g} for {new.plan.target:.1%}; "
             f"{outcome['bytes']} bytes, {outcome['seconds']:.0f} s"]  # fmt: skip
    lines += [f"{site}: missing, {why}" for site, why in new.missing.items()]
    lines += [f"{site}: {told['why']}" for site, told in outcome["told"].items()]
    return lines


def _rounds(given: argparse.Namespace) -> Lines:
    history = _members(given).history
    return [
        f"{one.version}  {len(one.sites)} sites  {one.strangers} strangers  "
        f"chance {one.allowed():.2g}  {one.plan.aggregation}"
        + (f"  ε {one.plan.epsilon:g}" if one.plan.epsilon else "")
        + (f"  the counts of version {one.reverts} again" if one.reverts else "")
        for one in map(history.get, history.versions())
    ] or ["there was no round yet"]


def _join(given: argparse.Namespace) -> Lines:
    record = join(_site(given), given.invitation.read_bytes(), time.time, given.budget)
    return [f"this machine is {record.name} ({record.site}); next: lookout federated count"]


def _count(given: argparse.Namespace) -> Lines:
    record = load_site(_site(given))
    encoder = open_encoder(
        encoder_for(given.encodings, encoder_candidates(given.encoder)).encoder, given.device
    )
    gallery = load_gallery(file_for(given.encodings, encoder.name), encoder)
    strangers = np.zeros((0, encoder.dimension), np.float32)
    labels: list[str] = []
    if given.strangers is not None:
        others = load_gallery(file_for(given.strangers, encoder.name), encoder)
        labels = list(others.people)
        strangers = others.encodings[[others.names.index(name) for name in labels]]
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    now = load_calibration(beside(file_for(given.encodings, encoder.name)), encoder.name)
    rule = rule if now is None else now.applied(rule)
    secret = load_key(_site(given) / "key.pem").private_bytes_raw()
    counted = count_gallery(gallery, strangers, rule, secret, given.fpir, labels)
    save_counted(_site(given) / "counted.npz", counted)
    return [f"{record.name} has counted for {encoder.name}: " + _said(counted)]


def _said(counted: Counted) -> str:
    counts = [f"{people_in(c):.0f} people as {kind}" for kind, c in
              zip(KINDS, counted.counts, strict=True)]  # fmt: skip
    held = len(np.unique(counted.judges.stranger_subject))
    return ", ".join(counts) + f", {held} held out"


def _take_part(given: argparse.Namespace) -> Lines:
    folder = _site(given)
    load_site(folder)
    sys.stdout.write("taking part; what is better here is put beside the gallery\n")
    sys.stdout.flush()
    _until_stopped(
        lambda stop: take_part(
            Flower.find(), folder, stop, every=lambda: _apply(folder, given.encodings)
        )
    )
    return []


def _apply(folder: Path, encodings: Path) -> None:
    adopted = load_adopted(folder)
    if adopted is not None:
        encoder = load_counted(folder / "counted.npz").encoder
        apply_to_gallery(adopted, file_for(encodings, encoder), encoder)


def _back(given: argparse.Namespace) -> Lines:
    back = take_back(_site(given), time.time())
    _apply(_site(given), given.encodings)
    return [f"a chance of {back.allowed:.2g} is allowed again; the server takes it at its start"]


def _leave(given: argparse.Namespace) -> Lines:
    record = leave(_site(given), time.time)
    return [
        f"{record.name} has left: its key and its counts are deleted here; the next round has "
        "nothing of it"
    ]


def _status(given: argparse.Namespace) -> Lines:
    folder = _site(given)
    record = load_site(folder)
    lines = [f"{record.name} ({record.site}) with {record.address}"]
    if (folder / "counted.npz").exists():
        lines.append("counted: " + _said(load_counted(folder / "counted.npz")))
    adopted = load_adopted(folder)
    if adopted is not None:
        lines.append(f"version {adopted.version}, chance {adopted.allowed:.2g}: {adopted.why}")
    return lines


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], Lines]] = {
    "found": _found, "invite": _invite, "members": _listed, "remove": _remove, "serve": _serve,
    "round": _round, "rounds": _rounds, "revert": _revert, "join": _join, "count": _count,
    "take-part": _take_part, "status": _status, "back": _back, "leave": _leave,
}  # fmt: skip


def _members(given: argparse.Namespace) -> Members:
    members = Members(given.data / "federated" / "coordinator", time.time)
    members.address  # noqa: B018 - raises NotJoined where nothing was founded
    return members


def _site(given: argparse.Namespace) -> Path:
    folder: Path = given.data / "federated" / "site"
    return folder


def _until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(run())


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG, allow_abbrev=False)
    home = find_home()
    parser.add_argument(
        "--data", type=Path, default=home.store, metavar="DIR", help="(%(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words)

    add("found", "coordinate a federation").add_argument("address", metavar="HOST:PORT")
    add("invite", "write an invitation for one site").add_argument("name")
    add("members", "the sites, and who has left")
    add("remove", "let a site go").add_argument("site", metavar="SITE", help="sit_…")
    add("serve", "run the coordinator").add_argument(
        "--host",
        default="0.0.0.0",  # noqa: S104 - sites are on other machines
        help="address to listen on (%(default)s)",
    )
    one = add("round", "run one round")
    one.add_argument("--encoder", default=encoder_candidates()[0], help="(%(default)s)")
    one.add_argument("--epsilon", type=float, metavar="E", help="noise: what a person may lose")
    one.add_argument("--aggregation", choices=[a.value for a in Aggregation], default="sum",
                     help="median and trimmed withstand a liar (%(default)s)")  # fmt: skip
    one.add_argument("--group-size", type=int, default=0, metavar="N",
                     help="sites of which only the sum is seen; 0: all (%(default)s)")  # fmt: skip
    one.add_argument("--fpir", type=float, default=0.01, help="strangers named (%(default)s)")
    add("rounds", "all versions")
    back = add("revert", "make an earlier version the newest")
    back.add_argument("version", type=int)
    for command in (one, back):
        command.add_argument("--timeout", type=float, default=60.0, metavar="S",
                             help="for each answer (%(default)s)")  # fmt: skip
    entry = add("join", "take an invitation")
    entry.add_argument("invitation", type=Path, metavar="FILE")
    entry.add_argument("--budget", type=float, metavar="E",
                       help="the ε of all rounds together; no round without noise")  # fmt: skip
    count = add("count", "make the histograms of the gallery here")
    count.add_argument("--strangers", type=Path, metavar="FILE",
                       help="an encodings.pkl of people who are not enrolled")  # fmt: skip
    count.add_argument("--fpir", type=float, default=0.01, help="(%(default)s)")
    count.add_argument("--encoder", default="auto", help="the server's")
    count.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    for command in (
        count,
        add("take-part", "answer rounds"),
        add("back", "undo the last take-over"),
    ):
        command.add_argument("--encodings", type=Path, default=home.encodings, metavar="FILE",
                             help="the gallery (%(default)s)")  # fmt: skip
    add("status", "this site")
    add("leave", "end the membership")
    return parser
