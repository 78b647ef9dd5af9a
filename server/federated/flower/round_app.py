"""What a SuperLink starts for each run: the coordinator's side of a round. In Flower's environment.

order.json     what is to be done, by `lookout federated round`
outcome.json   what came of it
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp

from lookout.faces.atomic_file import replace_file
from lookout.json_document import read_json
from lookout.server.federated.coordinator import Coordinator
from lookout.server.federated.errors import BadRoundMessage, FederatedError
from lookout.server.federated.flower.environment import COORDINATOR
from lookout.server.federated.flower.record import FIELD, KIND, RECORD
from lookout.server.federated.members import Members
from lookout.server.federated.plan import RoundPlan
from lookout.server.federated.signing import checked
from lookout.server.federated.site import site_of

MAX_ORDER = 64 * 2**10
POLL_S = 0.2

app = ServerApp()
nothing = ClientApp()
"""Flower's bundle must name one; sites run their own (`site_app`)."""


@app.main()  # type: ignore[untyped-decorator]
def main(grid: Grid, _context: Context) -> None:
    """Carries out the order."""
    folder = Path(os.environ[COORDINATOR])
    order: Any = read_json((folder / "order.json").read_bytes(), MAX_ORDER)
    began = time.monotonic()
    try:
        outcome = _done(grid, Members(folder, time.time), order)
    except FederatedError as error:
        outcome = {"error": str(error)}
    outcome = {"order": order["order"], "seconds": time.monotonic() - began, **outcome}
    replace_file(folder / "outcome.json", json.dumps(outcome, indent=1).encode())


def _done(grid: Grid, members: Members, order: Mapping[str, Any]) -> dict[str, Any]:
    sites = members.active()
    transport = FlowerTransport(grid, sites, float(order["timeout_s"]))
    transport.wait(float(order["wait_s"]))
    coordinator = Coordinator(members.key, sites, members.history, members.journal, time.time)
    if order["do"] == "revert":
        outcome = coordinator.revert(int(order["version"]), transport)
    else:
        outcome = coordinator.run(RoundPlan.from_json(order["plan"]), transport)
    told = {
        site: {"taken": b.get("taken"), "why": b.get("why")} for site, b in outcome.told.items()
    }
    return {"version": outcome.round.version, "told": told, "bytes": transport.carried_bytes}


class FlowerTransport:
    """Sites as SuperNodes. Which node is which site is known from its first signed answer."""

    def __init__(self, grid: Grid, members: Mapping[str, bytes], timeout_s: float) -> None:
        self._grid = grid
        self._members = members
        self._timeout_s = timeout_s
        self._node_of: dict[str, int] = {}
        self.carried_bytes = 0

    def wait(self, wait_s: float) -> None:
        """Until as many nodes as there are members are there, or that time is over."""
        until = time.monotonic() + wait_s
        while len(list(self._grid.get_node_ids())) < len(self._members):
            if time.monotonic() > until:
                return
            time.sleep(POLL_S)

    def ask(self, messages: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """A message that is the same for all goes to nodes that have not said yet who they are."""
        sent = {node: messages[s] for s, node in self._node_of.items() if s in messages}
        if len(set(messages.values())) == 1 and len(sent) < len(messages):
            common = next(iter(messages.values()))
            unknown = set(self._grid.get_node_ids()) - set(self._node_of.values())
            sent |= dict.fromkeys(unknown, common)
        queries = [
            Message(
                RecordDict({RECORD: ConfigRecord({FIELD: message})}),
                dst_node_id=node,
                message_type=KIND,
            )
            for node, message in sent.items()
        ]
        self.carried_bytes += sum(map(len, sent.values()))
        answers = {}
        for reply in self._replies(queries):
            if reply.has_error():
                continue
            answer = bytes(reply.content[RECORD][FIELD])
            self.carried_bytes += len(answer)
            site = self._verified(answer)
            if site in messages:
                self._node_of[site] = reply.metadata.src_node_id
                answers[site] = answer
        return answers

    def _replies(self, queries: Sequence[Message]) -> list[Message]:
        """Those that came in time. Each is waited for by a thread of its own: of a site that was
        killed while it answered, Flower goes on asking for the rest for two hours."""
        until = time.monotonic() + self._timeout_s
        came: queue.SimpleQueue[Message] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._wait_for, args=(one, until, came), daemon=True)
            for one in self._grid.push_messages(queries)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return [came.get_nowait() for _ in range(came.qsize())]

    def _wait_for(self, message: str, until: float, came: queue.SimpleQueue[Message]) -> None:
        while time.monotonic() < until:
            for reply in self._grid.pull_messages([message]):
                came.put(reply)
                return
            time.sleep(POLL_S)

    def _verified(self, answer: bytes) -> str:
        try:
            site = site_of(answer)
            checked(answer, self._members.get(site, b""))
        except BadRoundMessage:
            return ""
        return site
